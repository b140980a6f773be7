// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/explain/explanation.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/base/one_line.hpp"
#include "sim/driver/command_line_settings.hpp"
#include "sim/driver/explain/resources.hpp"
#include "sim/driver/golden/run_in_processes.hpp"
#include "sim/driver/run_config.hpp"
#include "sim/driver/simulation.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

// A resource that saves less bounds nothing.
constexpr double kLeastGain = 0.01;

Json result_of(const std::string& name, const RunConfig& run) {
  SimulationOptions options;
  options.with_values = false;
  return whole_result(simulate_named(name, run, options));
}

/// What a trial is judged by, as a line between processes.
Json figures_of(const Json& result) {
  Json json;
  json["cycles"] = result["cycles"]["total"];
  const Json::json_pointer area("/area_mm2/total");
  if (result.contains(area)) json["area_mm2"] = result[area];
  return json;
}

/// What a machine has less of than is ample, and the counter that says whether a run uses it.
struct ScarceResource {
  ResourceGain gain;
  std::optional<std::string> used;
};

std::vector<ScarceResource> scarce_resources(const Json& machine) {
  std::vector<ScarceResource> scarce;
  for (const Resource& resource : load_resources(machine).resources) {
    const Json::json_pointer place(resource.pointer.substr(std::string("/machine").size()));
    if (!machine.contains(place)) continue;
    const Json& present = machine.at(place);
    if (present == resource.ample) continue;
    ScarceResource& added = scarce.emplace_back();
    added.used = resource.used;
    ResourceGain& gain = added.gain;
    gain.resource = resource.name;
    gain.pointer = resource.pointer;
    gain.present = present;
    gain.value = resource.ample;
    gain.next = next_value(present, resource.ample);
  }
  return scarce;
}

/// The run config's name and values, and what the trial adds.
class Trials {
 public:
  Trials(const fs::path& file, const std::vector<std::string>& overrides)
      : file_(file),
        json_(read_json_file(file)),
        settings_(parse_command_line_settings(overrides)) {
    const RunDocument document = resolve({});
    run_ = read_run(document);
    scarce_ = scarce_resources(document.machine);
  }

  std::size_t size() const { return scarce_.size(); }
  const ResourceGain& gain(std::size_t trial) const { return scarce_[trial].gain; }

  /// The run as it is: its figures, and as `used` which trials are of resources that it uses.
  std::string run_as_it_is() const {
    const Json result = result_of(file_.string(), run_);
    Json figures = figures_of(result);
    figures["used"] = Json::array();
    for (const ScarceResource& resource : scarce_) {
      const Json* count = nullptr;
      if (resource.used) {
        const Json::json_pointer place(*resource.used);
        if (result.contains(place)) count = &result[place];
      }
      figures["used"].push_back(count == nullptr || *count != 0);
    }
    return figures.dump();
  }

  void leave_out_unused(const Json& used) {
    std::size_t trial = 0;
    std::erase_if(scarce_, [&](const ScarceResource&) { return !used.at(trial++).get<bool>(); });
  }

  /// With one resource ample: figures, or why the machine cannot be made.
  std::string run(std::size_t trial) const {
    const ResourceGain& gain = scarce_[trial].gain;
    try {
      RunConfig changed = run_;
      const Setting trial_value{gain.pointer, gain.value, "explain: " + gain.pointer};
      read_machine(resolve(std::vector<Setting>{trial_value}), changed);
      return figures_of(result_of(file_.string(), changed)).dump();
    } catch (const InputError& error) {
      return kRefused + one_line(error.what());
    }
  }

  static inline const std::string kRefused = "refused ";

 private:
  RunDocument resolve(const std::vector<Setting>& added) const {
    std::vector<Setting> settings = settings_;
    settings.insert(settings.end(), added.begin(), added.end());
    return resolve_run(json_, file_.parent_path(), file_.string(), settings);
  }

  fs::path file_;
  Json json_;
  std::vector<Setting> settings_;
  RunConfig run_;
  std::vector<ScarceResource> scarce_;
};

Json parse_answer(const std::string& answer) { return parse_json(answer, "a trial's answer"); }

/// The figures that a trial answered, into an explanation or one of its gains.
template <typename Taker>
void take(const Json& figures, Taker& taker) {
  taker.cycles = figures["cycles"].template get<std::uint64_t>();
  if (figures.contains("area_mm2")) taker.area_mm2 = figures["area_mm2"].template get<double>();
}

/// What the host can give to processes without swapping; no bound if it does not say.
std::uint64_t available_kb() {
  std::ifstream file("/proc/meminfo");
  std::uint64_t number = 0;
  std::string unit;
  for (std::string name; file >> name >> number; std::getline(file, unit)) {
    if (name == "MemAvailable:") return number;
  }
  return std::numeric_limits<std::uint64_t>::max();
}

/// The most that a process that has ended took.
std::uint64_t ended_run_kb() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss);
}

std::string sentence_of(const Explanation& explanation) {
  const std::vector<ResourceGain>& gains = explanation.gains;
  if (gains.empty() || gains.front().gain < kLeastGain) {
    return fmt::format(
        "No resource alone bounds this run: made ample, none saves {:g} % of its cycles.",
        100 * kLeastGain);
  }
  const ResourceGain& first = gains.front();
  std::string text = fmt::format("Most is to be gained from {}: ample, it saves {:.1f} %",
                                 first.resource, 100 * first.gain);
  if (gains.size() > 1 && gains[1].gain >= kLeastGain) {
    text += fmt::format(" (next, {}: {:.1f} %)", gains[1].resource, 100 * gains[1].gain);
  }
  return text + fmt::format("; try --set {}={}.", first.pointer, first.next.dump());
}

}  // namespace

std::size_t affordable_jobs(std::size_t jobs, std::uint64_t available_kb, std::uint64_t run_kb) {
  const std::uint64_t most = available_kb / std::max<std::uint64_t>(run_kb, 1);
  return static_cast<std::size_t>(
      std::clamp<std::uint64_t>(most, 1, std::max<std::size_t>(jobs, 1)));
}

Explanation explain_run(const fs::path& config, const std::vector<std::string>& overrides,
                        std::size_t jobs) {
  Trials trials(config, overrides);
  const auto as_it_is = [&trials](std::size_t) { return trials.run_as_it_is(); };
  const Json figures = parse_answer(run_in_processes(1, 1, as_it_is).front());
  Explanation explanation;
  take(figures, explanation);
  trials.leave_out_unused(figures["used"]);
  const std::vector<std::string> answers =
      run_in_processes(trials.size(), affordable_jobs(jobs, available_kb(), ended_run_kb()),
                       [&trials](std::size_t trial) { return trials.run(trial); });
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const std::string& answer = answers[i];
    ResourceGain& gain = explanation.gains.emplace_back(trials.gain(i));
    if (answer.starts_with(Trials::kRefused)) {
      gain.refusal = answer.substr(Trials::kRefused.size());
      continue;
    }
    take(parse_answer(answer), gain);
    gain.gain = 1 - static_cast<double>(gain.cycles) / static_cast<double>(explanation.cycles);
  }
  std::stable_sort(explanation.gains.begin(), explanation.gains.end(),
                   [](const ResourceGain& a, const ResourceGain& b) {
                     if (a.refusal.empty() != b.refusal.empty()) return a.refusal.empty();
                     return a.gain > b.gain;
                   });
  explanation.sentence = sentence_of(explanation);
  return explanation;
}

}  // namespace vitcod
