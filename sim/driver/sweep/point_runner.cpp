// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/point_runner.hpp"

#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/driver/simulation.hpp"
#include "sim/driver/sweep/point_formula.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kMaxTraces = 32;
/// 140 traces of DeiT-Base at 90 %, 900 of DeiT-Tiny at 95 %.
constexpr std::size_t kSharedBytes = std::size_t{256} << 20U;

PointOutcome failed(const std::string& kind, const std::string& error) {
  PointOutcome outcome;
  outcome.kind = kind;
  outcome.error = error;
  return outcome;
}

PointReport report_of(const PointOutcome& outcome) {
  PointReport report;
  report.status = outcome.done ? PointReport::Status::kDone : PointReport::Status::kFailed;
  report.key = outcome.key;
  return report;
}

}  // namespace

PointRunner::PointRunner(const SweepConfig& config, PointResolver resolver, ResultStore store)
    : with_values_(config.with_values),
      formula_(config.formula),
      resolver_(std::move(resolver)),
      store_(std::move(store)),
      traces_(kMaxTraces, kSharedBytes) {}

PointReport PointRunner::run(const SweepPoint& point) {
  const ResolvedPoint resolved = resolver_.resolve(point);
  std::string warning;
  try {
    const auto found = store_.look_up(resolved.key);
    if (found && !may_be_tried_again(*found)) {
      PointReport report = report_of(*found);
      report.is_reused = true;
      return report;
    }
  } catch (const DamagedFile& damaged) {
    warning = std::string(damaged.what()) + "; the point is run again";
  }
  double cpu_seconds = 0;
  PointOutcome outcome = outcome_of(resolved, cpu_seconds);
  outcome.key = resolved.key;
  store_.save(outcome);
  PointReport report = report_of(outcome);
  report.cpu_seconds = cpu_seconds;
  report.warning = warning;
  return report;
}

PointReport PointRunner::look_up(const SweepPoint& point) {
  PointReport report;
  report.key = resolver_.resolve(point).key;
  try {
    const auto found = store_.look_up(report.key);
    if (found) {
      report = report_of(*found);
      report.is_reused = true;
    }
  } catch (const DamagedFile& damaged) {
    report.warning = damaged.what();
  }
  return report;
}

PointReport PointRunner::record_loss(const SweepPoint& point, const std::string& kind,
                                     const std::string& error) {
  PointOutcome outcome = failed(kind, error);
  outcome.key = resolver_.resolve(point).key;
  store_.save(outcome);
  return report_of(outcome);
}

PointOutcome PointRunner::outcome_of(const ResolvedPoint& point, double& cpu_seconds) {
  if (!point.error.empty()) return failed("input", point.error);
  try {
    return simulate_point(point, cpu_seconds);
  } catch (const InputError& error) {
    return failed("input", resolver_.without_folder(error.what()));
  } catch (const DeadlockError& error) {
    return failed("deadlock", error.what());
  } catch (const std::bad_alloc&) {
    const bool may_help = traces_.size() > 1;
    traces_.clear();
    if (may_help) return outcome_of(point, cpu_seconds);
    return failed("memory", "needs more memory than a point may take");
  } catch (const std::filesystem::filesystem_error& error) {
    return failed("input", resolver_.without_folder(error.what()));
  } catch (const std::exception& error) {
    return failed("model", error.what());
  }
}

PointOutcome PointRunner::simulate_point(const ResolvedPoint& point, double& cpu_seconds) {
  SimulationOptions options;
  options.with_values = with_values_;
  PointOutcome outcome;
  RunConfig& run = traces_.run_with_trace(point.workload_key, point.document);
  read_machine(point.document, run);
  SimulatedRun simulated = simulate_named(point.document.name, run, options);
  cpu_seconds = simulated.cost.cpu_seconds;
  outcome.result = std::move(simulated.result);
  outcome.config = std::move(simulated.config);
  require_matching_values(outcome.result);
  add_formula(outcome.result, run.trace, formula_);
  outcome.done = true;
  return outcome;
}

}  // namespace vitcod
