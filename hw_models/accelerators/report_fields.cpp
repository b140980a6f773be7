// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/report_fields.hpp"

namespace vitcod {
namespace {

using enum ResultType;

constexpr ResultField kFields[] = {
    {"/cycles/by_phase/*", "cycles in this phase; they add up to /cycles/total", kInteger},
    {"/utilization/useful",
     "(MACs of kept entries + /macs/linear) / (multipliers of the lines x /cycles/total)", kNumber},
    {"/utilization/done",
     "(/macs/attention + /macs/linear) / (multipliers of the lines x /cycles/total): pruned "
     "entries "
     "that were computed count too",
     kNumber},
    {"/utilization/multipliers",
     "all MACs below /macs, without shifts and additions, over (all multipliers of the units that "
     "do them x /cycles/total)",
     kNumber},
    {"/line_cycles/*",
     "line-cycles of all lines by what they did, whatever unit they worked in; with those in no "
     "unit (idle) lines x /cycles/total",
     kInteger, true},
    {"/layers/-/name", "name of the attention block", kString},
    {"/layers/-/cycles", "cycles of the layer; they add up to /cycles/total", kInteger},
    {"/layers/-/predicted_cycles",
     "the same as the compiler predicted them: by these it chose how to cut the layers", kInteger},
    {"/layers/-/denser_columns/-", "by head, the denser columns that the compiler chose", kInteger,
     true},
    {"/layers/-/by_phase/*", "its cycles in this phase; they add up to its /cycles", kInteger},
    {"/layers/-/nnz", "kept entries of its maps", kInteger},
    {"/macs/attention", "MACs done by the engines' lines, pruned entries included", kInteger},
    {"/macs/linear", "MACs done by the lines in linear layers", kInteger, true},
    {"/macs/shift", "shifts done by the lines, each with an addition; absent: none", kInteger,
     true},
    {"/macs/addition",
     "additions of the lines by codes in linear attention, those that a code leaves out too; "
     "absent: none",
     kInteger, true},
    {"/macs/decoder", "MACs done by the decoders", kInteger, true},
    {"/macs/predictor", "MACs of 4 bits done by the mask predictor", kInteger, true},
    {"/macs/encoder", "MACs done by the encoder", kInteger, true},
    {"/macs/token_selector", "MACs done to score tokens", kInteger, true},
    {"/macs/lifting", "MACs done to lift patches", kInteger, true},
    {"/macs/token_matcher", "MACs done to match tokens", kInteger, true},
    {"/macs/token_merger", "MACs done to merge tokens", kInteger, true},
    {"/blocks/*", "statistics of a block: its page says what each means", kStatistics},
    {"/dram/clocks", "clocks of the DRAM's command clock", kInteger},
    {"/dram/bytes_read", "bytes", kInteger},
    {"/dram/bytes_written", "bytes", kInteger},
    {"/dram/commands/*", "commands of this kind, all channels", kInteger},
    {"/dram/row_hit_rate", "bursts that found their row open, share of all", kNumber},
    {"/dram/bandwidth_gbps", "bytes read and written over the run's time, GB/s", kNumber},
    {"/dram/peak_gbps", "what the data buses of all channels can carry, GB/s", kNumber},
    {"/traffic/*/first_load", "bytes of this tensor loaded for the first time", kInteger},
    {"/traffic/*/reload", "bytes of this tensor loaded once more", kInteger},
    {"/traffic/*/write_back", "bytes of this tensor stored", kInteger},
    {"/energy_pj/dram/activate", "activations and precharges, pJ", kNumber},
    {"/energy_pj/dram/read", "reads, pJ", kNumber},
    {"/energy_pj/dram/write", "writes, pJ", kNumber},
    {"/energy_pj/dram/refresh", "refreshes, pJ", kNumber},
    {"/energy_pj/dram/background", "standby over the whole run, pJ", kNumber},
    {"/energy_pj/dram/source", "where the currents come from", kString},
    {"/energy_pj/leakage", "leakage of logic and memories over the run, pJ", kNumber, true},
    {"/energy_pj/clock", "clocking of registers over the run, pJ", kNumber, true},
    {"/energy_pj/total", "all of /energy_pj, pJ", kNumber},
    {"/energy_pj/source", "where the costs of on-chip events come from", kString},
    {"/energy_pj/*", "a block's counters below /blocks times their costs, pJ", kNumbers},
    {"/area_mm2/total", "all of /area_mm2, mm2; without DRAM controllers and PHYs", kNumber, true},
    {"/area_mm2/source", "where the areas come from", kString, true},
    {"/area_mm2/*", "each kind of part at its block's pointer below /blocks, mm2", kNumbers, true},
    {"/sram/bytes", "of all memories, as the configuration asks for them", kInteger, true},
    {"/sram/built_bytes", "the same as their macros hold them", kInteger, true},
    {"/sram/memories/-/block", "pointer of the block below /blocks", kString, true},
    {"/sram/memories/-/bytes", "asked for", kInteger, true},
    {"/sram/memories/-/banks", "each with words and ports of its own", kInteger, true},
    {"/sram/memories/-/width_bytes", "of a bank's word, asked for", kInteger, true},
    {"/sram/memories/-/ports", "of a bank, reads and writes", kInteger, true},
    {"/sram/memories/-/macro_words", "words of a macro", kInteger, true},
    {"/sram/memories/-/macro_bits", "bits of a macro's word", kInteger, true},
    {"/sram/memories/-/macros", "macros of all banks", kInteger, true},
    {"/sram/memories/-/is_fitted", "true: the macro is not in the table, but a fit to it", kBoolean,
     true},
    {"/sram/memories/-/built_bytes", "what the macros hold", kInteger, true},
    {"/sram/memories/-/macro_read_pj", "a read of one macro, pJ", kNumber, true},
    {"/sram/memories/-/macro_write_pj", "a write of one macro, pJ", kNumber, true},
    {"/sram/memories/-/leakage_mw", "of all macros, mW", kNumber, true},
    {"/clock_gating/gates", "gates of the clock, those of registers that a load gates apart",
     kInteger, true},
    {"/clock_gating/register_bits", "registers that the clock reaches without a load, bits",
     kNumber, true},
    {"/clock_gating/clocked",
     "share of their cycles, all bits x /cycles/total, that they are "
     "clocked in",
     kNumber, true},
    {"/power_mw/on_chip", "/energy_pj without the DRAM's over the run's time, mW", kNumber, true},
    {"/power_mw/dram", "/energy_pj/dram over the run's time, mW", kNumber, true},
    {"/power_mw/*", "dynamic, leakage and clock at the block's pointer, mW", kNumbers, true},
    {"/values/checked", "whether values were computed and compared", kBoolean},
    {"/values/mismatches", "output values that differ from the reference", kInteger, true},
    {"/values/output_sha256", "hash of all outputs", kString, true},
};

}  // namespace

std::span<const ResultField> report_fields() { return kFields; }

}  // namespace vitcod
