// SPDX-License-Identifier: Apache-2.0
#include "test/system/view_parsers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>
#include <vector>

namespace vitcod::test {
namespace {

/// The changes of a variable: time and text.
using Wave = std::vector<std::pair<std::uint64_t, std::string>>;

struct Dump {
  std::map<std::string, std::string> path_of_code;
  std::map<std::string, Wave> waves;  ///< by path
  std::uint64_t end = 0;
  std::string comment;
  std::string fault;
};

std::string join(const std::vector<std::string>& scopes, const std::string& name) {
  std::string path;
  // The outermost scope is the machine.
  for (std::size_t i = 1; i < scopes.size(); ++i) path += "/" + scopes[i];
  return path + "/" + name;
}

/// One section of the header, its keyword read already.
void read_declaration(const std::string& keyword, std::istringstream& words, Dump& dump,
                      std::vector<std::string>& scopes) {
  std::vector<std::string> body;
  for (std::string word; words >> word && word != "$end";) body.push_back(word);
  if (keyword == "$scope" && body.size() == 2 && body[0] == "module") {
    scopes.push_back(body[1]);
  } else if (keyword == "$upscope" && !scopes.empty()) {
    scopes.pop_back();
  } else if (keyword == "$var" && body.size() == 4 && body[0] == "string") {
    const std::string path = join(scopes, body[3]);
    if (!dump.path_of_code.emplace(body[2], path).second) dump.fault = "two of code " + body[2];
    if (!dump.waves.emplace(path, Wave()).second) dump.fault = "two of " + path;
  } else if (keyword == "$comment") {
    for (const std::string& word : body) dump.comment += word + " ";
  } else if (keyword == "$timescale") {
    if (body != std::vector<std::string>{"1", "ps"}) dump.fault = "another timescale";
  } else if (keyword != "$version" && keyword != "$enddefinitions") {
    dump.fault = "not understood: " + keyword;
  }
}

void read_changes(std::istringstream& words, Dump& dump) {
  for (std::string word; words >> word;) {
    if (word == "$dumpvars" || word == "$end") continue;
    if (word[0] == '#') {
      const std::uint64_t time = std::stoull(word.substr(1));
      if (time <= dump.end && dump.end > 0) dump.fault = "time goes back at " + word;
      dump.end = time;
      continue;
    }
    std::string code;
    words >> code;
    const auto path = dump.path_of_code.find(code);
    if (word[0] != 's' || path == dump.path_of_code.end()) {
      dump.fault = fmt::format("not understood: {} {}", word, code);
      return;
    }
    Wave& wave = dump.waves[path->second];
    if (!wave.empty() && wave.back().second == word.substr(1)) {
      dump.fault = path->second + ": no change at " + std::to_string(dump.end);
    }
    wave.emplace_back(dump.end, word.substr(1));
  }
}

Dump parse_dump(const std::string& text) {
  Dump dump;
  std::istringstream words(text);
  std::vector<std::string> scopes;
  for (std::string word; words >> word;) {
    read_declaration(word, words, dump, scopes);
    if (word == "$enddefinitions") break;
  }
  if (!scopes.empty()) dump.fault = "a scope is left open";
  read_changes(words, dump);
  return dump;
}

/// From the comment: "cycles A to B of K kHz, DRAM clocks C to D of L kHz".
struct Span {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t khz = 0;
};

bool read_spans(const std::string& comment, Span& core, Span& dram) {
  std::istringstream in(comment);
  std::string word;
  in >> word >> core.from >> word >> core.to >> word >> core.khz >> word;
  in >> word >> word >> dram.from >> word >> dram.to >> word >> dram.khz >> word;
  return !in.fail() && word == "kHz";
}

}  // namespace

ReadView read_vcd(const std::string& text, const Json& result) {
  const Dump dump = parse_dump(text);
  ReadView view;
  view.fault = dump.fault;
  Span core;
  Span dram;
  if (!read_spans(dump.comment, core, dram)) view.fault = "the comment: " + dump.comment;
  for (const auto& [path, wave] : dump.waves) {
    const Json::json_pointer block("/blocks" + path);
    const bool is_dram = result.contains(block) && result[block].contains("dram_clocks");
    const Span& span = is_dram ? dram : core;
    // Times are rounded down to picoseconds.
    const auto cycle_at = [&](std::uint64_t time) {
      return static_cast<std::uint64_t>(
          std::llround(static_cast<long double>(time) * static_cast<long double>(span.khz) / 1e9L));
    };
    if (span.from < span.to && (wave.empty() || cycle_at(wave.front().first) != span.from)) {
      view.fault = path + " has no value at first";
      continue;
    }
    for (std::size_t i = 0; i < wave.size(); ++i) {
      const std::uint64_t to = i + 1 < wave.size() ? cycle_at(wave[i + 1].first) : span.to;
      view.cycles[path][wave[i].second] += to - cycle_at(wave[i].first);
    }
  }
  // The end is in the last cycle of either clock.
  for (const Span& span : {core, dram}) {
    const auto picosecond = static_cast<long double>(span.khz) / 1e9L;  // in cycles
    const auto end = static_cast<long double>(dump.end) * picosecond;
    const auto last = static_cast<long double>(span.to) - 1;
    if (end > last + 1 + 1e-9L) view.fault = "the end is too late";
    if (span.from < span.to && end < last - picosecond) view.fault = "the end is too early";
  }
  return view;
}

namespace {

/// Microseconds with three digits, as the file has them, in nanoseconds.
std::uint64_t nanoseconds(const Json& microseconds) {
  return static_cast<std::uint64_t>(std::llround(microseconds.get<double>() * 1000));
}

/// The nanosecond in which a cycle begins.
std::uint64_t begin_of(std::uint64_t cycle, std::uint64_t khz) {
  return static_cast<std::uint64_t>(
      static_cast<long double>(cycle) * 1e6L / static_cast<long double>(khz) + 1e-7L);
}

std::string event_fault(const Json& event, const std::vector<std::uint64_t>& clocks) {
  const std::uint64_t from = event["args"]["from"];
  const std::uint64_t to = event["args"]["to"];
  const std::uint64_t begin = nanoseconds(event["ts"]);
  const std::uint64_t end = begin + nanoseconds(event["dur"]);
  if (from >= to) return "no cycle: " + event.dump();
  const bool is_timed = std::any_of(clocks.begin(), clocks.end(), [&](std::uint64_t khz) {
    return begin == begin_of(from, khz) && end == begin_of(to, khz);
  });
  return is_timed ? "" : "not at its time: " + event.dump();
}

}  // namespace

ReadView read_timeline(const std::string& text) {
  const Json document = parse_json(text, "timeline");
  const std::vector<std::uint64_t> clocks = {
      std::stoull(document["otherData"]["clock_khz"].get<std::string>()),
      std::stoull(document["otherData"]["dram_clock_khz"].get<std::string>())};
  ReadView view;
  std::map<int, std::string> processes;
  std::map<int, std::string> threads;
  std::map<int, std::uint64_t> until;  // by thread
  for (const Json& event : document["traceEvents"]) {
    const int pid = event["pid"];
    const int tid = event.value("tid", 0);
    if (event["name"] == "process_name") processes[pid] = event["args"]["name"];
    if (event["name"] == "thread_name") {
      const std::string group = processes[pid] == "machine" ? "" : "/" + processes[pid];
      if (!threads.emplace(tid, group + "/" + event["args"]["name"].get<std::string>()).second) {
        view.fault = "two threads of one number";
      }
    }
    if (event["ph"] != "X") continue;
    const std::string fault = event_fault(event, clocks);
    if (!fault.empty()) view.fault = fault;
    if (event["args"]["from"] < until[tid]) view.fault = "overlap: " + event.dump();
    until[tid] = event["args"]["to"];
    view.cycles[threads.at(tid)][event["name"]] +=
        until[tid] - event["args"]["from"].get<std::uint64_t>();
  }
  return view;
}

namespace {

void collect(const Json& node, const std::string& path, bool with_idle, CyclesByBlock& cycles) {
  for (const auto& [key, value] : node.items()) {
    if (!value.is_object()) continue;
    if (key != "cycles" && key != "dram_clocks") {
      collect(value, fmt::format("{}/{}", path, key), with_idle, cycles);
      continue;
    }
    for (const auto& [reason, num] : value.items()) {
      if (num != 0 && (with_idle || reason != "idle")) cycles[path][reason] = num;
    }
  }
}

}  // namespace

CyclesByBlock cycles_of(const Json& result, bool with_idle) {
  CyclesByBlock cycles;
  collect(result["blocks"], "", with_idle, cycles);
  for (const Json& layer : result["layers"]) {
    if (layer["cycles"] != 0) cycles["/layer"][layer["name"]] = layer["cycles"];
  }
  return cycles;
}

}  // namespace vitcod::test
