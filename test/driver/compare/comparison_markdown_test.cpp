// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/compare/comparison_markdown.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/driver/compare/comparison_files.hpp"
#include "sim/driver/compare/comparison_trends.hpp"

namespace vitcod::test::comparison_markdown_test {
namespace {

ComparedRun run(const std::string& machine, const std::string& model, double sparsity,
                double time_us, double energy_uj) {
  ComparedRun result;
  result.machine = machine;
  result.machine_kind = "vitcod";
  result.model = model;
  result.sparsity = sparsity;
  result.time_us = time_us;
  result.energy_uj = energy_uj;
  result.multipliers = machine == "wide" ? 1024 : 512;
  result.clock_mhz = 500;
  result.area_mm2 = machine == "wide" ? 4.02 : 4.0;
  return result;
}

BaselineFile cpu(const std::string& model) {
  BaselineTime time;
  time.model = model;
  time.scope = BaselineScope::kAttention;
  time.precision = "float32";
  time.unit = "us";
  time.time = 30;
  BaselineFile file;
  file.name = "CPU";
  file.kind = BaselineKind::kMeasured;
  file.times = {time};
  return file;
}

}  // namespace

TEST_CASE("a comparison of models has a column each, with terms and the mean of all of them") {
  const Comparison comparison =
      compare_runs({{run("small", "a", 0.9, 10, 100), run("small", "b", 0.9, 20, 200)},
                    {run("big", "a", 0.9, 20, 300), run("big", "b", 0.9, 160, 600)},
                    {run("wide", "a", 0.9, 5, 300), run("wide", "b", 0.9, 10, 600)}},
                   {cpu("a")});
  CHECK(comparison_markdown(comparison) ==
        "Attention only: time in us, and in brackets the speed-up over it\n\n"
        "|  | terms | a | b | geometric mean |\n"
        "|---|---|---|---|---|\n"
        "| small |  | 10.0 (1.00) | 20.0 (1.00) | 1.00 |\n"
        "| big (simulated) | equal macs | 20.0 (2.00) | 160.0 (8.00) | 4.00 |\n"
        "| wide (simulated) | equal area | 5.0 (0.50) | 10.0 (0.50) | 0.50 |\n"
        "| CPU, float32 (measured) | as it is | 30.0 (3.00) | - | - |\n"
        "\n"
        "Attention only: energy in uJ, and in brackets its ratio to the machine's\n\n"
        "|  | terms | a | b | geometric mean |\n"
        "|---|---|---|---|---|\n"
        "| small |  | 100.0 (1.00) | 200.0 (1.00) | 1.00 |\n"
        "| big (simulated) | equal macs | 300.0 (3.00) | 600.0 (3.00) | 3.00 |\n"
        "| wide (simulated) | equal area | 300.0 (3.00) | 600.0 (3.00) | 3.00 |\n");
}

TEST_CASE("a comparison of sparsities has a column each and no mean") {
  const Comparison comparison =
      compare_runs({{run("small", "a", 0.6, 40, 100), run("small", "a", 0.95, 20, 200)},
                    {run("big", "a", 0.6, 80, 300), run("big", "a", 0.95, 80, 600)}},
                   {});
  const std::string text = comparison_markdown(comparison);
  CHECK(text.find("|  | terms | 60 % | 95 % |\n|---|---|---|---|\n") != std::string::npos);
  CHECK(text.find("| big (simulated) | equal macs | 80.0 (2.00) | 80.0 (4.00) |\n") !=
        std::string::npos);
}

TEST_CASE("models at several sparsities have a row each, and scopes have tables of their own") {
  ComparedRun whole = run("small", "b", 0.6, 400, 100);
  whole.scope = BaselineScope::kModel;
  const Comparison comparison =
      compare_runs({{run("small", "a", 0.6, 40, 100), run("small", "b", 0.9, 20, 200), whole}}, {});
  const std::string text = comparison_markdown(comparison);
  CHECK(text.find("|  | terms | sparsity | a | b | geometric mean |\n|---|---|---|---|---|---|\n"
                  "| small |  | 60 % | 40.0 (1.00) | - | - |\n"
                  "| small |  | 90 % | - | 20.0 (1.00) | - |\n") != std::string::npos);
  CHECK(text.find("Whole models: time in us, and in brackets the speed-up over it\n\n"
                  "|  | terms | b |\n|---|---|---|\n| small |  | 400.0 (1.00) |\n") !=
        std::string::npos);
}

TEST_CASE("means have a column a sparsity, and published ratios stand beside them") {
  BaselineFile file = cpu("a");
  file.speedups = {{"ViTCoD", "CPU", "mean", BaselineScope::kAttention, 0.9, 235.3, {}, {}},
                   {"ViTCoD", "CPU", "mean", BaselineScope::kAttention, 0.9, 200, {}, {}},
                   {"ViTCoD", "GPU", "mean of all", BaselineScope::kAttention, {}, 46.5, {}, {}}};
  const Comparison comparison =
      compare_runs({{run("small", "a", 0.6, 40, 1), run("small", "b", 0.6, 40, 1),
                     run("small", "a", 0.9, 10, 1), run("small", "b", 0.9, 10, 1)},
                    {run("big", "a", 0.6, 40, 1), run("big", "b", 0.6, 160, 1),
                     run("big", "a", 0.9, 20, 1), run("big", "b", 0.9, 20, 1)}},
                   {file});
  CHECK(means_markdown(comparison) ==
        "| baseline | kind | scope | models | 60 % | 90 % | several or not stated |\n"
        "|---|---|---|---|---|---|---|\n"
        "| big | simulated | attention | 2 | 2.0 / 2.5 | 2.0 / 2.0 |  |\n"
        "| CPU, float32 | measured | attention | 1 | 0.8 / 0.8 | 3.0 / 3.0 |  |\n"
        "| CPU | measured ratio | attention |  |  | 235.3 or 200.0 |  |\n"
        "| GPU | measured ratio | attention |  |  |  | 46.5 |\n");
  CHECK(means_markdown(compare_runs({{run("small", "a", 0.6, 40, 1)}}, {})).empty());
}

TEST_CASE("a machine's time over what the maps keep is a line in units of the compared machine's") {
  // 10 + 100 d and 30 + 50 d; what is beyond 90 % bends no line.
  const Comparison comparison =
      compare_runs({{run("small", "a", 0.6, 50, 1), run("small", "a", 0.8, 30, 1),
                     run("small", "a", 0.9, 20, 1), run("small", "a", 0.95, 500, 1)},
                    {run("big", "a", 0.6, 50, 1), run("big", "a", 0.8, 40, 1),
                     run("big", "a", 0.9, 35, 1), run("big", "a", 0.95, 500, 1)}},
                   {cpu("a")});
  REQUIRE(comparison.fits.size() == 2);
  CHECK(comparison.fits[0].constant == Approx(0.1));
  CHECK(comparison.fits[0].slope == Approx(1));
  CHECK(comparison.fits[1].constant == Approx(0.3));
  CHECK(comparison.fits[1].slope == Approx(0.5));
  CHECK(fits_markdown(comparison) ==
        "| machine | scope | a | mean |\n"
        "|---|---|---|---|\n"
        "| small | attention | 0.10 + 1.00 d (50 %) | 0.10 + 1.00 d (50 %) |\n"
        "| big | attention | 0.30 + 0.50 d (86 %) | 0.30 + 0.50 d (86 %) |\n");
  const Json json = comparison_json(comparison);
  CHECK(json["fits"][1]["machine"] == "big");
  CHECK(json["fits"][1]["constant"] == comparison.fits[1].constant);
}

TEST_CASE("runs of one sparsity, or that do not follow the maps, make no line") {
  CHECK(compare_runs({{run("small", "a", 0.6, 50, 1), run("small", "b", 0.8, 30, 1)}}, {})
            .fits.empty());
  const Comparison flat =
      compare_runs({{run("small", "a", 0.6, 50, 1), run("small", "a", 0.8, 50, 1)}}, {});
  CHECK(flat.fits.empty());
  CHECK(fits_markdown(flat).empty());
}

}  // namespace vitcod::test::comparison_markdown_test
