// SPDX-License-Identifier: Apache-2.0
#include "sim/base/presets.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::presets_test {
namespace {

using Catch::Contains;

class PresetBench {
 public:
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    write_file_atomically(folder_ / name, text);
  }
  Json resolve(const std::string& text) const {
    return resolve_presets(parse_json(text, "text"), folder_.path());
  }
  std::string refusal(const std::string& text) const {
    try {
      resolve(text);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  test::TempFolder folder_;
};

Json json(const char* text) { return parse_json(text, "text"); }

}  // namespace

TEST_CASE("an object with a preset is that file, its other keys merged over it") {
  const PresetBench bench;
  bench.write("a.json", R"({"x": 1, "y": {"u": 1, "v": 2}, "z": 3})");
  CHECK(bench.resolve(R"({"preset": "a.json", "y": {"v": 5}, "z": null})") ==
        json(R"({"x": 1, "y": {"u": 1, "v": 5}})"));
  CHECK(bench.resolve(R"({"deep": {"er": {"preset": "a.json"}}})")["deep"]["er"]["z"] == 3);
  // In a list, a key is a key.
  CHECK(bench.resolve(R"({"list": [{"preset": "a.json"}]})") ==
        json(R"({"list": [{"preset": "a.json"}]})"));
}

TEST_CASE("a preset among what is merged over a preset stands for all that was in its place") {
  const PresetBench bench;
  bench.write("base/machine.json", R"({"lines": 64, "dram": {"preset": "../dram/a.json"}})");
  bench.write("dram/a.json", R"({"clock": 1, "only_a": 1, "org": {"channels": 4, "ranks": 1}})");
  bench.write("dram/b.json", R"({"clock": 2, "org": {"channels": 8, "ranks": 2}})");
  CHECK(bench.resolve(R"({"preset": "base/machine.json", "lines": 128,
                          "dram": {"preset": "dram/b.json", "org": {"channels": 2}}})") ==
        json(R"({"lines": 128, "dram": {"clock": 2, "org": {"channels": 2, "ranks": 2}}})"));
  bench.write("mine.json", R"({"preset": "base/machine.json", "dram": {"org": {"channels": 1}}})");
  CHECK(bench.resolve(R"({"preset": "mine.json", "dram": {"clock": 7}})")["dram"] ==
        json(R"({"clock": 7, "only_a": 1, "org": {"channels": 1, "ranks": 1}})"));
}

TEST_CASE("files that name each other are refused with their chain") {
  const PresetBench bench;
  bench.write("self.json", R"({"preset": "self.json"})");
  CHECK_THAT(bench.refusal(R"({"preset": "self.json"})"),
             Contains("presets name each other: " + bench.path("self.json") + " -> " +
                      bench.path("self.json")));
  bench.write("a.json", R"({"inner": {"preset": "b.json"}})");
  bench.write("b.json", R"({"preset": "./a.json"})");
  CHECK_THAT(bench.refusal(R"({"preset": "a.json"})"),
             Contains(bench.path("a.json") + " -> " + bench.path("b.json") + " -> " +
                      bench.path("a.json")));
  // One file twice, but not within itself.
  bench.write("leaf.json", R"({"x": 1})");
  CHECK(bench.resolve(
            R"({"p": {"preset": "leaf.json"}, "q": {"preset": "leaf.json"}})")["q"]["x"] == 1);
}

TEST_CASE("a document that multiplies itself ends with a refusal") {
  const PresetBench bench;
  // 2^40 files, were they all read.
  for (int i = 0; i < 40; ++i) {
    const std::string next = std::to_string(i + 1) + ".json";
    bench.write(std::to_string(i) + ".json",
                fmt::format(R"({{"p": {{"preset": "{0}"}}, "q": {{"preset": "{0}"}}}})", next));
  }
  bench.write("40.json", "{}");
  CHECK_THAT(bench.refusal(R"({"preset": "0.json"})"), Contains("more than 1000 presets"));
  for (int i = 100; i < 200; ++i) {
    bench.write(std::to_string(i) + ".json",
                R"({"preset": ")" + std::to_string(i + 1) + R"(.json"})");
  }
  bench.write("200.json", R"({"x": 1})");
  CHECK_THAT(bench.refusal(R"({"preset": "100.json"})"), Contains("more than 64 presets within"));
  CHECK(bench.resolve(R"({"preset": "137.json"})")["x"] == 1);  // 137 to 200: 64 files
}

TEST_CASE("a preset that is no file name or no object is refused, and says where") {
  const PresetBench bench;
  bench.write("list.json", "[1]");
  CHECK(bench.refusal(R"({"a/b": {"preset": 7}})") ==
        "/a~1b/preset: expected a file name, found number");
  CHECK(bench.refusal(R"({"preset": "list.json"})") ==
        bench.path("list.json") + ": expected an object, found array");
  CHECK_THAT(bench.refusal(R"({"preset": "none.json"})"), Contains("No such file"));
}

TEST_CASE("a chosen file takes the place of the one that is named, wherever that is named") {
  const PresetBench bench;
  bench.write("m/machine.json", R"({"dram": {"preset": "a.json", "extra": 1}})");
  bench.write("m/a.json", R"({"clock": 1})");
  bench.write("b.json", R"({"clock": 2})");
  PresetResolver::Choices choices;
  choices.files["/dram"] = "b.json";
  choices.files["/nowhere"] = "b.json";
  choices.folder = bench.folder();
  PresetResolver resolver(choices);
  CHECK(resolver.resolve(json(R"({"preset": "m/machine.json", "lines": 1})"), bench.folder()) ==
        json(R"({"dram": {"clock": 2, "extra": 1}, "lines": 1})"));
  CHECK(resolver.is_used("/dram"));
  CHECK_FALSE(resolver.is_used("/nowhere"));
}

TEST_CASE("names of files count from the file they stand in") {
  const PresetBench bench;
  bench.write("shelf/workload.json", R"({"maps": {"files": ["mask.npy", "/elsewhere/mask.npy"]}})");
  PresetResolver resolver({}, {{"/maps/files"}});
  CHECK(resolver.resolve(json(R"({"preset": "shelf/workload.json"})"), bench.folder()) ==
        json(R"({"maps": {"files": ["shelf/mask.npy", "/elsewhere/mask.npy"]}})"));
  // A folder whose name is its own, and one further in.
  Json below = json(R"({"maps": {"files": ["a.npy"]}})");
  resolver.merge(json(R"({"maps": {"files": ["b.npy"]}})"), bench.folder() / "shelf", below,
                 bench.folder());
  CHECK(below["maps"]["files"] == json(R"(["shelf/b.npy"])"));
}

TEST_CASE("a place that takes other names than those of files keeps these") {
  const PresetBench bench;
  bench.write("shelf/file.json", R"({"model": "own.json"})");
  bench.write("shelf/name.json", R"({"model": "own"})");
  PresetResolver resolver(
      {}, {{"/model", [](const std::string& name) { return name.ends_with(".json"); }}});
  CHECK(resolver.resolve(json(R"({"preset": "shelf/file.json"})"), bench.folder()) ==
        json(R"({"model": "shelf/own.json"})"));
  CHECK(resolver.resolve(json(R"({"preset": "shelf/name.json"})"), bench.folder()) ==
        json(R"({"model": "own"})"));
}

}  // namespace vitcod::presets_test
