// SPDX-License-Identifier: Apache-2.0
#include "test/hw_models/controller/controller_program.hpp"

#include "hw_models/compiler/attention/attention_jobs.hpp"
#include "hw_models/encoder/token_placement.hpp"

namespace vitcod::test {
namespace {

Target target_of(const ChipSpec& chip) {
  Target target;
  target.input_pool = PoolId{0};
  target.output_pool = PoolId{1};
  target.index_pool = PoolId{2};
  target.engines = {UnitId{0}, UnitId{1}};
  target.normaliser = UnitId{kNormaliser};
  target.engine_outputs = {output_of(0), output_of(1)};
  target.encoder_output = output_of(kEncoder);
  target.packet_bytes = kPacketBytes;
  target.prefetch_tiles = chip.prefetch_units;
  target.holding.query_forwarding = chip.query_forwarding;
  target.sddmm = PhaseId{2};
  target.merge = PhaseId{3};
  target.wait_values = PhaseId{4};
  target.spmm = PhaseId{5};
  target.encode = PhaseId{6};
  return target;
}

WorkUnit work_unit(const UnitSpec& spec, const TinyLayer& layer) {
  WorkUnit unit = layer.unit(spec.first_head, spec.num_heads, spec.first_row, spec.num_rows);
  unit.loads_keys_values = spec.loads_keys_values;
  unit.frees_keys_values = spec.frees_keys_values;
  unit.resident_keys = spec.resident_rows;
  unit.is_first_load = unit.is_first_load || spec.loads_resident;
  unit.is_last_load = spec.frees_resident;
  return unit;
}

Transfer transfer_of(TensorRole role, Stretch stretch, std::uint32_t job) {
  Transfer transfer;
  transfer.label.role = role;
  transfer.job = job;
  transfer.stretches.push_back(stretch);
  return transfer;
}

std::shared_ptr<TokenPlacement> placement_of(const EncodeLayer& layer) {
  auto placement = std::make_shared<TokenPlacement>();
  placement->output = output_of(kEncoder);
  placement->heads_in = layer.heads_in;
  placement->heads_out = layer.heads_out;
  placement->features = layer.features;
  return placement;
}

/// The weights of an encoding, two packets.
Load weights_of(const EncodeLayer& layer, const DramLayout& layout, std::uint32_t job) {
  Load load;
  load.transfer = transfer_of(TensorRole::kWeights,
                              {layout.address(layer.weights), layout.bytes(layer.weights)}, job);
  load.transfer.stretches.push_back(
      {layout.address(layer.bias), layout.bytes(layer.bias), 0, 0, layout.bytes(layer.weights)});
  auto placement = placement_of(layer);
  placement->is_weights = true;
  load.is_fence = true;
  load.transfer.placement = std::move(placement);
  return load;
}

/// Tokens of a tile, whose results are `store`; not before the weights.
Load tokens_of(const EncodeLayer& layer, std::uint64_t address, const Transfer& store,
               RegionId results) {
  Load load;
  const std::uint64_t num_tokens = store.bytes() / (layer.heads_out * layer.features);
  load.transfer = transfer_of(TensorRole::kUncompressed,
                              {address, num_tokens * kRowBytes, kRowBytes, 0, 0}, store.job);
  auto placement = placement_of(layer);
  placement->store = &store;
  load.transfer.placement = std::move(placement);
  load.claims = {results};
  load.after_fences = true;
  return load;
}

}  // namespace

ControllerProgram::ControllerProgram(const std::vector<LayerSpec>& layers, const ChipSpec& chip)
    : target_(target_of(chip)) {
  program_.phases = {"wait_operands", "wait_space", "sddmm",  "merge",
                     "wait_values",   "spmm",       "encode", "write_back"};
  program_.write_back = PhaseId{7};
  program_.pools = {Pool{"input_buffer", chip.input_bytes},
                    Pool{"output_buffer", chip.output_bytes},
                    Pool{"index_buffer", chip.index_bytes}};
  for (const LayerSpec& layer : layers) {
    std::visit([this](const auto& spec) { describe(spec); }, layer);
    ++num_layers_;
  }
  layout_.emplace(trace_);
  jobs_.emplace(target_, program_);
  for (const LayerSpec& layer : layers) {
    std::visit([this](const auto& spec) { add_jobs(spec); }, layer);
  }
}

void ControllerProgram::describe(const AttentionSpec& spec) {
  const Drawing all_kept(spec.num_queries, std::string(spec.num_keys, 'x'));
  attention_.emplace_back(
      std::vector<TinyHead>(spec.num_heads, TinyHead{all_kept, spec.num_denser}), kRowBytes,
      kRowBytes);
  AttentionLayer& layer = attention_.back().layer;
  layer.layer = num_layers_;
  layer.compressed_heads = spec.compressed ? 1 : 0;
  const std::uint32_t stored_heads = spec.compressed ? 1 : spec.num_heads;
  layer.query = tensor({stored_heads, spec.num_queries, kRowBytes});
  layer.key = tensor({stored_heads, spec.num_keys, kRowBytes});
  layer.value = tensor({spec.num_heads, spec.num_keys, kRowBytes});
  layer.output = tensor({spec.num_heads, spec.num_queries, kRowBytes});
  layer.query_weights = layer.key_weights = tensor({1, spec.num_heads});
  layer.query_bias = layer.key_bias = tensor({spec.num_heads}, 32);
}

void ControllerProgram::describe(const EncodeSpec& spec) {
  EncodeLayer& layer = encodings_.emplace_back();
  layer.layer = num_layers_;
  layer.heads_in = 2;
  layer.heads_out = 1;
  layer.features = kRowBytes / 2;
  for (const std::uint32_t tokens : spec.tile_tokens) layer.num_tokens += tokens;
  layer.input = tensor({layer.num_tokens, kRowBytes});
  layer.weights = tensor({2, 1});
  layer.bias = tensor({1}, 32);
  layer.output = tensor({layer.num_tokens, kRowBytes / 2});
}

void ControllerProgram::add_jobs(const AttentionSpec& spec) {
  const TinyLayer& layer = attention_[next_attention_++];
  AttentionJobs jobs(layer.layer, *layout_, *jobs_);
  for (const UnitSpec& unit : spec.units) {
    const std::size_t first = program_.jobs.size();
    const WorkUnit made = work_unit(unit, layer);
    jobs.add({&made, 1});
    wait_for_encoding(first);
    end_unit();
  }
}

/// Jobs as the compiler makes them, with tiles of any number of tokens.
void ControllerProgram::add_jobs(const EncodeSpec& spec) {
  const EncodeLayer& layer = encodings_[next_encoding_++];
  const std::uint32_t result_bytes = layer.heads_out * layer.features;
  std::uint64_t first = 0;
  for (const std::uint32_t tokens : spec.tile_tokens) {
    const std::size_t place = program_.jobs.size();
    const auto number = static_cast<std::uint32_t>(place);
    Job& job = jobs_->begin_tile(layer.layer);
    wait_for_encoding(place);
    job.streams = true;
    job.phase = job.operands_phase = target_.encode;
    job.store = transfer_of(TensorRole::kCompressed,
                            {layout_->address(layer.output) + first * result_bytes,
                             std::uint64_t{tokens} * result_bytes, result_bytes, 0, 0},
                            number);
    job.stored = jobs_->add_region(target_.output_pool, job.store->bytes());
    if (first == 0) job.loads.push_back(weights_of(layer, *layout_, number));
    job.loads.push_back(tokens_of(layer, layout_->address(layer.input) + first * kRowBytes,
                                  *job.store, job.stored));
    for (std::uint32_t i = 0; i < job.loads.size(); ++i) job.loads[i].transfer.load = i;
    jobs_->end_tile();
    last_encoding_ = JobId{number};
    first += tokens;
    end_unit();
  }
}

/// What follows an encoding reads its results: its loads wait until they are in DRAM.
void ControllerProgram::wait_for_encoding(std::size_t job) {
  if (!last_encoding_) return;
  program_.jobs[job].loads_wait_for.push_back(
      Dependency{*last_encoding_, Dependency::Milestone::kRetired});
  last_encoding_.reset();
}

void ControllerProgram::end_unit() {
  unit_of_.resize(program_.jobs.size(), num_units_);
  ++num_units_;
}

TensorId ControllerProgram::tensor(std::vector<std::uint32_t> shape, std::uint32_t bits) {
  trace_.tensors.push_back(Tensor{"", std::move(shape), bits});
  return static_cast<TensorId>(trace_.tensors.size() - 1);
}

}  // namespace vitcod::test
