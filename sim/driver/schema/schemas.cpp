// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/schema/schemas.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "hw_models/accelerators/machine_config.hpp"
#include "hw_models/bill_of_materials/area_config.hpp"
#include "hw_models/energy/energy_config.hpp"
#include "sim/baseline/baseline_file.hpp"
#include "sim/driver/golden/golden_cases.hpp"
#include "sim/driver/schema/preset_schema.hpp"
#include "sim/driver/schema/result_schema.hpp"
#include "sim/driver/sweep/sweep_config.hpp"
#include "workloads/workload_spec.hpp"

namespace vitcod {
namespace {

/// A run config as its two parts are read: for the schema alone, `resolve_run` keeps documents.
struct RunParts {
  std::string machine_file;
  std::optional<MachineConfig> machine;
  std::string workload_file;
  std::optional<WorkloadSpec> workload;
};

void read(ConfigReader& reader, RunParts& run) {
  reader.name_or_object("machine", run.machine_file, run.machine,
                        "the machine, or the name of its file");
  reader.name_or_object("workload", run.workload_file, run.workload,
                        "the workload, or the name of its file or of a trace folder");
}

template <typename Config>
Json described() {
  Json schema;
  describe_config<Config>(schema);
  return schema;
}

template <typename Config>
Json with_presets() {
  Json schema = described<Config>();
  allow_presets(schema);
  return schema;
}

constexpr SchemaKind kKinds[] = {
    {"run", "run config: a machine and a workload", with_presets<RunParts>},
    {"sweep", "sweep over a design space, as in configs/sweeps/", described<SweepConfig>},
    {"machine", "machine, as in configs/machines/", with_presets<MachineConfig>},
    {"dram", "memory preset, as in configs/dram/", described<DramConfig>},
    {"area", "areas of parts, as in configs/area/", described<AreaConfig>},
    {"energy", "costs of on-chip events, as in configs/energy/", described<EnergyConfig>},
    {"workload", "workload specification, as in configs/workloads/", with_presets<WorkloadSpec>},
    {"model", "shapes of a model, as in configs/models/", with_presets<ModelConfig>},
    {"baseline", "measured or published times, as in results/baselines/", described<BaselineFile>},
    {"golden", "cases.json of a golden folder", described<GoldenCases>},
    {"result", "result.json of a run", result_schema},
};

}  // namespace

std::span<const SchemaKind> schema_kinds() { return kKinds; }

Json make_schema(const std::string& kind) {
  std::string names;
  for (const SchemaKind& each : kKinds) {
    if (each.name == kind) {
      Json schema;
      schema["$schema"] = "http://json-schema.org/draft-07/schema#";
      schema["title"] = fmt::format("vitcod-sim: {}", each.meaning);
      schema.update(each.describe());
      return schema;
    }
    names += (names.empty() ? "" : ", ") + std::string(each.name);
  }
  throw InputError(fmt::format("schema: found \"{}\", expected one of {}", kind, names));
}

}  // namespace vitcod
