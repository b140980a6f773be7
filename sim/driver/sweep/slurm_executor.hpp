// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/driver/sweep/sweep_run.hpp"

namespace vitcod {

/// Runs a sweep as job arrays of Slurm, whose tasks are shards, and writes its table. A job that is
/// still there from a call before is waited for. Shards with points that have no result once a job
/// has ended (a node was lost) are submitted again, as long as jobs bring new results. This process
/// runs no points: it asks the controller how many tasks are left, and looks into the store at the
/// end of each job. Throws InputError and Interrupted, which cancels the job.
void run_sweep_with_slurm(const SweepOptions& options);

}  // namespace vitcod
