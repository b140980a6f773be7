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

/// What a trial is judged by, as a line between processes.
Json figures_of(const std::string& name, const RunConfig& run) {
  SimulationOptions options;
  options.with_values = false;
  const Json result = simulate_named(name, run, options);
  Json json;
  json["cycles"] = result["cycles"]["total"];
  const Json::json_pointer area("/area_mm2/total");
  if (result.contains(area)) json["area_mm2"] = result[area];
  return json;
}

/// Those whose present value is not ample already.
std::vector<ResourceGain> scarce_resources(const Json& machine) {
  std::vector<ResourceGain> scarce;
  for (const Resource& resource : load_resources(machine).resources) {
    const Json::json_pointer place(resource.pointer.substr(std::string("/machine").size()));
    if (!machine.contains(place)) continue;
    const Json& present = machine.at(place);
    if (present == resource.ample) continue;
    ResourceGain gain;
    gain.resource = resource.name;
    gain.pointer = resource.pointer;
    gain.present = present;
    gain.value = resource.ample;
    gain.next = next_value(present, resource.ample);
    scarce.push_back(std::move(gain));
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
    gains_ = scarce_resources(document.machine);
  }

  std::vector<ResourceGain>& gains() { return gains_; }

  /// Trial 0 is the run as it is, the others each have one resource ample. Its figures, or why the
  /// machine cannot be made.
  std::string run(std::size_t trial) const {
    if (trial == 0) return figures_of(file_.string(), run_).dump();
    const ResourceGain& gain = gains_[trial - 1];
    try {
      RunConfig changed = run_;
      const Setting trial_value{gain.pointer, gain.value, "explain: " + gain.pointer};
      read_machine(resolve(std::vector<Setting>{trial_value}), changed);
      return figures_of(file_.string(), changed).dump();
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
  std::vector<ResourceGain> gains_;
};

/// The figures that a trial answered, into an explanation or one of its gains.
template <typename Taker>
void take(const std::string& answer, Taker& taker) {
  const Json figures = parse_json(answer, "a trial's answer");
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
  const auto as_it_is = [&trials](std::size_t) { return trials.run(0); };
  Explanation explanation;
  take(run_in_processes(1, 1, as_it_is).front(), explanation);
  const std::vector<std::string> answers =
      run_in_processes(trials.gains().size(), affordable_jobs(jobs, available_kb(), ended_run_kb()),
                       [&trials](std::size_t resource) { return trials.run(resource + 1); });
  explanation.gains = std::move(trials.gains());
  for (std::size_t i = 0; i < explanation.gains.size(); ++i) {
    const std::string& answer = answers[i];
    ResourceGain& gain = explanation.gains[i];
    if (answer.starts_with(Trials::kRefused)) {
      gain.refusal = answer.substr(Trials::kRefused.size());
      continue;
    }
    take(answer, gain);
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
