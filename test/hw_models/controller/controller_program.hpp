// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "hw_models/compiler/auto_encoder/encode_layer.hpp"
#include "hw_models/compiler/dram_layout.hpp"
#include "hw_models/compiler/job_list.hpp"
#include "test/hw_models/controller/controller_bench.hpp"
#include "test/support/tiny_layer.hpp"

namespace vitcod::test {

inline constexpr std::uint32_t kRowBytes = 64;
inline constexpr std::uint32_t kPacketBytes = 64;

/// Units of the machine, and receivers of loads.
inline constexpr std::size_t kNormaliser = 2;
inline constexpr std::size_t kEncoder = 2;
/// The crossbar's output that leads to a receiver.
inline constexpr OutputMask output_of(std::size_t receiver) {
  return static_cast<OutputMask>(1U << receiver);
}

/// The specified layers as a program.
class ControllerProgram {
 public:
  ControllerProgram(const std::vector<LayerSpec>& layers, const ChipSpec& chip);
  ControllerProgram(const ControllerProgram&) = delete;
  ControllerProgram& operator=(const ControllerProgram&) = delete;

  const Program& program() const { return program_; }
  /// Place of a job's unit or tile in the specification.
  std::size_t unit_of(std::size_t job) const { return unit_of_.at(job); }

 private:
  void describe(const AttentionSpec& spec);
  void describe(const EncodeSpec& spec);
  void add_jobs(const AttentionSpec& spec);
  void add_jobs(const EncodeSpec& spec);
  void wait_for_encoding(std::size_t job);
  void end_unit();
  TensorId tensor(std::vector<std::uint32_t> shape, std::uint32_t bits = 8);

  Program program_;
  Target target_;
  Trace trace_;
  std::deque<TinyLayer> attention_;
  std::deque<EncodeLayer> encodings_;
  std::uint32_t num_layers_ = 0;
  std::size_t next_attention_ = 0;  ///< whose jobs are to be added
  std::size_t next_encoding_ = 0;
  std::vector<std::size_t> unit_of_;  ///< by job
  std::size_t num_units_ = 0;
  std::optional<JobId> last_encoding_;  ///< the unit before is its tile
  std::optional<DramLayout> layout_;
  std::optional<JobList> jobs_;
};

}  // namespace vitcod::test
