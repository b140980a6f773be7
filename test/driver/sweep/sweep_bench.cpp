// SPDX-License-Identifier: Apache-2.0
#include "test/driver/sweep/sweep_bench.hpp"

#include "sim/base/files.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test {

namespace fs = std::filesystem;

SweepBench::SweepBench(const std::string& members) {
  write_run(R"({"kind": "generated", "sparsity": 0.95, "seed": 1})", "[3]");
  write_sweep(members);
}

void SweepBench::write_run(const std::string& maps, const std::string& layers) const {
  write_file_atomically(folder_ / "run.json", R"({"machine": ")" + source_dir() +
                                                  R"(/configs/machines/vitcod.json",
          "workload": {"model": "deit-tiny", "scope": "attention", "layers": )" +
                                                  layers + R"(, "maps": )" + maps +
                                                  R"(, "polarization": {"theta_d": 50}}})");
}

void SweepBench::write_sweep(const std::string& members) const {
  write_file_atomically(folder_ / "sweep.json", R"({"run": "run.json", )" + members + "}");
}

Outcome SweepBench::run(const std::string& out, const std::string& arguments,
                        const std::string& before) const {
  return run_program("sweep " + quoted((folder_ / "sweep.json").string()) + " --out " +
                         quoted((folder_ / out).string()) + " " + arguments,
                     before);
}

std::size_t SweepBench::num_results(const std::string& out) const {
  const fs::path points = folder_ / out / "points";
  if (!fs::exists(points)) return 0;
  std::size_t num = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(points)) {
    num += entry.path().extension() == ".json" ? 1 : 0;
  }
  return num;
}

std::string SweepBench::table(const std::string& out) const {
  return read_file(folder_ / out / "sweep.csv");
}

std::string small_axes(unsigned num_packet_sizes) {
  std::string sizes;
  for (unsigned i = 0; i < num_packet_sizes; ++i) {
    sizes += (i == 0 ? "" : ", ") + std::to_string(512 + 64 * i);
  }
  return R"("axes": [
    {"name": "lines", "pointer": "/machine/mac_lines/lines", "values": [16, 24, 32, 48, 64]},
    {"name": "theta_d", "pointer": "/workload/polarization/theta_d",
     "values": [30, 40, 50, 60, 70]},
    {"name": "packet", "pointer": "/machine/dma/packet_bytes", "values": [)" +
         sizes + R"(]}], "objectives": [{"figure": "cycles", "goal": "minimize"},
                                       {"figure": "lines", "goal": "minimize"}])";
}

std::string large_workload() {
  return R"({"/workload": {"scope": "attention", "maps": {"kind": "dense"}, "model": {
    "name": "large", "source": "test", "prefix_tokens": 0, "image_size": 1, "stem": [],
    "activation": "none", "classes": 1, "groups": [{"name": "block", "num_blocks": 4, "heads": 12,
      "query_grid": [40, 40], "key_grid": [40, 40], "key_dim": 16, "value_dim": 16,
      "auto_encoder_heads": 0, "width_in": 1, "width_out": 1, "mlp_hidden": 1,
      "residual": true}]}}})";
}

std::map<std::string, std::string> files_below(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[fs::relative(entry.path(), folder).string()] = read_file(entry.path());
  }
  return files;
}

}  // namespace vitcod::test
