// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/point_resolver.hpp"

#include <catch2/catch.hpp>

#include "sim/base/files.hpp"
#include "sim/base/npy.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::point_resolver_test {
namespace {

/// A run config and a sweep over it, in a folder of their own.
class Study {
 public:
  explicit Study(const std::string& maps = R"({"kind": "dense"})") {
    write("run.json", R"({"machine": ")" + source_dir() +
                          R"(/configs/machines/vitcod.json",
          "workload": {"model": "deit-tiny", "scope": "attention", "maps": )" +
                          maps + "}}");
    write("sweep.json", R"({"run": "run.json", "axes": []})");
  }
  void write(const std::string& name, const std::string& text) const {
    write_file_atomically(folder_ / name, text);
  }
  std::string key_with_formula(const std::vector<ScriptRevision>& revisions) const {
    SweepConfig config = load_sweep_config(folder_ / "sweep.json");
    config.formula = revisions;
    return PointResolver(config).resolve(SweepPoint{}).key;
  }
  ResolvedPoint resolve(const std::vector<Setting>& settings, bool with_values = false) const {
    SweepConfig config = load_sweep_config(folder_ / "sweep.json");
    config.with_values = with_values;
    SweepPoint point;
    point.settings = settings;
    return PointResolver(config).resolve(point);
  }
  std::string key(const std::vector<Setting>& settings = {}) const { return resolve(settings).key; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  TempFolder folder_;
};

Setting lines(const Json& value) { return {"/machine/mac_lines/lines", value, "axis"}; }

}  // namespace

TEST_CASE("a point's key is that of its configuration, not of how or where it was written") {
  const Study study;
  const Study elsewhere;
  CHECK(study.key() == elsewhere.key());
  CHECK(study.key() == study.key({lines(64)}));  // as in the machine's file
  CHECK(study.key({lines(32)}) == study.key({lines(16), lines(32)}));
  CHECK(study.key({lines(32)}) != study.key());
  CHECK(study.key({{"/workload/polarization", {{"theta_d", 9}}, "axis"}}) != study.key());
  CHECK(study.resolve({}, true).key != study.key());
}

TEST_CASE("a point's key changes with the content of any file that its workload names") {
  const Study study(R"({"kind": "masks", "files": ["mask.npy"]})");
  const std::string missing = study.key();
  study.write("mask.npy", "a");
  const std::string a = study.key();
  study.write("mask.npy", "b");
  const std::string b = study.key();
  study.write("mask.npy", "a");
  CHECK(missing != a);
  CHECK(a != b);
  CHECK(study.key() == a);
}

TEST_CASE("a point's key changes with the file of its model, and with what that stands on") {
  const Study study;
  const std::vector<Setting> settings = {{"/workload/model", "own.json", "axis"}};
  const std::string missing = study.key(settings);
  study.write("own.json", R"({"preset": "base.json"})");
  const std::string without_base = study.key(settings);
  study.write("base.json", R"({"name": "a"})");
  const std::string a = study.key(settings);
  study.write("base.json", R"({"name": "b"})");
  const std::string b = study.key(settings);
  CHECK(missing != without_base);
  CHECK(without_base != a);
  CHECK(a != b);
}

TEST_CASE("a point's key changes with any file of its trace folder") {
  const Study study;
  std::filesystem::create_directories(study / "trace");
  study.write("trace/trace.json", "{}");
  study.write("trace/map0_mask.npy", "a");
  const std::vector<Setting> settings = {{"/workload", "trace", "axis"}};
  const std::string before = study.key(settings);
  study.write("trace/map0_mask.npy", "b");
  CHECK(study.key(settings) != before);
}

TEST_CASE("points that share a workload share the key of it") {
  const Study study;
  const ResolvedPoint one = study.resolve({lines(16)});
  const ResolvedPoint two = study.resolve({lines(32)});
  CHECK(one.workload_key == two.workload_key);
  CHECK(one.key != two.key);
  CHECK(study.resolve({{"/workload/model", "deit-base", "axis"}}).workload_key != one.workload_key);
}

TEST_CASE("a point that cannot be resolved has a key and an error without the folder's name") {
  const Study study;
  const std::vector<Setting> settings = {{"/machine/dram/preset", "lost.json", "axis"}};
  const ResolvedPoint point = study.resolve({{"/machine", "lost.json", "axis"}});
  CHECK(point.error == "lost.json: cannot read: No such file or directory");
  CHECK(point.key == Study().key({{"/machine", "lost.json", "axis"}}));
  CHECK(point.key != study.key(settings));
  CHECK(study.resolve({{"/machine/nothing/at/all", 1, "axis x"}}).error ==
        "axis x: there is no /machine/nothing/at to set a value in");
}

TEST_CASE("a value may be a multiple of the number that the base run has") {
  const Study study;
  const auto times = [](double factor) { return Json({{"times", factor}}); };
  CHECK(study.key({lines(times(0.5))}) == study.key({lines(32)}));
  CHECK(study.key({lines(24), lines(times(0.3))}) == study.key({lines(7)}));  // 7.2, rounded down
  const ResolvedPoint text = study.resolve({{"/workload/model", times(2), "axis model"}});
  CHECK_THAT(text.error,
             Catch::Contains("axis model: there is no number at /workload/model to multiply"));
  const ResolvedPoint none = study.resolve({{"/machine/mac_lines/line", times(2), "axis x"}});
  CHECK_THAT(none.error,
             Catch::Contains("axis x: there is no number at /machine/mac_lines/line to multiply"));
}

TEST_CASE("a point that has totals of the authors' script is kept apart from one that has not") {
  const Study study;
  const std::string head = study.key_with_formula({ScriptRevision::kHead});
  CHECK(study.key_with_formula({}) == study.key());
  CHECK(head != study.key());
  CHECK(head != study.key_with_formula({ScriptRevision::k0b4031a}));
}

}  // namespace vitcod::test::point_resolver_test
