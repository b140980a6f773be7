// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/probe_results.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <set>
#include <string>
#include <thread>

#include "sim/base/errors.hpp"
#include "sim/driver/process_pool.hpp"
#include "sim/driver/simulation.hpp"
#include "sim/driver/sweep/design_space.hpp"
#include "sim/driver/sweep/point_formula.hpp"
#include "sim/driver/sweep/point_resolver.hpp"
#include "workloads/workload.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kMaxProbes = 64;
constexpr double kMaxSeconds = 10;

void limit_memory() {
  constexpr rlim_t kMaxBytes = rlim_t{2} << 30U;
  const rlimit limit{kMaxBytes, kMaxBytes};
  ::setrlimit(RLIMIT_AS, &limit);
}

/// One head of 16 rows and columns.
constexpr const char* kSmallWorkload = R"({
  "scope": "attention", "maps": {"kind": "dense"}, "model": {
    "name": "probe", "source": "made up", "prefix_tokens": 0, "image_size": 1, "stem": [],
    "activation": "none", "classes": 1, "groups": [{"name": "block", "num_blocks": 1, "heads": 1,
      "query_grid": [4, 4], "key_grid": [4, 4], "key_dim": 16, "value_dim": 16,
      "auto_encoder_heads": 0, "width_in": 1, "width_out": 1, "mlp_hidden": 1, "residual": true}]}})";

/// Grid indices of the points to try.
std::vector<std::uint64_t> places_to_probe(const DesignSpace& space) {
  const std::vector<Dimension>& dimensions = space.dimensions();
  std::set<std::uint64_t> indices = {0, space.size() - 1};
  std::vector<std::uint64_t> positions(dimensions.size(), 0);
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    const std::uint64_t last = dimensions[i].size() - 1;
    const bool is_ordered = dimensions[i].axes.front().is_ordered();
    for (std::uint64_t step = is_ordered ? last : 0; step <= last; ++step) {
      if (indices.size() == kMaxProbes) break;
      positions[i] = step;
      indices.insert(space.grid_index(positions));
    }
    positions[i] = 0;
  }
  return {indices.begin(), indices.end()};
}

/// The result as a line; empty if there is none.
std::string probe(const SweepConfig& config, const DesignSpace& space, PointResolver& resolver,
                  std::uint64_t grid_index) {
  try {
    const auto point = space.point(grid_index);
    if (!point) return "";
    const ResolvedPoint resolved = resolver.resolve(*point);
    if (!resolved.error.empty()) return "";
    RunConfig run;
    read_machine(resolved.document, run);
    run.trace = make_trace(parse_json(kSmallWorkload, "probe"), "");
    SimulationOptions options;
    options.with_values = config.with_values;
    Json result = simulate(run, options);
    add_formula(result, run.trace, config.formula);
    return result.dump();
  } catch (const std::exception&) {
    return "";  // the point itself will tell
  }
}

}  // namespace

std::vector<Json> probe_results(const SweepConfig& config) {
  const DesignSpace space(config);
  PointResolver resolver(config);
  ProcessPool::Options options;
  options.num_processes = std::max(1U, std::thread::hardware_concurrency());
  options.seconds = kMaxSeconds;
  options.on_start = limit_memory;
  ProcessPool pool(options, [&](const std::string& index) {
    return probe(config, space, resolver, std::stoull(index));
  });
  for (const std::uint64_t index : places_to_probe(space)) pool.give(std::to_string(index));
  std::vector<Json> results;
  while (!pool.is_idle()) {
    for (const TaskEnd& end : pool.wait(std::chrono::seconds(1))) {
      if (end.kind == TaskEnd::Kind::kAnswered && !end.text.empty()) {
        results.push_back(Json::parse(end.text));
      }
    }
  }
  return results;
}

}  // namespace vitcod
