// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "hw_models/accelerators/machine.hpp"
#include "hw_models/dram/dram_config.hpp"
#include "hw_models/energy/energy_config.hpp"
#include "hw_models/local_buffer/local_buffer_config.hpp"
#include "sim/base/config_reader.hpp"
#include "sim/kernel/scheduler.hpp"
#include "workloads/trace.hpp"

namespace vitcod::test {

/// A machine that only the tests know: one engine, a buffer and a DRAM channel. It reads a tensor
/// burst by burst, adds up the squares of each burst's bytes, and writes the low byte of each sum.
struct TinyConfig {
  std::uint64_t clock_khz = 0;
  std::uint32_t multipliers = 1;
  LocalBufferConfig buffer;
  EnergyConfig energy;
  DramConfig dram;
};

void read(ConfigReader& reader, TinyConfig& config);

/// Its document, on DDR4-2400: 500 MHz, 16 multipliers, a buffer of one bank that gives a burst of
/// 64 bytes in two cycles.
Json tiny_document();

/// One layer with one tensor of `num_bursts` bursts of 64 bytes, and one of its outputs.
Trace tiny_trace(std::uint32_t num_bursts);

/// `with_values`: it computes the outputs too; `fault`: added to each output, 0 in a sound machine.
std::unique_ptr<Machine> make_tiny_machine(const TinyConfig& config, const Trace& trace,
                                           bool with_values, const RunMode& mode,
                                           std::int8_t fault = 0);

}  // namespace vitcod::test
