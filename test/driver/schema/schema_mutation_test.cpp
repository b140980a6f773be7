// SPDX-License-Identifier: Apache-2.0
// A schema and its reader must judge alike. Documents that are right are changed at random, and
// both are asked. A schema cannot state rules between values, so it may accept what only such a
// rule refuses; it never refuses what the reader accepts.
#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "hw_models/accelerators/machine_config.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/random.hpp"
#include "sim/baseline/baseline_file.hpp"
#include "sim/driver/golden/golden_cases.hpp"
#include "sim/driver/run_config.hpp"
#include "sim/driver/sweep/sweep_config.hpp"
#include "test/driver/fuzz/mutation.hpp"
#include "test/driver/schema/schema_validator.hpp"
#include "test/support/source_tree.hpp"
#include "workloads/workload_spec.hpp"

namespace vitcod::test::schema_mutation_test {
namespace {

const std::string kConfigs = source_dir() + "/configs/";

/// Reads a document as the program does. Throws InputError.
using Reader = std::function<void(const Json&)>;

template <typename Config>
Reader reader_of() {
  return [](const Json& json) { read_config<Config>(json); };
}

/// Both parts of a run, presets resolved as if the document stood in configs/machines/.
void read_run_parts(const Json& json) {
  const RunDocument run = resolve_run(json, kConfigs + "machines", "run", {});
  read_config<MachineConfig>(run.machine);
  read_config<WorkloadSpec>(run.workload);
}

/// One change at a random place: a key less, a key more, an element more or less, another value.
/// Numbers that are whole but written as floating point are not tried: to a schema 8.0 is an
/// integer, to the reader it is not.
std::string mutate(Random& random, Json& document) {
  static const Json values = Json::parse(
      R"([null, true, 0, 1, 2, 7, -1, 0.5, -0.5, 1000000000, 4294967296, "", "text", [], {}, [1],
          ["text"], {"seed": 1}])");
  const std::vector<std::string> places = places_in(document);
  const Json::json_pointer at(places[random.uniform_below(places.size())]);
  Json& target = document[at];
  const std::uint64_t choice = random.uniform_below(4);
  if (choice == 0 && target.is_object()) {
    target["no_such_key"] = 1;
  } else if (choice == 1 && target.is_array() && !target.empty()) {
    if (random.uniform_below(2) == 0) {
      target.erase(target.begin());
    } else {
      target.push_back(Json(target[0]));
    }
  } else if (choice == 2 && !at.empty() && document[at.parent_pointer()].is_object()) {
    document[at.parent_pointer()].erase(at.back());
  } else {
    target = values[random.uniform_below(values.size())];
  }
  return at.to_string();
}

/// True for refusals that concern one value alone, which a schema can state.
bool is_structural(const std::string& message) {
  constexpr std::array<const char*, 4> kForms = {"unknown key", "required key is missing",
                                                 "is out of range", ", found "};
  return std::any_of(kForms.begin(), kForms.end(), [&message](const char* form) {
    return message.find(form) != std::string::npos;
  });
}

struct Verdicts {
  std::size_t num_accepted = 0;
  std::size_t num_refused = 0;
  std::size_t num_beyond_schema = 0;  ///< refused by a rule between values
};

/// What the schema of a kind must refuse of what the reader refuses.
enum class Extent { kStructure, kNothing };

/// Compares the verdicts on `num` changed documents.
Verdicts compare(const std::string& kind, const Json& good, const Reader& read, Extent extent,
                 std::size_t num) {
  Random random(1, kind);
  Verdicts verdicts;
  for (std::size_t i = 0; i < num; ++i) {
    Json document = good;
    const std::string place = mutate(random, document);
    std::string refusal;
    try {
      read(document);
    } catch (const InputError& error) {
      refusal = error.what();
    }
    const std::string errors = validator_of(kind).errors(document);
    INFO(kind << ", change " << i << " at " << place);
    INFO("reader: " << refusal << "\nschema: " << errors);
    CHECK((errors.empty() || !refusal.empty()));
    if (extent == Extent::kStructure) CHECK((!errors.empty() || !is_structural(refusal)));
    ++(refusal.empty()  ? verdicts.num_accepted
       : errors.empty() ? verdicts.num_beyond_schema
                        : verdicts.num_refused);
  }
  return verdicts;
}

/// So that changes fall elsewhere too, not only into a long list of alike elements.
void keep_first(std::ptrdiff_t num, Json& list) { list.erase(list.begin() + num, list.end()); }

/// Only the rules without which a memory contradicts itself, for the same reason.
void keep_needed_rules(Json& timing) {
  const std::set<std::string> needed = {"tCCD_S, reads", "tCCD_S, writes", "read to write", "tRFC"};
  std::erase_if(timing.get_ref<Json::array_t&>(), [&needed](const Json& rule) {
    return !needed.contains(rule["rule"].get<std::string>());
  });
}

Json config(const char* file) { return read_json_file(kConfigs + file); }

/// Both verdicts must have been given, or nothing was compared.
void check_alike(const std::string& kind, const Json& good, const Reader& read,
                 Extent extent = Extent::kStructure) {
  constexpr std::size_t kNum = 1000;
  REQUIRE_NOTHROW(read(good));
  const Verdicts verdicts = compare(kind, good, read, extent, kNum);
  CHECK(verdicts.num_accepted > kNum / 50);
  CHECK(verdicts.num_refused > kNum / 4);
}

}  // namespace

TEST_CASE("the schema of workloads judges changed documents as the reader does") {
  const Reader read = reader_of<WorkloadSpec>();
  Json workload = config("workloads/deit-tiny.json");
  workload["layers"] = {1, 5};
  check_alike("workload", workload, read);
  workload["maps"] = {{"kind", "attention"}, {"files", {"a.npy"}}, {"theta_p", {0.5, 2.0}}};
  check_alike("workload", workload, read);
  workload["model"] = config("models/deit-tiny.json");
  check_alike("workload", workload, read);
}

TEST_CASE("the schema of models judges changed documents as the reader does") {
  check_alike("model", config("models/levit-128.json"), reader_of<ModelConfig>());
}

TEST_CASE("the schema of memories judges changed documents as the reader does") {
  Json dram = config("dram/ddr4-2400.json");
  keep_needed_rules(dram["timing"]);
  check_alike("dram", dram, reader_of<DramConfig>());
}

TEST_CASE("the schema of golden cases judges changed documents as the reader does") {
  const Json one = {{"name", "one"},
                    {"run", "run.json"},
                    {"set", {{"/machine/clock_khz", 7}, {"/workload", "x.json"}}},
                    {"tolerance", {{"/cycles", 0.5}}}};
  check_alike("golden", {{"cases", {one, {{"name", "two"}, {"run", "run.json"}}}}},
              reader_of<GoldenCases>());
}

TEST_CASE("the schema of baselines refuses nothing that the reader accepts") {
  const Json baseline =
      read_json_file(source_dir() + "/results/baselines/published-jetson-tx2.json");
  check_alike("baseline", baseline, reader_of<BaselineFile>(), Extent::kNothing);
}

TEST_CASE("the schema of runs judges changed documents as the program does, presets included") {
  Json run;
  run["machine"] = config("machines/vitcod.json");
  run["workload"] = config("workloads/levit-128.json");
  check_alike("run", run, read_run_parts);
}

TEST_CASE("the schema of sweeps refuses nothing that the reader accepts") {
  const Json sweep = Json::parse(R"({
    "description": "two axes", "run": "run.json",
    "axes": [{"name": "lines", "pointer": "/machine/mac_lines/lines", "values": [16, 32]},
             {"name": "banks", "pointers": ["/machine/denser_engine/qv_buffer/banks"],
              "log_range": {"from": 1, "to": 8, "factor": 2}}],
    "derived": [{"name": "product", "expression": "lines * banks"}],
    "constraints": ["product < 200"],
    "sampling": {"kind": "random", "count": 3, "seed": 1},
    "objectives": [{"figure": "lines", "goal": "minimize"}],
    "figures": {"hits": "/dram/row_hit_rate"}, "limits": {"seconds": 2.5}, "values": false})");
  check_alike("sweep", sweep, reader_of<SweepConfig>(), Extent::kNothing);
}

TEST_CASE("the schema of machines judges changed documents without presets as the reader does") {
  const RunDocument run = resolve_run(config("vitcod.json"), kConfigs, "run", {});
  Json machine = run.machine;
  keep_needed_rules(machine["dram"]["timing"]);
  keep_first(1, machine["energy"]["events"]);
  check_alike("machine", machine, reader_of<MachineConfig>());
}

}  // namespace vitcod::test::schema_mutation_test
