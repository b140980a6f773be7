// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hw_models/accelerators/machine.hpp"
#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "sim/driver/timeline/cycle_recorder.hpp"

namespace vitcod {

/// Options of `run` that ask for a run cycle by cycle; an empty text is an option not given.
struct ViewOptions {
  std::string timeline;
  std::string vcd;
  std::string window;
};

/// A file that the run uses for something else.
struct TakenFile {
  std::filesystem::path path;
  std::string use;  ///< for messages
};

/// The timeline and the waveform of a run, as far as they are asked for.
class RunViews {
 public:
  /// Checks all that can be checked before the run, and takes away what an earlier one left.
  /// Throws InputError: a bad window, a file that cannot be written or is `taken`.
  RunViews(const ViewOptions& options, std::vector<TakenFile> taken);

  /// Before the machine runs.
  void listen_to(Machine& machine);
  /// Writes the files and returns their names; `result` is that of the run. Throws InputError,
  /// and Interrupted: no half of a file stays.
  std::vector<std::string> write(const Json& result);

 private:
  /// A file whose name is tried at once, and which is written later. In between nothing is there
  /// that a killed run could leave, unless it is a device or pipe, which is held open.
  class LateFile {
   public:
    explicit LateFile(std::filesystem::path path);
    AtomicFile& open();

   private:
    std::filesystem::path path_;
    std::unique_ptr<AtomicFile> file_;
  };
  struct View {
    std::string name;
    LateFile file;
    void (*write)(CycleRecorder&, AtomicFile&);
  };

  std::vector<View> views_;
  std::optional<CycleRecorder> recorder_;
};

}  // namespace vitcod
