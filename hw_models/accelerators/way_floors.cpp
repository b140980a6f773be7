// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/way_floors.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "hw_models/accelerators/frame_config.hpp"
#include "hw_models/accelerators/frame_ports.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {

void WayFloors::limit(std::initializer_list<const char*> counters, std::uint64_t a_cycle) const {
  std::uint64_t moved = 0;
  std::string names;
  for (const char* counter : counters) {
    const std::string text(counter);
    const bool has_block = blocks_.contains(text.substr(1, text.find('/', 1) - 1));
    if (has_block) moved += blocks_.at(Json::json_pointer(text)).get<std::uint64_t>();
    names += (names.empty() ? "" : " and ") + text;
  }
  if (double(cycles_) * double(a_cycle) >= double(moved)) return;
  throw ModelError(fmt::format("{} cycles are below the floor of {} of {} at {} a cycle", cycles_,
                               moved, names, a_cycle));
}

void require_frame_ways(const FrameConfig& config, const WayFloors& floors) {
  const std::uint64_t crossing = config.crossbar.port_bytes_per_cycle;
  floors.limit({"/weight_buffer/bytes_written"}, config.weight_buffer.port_bytes_per_cycle);
  floors.limit({"/weight_buffer/bytes_read"}, config.weight_buffer.port_bytes_per_cycle);
  floors.limit({"/input_buffer/bytes_written"}, config.input_buffer.port_bytes_per_cycle);
  floors.limit({"/input_buffer/bytes_read"}, config.input_buffer.port_bytes_per_cycle);
  floors.limit({"/output_buffer/bytes_written"}, config.output_buffer.port_bytes_per_cycle);
  floors.limit({"/output_buffer/bytes_read"}, config.output_buffer.port_bytes_per_cycle);
  floors.limit({"/crossbar/bytes"}, kNumOutputs * crossing);
  const GemmEngineConfig& gemm = config.gemm_engine;
  floors.limit({"/gemm_inputs/bytes_written"}, gemm.write_bytes_per_cycle);
  floors.limit({"/gemm_weights/bytes_written"}, gemm.write_bytes_per_cycle);
  floors.limit({"/gemm_engine/input_bytes"}, gemm.input_bytes_per_cycle);
  floors.limit({"/gemm_engine/weight_bytes"}, gemm.weight_bytes_per_cycle);
  floors.limit({"/gemm_engine/carried_bytes_written", "/gemm_engine/carried_bytes_read"},
               gemm.carried_bytes_per_cycle.value_or(0));
  floors.limit({"/gemm_drain/results"}, gemm.drain_lanes);
  floors.limit({"/layer_norm/token_bytes_written"}, config.layer_norm.read_bytes_per_cycle);
  if (!config.stream_hub) return;
  floors.limit({"/stream_hub/bytes_in"}, config.stream_hub->port_bytes_per_cycle);
  floors.limit({"/stream_hub/bytes_out"}, config.stream_hub->port_bytes_per_cycle);
}

}  // namespace vitcod
