// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "hw_models/accelerators/dense_config.hpp"
#include "hw_models/accelerators/vitcod_machine.hpp"

namespace vitcod {

/// An array of MAC lines for attention without sparsity: what the ViTCoD machine would be without
/// its ideas. It computes all entries of a map on the denser engine, with all lines.
class DenseMachine final : public Machine {
 public:
  /// Throws InputError if the trace or a buffer does not suit the machine.
  DenseMachine(const DenseConfig& config, const Trace& trace, bool with_values,
               const RunMode& mode);

  void run() override { blocks_.run(); }
  void listen(CycleListener& listener) override { blocks_.listen(listener); }
  std::uint64_t clock_khz() const override { return blocks_.clock_khz(); }
  Cycle total_cycles() const override { return blocks_.total_cycles(); }
  std::uint64_t num_wakeups() const override { return blocks_.num_wakeups(); }
  void write_report(Json& result) const override { blocks_.write_report(result); }
  void write_values(Json& values) override { blocks_.write_values(values); }

 private:
  const Trace trace_;  ///< with all entries
  VitcodMachine blocks_;
};

}  // namespace vitcod
