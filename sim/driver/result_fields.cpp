// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/result_fields.hpp"

namespace vitcod {
namespace {

using enum ResultType;

constexpr ResultField kFields[] = {
    {"/schema", kString, "version of this document's form"},
    {"/config/machine", kObject, "the resolved machine, without file names"},
    {"/config/workload", kObject, "what the trace was made from; files by name and hash"},
    {"/config_sha256", kString, "hash of /config"},
    {"/workload/name", kString, "name of the model"},
    {"/workload/layers", kInteger, "attention blocks that ran"},
    {"/workload/nnz", kInteger, "kept entries of all maps"},
    {"/workload/macs", kInteger, "MACs of the kept entries, SDDMM and SpMM"},
    {"/workload/dense_macs", kInteger, "MACs if every entry were kept"},
    {"/cycles/total", kInteger, "accelerator cycles of the run"},
    {"/cycles/by_phase/*", kInteger, "cycles in this phase; they add up to /cycles/total"},
    {"/time_us", kNumber, "/cycles/total at the accelerator's clock, microseconds"},
    {"/utilization/macs", kNumber, "/macs/attention / (multipliers x /cycles/total)"},
    {"/layers/-/name", kString, "name of the attention block"},
    {"/layers/-/cycles", kInteger, "cycles of the layer; they add up to /cycles/total"},
    {"/layers/-/nnz", kInteger, "kept entries of its maps"},
    {"/macs/attention", kInteger, "MACs done by the engines' lines, pruned entries included"},
    {"/macs/decoder", kInteger, "MACs done by the decoders"},
    {"/macs/encoder", kInteger, "MACs done by the encoder"},
    {"/blocks/*", kStatistics, "statistics of a block: its page says what each means"},
    {"/dram/clocks", kInteger, "clocks of the DRAM's command clock"},
    {"/dram/bytes_read", kInteger, "bytes"},
    {"/dram/bytes_written", kInteger, "bytes"},
    {"/dram/commands/*", kInteger, "commands of this kind, all channels"},
    {"/dram/row_hit_rate", kNumber, "bursts that found their row open, share of all"},
    {"/dram/bandwidth_gbps", kNumber, "bytes read and written over the run's time, GB/s"},
    {"/traffic/*/first_load", kInteger, "bytes of this tensor loaded for the first time"},
    {"/traffic/*/reload", kInteger, "bytes of this tensor loaded once more"},
    {"/traffic/*/write_back", kInteger, "bytes of this tensor stored"},
    {"/energy_pj/dram/activate", kNumber, "activations and precharges, pJ"},
    {"/energy_pj/dram/read", kNumber, "reads, pJ"},
    {"/energy_pj/dram/write", kNumber, "writes, pJ"},
    {"/energy_pj/dram/refresh", kNumber, "refreshes, pJ"},
    {"/energy_pj/dram/background", kNumber, "standby over the whole run, pJ"},
    {"/energy_pj/dram/source", kString, "where the currents come from"},
    {"/energy_pj/total", kNumber, "all of /energy_pj, pJ"},
    {"/energy_pj/source", kString, "where the costs of on-chip events come from"},
    {"/energy_pj/*", kNumbers, "a block's counters below /blocks times their costs, pJ"},
    {"/values/checked", kBoolean, "whether values were computed and compared"},
    {"/values/mismatches", kInteger, "output values that differ from the reference", true},
    {"/values/output_sha256", kString, "hash of all outputs", true},
};

}  // namespace

std::span<const ResultField> result_fields() { return kFields; }

}  // namespace vitcod
