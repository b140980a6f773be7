// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/timeline/run_views.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/base/folders.hpp"
#include "sim/driver/timeline/timeline_file.hpp"
#include "sim/driver/timeline/vcd_file.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

bool is_device(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  return fs::exists(status) && !fs::is_regular_file(status);
}

bool is_same_file(const fs::path& a, const fs::path& b) {
  std::error_code error_a;
  std::error_code error_b;
  return fs::weakly_canonical(a, error_a) == fs::weakly_canonical(b, error_b) && !error_a &&
         !error_b;
}

}  // namespace

RunViews::LateFile::LateFile(fs::path path) : path_(std::move(path)) {
  file_ = std::make_unique<AtomicFile>(path_);
  if (is_device(path_)) return;
  file_.reset();
  remove_file(path_);
}

AtomicFile& RunViews::LateFile::open() {
  if (!file_) file_ = std::make_unique<AtomicFile>(path_);
  return *file_;
}

RunViews::RunViews(const ViewOptions& options, std::vector<TakenFile> taken) {
  const CycleWindow window = options.window.empty() ? CycleWindow{} : parse_window(options.window);
  const auto add = [&](const char* option, const std::string& name, auto writer) {
    if (name.empty()) return;
    for (const TakenFile& file : taken) {
      if (is_same_file(name, file.path) && !is_device(name)) {
        throw InputError(fmt::format("{} {}: is the file of {} too", option, name, file.use));
      }
    }
    taken.push_back({name, option});
    views_.push_back({name, LateFile(name), writer});
    if (!recorder_) recorder_.emplace(window, name);
  };
  add("--timeline", options.timeline, write_timeline);
  add("--vcd", options.vcd, write_vcd);
  if (views_.empty() && !options.window.empty()) {
    throw InputError("--window: needs --timeline or --vcd");
  }
}

void RunViews::listen_to(Machine& machine) {
  if (recorder_) recorder_->listen_to(machine);
}

std::vector<std::string> RunViews::write(const Json& result) {
  if (recorder_) recorder_->finish(result["blocks"]);
  std::vector<std::string> names;
  for (View& view : views_) {
    AtomicFile& file = view.file.open();
    view.write(*recorder_, file);
    file.commit();
    names.push_back(view.name);
  }
  return names;
}

}  // namespace vitcod
