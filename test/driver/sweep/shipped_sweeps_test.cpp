// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <filesystem>

#include "sim/driver/run_config.hpp"
#include "sim/driver/sweep/design_space.hpp"
#include "sim/driver/sweep/sampling.hpp"
#include "sim/driver/sweep/sweep_config.hpp"
#include "test/support/source_tree.hpp"
#include "workloads/workload_spec.hpp"

namespace vitcod::test::shipped_sweeps_test {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> shipped_sweeps() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(source_dir() + "/configs/sweeps")) {
    files.push_back(entry.path());
  }
  return files;
}

/// Reads machine and workload of a point as a run would, without making the maps.
void read_point(const SweepConfig& config, const SweepPoint& point) {
  const fs::path folder = fs::path(config.file).parent_path();
  const bool is_file = config.run.is_string();
  const fs::path file = is_file ? folder / config.run.get<std::string>() : fs::path(config.file);
  const RunDocument document = resolve_run(is_file ? read_json_file(file) : config.run,
                                           file.parent_path(), file.string(), point.settings);
  read_config<MachineConfig>(document.machine);
  read_config<WorkloadSpec>(document.workload);
}

}  // namespace

TEST_CASE("each shipped sweep says what it shows, is small, and all its points can be read") {
  REQUIRE(shipped_sweeps().size() >= 7);
  for (const fs::path& file : shipped_sweeps()) {
    INFO(file);
    const SweepConfig config = load_sweep_config(file);
    CHECK(config.description.value_or("").size() > 40);
    CHECK(count_points(config).num_points <= 60);
    const DesignSpace space(config);
    for (std::uint64_t i = 0; i < space.size(); i += config.search ? 97 : 1) {
      if (const auto point = space.point(i)) CHECK_NOTHROW(read_point(config, *point));
    }
  }
}

}  // namespace vitcod::test::shipped_sweeps_test
