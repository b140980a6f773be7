// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/result_fields.hpp"

#include <iterator>

namespace vitcod {
namespace {

using enum ResultType;

constexpr ResultField kRunFields[] = {
    {"/schema", "version of this document's form", kString},
    {"/config/machine", "the resolved machine, without file names", kObject},
    {"/config/workload", "what the trace was made from; files by name and hash", kObject},
    {"/config_sha256", "hash of /config", kString},
    {"/workload/name", "name of the model", kString},
    {"/workload/layers",
     "attention blocks that ran; in a whole model also what lies before and behind them", kInteger},
    {"/workload/nnz", "kept entries of all maps", kInteger},
    {"/workload/macs", "MACs of the kept entries: scores, and outputs", kInteger},
    {"/workload/dense_macs", "MACs if every entry were kept", kInteger},
    {"/cycles/total", "accelerator cycles of the run", kInteger},
    {"/time_us", "/cycles/total at the accelerator's clock, microseconds", kNumber},
};

std::vector<ResultField> all_fields() {
  std::vector<ResultField> fields(std::begin(kRunFields), std::end(kRunFields));
  fields.insert(fields.end(), report_fields().begin(), report_fields().end());
  return fields;
}

}  // namespace

const std::vector<ResultField>& result_fields() {
  static const std::vector<ResultField> fields = all_fields();
  return fields;
}

}  // namespace vitcod
