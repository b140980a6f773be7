// SPDX-License-Identifier: Apache-2.0
#include "workloads/trace_image.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "test/support/source_tree.hpp"
#include "test/workloads/every_kind.hpp"
#include "workloads/workload.hpp"

namespace vitcod::test::trace_image_test {
namespace {

/// The five groups of LeViT-128: their maps differ in shape and number of heads.
Trace levit_trace() {
  const Json specification = {{"model", "levit-128"},
                              {"scope", "attention"},
                              {"maps", {{"kind", "generated"}, {"sparsity", 0.9}, {"seed", 1}}},
                              {"polarization", {{"theta_d_fraction", 0.25}}}};
  return make_trace(specification, source_dir());
}

}  // namespace

TEST_CASE("a trace image is the trace again, and its maps are views of it") {
  const Trace trace = levit_trace();
  const std::vector<std::byte> image = make_trace_image(trace);
  const Trace seen = view_trace_image(image);
  CHECK(seen == trace);
  const auto* first = reinterpret_cast<const std::byte*>(seen.maps[0].heads[0].key_order.data());
  CHECK(first > image.data());
  CHECK(first < image.data() + image.size());
}

TEST_CASE("a trace image holds restricted maps and what tokens are kept") {
  const Trace trace = every_kind();
  const std::vector<std::byte> image = make_trace_image(trace);
  CHECK(view_trace_image(image) == trace);
}

TEST_CASE("a trace image that is cut off or too long is told from a whole one") {
  std::vector<std::byte> image = make_trace_image(levit_trace());
  CHECK_THROWS_AS(view_trace_image({image.data(), image.size() - 8}), ModelError);
  image.resize(image.size() + 8);
  CHECK_THROWS_AS(view_trace_image(image), ModelError);
}

}  // namespace vitcod::test::trace_image_test
