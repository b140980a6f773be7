// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/explain/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/base/one_line.hpp"
#include "sim/driver/explain/resources.hpp"
#include "sim/driver/golden/run_in_processes.hpp"
#include "sim/driver/run_config.hpp"
#include "sim/driver/simulation.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

// A resource that saves less bounds nothing.
constexpr double kLeastGain = 0.01;

std::uint64_t cycles_of(const std::string& name, const RunConfig& run) {
  SimulationOptions options;
  options.with_values = false;
  return simulate_named(name, run, options)["cycles"]["total"].get<std::uint64_t>();
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
      : file_(file), json_(read_json_file(file)) {
    for (const std::string& text : overrides) settings_.push_back(parse_setting(text));
    const RunDocument document = resolve({});
    run_ = read_run(document);
    gains_ = scarce_resources(document.machine);
  }

  std::vector<ResourceGain>& gains() { return gains_; }

  /// Trial 0 is the run as it is, the others each have one resource ample. The cycles, or why the
  /// machine cannot be made.
  std::string run(std::size_t trial) const {
    if (trial == 0) return std::to_string(cycles_of(file_.string(), run_));
    const ResourceGain& gain = gains_[trial - 1];
    try {
      RunConfig changed = run_;
      const Setting trial_value{gain.pointer, gain.value, "explain: " + gain.pointer};
      read_machine(resolve(std::vector<Setting>{trial_value}), changed);
      return std::to_string(cycles_of(file_.string(), changed));
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

Explanation explain_run(const fs::path& config, const std::vector<std::string>& overrides,
                        std::size_t jobs) {
  Trials trials(config, overrides);
  const std::vector<std::string> answers = run_in_processes(
      trials.gains().size() + 1, jobs, [&trials](std::size_t trial) { return trials.run(trial); });
  Explanation explanation;
  explanation.cycles = std::stoull(answers.front());
  explanation.gains = std::move(trials.gains());
  for (std::size_t i = 0; i < explanation.gains.size(); ++i) {
    const std::string& answer = answers[i + 1];
    ResourceGain& gain = explanation.gains[i];
    if (answer.starts_with(Trials::kRefused)) {
      gain.refusal = answer.substr(Trials::kRefused.size());
      continue;
    }
    gain.cycles = std::stoull(answer);
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
