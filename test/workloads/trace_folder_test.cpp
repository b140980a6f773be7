// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "sim/base/npy.hpp"
#include "test/support/temp_folder.hpp"
#include "test/workloads/workload_fixtures.hpp"
#include "workloads/polarization.hpp"
#include "workloads/trace_check.hpp"
#include "workloads/workload.hpp"

namespace vitcod {
namespace {

using Catch::Matchers::Message;
namespace fs = std::filesystem;

/// A trace with one operation of every kind, no two fields alike. Tensors have the shapes that
/// check_trace asks for.
Trace every_kind() {
  Trace trace;
  trace.name = "every kind";
  trace.provenance = R"({"made":"by hand","list":[1,2.5,null]})";
  trace.value_seed = 0xfedcba9876543210U;
  trace.layers = {{"first"}, {"second"}};
  std::mt19937_64 engine(1);
  HeadMaps heads;
  for (int head = 0; head < 3; ++head) heads.push_back(test::random_map(engine, 5, 7, 0.4));
  trace.maps = {polarize_heads(heads, 2), polarize_heads({KeptMap(2, 2, true)}, 0),
                polarize_heads({KeptMap(4, 1)}, std::nullopt)};
  const auto tensor = [&trace](const char* name, std::vector<std::uint32_t> shape,
                               std::uint32_t bits = 8) {
    trace.tensors.push_back({name, std::move(shape), bits});
    return TensorId{static_cast<std::uint32_t>(trace.tensors.size() - 1)};
  };
  const auto add = [&trace](OperationParams params, std::vector<TensorId> inputs,
                            std::vector<TensorId> outputs) {
    const std::string name = "op" + std::to_string(trace.operations.size());
    trace.operations.push_back({name, static_cast<std::uint32_t>(trace.operations.size() % 2),
                                std::move(params), std::move(inputs), std::move(outputs)});
  };
  const TensorId x = tensor("x", {2, 5, 4});
  add(DenseLinear{10, 4, 3, Primitive::kShift}, {x, tensor("w", {4, 3}, 4)},
      {tensor("y", {10, 3})});
  add(HeadMixEncode{3, 2, 5, 6},
      {tensor("e", {3, 5, 6}), tensor("ew", {3, 2}), tensor("eb", {2}, 32)},
      {tensor("e_out", {2, 5, 6})});
  const TensorId q = tensor("q", {3, 5, 6});
  add(HeadMixDecode{2, 3, 5, 6},
      {tensor("d", {2, 5, 6}), tensor("dw", {2, 3}), tensor("db", {3}, 32)}, {q});
  const TensorId scores = tensor("s", {3, 5, 7}, 32);
  add(Sddmm{MapId{0}, 6}, {q, tensor("k", {3, 7, 6})}, {scores});
  const TensorId probabilities = tensor("p", {3, 5, 7}, 16);
  add(RowNormalise{MapId{0}}, {scores}, {probabilities});
  add(ScoreElementwise{MapId{1}, -5.283203723}, {tensor("s1", {1, 2, 2})},
      {tensor("p1", {1, 2, 2})});
  add(Spmm{MapId{0}, 9}, {probabilities, tensor("v", {3, 7, 9})}, {tensor("o", {3, 5, 9})});
  add(ScoreSelect{"cls_row", "top_k", 196, 137, 0.1}, {tensor("cls", {196})},
      {tensor("kept", {137})});
  add(TokenFuse{59, 1, 192}, {tensor("dropped", {59})}, {});
  add(SimilarityMatch{197, 13, 64}, {}, {tensor("pairs", {13}, 1)});
  add(LiftingStep{2, 137, 4, 3}, {tensor("even", {8}), tensor("odd", {9})},
      {tensor("low", {1}), tensor("high", {2})});
  add(EmbeddingGrowth{96, 192, 288, 144}, {}, {});
  add(LinearAttention{12, 49, 196, 16, 64, Primitive::kAdd}, {}, {});
  add(MatAdd{3136, 16, 32}, {}, {});
  add(RouterSplit{784, 500, 160}, {}, {});
  add(PartitionBudget{5, 576, 1152, 1.0 / 3.0}, {}, {});
  return trace;
}

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

TEST_CASE("A trace with an operation of every kind is read back the same") {
  const Trace trace = every_kind();
  std::vector<bool> has_kind(std::variant_size_v<OperationParams>, false);
  for (const Operation& operation : trace.operations) has_kind[operation.params.index()] = true;
  REQUIRE(has_kind == std::vector<bool>(16, true));
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
  const Trace golden = read_trace(fs::path(VITCOD_SOURCE_DIR) / "test/golden/encoded");
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
  const test::TempFolder temp;
  const fs::path folder = temp / "trace";
  const auto error_after = [&folder](const std::string& from, const std::string& to) {
    write_trace(every_kind(), folder);
    edit(folder / "trace.json", from, to);
    return error_of(folder);
  };
  CHECK(error_after("\"schema_version\": 1", "\"schema_version\": 2") ==
        "trace.json: /schema_version: expected 1, found 2");
  CHECK(error_after("\"kind\":\"sddmm\",", "\"kind\":\"sdmm\",")
            .starts_with("trace.json: /operations/3/kind: expected one of [\"dense_linear\", "));
  CHECK(error_after("\"kind\":\"sddmm\",", "") ==
        "trace.json: /operations/3/kind: required key is missing");
  CHECK(error_after("\"taps\":4,", "") ==
        "trace.json: /operations/10/taps: required key is missing");
  CHECK(error_after("\"taps\":4,", "\"taps\":4,\"tips\":4,")
            .starts_with("trace.json: /operations/10/tips: unknown key; expected one of ["));
  CHECK(error_after("\"primitive\":\"shift\"", "\"primitive\":\"divide\"") ==
        "trace.json: /operations/0/primitive: expected one of [\"multiply\", \"shift\", \"add\"], "
        "found \"divide\"");
  CHECK(error_after("\"inputs\":[\"q\",", "\"inputs\":[\"none\",") ==
        "trace.json: /operations/3/inputs/0: no tensor is named \"none\"");
  CHECK(error_after("\"layer\":\"second\"", "\"layer\":\"third\"") ==
        "trace.json: /operations/1/layer: no layer is named \"third\"");
  CHECK(error_after("\"map\":0", "\"map\":3") ==
        "trace.json: /operations/3/map: 3 is not one of the 3 maps");
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

TEST_CASE("Operations that do not fit their tensors or their order are refused") {
  const auto error_after = [](auto change) {
    Trace trace = every_kind();
    change(trace);
    try {
      check_trace(trace);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(error_after([](Trace&) {}) == "no error");
  const auto shape = [](Trace& trace, const std::string& name) -> std::vector<std::uint32_t>& {
    for (Tensor& tensor : trace.tensors) {
      if (tensor.name == name) return tensor.shape;
    }
    throw std::runtime_error("no tensor " + name);
  };
  CHECK(error_after([&](Trace& trace) {
          shape(trace, "k") = {3, 6, 7};
        }) == "operation \"op3\", inputs/1: expected shape (3, 7, 6), found (3, 6, 7) in \"k\"");
  CHECK(error_after([&](Trace& trace) { shape(trace, "db") = {2}; }) ==
        "operation \"op2\", inputs/2: expected shape (3), found (2) in \"db\"");
  CHECK(error_after([&](Trace& trace) {
          shape(trace, "p") = {3, 5, 8};
        }) == "operation \"op4\", outputs/0: expected shape (3, 5, 7), found (3, 5, 8) in \"p\"");
  CHECK(error_after([&](Trace& trace) {
          shape(trace, "o") = {3, 9, 5};
        }) == "operation \"op6\", outputs/0: expected shape (3, 5, 9), found (3, 9, 5) in \"o\"");
  CHECK(error_after([&](Trace& trace) {
          shape(trace, "y") = {10, 4};
        }) == "operation \"op0\", outputs/0: expected 10 x 3 elements, found 40 in \"y\"");
  CHECK(error_after([](Trace& trace) { trace.operations[2].inputs.pop_back(); }) ==
        "operation \"op2\": expected 3 inputs and 1 outputs, found 2 and 1");
  CHECK(error_after([](Trace& trace) { std::swap(trace.operations[2], trace.operations[3]); }) ==
        "operation \"op3\": reads \"q\" before \"op2\" produces it");
  CHECK(error_after([](Trace& trace) {
          trace.operations[4].outputs = trace.operations[3].outputs;
        }) == "operation \"op4\": \"s\" already comes from \"op3\"");
}

TEST_CASE("Operands and biases have the widths of their values, and scores any") {
  const auto error_with = [](const std::string& name, std::uint32_t bits) {
    Trace trace = every_kind();
    for (Tensor& tensor : trace.tensors) {
      if (tensor.name == name) tensor.bits = bits;
    }
    try {
      check_trace(trace);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(error_with("o", 16) ==
        "operation \"op6\", outputs/0: expected elements of 8 bits, found 16 in \"o\"");
  CHECK(error_with("v", 4) ==
        "operation \"op6\", inputs/1: expected elements of 8 bits, found 4 in \"v\"");
  CHECK(error_with("k", 16) ==
        "operation \"op3\", inputs/1: expected elements of 8 bits, found 16 in \"k\"");
  CHECK(error_with("db", 8) ==
        "operation \"op2\", inputs/2: expected elements of 32 bits, found 8 in \"db\"");
  for (const char* name : {"e", "ew", "e_out", "d", "dw", "q"}) {
    CAPTURE(name);
    CHECK(error_with(name, 32).find("expected elements of 8 bits, found 32") != std::string::npos);
  }
  CHECK(error_with("s", 16) == "no error");
  CHECK(error_with("p", 8) == "no error");
}

TEST_CASE("The steps of one attention mean the same map") {
  Trace trace = every_kind();
  trace.maps.push_back(trace.maps[0]);
  std::get<RowNormalise>(trace.operations[4].params).map = MapId{3};
  CHECK_THROWS_MATCHES(
      check_trace(trace), InputError,
      Message("operation \"op4\": map 3 is not the map 0 of \"s\", which it reads"));
  std::get<RowNormalise>(trace.operations[4].params).map = MapId{0};
  std::get<Spmm>(trace.operations[6].params).map = MapId{3};
  CHECK_THROWS_MATCHES(
      check_trace(trace), InputError,
      Message("operation \"op6\": map 3 is not the map 0 of \"p\", which it reads"));
  std::get<RowNormalise>(trace.operations[4].params).map = MapId{3};
  std::get<Sddmm>(trace.operations[3].params).map = MapId{3};
  CHECK_NOTHROW(check_trace(trace));
}

TEST_CASE("A trace that does not say what it was made from is known by its files") {
  const test::TempFolder folder;
  Trace trace = every_kind();
  trace.provenance.clear();
  write_trace(trace, folder / "trace");
  std::string list;  // the document, and three arrays of three maps
  for (const char* name :
       {"trace.json", "map0_mask.npy", "map0_key_order.npy", "map0_num_denser.npy", "map1_mask.npy",
        "map1_key_order.npy", "map1_num_denser.npy", "map2_mask.npy", "map2_key_order.npy",
        "map2_num_denser.npy"}) {
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

TEST_CASE("An operation that reads what it writes is refused") {
  Trace trace = every_kind();
  trace.operations.resize(1);
  trace.operations[0].params = TokenFuse{1, 1, 1};
  trace.operations[0].outputs = trace.operations[0].inputs;
  CHECK_THROWS_MATCHES(check_trace(trace), InputError,
                       Message("operation \"op0\": reads \"x\" before \"op0\" produces it"));
}

}  // namespace
}  // namespace vitcod
