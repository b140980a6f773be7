// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <functional>
#include <random>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vitcod {

/// Number format of the products' operands.
enum class Precision { kFloat32, kInt8 };

/// Primitives of oneDNN that run one after the other on the CPU, and the memory they work on.
/// Threads are those that OpenMP has when a primitive is made.
class Network {
 public:
  using Desc = dnnl::memory::desc;
  using Arguments = std::unordered_map<int, dnnl::memory>;
  using Listener = std::function<void(const dnnl::memory& values)>;

  /// `on_values` hears of all random values, row-major, in the order in which they are made: tests
  /// compute the same with them.
  explicit Network(Listener on_values = {}) : on_values_(std::move(on_values)) {}

  const dnnl::engine& engine() const { return engine_; }

  /// Memory of random values: float32 in [-1, 1), int8 in [-64, 63], which no kernel of oneDNN can
  /// overflow on (its page on int8: products of adjacent int8 pairs saturate where the CPU has no
  /// VNNI).
  dnnl::memory random_memory(const Desc& desc);

  /// Weights of random values with the mean square 1 / `fan_in` (float32), laid out as a primitive
  /// asks for in `wanted`; `plain` is the row-major form.
  dnnl::memory weights(const Desc& plain, const Desc& wanted, std::uint32_t fan_in);

  /// A bias of random values in [-1, 1), times `unit`: oneDNN adds it to the sums of products
  /// before it scales them.
  dnnl::memory bias(const Desc& desc, float unit);

  /// Part of another memory, from `offset` elements on. The network keeps the whole.
  dnnl::memory view(const dnnl::memory& whole, const Desc& desc, std::size_t offset);

  void add(const dnnl::primitive& primitive, Arguments arguments);

  /// Copies, in another format, layout or scale.
  void add_copy(const dnnl::memory& from, const dnnl::memory& to, float scale = 1.0F);

  /// Runs all primitives in order, and waits for the last.
  void run();

  /// What the last primitive writes.
  const dnnl::memory& result() const { return steps_.back().arguments.at(DNNL_ARG_DST); }

 private:
  struct Step {
    dnnl::primitive primitive;
    Arguments arguments;
  };

  dnnl::memory drawn(const Desc& desc);
  void tell(const dnnl::memory& values) const {
    if (on_values_) on_values_(values);
  }

  Listener on_values_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::mt19937 random_{1};
  std::vector<Step> steps_;
  std::vector<dnnl::memory> wholes_;  ///< that views are parts of
};

}  // namespace vitcod
