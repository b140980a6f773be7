// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/timeline/timeline_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitcod {
namespace {

class TimelineWriter {
 public:
  TimelineWriter(const CycleRecorder& recorder, AtomicFile& file)
      : recorder_(recorder), file_(file), open_(recorder.tracks().size()) {
    file_.write("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
    for (const Track& track : recorder.tracks()) name_track(track);
  }

  void change(Tick tick, std::size_t place, std::size_t value) {
    close(place, tick / recorder_.tracks()[place].period);
    open_[place] = {tick, value};
  }

  void end() {
    for (std::size_t i = 0; i < open_.size(); ++i) close(i, recorder_.tracks()[i].end);
    const CycleWindow core = recorder_.recorded(false);
    file_.write(
        fmt::format("\n],\"otherData\":{{\"cycles\":\"{}:{}\",\"clock_khz\":\"{}\","
                    "\"dram_clock_khz\":\"{}\"}}}}\n",
                    core.from, core.to, recorder_.clock_khz(false), recorder_.clock_khz(true)));
  }

 private:
  struct Slice {
    Tick begin;
    std::size_t value;
  };

  /// A viewer takes a thread's number to be its process' if they are equal, so they differ.
  void name_track(const Track& track) {
    const std::string group =
        track.groups.empty() ? "machine" : fmt::format("{}", fmt::join(track.groups, "/"));
    const auto known = std::find(groups_.begin(), groups_.end(), group);
    const auto pid = static_cast<std::size_t>(known - groups_.begin()) + 1;
    if (known == groups_.end()) {
      groups_.push_back(group);
      name("process", pid, "", group, pid);
    }
    const std::size_t tid = recorder_.tracks().size() + places_.size() + 1;
    const std::string place = fmt::format("\"pid\":{},\"tid\":{}", pid, tid);
    name("thread", pid, fmt::format("\"tid\":{},", tid), track.name, places_.size());
    places_.push_back(place);
    names_.emplace_back();
    for (const std::string& value : track.values) names_.back().push_back(Json(value).dump());
  }

  void name(std::string_view what, std::size_t pid, const std::string& tid, const std::string& text,
            std::size_t sort_index) {
    const std::string head =
        fmt::format("{{\"ph\":\"M\",\"pid\":{},{}\"name\":\"{}", pid, tid, what);
    event(fmt::format("{}_name\",\"args\":{{\"name\":{}}}}}", head, Json(text).dump()));
    event(fmt::format("{}_sort_index\",\"args\":{{\"sort_index\":{}}}}}", head, sort_index));
  }

  void close(std::size_t place, Cycle end) {
    const std::optional<Slice> slice = std::exchange(open_[place], std::nullopt);
    const Track& track = recorder_.tracks()[place];
    if (!slice || track.values[slice->value] == "idle") return;
    // Viewers round both numbers to nanoseconds and leave out what then overlaps.
    const std::uint64_t begin_ns = nanoseconds(slice->begin);
    const std::uint64_t num_ns = nanoseconds(end * track.period) - begin_ns;
    event(
        fmt::format("{{\"ph\":\"X\",{},\"ts\":{}.{:03},\"dur\":{}.{:03},\"name\":{},\"args\":"
                    "{{\"from\":{},\"to\":{}}}}}",
                    places_[place], begin_ns / 1000, begin_ns % 1000, num_ns / 1000, num_ns % 1000,
                    names_[place][slice->value], slice->begin / track.period, end));
  }

  std::uint64_t nanoseconds(Tick tick) const {
    return recorder_.time_of(tick, CycleRecorder::kNanosecondsPerMs);
  }

  void event(const std::string& text) {
    file_.write(std::exchange(separator_, ",\n"));
    file_.write(text);
  }

  const CycleRecorder& recorder_;
  AtomicFile& file_;
  std::string_view separator_ = "\n";
  std::vector<std::string> groups_;              ///< the processes
  std::vector<std::string> places_;              ///< by track: its process and thread
  std::vector<std::vector<std::string>> names_;  ///< by track and value, as JSON
  std::vector<std::optional<Slice>> open_;       ///< by track
};

}  // namespace

void write_timeline(CycleRecorder& recorder, AtomicFile& file) {
  TimelineWriter writer(recorder, file);
  recorder.replay(
      [&](Tick tick, std::size_t track, std::size_t value) { writer.change(tick, track, value); });
  writer.end();
}

}  // namespace vitcod
