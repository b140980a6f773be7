// SPDX-License-Identifier: Apache-2.0
// A change of one cycle, or of one entry, in any block must not pass a golden check unseen.
#include "test/driver/golden/golden_bench.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test::planted_change_test {
namespace {

/// A parameter of a block and the value next to the machine's own, and where it must be seen.
struct PlantedChange {
  const char* pointer;
  int planted;
  const char* seen_at;
};

constexpr PlantedChange kChanges[] = {
    {"/machine/mac_lines/pipeline_cycles", 3, "/blocks/denser_engine/cycles/drain"},
    {"/machine/mac_lines/reconfigure_cycles", 9, "/blocks/sparser_engine/cycles/reconfigure"},
    {"/machine/controller/prefetch_units", 1, "/blocks/dma/cycles/"},
    {"/machine/weight_buffer/port_bytes_per_cycle", 8, "/blocks/weight_buffer/cycles/"},
    {"/machine/input_buffer/port_bytes_per_cycle", 127, "/blocks/input_buffer/cycles/"},
    {"/machine/output_buffer/port_bytes_per_cycle", 63, "/blocks/output_buffer/cycles/"},
    {"/machine/crossbar/port_bytes_per_cycle", 127, "/blocks/crossbar/cycles/"},
    {"/machine/dma/read_packets", 3, "/blocks/dma/cycles/"},
    {"/machine/denser_engine/qv_buffer/banks", 3, "/blocks/denser_engine/qv_buffer/"},
    {"/machine/mac_lines/key_registers", 2, "/blocks/sparser_engine/"},
    {"/machine/sparser_engine/qv_buffer/line_groups", 7, "/blocks/sparser_engine/qv_buffer/"},
    {"/machine/query_forwarding/line_groups", 7, "/blocks/sparser_engine/query_forwarding/"},
    {"/machine/sparser_engine/ks_buffer/banks", 3, "/blocks/sparser_engine/ks_buffer/"},
    {"/machine/denser_engine/score_unit/latency_cycles", 9, "/blocks/denser_engine/cycles/drain"},
    {"/machine/sparser_engine/score_unit/latency_cycles", 9, "/cycles/by_phase/sddmm"},
    {"/machine/sparser_engine/index_buffer/reads_per_cycle", 3,
     "/blocks/sparser_engine/index_buffer/cycles/"},
    {"/machine/sparser_engine/spmm_controller/max_segment_rows", 15, "/blocks/sparser_engine/"},
    {"/machine/query_forwarding/latency_cycles", 2, "/cycles/total"},
    {"/machine/decoder/latency_cycles", 3, "/cycles/total"},
    {"/machine/encoder/latency_cycles", 3, "/cycles/total"},
    {"/machine/normaliser/features_per_cycle", 31, "/blocks/normaliser/cycles/"},
    {"/machine/normaliser/row_queue_depth", 3, "/blocks/"},
    {"/machine/dram/controller/response_clocks", 5, "/dram/clocks"},
    {"/machine/dram/timing/0/clocks", 18, "/dram/clocks"},
};

/// Likewise of Sanger's blocks.
constexpr PlantedChange kSangerChanges[] = {
    {"/machine/row_writer/latency_cycles", 5, "/cycles/total"},
    {"/machine/mask_predictor/latency_cycles", 13, "/blocks/mask_predictor/cycles/predicting"},
    {"/machine/mask_predictor/columns", 15, "/blocks/mask_predictor/cycles/predicting"},
    {"/machine/pack_unit/latency_cycles", 5, "/area_mm2/pack_unit/registers"},
    {"/machine/pack_unit/segments_per_cycle", 2, "/blocks/pack_unit/cycles/packing"},
    {"/machine/score_array/query_bytes_per_cycle", 63, "/blocks/score_array/cycles/sddmm"},
    {"/machine/score_array/exp_latency_cycles", 9, "/blocks/score_array/cycles/exp"},
    {"/machine/score_array/drain_features_per_cycle", 63, "/blocks/score_array/cycles/drain"},
};

/// The small run with encodings, and two layers of the default run with so few packets in flight
/// that their number matters.
std::vector<Json> cases(const Json& set) {
  Json two_layers = GoldenBench::case_of(
      "two-layers", {{"/workload/layers", {2, 3}}, {"/machine/dma/read_packets", 4}});
  two_layers["run"] = source_dir() + "/configs/vitcod.json";
  two_layers["set"].update(set);
  return {GoldenBench::case_of("encoded", set), two_layers};
}

/// One layer of the default run's maps on Sanger's machine.
std::vector<Json> sanger_cases(const Json& set) {
  Json one_layer = GoldenBench::case_of("one-layer", {{"/workload/layers", {2}}});
  one_layer["run"] = source_dir() + "/configs/sanger.json";
  one_layer["set"].update(set);
  return {one_layer};
}

template <std::size_t kNum>
void check_changes(const PlantedChange (&changes)[kNum],
                   std::vector<Json> (*cases_with)(const Json& set)) {
  const GoldenBench bench;
  bench.write_cases(cases_with(Json::object()));
  bench.update();
  for (const PlantedChange& change : changes) {
    INFO(change.pointer);
    bench.write_cases(cases_with({{change.pointer, change.planted}}));
    const Outcome outcome = bench.check("--limit 0");
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.out, Catch::Contains(std::string(": ") + change.seen_at));
  }
}

}  // namespace

TEST_CASE("a change of one in a parameter of any block fails the check with the pointer named") {
  check_changes(kChanges, cases);
}

TEST_CASE("a change of one in a parameter of Sanger's blocks fails the check likewise") {
  check_changes(kSangerChanges, sanger_cases);
}

}  // namespace vitcod::test::planted_change_test
