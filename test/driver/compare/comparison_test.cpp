// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/compare/comparison.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/driver/compare/comparison_chart.hpp"
#include "sim/driver/compare/comparison_files.hpp"
#include "sim/driver/compare/comparison_table.hpp"

namespace vitcod::test::comparison_test {
namespace {

using Catch::Contains;

ComparedRun run(const std::string& machine, const std::string& model, double time_us,
                double energy_uj) {
  ComparedRun result;
  result.machine = machine;
  result.machine_kind = "vitcod";
  result.model = model;
  result.sparsity = 0.9;
  result.time_us = time_us;
  result.energy_uj = energy_uj;
  result.multipliers = 512;
  result.clock_mhz = 500;
  return result;
}

std::vector<std::vector<ComparedRun>> two_machines() {
  return {{run("small", "a", 10, 100), run("small", "b", 20, 200)},
          {run("big", "a", 20, 300), run("big", "b", 160, 600)}};
}

BaselineTime cpu_time(const std::string& model, BaselineScope scope, double ms) {
  BaselineTime time;
  time.model = model;
  time.scope = scope;
  time.precision = "float32";
  time.threads = 2;
  time.unit = "ms";
  time.time = ms;
  return time;
}

BaselineFile cpu() {
  BaselineFile file;
  file.name = "A, CPU";
  file.kind = BaselineKind::kMeasured;
  file.platform.name = "Example 9000";
  file.source = "vitcod-baseline";
  file.times = {
      cpu_time("a", BaselineScope::kAttention, 1), cpu_time("b", BaselineScope::kAttention, 8),
      cpu_time("a", BaselineScope::kModel, 5), cpu_time("c", BaselineScope::kAttention, 1)};
  file.speedups = {{"ViTCoD", "Sanger", "mean", BaselineScope::kAttention, 0.9, 6.8, {}, {}},
                   {"Sanger", "V100", "bert", BaselineScope::kAttention, {}, 4.64, {}, {}}};
  return file;
}

const ComparisonMean& mean_named(const Comparison& comparison, const std::string& baseline) {
  const auto at = std::find_if(comparison.means.begin(), comparison.means.end(),
                               [&](const ComparisonMean& m) { return m.baseline == baseline; });
  REQUIRE(at != comparison.means.end());
  return *at;
}

}  // namespace

TEST_CASE("a speed-up is the baseline's time over the machine's, and its means are of the models") {
  const Comparison comparison = compare_runs(two_machines(), {cpu()});
  REQUIRE(comparison.rows.size() == 4);
  CHECK(comparison.rows[0].speedup == 2.0);
  CHECK(comparison.rows[1].speedup == 8.0);
  CHECK(comparison.rows[0].energy_ratio == 3.0);
  CHECK(comparison.rows[0].kind == "simulated");
  CHECK(comparison.rows[2].speedup == 100.0);  // 1 ms over 10 us
  CHECK(comparison.rows[3].speedup == 400.0);
  CHECK(comparison.rows[2].kind == "measured");
  CHECK(comparison.rows[2].sparsity == 0.9);
  const ComparisonMean& big = mean_named(comparison, "big");
  CHECK(big.num_models == 2);
  CHECK(big.geometric_speedup == Approx(4.0));
  CHECK(big.arithmetic_speedup == Approx(5.0));
  CHECK(*big.geometric_energy_ratio == Approx(3.0));
  const ComparisonMean& measured = mean_named(comparison, "A, CPU, float32, 2 threads");
  CHECK(measured.geometric_speedup == Approx(200.0));
  CHECK(measured.arithmetic_speedup == Approx(250.0));
  CHECK_FALSE(measured.geometric_energy_ratio.has_value());
}

TEST_CASE("whole models are listed, and never set against the time of attention") {
  const Comparison comparison = compare_runs({two_machines()[0]}, {cpu()});
  REQUIRE(comparison.whole.size() == 1);
  CHECK(comparison.whole[0].time_us == 5000.0);
  CHECK_FALSE(comparison.whole[0].speedup.has_value());
  const std::string text = comparison_table(comparison);
  CHECK_THAT(text, Contains("left out: speed-ups against whole models"));
  CHECK_THAT(text, Contains("left out: 1 time of models that are not compared here"));
  for (const ComparisonRow& row : comparison.rows) CHECK(row.scope == BaselineScope::kAttention);
}

TEST_CASE("whole models that the machine ran stand against whole models, and have means apart") {
  auto runs = two_machines();
  for (auto& machine : runs) {
    ComparedRun whole = machine[0];
    whole.scope = BaselineScope::kModel;
    whole.time_us *= 50;
    machine.push_back(whole);
  }
  const Comparison comparison = compare_runs(runs, {cpu()});
  CHECK(comparison.whole.empty());
  const auto row = std::find_if(comparison.rows.begin(), comparison.rows.end(), [](const auto& r) {
    return r.kind == "measured" && r.scope == BaselineScope::kModel;
  });
  REQUIRE(row != comparison.rows.end());
  CHECK(row->speedup == 10.0);  // 5 ms over 500 us, and not over the 10 us of attention
  std::size_t num_of_models = 0;
  for (const ComparisonMean& mean : comparison.means) {
    if (mean.scope != BaselineScope::kModel) continue;
    ++num_of_models;
    CHECK(mean.num_models == 1);
  }
  CHECK(num_of_models == 2);
  CHECK(mean_named(comparison, "A, CPU, float32, 2 threads").num_models == 2);
  const std::string text = comparison_table(comparison);
  CHECK_THAT(text, Contains("speed-up over each baseline, attention only") &&
                       Contains("speed-up over each baseline, whole models"));
  CHECK_THAT(comparison_chart(comparison),
             Contains("attention only: bar to") && Contains("whole models: bar to"));
}

TEST_CASE("a run that nothing measured stands against is named") {
  BaselineFile file = cpu();
  file.times.erase(file.times.begin() + 1);  // attention of b
  const auto notes_of = [&file] {
    return comparison_table(compare_runs({two_machines()[0]}, {file}));
  };
  CHECK_THAT(notes_of(), Contains("not measured: b (attention); vitcod-baseline makes a file"));
  file.kind = BaselineKind::kPublished;
  CHECK_THAT(notes_of(), Contains("not measured: a (attention), b (attention); "));
  CHECK_THAT(comparison_table(compare_runs({two_machines()[0]}, {cpu()})),
             !Contains("not measured"));
}

TEST_CASE("published ratios are those of the machine's kind, whatever their letters") {
  const Comparison comparison = compare_runs(two_machines(), {cpu()});
  REQUIRE(comparison.claims.size() == 1);
  CHECK(comparison.claims[0].baseline == "Sanger");
  CHECK(comparison.claims[0].speedup == 6.8);
  CHECK_FALSE(comparison.claims[0].time_us.has_value());
  CHECK_THAT(comparison_table(comparison), Contains("left out: 1 published ratio between other"));
}

TEST_CASE("terms tell equal multipliers from equal area and from machines as they are") {
  auto runs = two_machines();
  CHECK(compare_runs(runs, {}).rows[0].terms == ComparisonTerms::kEqualMacs);
  for (ComparedRun& each : runs[1]) each.clock_mhz = 1000;
  CHECK(compare_runs(runs, {}).rows[0].terms == ComparisonTerms::kPublished);
  for (auto& machine : runs) {
    for (ComparedRun& each : machine) each.area_mm2 = 3.0;
  }
  CHECK(compare_runs(runs, {}).rows[0].terms == ComparisonTerms::kEqualArea);
}

TEST_CASE("a time of pruned maps counts for runs of that sparsity alone") {
  BaselineFile file = cpu();
  file.times = {cpu_time("a", BaselineScope::kAttention, 1)};
  file.times[0].sparsity = 0.9;
  CHECK(compare_runs({two_machines()[0]}, {file}).rows.size() == 1);
  file.times[0].sparsity = 0.5;
  CHECK(compare_runs({two_machines()[0]}, {file}).rows.empty());
}

TEST_CASE("compare.json and compare.csv hold every row with all of its keys") {
  const Comparison comparison = compare_runs(two_machines(), {cpu()});
  const Json json = comparison_json(comparison);
  REQUIRE(json["rows"].size() == 2 + 4 + 1 + 1);
  for (const Json& row : json["rows"]) {
    for (const char* key : {"baseline", "kind", "model", "sparsity", "scope", "terms", "time_us",
                            "energy_uj", "speedup", "energy_ratio", "source"}) {
      CHECK(row.contains(key));
    }
  }
  CHECK(json["rows"][0]["speedup"] == 1.0);
  CHECK(json["means"].size() == 2);
  CHECK(json["rows"].back()["scope"] == "model");
  CHECK(json["rows"].back()["speedup"].is_null());
  const std::string csv = comparison_csv(comparison);
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 9);
  CHECK_THAT(csv, Catch::StartsWith("baseline,kind,model,sparsity,scope,terms,time_us,"));
  CHECK_THAT(
      csv,
      Contains(
          "\n\"A, CPU, float32, 2 threads\",measured,a,0.9,attention,published,1000.0,,100.0,,"));
}

TEST_CASE("the chart has a bar a baseline and a dot a model, at logarithmic places") {
  const std::string svg = comparison_chart(compare_runs(two_machines(), {cpu()}));
  const auto count = [&svg](const std::string& what) {
    std::size_t num = 0;
    for (auto at = svg.find(what); at != std::string::npos; at = svg.find(what, at + 1)) ++num;
    return num;
  };
  CHECK(count("<circle") == 6);  // speed-ups 2 x 2, energies 1 x 2
  // The axis goes from 1 to 1000 over 520 pixels from 420 on: 100 is at 420 + 520 x 2 / 3.
  CHECK_THAT(svg, Contains("<circle cx=\"766.7\"") && Contains("<title>a: 100</title>"));
  CHECK_THAT(svg, Catch::StartsWith("<svg ") && Catch::EndsWith("</svg>\n"));
  CHECK(count("<text") == count("</text>"));
}

}  // namespace vitcod::test::comparison_test
