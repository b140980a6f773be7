// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/point_formula.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/json.hpp"
#include "workloads/workload.hpp"

namespace vitcod::test::point_formula_test {

TEST_CASE("a result has what the authors' script gives for its maps, for each revision") {
  const Trace trace = make_trace(parse_json(R"({"model": "deit-tiny", "scope": "attention",
      "maps": {"kind": "generated", "sparsity": 0.9, "seed": 1}, "polarization": {"theta_d": 50}, "auto_encoder": true})",
                                            "text"),
                                 "");
  Json result = {{"time_us", 1}};
  add_formula(result, trace, {ScriptRevision::kHead, ScriptRevision::k0b4031a});
  // What `vitcod-sim formula` prints for the same run.
  CHECK(result["formula"]["0b4031a"]["attention"] == 74347);
  CHECK(result["formula"]["HEAD"]["attention"] < 74347);
  CHECK(result["formula"]["HEAD"]["computation"] < result["formula"]["0b4031a"]["computation"]);
  Json none = {{"time_us", 1}};
  add_formula(none, trace, {});
  CHECK(none == Json{{"time_us", 1}});
}

}  // namespace vitcod::test::point_formula_test
