// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "sim/base/npy.hpp"
#include "test/support/source_tree.hpp"
#include "test/support/temp_folder.hpp"
#include "test/workloads/every_kind.hpp"
#include "workloads/polarization.hpp"
#include "workloads/workload.hpp"

namespace vitcod::trace_folder_test {
namespace {

using Catch::Matchers::Message;
using test::every_kind;
namespace fs = std::filesystem;

void edit(const fs::path& file, const std::string& from, const std::string& to) {
  std::string text = read_file(file);
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  write_file_atomically(file, text.replace(at, from.size(), to));
}

/// The error of reading `folder`, without the folder's own path.
std::string error_of(const fs::path& folder) {
  try {
    read_trace(folder);
  } catch (const InputError& error) {
    const std::string text = error.what();
    const std::string prefix = folder.string() + "/";
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
  }
  return "no error";
}

/// What a trace of every kind is refused with once its trace.json says `to` in place of `from`.
std::string error_after(const std::string& from, const std::string& to) {
  const test::TempFolder temp;
  const fs::path folder = temp / "trace";
  write_trace(every_kind(), folder);
  edit(folder / "trace.json", from, to);
  return error_of(folder);
}

TEST_CASE("A trace with an operation of every kind is read back the same") {
  const Trace trace = every_kind();
  std::vector<bool> has_kind(std::variant_size_v<OperationParams>, false);
  for (const Operation& operation : trace.operations) has_kind[operation.params.index()] = true;
  REQUIRE(has_kind == std::vector<bool>(18, true));
  const test::TempFolder folder;
  write_trace(trace, folder / "trace");
  CHECK(read_trace(folder / "trace") == trace);
}

TEST_CASE("A trace made from a specification is read back the same") {
  const Trace trace = make_trace({{"model", "levit-128"},
                                  {"scope", "attention"},
                                  {"maps", {{"kind", "generated"}, {"sparsity", 0.9}, {"seed", 3}}},
                                  {"polarization", {{"theta_d_fraction", 0.25}}}},
                                 ".");
  const test::TempFolder folder;
  write_trace(trace, folder / "trace");
  CHECK(read_trace(folder / "trace") == trace);
}

TEST_CASE("The maps of the golden trace are those that its provenance makes") {
  // Generated data, with a seed: the test has no other.
  const Trace golden = read_trace(fs::path(test::source_dir()) / "test/golden/encoded");
  const Trace made = make_trace(parse_json(golden.provenance, "provenance"), "");
  CHECK(golden.maps == made.maps);
}

TEST_CASE("A trace folder holds the masks in the authors' polarity and order") {
  const Trace trace = every_kind();
  const test::TempFolder folder;
  write_trace(trace, folder / "trace");
  const NpyArray masks = read_npy(folder / "trace" / "map0_mask.npy");
  REQUIRE(masks.shape() == NpyShape{3, 5, 7});
  const auto pruned = masks.bools();
  const NpyArray orders = read_npy(folder / "trace" / "map0_key_order.npy");
  REQUIRE(orders.shape() == NpyShape{3, 7});
  const NpyArray denser = read_npy(folder / "trace" / "map0_num_denser.npy");
  REQUIRE(denser.shape() == NpyShape{3});
  for (std::uint32_t h = 0; h < 3; ++h) {
    const PolarizedHead& head = trace.maps[0].heads[h];
    const KeptMap kept = kept_map(head, 5, 7);
    for (std::uint32_t query = 0; query < 5; ++query) {
      for (std::uint32_t key = 0; key < 7; ++key) {
        CHECK((pruned[35 * h + 7 * query + key] == 0) == kept.kept(query, key));
      }
    }
    for (std::uint32_t key = 0; key < 7; ++key) {
      CHECK(orders.values<std::int32_t>()[7 * h + key] == std::int32_t(head.key_order[key]));
    }
    CHECK(denser.values<std::int32_t>()[h] == std::int32_t(head.num_denser));
  }
}

TEST_CASE("The document has one line an operation, with its kind, fields and tensors by name") {
  const test::TempFolder folder;
  write_trace(every_kind(), folder / "trace");
  const std::string text = read_file(folder / "trace" / "trace.json");
  CHECK(text.find("\n  {\"name\":\"op3\",\"layer\":\"second\",\"kind\":\"sddmm\",\"map\":0,"
                  "\"features\":6,\"inputs\":[\"q\",\"k\"],\"outputs\":[\"s\"]}") !=
        std::string::npos);
  CHECK(text.find("\n \"schema_version\": 1,\n") != std::string::npos);
}

TEST_CASE("Equal traces are equal bytes") {
  const test::TempFolder folder;
  write_trace(every_kind(), folder / "a");
  write_trace(every_kind(), folder / "b");
  for (const auto& entry : fs::directory_iterator(folder / "a")) {
    CHECK(read_file(entry.path()) == read_file(folder / "b" / entry.path().filename()));
  }
}

TEST_CASE("A trace replaces an older one, and nothing else") {
  const test::TempFolder folder;
  Trace trace = every_kind();
  write_trace(trace, folder / "deep" / "trace");
  trace.maps.resize(1);
  trace.restrictions.clear();
  trace.operations.resize(5);
  write_trace(trace, folder / "deep" / "trace" / "");
  CHECK(read_trace(folder / "deep" / "trace") == trace);
  CHECK(!fs::exists(folder / "deep" / "trace" / "map1_mask.npy"));
  // Neither a temporary folder nor the replaced one is left.
  CHECK(std::distance(fs::directory_iterator(folder / "deep"), fs::directory_iterator()) == 1);

  write_file_atomically(folder / "deep" / "trace" / "notes.txt", "mine");
  CHECK_THROWS_MATCHES(write_trace(trace, folder / "deep" / "trace"), FileError,
                       Message((folder / "deep" / "trace").string() +
                               ": cannot write: it exists and is not a trace folder"));
  CHECK(read_file(folder / "deep" / "trace" / "notes.txt") == "mine");
  write_file_atomically(folder / "file", "");
  CHECK_THROWS_MATCHES(
      write_trace(trace, folder / "file" / "trace"), FileError,
      Message((folder / "file" / "trace").string() + ": cannot write: Not a directory"));
}

TEST_CASE("Wrong trace documents get one line with the file and the place") {
  CHECK(error_after("\"schema_version\": 1", "\"schema_version\": 2") ==
        "trace.json: /schema_version: expected 1, found 2");
  CHECK(error_after("\"kind\":\"sddmm\",", "\"kind\":\"sdmm\",")
            .starts_with("trace.json: /operations/3/kind: expected one of [\"dense_linear\", "));
  CHECK(error_after("\"kind\":\"sddmm\",", "") ==
        "trace.json: /operations/3/kind: required key is missing");
  CHECK(error_after("\"side\":8,", "") ==
        "trace.json: /operations/10/side: required key is missing");
  CHECK(error_after("\"side\":8,", "\"side\":8,\"tips\":4,")
            .starts_with("trace.json: /operations/10/tips: unknown key; expected one of ["));
  CHECK(error_after("\"primitive\":\"shift\"", "\"primitive\":\"divide\"") ==
        "trace.json: /operations/0/primitive: expected one of [\"multiply\", \"shift\", \"add\"], "
        "found \"divide\"");
  CHECK(error_after("\"inputs\":[\"q\",", "\"inputs\":[\"none\",") ==
        "trace.json: /operations/3/inputs/0: no tensor is named \"none\"");
  CHECK(error_after("\"layer\":\"second\"", "\"layer\":\"third\"") ==
        "trace.json: /operations/1/layer: no layer is named \"third\"");
  CHECK(error_after("\"map\":0", "\"map\":5") ==
        "trace.json: /operations/3/map: 5 is not one of the 5 maps");
  CHECK(error_after("{\"name\":\"second\"}", "{\"name\":\"first\"}") ==
        "trace.json: /layers/1/name: \"first\" stands twice");
  CHECK(error_after("\"name\":\"eb\"", "\"name\":\"ew\"").ends_with("/name: \"ew\" stands twice"));
  CHECK(error_after("\"shape\":[2,5,4]", "\"shape\":[]") ==
        "trace.json: /tensors/0/shape: expected at least 1 element, found 0");
  CHECK(error_after("\"shape\":[2,5,4]", "\"shape\":[4000000000,4000000000]") ==
        "trace.json: /tensors/0/shape: more than 2^48 elements");
  CHECK(error_after("\"shape\":[2,5,4]", "\"shape\":[2,0,4]") ==
        "trace.json: /tensors/0/shape/1: 0 is out of range [1, 4294967295]");
  CHECK(
      error_after("\"num_queries\":5,\"num_keys\":7", "\"num_queries\":65536,\"num_keys\":65536") ==
      "trace.json: /maps/0/num_keys: 65536 x 65536 entries in a head's map; expected at most 2^31");
  CHECK(error_after("\"layers\":", "layers:").starts_with("trace.json: byte "));
}

TEST_CASE("Wrong arrays in a trace folder get one line with the file") {
  const test::TempFolder temp;
  const fs::path folder = temp / "trace";
  const auto fresh = [&folder] { write_trace(every_kind(), folder); };
  fresh();
  fs::remove(folder / "map1_mask.npy");
  CHECK(error_of(folder) == "map1_mask.npy: cannot read: No such file or directory");
  fresh();
  write_npy_bools(folder / "map0_mask.npy", std::vector<std::uint8_t>(70, 0), {2, 5, 7});
  CHECK(error_of(folder) == "map0_mask.npy: expected shape (3, 5, 7), found (2, 5, 7)");
  fresh();
  write_npy(folder / "map0_num_denser.npy", std::vector<std::int32_t>{0, 8, 0}, {3});
  CHECK(error_of(folder) == "map0_num_denser.npy: head 1: expected 0 to 7, found 8");
  Json document = Json::parse(read_file(folder / "trace.json"));
  const std::string whole = document.dump();
  document["maps"][0]["is_uncut"] = true;
  write_file_atomically(folder / "trace.json", document.dump());
  write_npy(folder / "map0_num_denser.npy", std::vector<std::int32_t>{0, 2, 0}, {3});
  CHECK(error_of(folder) ==
        "map0_num_denser.npy: head 1: an uncut map has no denser columns, found 2");
  write_file_atomically(folder / "trace.json", whole);
  write_npy(folder / "map0_num_denser.npy", std::vector<std::int64_t>{0, 8, 0}, {3});
  CHECK(error_of(folder) == "map0_num_denser.npy: expected dtype '<i4', found '<i8'");
  fresh();
  std::vector<std::int32_t> order;
  for (int head = 0; head < 3; ++head) order.insert(order.end(), {0, 1, 2, 3, 4, 5, 6});
  order[9] = 1;
  write_npy(folder / "map0_key_order.npy", order, {3, 7});
  CHECK(error_of(folder) ==
        "map0_key_order.npy: head 1: expected each key from 0 to 6 once, found 1 twice");
  order[9] = -2;
  write_npy(folder / "map0_key_order.npy", order, {3, 7});
  CHECK(error_of(folder) ==
        "map0_key_order.npy: head 1: expected each key from 0 to 6 once, found -2");
  CHECK(error_of(temp / "none") == "trace.json: cannot read: No such file or directory");
}

TEST_CASE("Wrong fields of a linear layer get one line with the place") {
  CHECK(error_after("\"activation\":\"gelu\"", "\"activation\":\"elu\"") ==
        "trace.json: /operations/0/activation: expected one of [\"none\", \"gelu\", \"hardswish\", "
        "\"relu\", \"elu_plus_one\"], found \"elu\"");
  CHECK(error_after("\"residual\":false", "\"residual\":0")
            .starts_with("trace.json: /operations/0/residual: expected "));
  CHECK(error_after("\"grid_rows\":4", "\"grid_rows\":-4")
            .starts_with("trace.json: /operations/15/window/grid_rows: -4 is out of range"));
  CHECK(error_after("\"grid_rows\":4,", "") ==
        "trace.json: /operations/15/window/grid_rows: required key is missing");
}

TEST_CASE("Wrong fields of token selection get one line with the place") {
  CHECK(error_after("\"rule\":\"top_k\"", "\"rule\":\"lowest\"") ==
        "trace.json: /operations/7/rule: expected one of [\"top_k\", \"threshold\"], found "
        "\"lowest\"");
  CHECK(error_after("\"kept\":[0,", "\"kept\":[-4,")
            .starts_with("trace.json: /operations/7/kept/0: -4 is out of range"));
  CHECK(
      error_after("\"token_seed\": " + std::to_string(0xabcdef0123456789U), "\"token_seed\": 2") ==
      "trace.json: operation \"op7\", scores: they are not what Q and K of the token seed give");
  CHECK(error_after("{\"map\":4,\"source\":3", "{\"map\":5,\"source\":3") ==
        "trace.json: /restrictions/0/map: 5 is not one of the 5 maps");
  CHECK(error_after("{\"map\":4,\"source\":3", "{\"map\":4,\"source\":6") ==
        "trace.json: /restrictions/0/source: 6 is not one of the 5 maps");
  CHECK(error_after("{\"map\":4,\"source\":3,\"origins\":[0,1,3,5]}",
                    "{\"map\":4,\"source\":3,\"origins\":[0,1,3,5]},\n"
                    "{\"map\":4,\"source\":3,\"origins\":[0,1,3,5]}") ==
        "trace.json: /restrictions/1/map: expected restricted maps in ascending order");
  CHECK(error_after("\"origins\":[0,1,3,5]", "\"origins\":[0,1,3,4]") ==
        "trace.json: restriction of map 4: it is not what map 3 leaves for these tokens");
}

TEST_CASE("A trace that does not say what it was made from is known by its files") {
  const test::TempFolder folder;
  Trace trace = every_kind();
  trace.provenance.clear();
  write_trace(trace, folder / "trace");
  std::string list;  // the document, and three arrays of each of five maps
  for (const char* name :
       {"trace.json", "map0_mask.npy", "map0_key_order.npy", "map0_num_denser.npy", "map1_mask.npy",
        "map1_key_order.npy", "map1_num_denser.npy", "map2_mask.npy", "map2_key_order.npy",
        "map2_num_denser.npy", "map3_mask.npy", "map3_key_order.npy", "map3_num_denser.npy",
        "map4_mask.npy", "map4_key_order.npy", "map4_num_denser.npy"}) {
    list += sha256_hex(read_file(folder / "trace" / name)) + ' ' + name + '\n';
  }
  CHECK(parse_json(read_trace(folder / "trace").provenance, "provenance") ==
        Json{{"trace_sha256", sha256_hex(list)}});
  trace.provenance = "\"my own words\"";
  write_trace(trace, folder / "trace");
  const Json provenance = parse_json(read_trace(folder / "trace").provenance, "provenance");
  CHECK(provenance["trace"] == "my own words");
  CHECK(provenance["trace_sha256"].get<std::string>().size() == 64);
}

TEST_CASE("Another seed of the values is in the trace and in its provenance") {
  Trace trace = every_kind();
  set_value_seed(trace, 7);
  CHECK(trace.value_seed == 7);
  CHECK(parse_json(trace.provenance, "provenance") ==
        Json{{"made", "by hand"}, {"list", {1, 2.5, nullptr}}, {"values", {{"seed", 7}}}});
  trace.provenance.clear();
  set_value_seed(trace, 8);
  CHECK(parse_json(trace.provenance, "provenance") == Json{{"values", {{"seed", 8}}}});
  trace.provenance = "\"my own words\"";
  set_value_seed(trace, 9);
  CHECK(parse_json(trace.provenance, "provenance") ==
        Json{{"trace", "my own words"}, {"values", {{"seed", 9}}}});
}

}  // namespace
}  // namespace vitcod::trace_folder_test
