// SPDX-License-Identifier: Apache-2.0
// Mistakes that would cost a whole sweep are refused before its first point.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/folders.hpp"
#include "sim/driver/sweep/run_places.hpp"
#include "test/driver/sweep/sweep_bench.hpp"
#include "test/support/source_tree.hpp"

namespace vitcod::test::sweep_check_test {
namespace {

using Catch::Contains;

const std::string kLines =
    R"({"name": "lines", "pointer": "/machine/mac_lines/lines", "values": [16, 64]})";

/// One line, exit status 2, and nothing run.
void check_refused(const std::string& members, const std::string& part) {
  const SweepBench bench(members);
  for (const char* arguments : {"", "--dry-run"}) {
    const Outcome outcome = bench.run("out", arguments);
    INFO(members << "\n" << outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    CHECK_THAT(outcome.err, Contains("sweep.json: ") && Contains(part));
    CHECK_FALSE(file_exists(bench / "out"));
  }
}

std::string axes(const std::string& text) { return R"("axes": [)" + text + "]"; }

}  // namespace

TEST_CASE("a place that no run has is refused, with the keys that there are") {
  check_refused(axes(R"({"name": "a", "pointer": "/machine/nope", "values": [1]})"),
                "/axes/0/pointer: no run has a place /machine/nope; expected one of [");
  check_refused(
      axes(kLines + R"(, {"name": "a", "pointer": "/machine/mac_lines/linez", "values": [1]})"),
      "/axes/1/pointer: no run has a place /machine/mac_lines/linez; expected one of "
      "[\"add_lanes_per_line\",\"key_registers\",\"lines\",");
  check_refused(axes(R"({"zip": [)" + kLines +
                     R"(, {"name": "a", "pointer": "/workload/mapz/seed", "values": [1, 2]}]})"),
                "/axes/0/zip/1/pointer: no run has a place /workload/mapz");
  check_refused(axes(R"({"name": "v", "variants": {"on/off": {"/machine/controller/x": true}}})"),
                "/axes/0/variants/on~1off: no run has a place /machine/controller/x");
  check_refused(axes(kLines) + R"(, "derived": [{"name": "d", "expression": "lines",
                                                 "pointer": "/machine/mac_lines/macs"}])",
                "/derived/0/pointer: no run has a place /machine/mac_lines/macs");
}

TEST_CASE("places that only some runs have are places") {
  const RunPlaces places;
  for (const char* place :
       {"/machine", "/workload", "/machine/dram/preset", "/machine/preset", "/workload/layers/0",
        "/workload/maps/theta_p", "/workload/maps/files/3", "/workload/maps/sparsity",
        "/workload/model/groups/0/heads", "/workload/polarization/theta_d_fraction",
        "/machine/dram/timing/2/clocks", "/workload/value_seed", "/workload/values/seed"}) {
    CHECK_NOTHROW(places.require_place(place));
  }
  for (const char* place : {"/machine/mac_lines/lines/0", "/workload/layers/x", "/machin",
                            "/workload/maps/sparsity/a"}) {
    CHECK_THROWS_AS(places.require_place(place), ConfigError);
  }
}

TEST_CASE("a value of a type that no run takes at the place is refused") {
  check_refused(axes(R"({"name": "a", "pointer": "/machine/mac_lines/lines", "values": ["16"]})"),
                "/machine/mac_lines/lines: expected [\"integer\"], found \"16\"");
  check_refused(
      axes(R"({"name": "a", "pointer": "/machine/mac_lines/lines", "values": [16, 16.5]})"),
      "expected [\"integer\"], found 16.5");
  check_refused(axes(R"({"name": "a", "pointer": "/machine/controller/prefetch_units",
                         "values": [true]})"),
                "found true");
  check_refused(axes(R"({"name": "a", "pointer": "/workload/scope", "values": ["atention"]})"),
                "expected one of [\"attention\",\"model\"], found \"atention\"");
}

TEST_CASE("a derived value that no run takes is refused with its point") {
  check_refused(
      axes(kLines) + R"(, "derived": [{"name": "half", "expression": "lines / 3",
                   "pointer": "/machine/decoder/lines"}])",
      "/derived/0/expression: /machine/decoder/lines: expected [\"integer\"], found 5.33");
  check_refused(axes(kLines) + R"(, "derived": [{"name": "none", "expression": "lines - 64",
                   "pointer": "/machine/decoder/lines"}])",
                "/machine/decoder/lines: expected at least");
}

TEST_CASE("a part that no member of a result has, and a fit of no figure, are refused") {
  check_refused(axes(kLines) + R"(, "tables": [{"name": "t", "titles": ["a"], "members": {
      "of": "/area_mm2", "parts": {"sram": "/area_mm2/*/sram", "x": "/area_mm2/*/srams"}},
      "lines": [{"cells": [{"text": "{x}"}]}]}])",
                "/tables/0/members/parts/x: no member of /area_mm2 in a result has a value other "
                "than 0 at /area_mm2/*/srams");
  check_refused(axes(kLines) + R"(, "fits": [{"name": "f", "figure": "/cycles/all",
      "against": "lines", "over": ["lines"]}])",
                "/fits/0/figure: no result has a number at /cycles/all");
}

TEST_CASE("a figure or an objective that no result has is refused") {
  check_refused(axes(kLines) + R"(, "figures": {"x": "/cycles/nope"})",
                "/figures/x: no result has a value at /cycles/nope");
  check_refused(axes(kLines) + R"(, "figures": {"x": "/blocks/dma/cycles/wait_dramm"})",
                "/figures/x: no result has a value at /blocks/dma/cycles/wait_dramm");
  check_refused(axes(kLines) + R"(, "figures": {"x": "/blocks"})", "/figures/x: no result has");
  check_refused(
      axes(kLines) + R"(, "objectives": [{"figure": "/cycles/nope", "goal": "minimize"}])",
      "/objectives/0/figure: no result has a number at /cycles/nope");
  check_refused(axes(kLines) + R"(, "figures": {"name": "/workload/name"},
                   "objectives": [{"figure": "name", "goal": "minimize"}])",
                "/figures/name: no result has a number at /workload/name");
  check_refused(axes(kLines) + R"(, "objectives": [{"figure": "workload", "goal": "minimize"}])",
                "/objectives/0/figure: expected a column of numbers");
  check_refused(axes(R"({"name": "v", "variants": {"a": {}, "b": {}}})") +
                    R"(, "objectives": [{"figure": "v", "goal": "minimize"}])",
                "/objectives/0/figure: expected a column of numbers, found v");
  const std::string objective = R"(, "objectives": [{"figure": "cycles", "goal": "minimize"}])";
  check_refused(axes(kLines) + objective + R"(, "bounds": [{"figure": "workload", "at_most": 1}])",
                "/bounds/0/figure: expected a column of numbers, found workload");
  check_refused(axes(R"({"name": "v", "variants": {"a": {}, "b": {}}})") + objective +
                    R"(, "bounds": [{"figure": "v", "at_least": 1}])",
                "/bounds/0/figure: expected a column of numbers, found v");
  check_refused(
      axes(kLines) + objective + R"(, "bounds": [{"figure": "nnz", "at_least": 2, "at_most": 1}])",
      "/bounds/0/at_least: no number is at least 2 and at most 1");
}

TEST_CASE("figures that some points of a sweep alone have are right") {
  const SweepBench bench(
      axes(R"({"name": "channels", "pointer": "/machine/dram/organization/channels",
               "values": [1, 2, 8]})") +
      R"(, "figures": {"last": "/blocks/dram7/dram_clocks/data_bus", "layer": "/layers/0/cycles",
                       "energy": "/energy_pj/dram"})");
  const Outcome outcome = bench.run("out", "--dry-run");
  INFO(outcome.err);
  CHECK(outcome.status == 0);
}

TEST_CASE("an axis may be a variable of expressions alone, but not for nothing") {
  const SweepBench bench(axes(R"({"name": "kb", "values": [64, 128]})") +
                         R"(, "derived": [{"name": "bytes", "expression": "kb * 1024",
                              "pointer": "/machine/output_buffer/capacity_bytes"}])");
  REQUIRE(bench.run("out").status == 0);
  CHECK_THAT(bench.table("out"),
             Contains("\n0,done,64,65536,") && Contains("\n1,done,128,131072,"));
  check_refused(axes(R"({"name": "kb", "values": [64, 128]})"),
                "/axes/0/pointer: required key is missing: no expression uses kb either");
}

TEST_CASE("a comparison with what is not finite is an error, unless it does not matter") {
  const std::string ab = R"({"name": "a", "pointer": "/machine/mac_lines/lines", "values": [16]},
                            {"name": "b", "values": [0, 1]})";
  check_refused(axes(ab) + R"(, "constraints": ["a / b > 1"])",
                "/constraints/0: \"a / b > 1\" is not a finite number where a = 16, b = 0");
  for (const char* constraints :
       {R"(["b != 0", "a / b > 1"])", R"(["b == 0 || a / b > 1"])", R"(["b != 0 && a / b > 1"])"}) {
    const SweepBench bench(axes(ab) + R"(, "constraints": )" + constraints);
    CHECK(bench.run("out", "--dry-run").status == 0);
  }
  check_refused(axes(ab) + R"x(, "derived": [{"name": "d", "expression": "max(a / b, 1)"}])x",
                "/derived/0/expression: \"max(a / b, 1)\" is not a finite number");
}

TEST_CASE("a trace folder takes another seed of its values, and nothing else, in sweeps too") {
  const SweepBench bench(
      axes(R"({"name": "seed", "pointer": "/workload/value_seed", "values": [1, 2]})") +
      R"(, "values": true, "figures": {"hash": "/values/output_sha256"})");
  const Json spec = {{"model", "deit-tiny"},
                     {"scope", "attention"},
                     {"layers", {3}},
                     {"maps", {{"kind", "generated"}, {"sparsity", 0.95}, {"seed", 1}}}};
  write_file_atomically(bench / "spec.json", spec.dump());
  REQUIRE(run_program("workload make " + quoted((bench / "spec.json").string()) + " --out " +
                      quoted((bench / "trace").string()))
              .status == 0);
  write_file_atomically(bench / "run.json",
                        R"({"machine": ")" + source_dir() +
                            R"(/configs/machines/vitcod.json", "workload": "trace"})");
  const Outcome outcome = bench.run("out");
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  const std::string table = bench.table("out");
  CHECK_THAT(table, Contains("\n0,done,1,") && Contains("\n1,done,2,"));
  bench.write_sweep(
      axes(R"({"name": "s", "pointer": "/workload/maps/sparsity", "values": [0.5]})"));
  const Outcome refused = bench.run("other");
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Contains("/axes/0/pointer: /workload/maps/sparsity cannot be set: the "
                                   "workload is a trace folder"));
  const Outcome run =
      run_program("run " + quoted((bench / "run.json").string()) + " --set /workload/nonsense/x=1");
  CHECK(run.status == 2);
  CHECK_THAT(run.err, Contains("--set /workload/nonsense/x=1: the workload is a trace folder"));
}

}  // namespace vitcod::test::sweep_check_test
