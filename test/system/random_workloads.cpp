// SPDX-License-Identifier: Apache-2.0
#include "test/system/random_workloads.hpp"

#include <algorithm>
#include <numeric>

#include "sim/base/npy.hpp"
#include "test/support/temp_folder.hpp"
#include "test/system/random_linear.hpp"
#include "test/system/random_machines.hpp"
#include "test/workloads/workload_fixtures.hpp"
#include "workloads/attention_trace.hpp"
#include "workloads/polarization.hpp"
#include "workloads/workload.hpp"

namespace vitcod::test {
namespace {

std::uint32_t draw_size(Random& random, std::uint32_t most) {
  const std::uint32_t kind = uniform(random, 0, 9);
  if (kind == 0) return 1;
  return kind < 4 ? uniform(random, 1, 8) : uniform(random, 1, most);
}

AttentionGroup draw_group(Random& random, std::size_t index) {
  constexpr std::uint32_t kMostGridTokens = 39;  // 40 with the class token
  AttentionGroup group;
  group.name = "group" + std::to_string(index);
  group.num_blocks = uniform(random, 1, 2);
  group.heads = uniform(random, 1, 5);
  group.query_grid = {1, draw_size(random, kMostGridTokens)};
  group.key_grid =
      one_in(random, 2) ? group.query_grid : TokenGrid{1, draw_size(random, kMostGridTokens)};
  group.key_dim = draw_size(random, kMostFeatures);
  group.value_dim = one_in(random, 2) ? group.key_dim : draw_size(random, kMostFeatures);
  group.auto_encoder_heads = one_in(random, 2) ? 0 : uniform(random, 1, group.heads);
  group.width_in = group.width_out = group.mlp_hidden = 1;
  return group;
}

ModelConfig draw_model(Random& random) {
  ModelConfig model;
  model.name = "random";
  model.source = "drawn at random";
  model.activation = "none";
  model.image_size = model.classes = 1;
  model.prefix_tokens = one_in(random, 3) ? 1 : 0;
  const std::uint32_t num_groups = uniform(random, 1, 3);
  for (std::size_t g = 0; g < num_groups; ++g) model.groups.push_back(draw_group(random, g));
  return model;
}

HeadMaps draw_maps(Random& random, const ModelConfig& model, const AttentionGroup& group) {
  std::mt19937_64 engine(random.next_u64());
  const std::uint32_t queries = model.num_queries(group);
  const std::uint32_t keys = model.num_keys(group);
  HeadMaps heads;
  for (std::uint32_t head = 0; head < group.heads; ++head) {
    if (one_in(random, 8)) {
      heads.emplace_back(queries, keys, one_in(random, 2));  // nothing kept, or everything
    } else {
      heads.push_back(random_map(engine, queries, keys, random.uniform_real()));
    }
  }
  return heads;
}

/// No polarization, or a threshold: any, none (all columns with an entry are denser), or one that
/// no column exceeds.
std::optional<std::uint32_t> draw_theta_d(Random& random, std::uint32_t most_queries) {
  const std::uint32_t kind = uniform(random, 0, 7);
  if (kind == 0) return std::nullopt;
  if (kind == 1) return 0;
  return kind == 2 ? most_queries : uniform(random, 0, most_queries);
}

/// Any number of any columns are the denser ones, in any order: also empty ones, also all.
PolarizedMap draw_split(Random& random, const HeadMaps& maps) {
  PolarizedMap polarized{maps.front().num_queries(), maps.front().num_keys(), {}};
  for (const KeptMap& map : maps) {
    std::vector<std::uint32_t> order(map.num_keys());
    std::iota(order.begin(), order.end(), 0U);
    for (std::size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[random.uniform_below(i)]);
    }
    const bool all = one_in(random, 4);
    const std::uint32_t num_denser = all ? map.num_keys() : uniform(random, 0, map.num_keys());
    polarized.heads.push_back(polarize(map, std::move(order), num_denser));
  }
  return polarized;
}

/// The maps of all blocks, one list a group.
using ModelMaps = std::vector<std::vector<HeadMaps>>;

Trace trace_in_memory(Random& random, const ModelConfig& model, const ModelMaps& maps,
                      bool auto_encoder) {
  std::uint32_t most_queries = 1;
  for (const auto& group : model.groups) {
    most_queries = std::max(most_queries, model.num_queries(group));
  }
  const std::optional<std::uint32_t> theta_d = draw_theta_d(random, most_queries);
  std::vector<AttentionBlockTrace> blocks;
  for (const AttentionBlock& block : attention_blocks(model)) {
    const HeadMaps& heads = maps[block.group][block.index_in_group];
    const bool by_threshold = one_in(random, 2);
    blocks.push_back(
        {block, by_threshold ? polarize_heads(heads, theta_d) : draw_split(random, heads)});
  }
  Trace trace;
  trace.name = model.name;
  trace.provenance = R"({"model": "random"})";
  trace.value_seed = random.next_u64();
  append_attention(trace, model, std::move(blocks), auto_encoder);
  return trace;
}

/// One mask file a group (True = pruned), and the specification that names them.
Trace trace_from_files(Random& random, const ModelConfig& model, const ModelMaps& maps,
                       bool auto_encoder) {
  const TempFolder folder;
  Json files = Json::array();
  for (std::size_t g = 0; g < maps.size(); ++g) {
    const AttentionGroup& group = model.groups[g];
    std::vector<std::uint8_t> pruned;
    for (const HeadMaps& heads : maps[g]) {
      for (const KeptMap& map : heads) {
        for (std::uint8_t kept : map.bytes()) pruned.push_back(kept == 0 ? 1 : 0);
      }
    }
    files.push_back(group.name + ".npy");
    write_npy_bools(
        folder / (group.name + ".npy"), pruned,
        {group.num_blocks, group.heads, model.num_queries(group), model.num_keys(group)});
  }
  Json spec;
  spec["model"] = to_json(model);
  spec["scope"] = "attention";
  spec["maps"] = {{"kind", "masks"}, {"files", files}};
  spec["polarization"] = {{"theta_d_fraction", random.uniform_real()}};
  if (one_in(random, 4)) spec["polarization"] = nullptr;
  spec["auto_encoder"] = auto_encoder;
  spec["values"] = {{"seed", random.next_u64()}};
  return make_trace(spec, folder.path());
}

TensorId add_tensor(Trace& trace, std::string name, std::vector<std::uint32_t> shape,
                    std::uint32_t bits) {
  trace.tensors.push_back({std::move(name), std::move(shape), bits});
  return TensorId{static_cast<std::uint32_t>(trace.tensors.size() - 1)};
}

/// Lets the machine make the compressed input of `decode` itself: an encoding, right before or at
/// the start of the program.
void insert_encoding(Random& random, std::size_t decode, Trace& trace) {
  const Operation& reader = trace.operations[decode];
  const auto shape = std::get<HeadMixDecode>(reader.params);
  const TensorId target = reader.inputs[0];
  const std::string name = trace.tensor(target).name;
  const std::uint32_t heads = uniform(random, shape.heads_in, 5);
  Operation encode;
  encode.name = name + "/encode";
  encode.layer = reader.layer;
  encode.params = HeadMixEncode{heads, shape.heads_in, shape.tokens, shape.features};
  encode.inputs = {add_tensor(trace, name + "/full", {heads, shape.tokens, shape.features}, 8),
                   add_tensor(trace, name + "/encode_weights", {heads, shape.heads_in}, 8),
                   add_tensor(trace, name + "/encode_bias", {shape.heads_in}, 32)};
  encode.outputs = {target};
  const std::size_t place = one_in(random, 2) ? decode : 0;
  trace.operations.insert(trace.operations.begin() + static_cast<std::ptrdiff_t>(place), encode);
}

void add_encodings(Random& random, Trace& trace) {
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    if (!std::holds_alternative<HeadMixDecode>(trace.operations[i].params)) continue;
    if (one_in(random, 2)) continue;
    insert_encoding(random, i, trace);
    ++i;  // the operation has moved by one
  }
}

/// In place of softmax, in some of the attention blocks.
void use_sigmoid(Random& random, Trace& trace) {
  for (Operation& operation : trace.operations) {
    const auto* softmax = std::get_if<RowNormalise>(&operation.params);
    if (softmax == nullptr || one_in(random, 4)) continue;
    operation.params = ScoreElementwise{softmax->map, -8.0 * random.uniform_real()};
  }
}

}  // namespace

Trace random_workload(Random& random) {
  const ModelConfig model = draw_model(random);
  ModelMaps maps(model.groups.size());
  for (std::size_t g = 0; g < maps.size(); ++g) {
    for (std::uint32_t block = 0; block < model.groups[g].num_blocks; ++block) {
      maps[g].push_back(draw_maps(random, model, model.groups[g]));
    }
  }
  const bool auto_encoder = !one_in(random, 3);
  Trace trace = one_in(random, 4) ? trace_from_files(random, model, maps, auto_encoder)
                                  : trace_in_memory(random, model, maps, auto_encoder);
  if (one_in(random, 4)) add_encodings(random, trace);
  if (one_in(random, 2)) add_linear_layers(random, trace);
  if (one_in(random, 5)) use_sigmoid(random, trace);
  return trace;
}

std::uint64_t dense_macs(const Trace& trace) {
  std::uint64_t macs = 0;
  for (const Operation& operation : trace.operations) {
    const auto add = [&](MapId id, std::uint32_t features) {
      const PolarizedMap& map = trace.map(id);
      macs += std::uint64_t{map.num_queries} * map.num_keys * map.heads.size() * features;
    };
    if (const auto* sddmm = std::get_if<Sddmm>(&operation.params)) add(sddmm->map, sddmm->features);
    if (const auto* spmm = std::get_if<Spmm>(&operation.params)) add(spmm->map, spmm->features);
    if (const auto* linear = std::get_if<DenseLinear>(&operation.params)) {
      macs += std::uint64_t{linear->m} * linear->k * linear->n;
    }
  }
  return macs;
}

}  // namespace vitcod::test
