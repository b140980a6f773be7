// SPDX-License-Identifier: Apache-2.0
#include "workloads/map_files.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <string>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/npy.hpp"
#include "sim/base/sha256.hpp"
#include "test/support/temp_folder.hpp"
#include "test/workloads/workload_fixtures.hpp"

namespace vitcod::map_files_test {
namespace {

using Catch::Matchers::Message;

/// One block of two heads with three tokens: a class token and two patches.
const ModelConfig kModel = test::small_model(1, 2, {1, 2}, 1);
const NpyShape kShape{1, 2, 3, 3};

GroupMaps read_masks_of(const std::filesystem::path& path,
                        MaskPolarity polarity = MaskPolarity::kPruned) {
  return read_masks(path, kModel, kModel.groups[0], polarity);
}
GroupMaps prune_file(const std::filesystem::path& path, double theta_p = 0.5) {
  return read_and_prune_attention(path, kModel, kModel.groups[0], theta_p);
}

/// Rows that sum to one.
std::vector<float> good_attention() {
  std::vector<float> values;
  for (int row = 0; row < 6; ++row) values.insert(values.end(), {0.25F, 0.5F, 0.25F});
  return values;
}

/// The bytes of a file with other text in its header, of the same length.
void replace_in_file(const std::filesystem::path& path, const std::string& from,
                     const std::string& to) {
  std::string bytes = read_file(path);
  REQUIRE(from.size() == to.size());
  bytes.replace(bytes.find(from), from.size(), to);
  write_file_atomically(path, bytes);
}

TEST_CASE("A mask file holds 1 for pruned and 0 for kept") {
  const test::TempFolder folder;
  const std::vector<std::uint8_t> pruned{0, 1, 1, 1, 0, 1, 0, 0, 0,  //
                                         1, 1, 1, 0, 1, 1, 1, 1, 1};
  write_npy_bools(folder / "mask.npy", pruned, kShape);
  const GroupMaps maps = read_masks_of(folder / "mask.npy");
  REQUIRE(maps.blocks.size() == 1);
  REQUIRE(maps.blocks[0].size() == 2);
  std::size_t i = 0;
  for (const KeptMap& head : maps.blocks[0]) {
    for (std::uint32_t query = 0; query < 3; ++query) {
      for (std::uint32_t key = 0; key < 3; ++key) {
        CHECK(head.kept(query, key) == (pruned[i++] == 0));
      }
    }
  }
  CHECK(maps.file_name == "mask.npy");
  CHECK(maps.sha256 == sha256_hex(read_file(folder / "mask.npy")));
}

/// The same zeros and ones in another type.
template <typename T>
std::vector<T> as(const std::vector<std::uint8_t>& values) {
  return std::vector<T>(values.begin(), values.end());
}

TEST_CASE("Masks of 0 and 1 are read from integers of every width and from floats") {
  const test::TempFolder folder;
  std::mt19937_64 engine(3);
  std::vector<std::uint8_t> pruned(18);
  for (std::uint8_t& entry : pruned) entry = static_cast<std::uint8_t>(engine() % 2);
  write_npy_bools(folder / "b1.npy", pruned, kShape);
  const auto expected = read_masks_of(folder / "b1.npy").blocks;
  const auto check_type = [&](auto one) {
    const std::filesystem::path file = folder / "other.npy";
    write_npy(file, as<decltype(one)>(pruned), kShape);
    CHECK(read_masks_of(file).blocks == expected);
    auto wrong = as<decltype(one)>(pruned);
    wrong[9 + 3 + 2] = 3;
    write_npy(file, wrong, kShape);
    CHECK_THROWS_MATCHES(
        read_masks_of(file), FileError,
        Message(file.string() + ": layer 0, head 1, query 1: key 2 is 3; expected 0 or 1"));
  };
  check_type(std::int8_t{1});
  check_type(std::uint8_t{1});
  check_type(std::int16_t{1});
  check_type(std::uint16_t{1});
  check_type(std::int32_t{1});
  check_type(std::uint32_t{1});
  check_type(std::int64_t{1});
  check_type(std::uint64_t{1});
  check_type(1.0F);
  check_type(1.0);
}

TEST_CASE("Polarity kept reads the opposite of polarity pruned") {
  const test::TempFolder folder;
  const std::vector<std::uint8_t> values{0, 1, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1};
  std::vector<std::uint8_t> opposite;
  opposite.reserve(values.size());
  for (const std::uint8_t value : values) opposite.push_back(value ^ 1U);
  write_npy_bools(folder / "pruned.npy", values, kShape);
  write_npy_bools(folder / "kept.npy", opposite, kShape);
  CHECK(read_masks_of(folder / "kept.npy", MaskPolarity::kKept).blocks ==
        read_masks_of(folder / "pruned.npy").blocks);
}

TEST_CASE("A mask that keeps nothing, or more than three quarters in most rows, gives a warning") {
  // 10 rows of 10 keys: `full` of them keep `most`, the others `least`.
  const auto warning = [](int full, MaskPolarity polarity, int most = 10, int least = 1) {
    const ModelConfig model = test::small_model(1, 1, {1, 10}, 0);
    const test::TempFolder folder;
    std::vector<std::uint8_t> kept(100, 0);
    for (int row = 0; row < 10; ++row) {
      for (int key = 0; key < (row < full ? most : least); ++key) {
        const int entry = 10 * row + key;
        kept[static_cast<std::size_t>(entry)] = 1;
      }
    }
    if (polarity == MaskPolarity::kPruned) {
      for (std::uint8_t& entry : kept) entry ^= 1U;
    }
    write_npy_bools(folder / "m.npy", kept, {1, 1, 10, 10});
    const std::string text = read_masks(folder / "m.npy", model, model.groups[0], polarity).warning;
    return text.empty() ? text : text.substr(text.find("m.npy"));
  };
  CHECK(warning(5, MaskPolarity::kPruned).empty());
  CHECK(warning(10, MaskPolarity::kPruned, 7).empty());
  CHECK_FALSE(warning(10, MaskPolarity::kPruned, 8).empty());
  CHECK(warning(1, MaskPolarity::kPruned, 1, 0).empty());  // a single entry
  CHECK(warning(0, MaskPolarity::kPruned, 0, 0) ==
        "m.npy: no entry is kept, taking 1 (True) as pruned; its layers have nothing to compute");
  CHECK(warning(0, MaskPolarity::kKept, 0, 0) ==
        "m.npy: no entry is kept, taking 1 (True) as kept; its layers have nothing to compute");
  CHECK(
      warning(6, MaskPolarity::kPruned) ==  // 6 x 10 + 4 of 100
      "m.npy: 64.0 % of the entries are kept, taking 1 (True) as pruned; if it means kept in this "
      "file, set maps/polarity to \"kept\"");
  CHECK(
      warning(10, MaskPolarity::kKept) ==
      "m.npy: 100.0 % of the entries are kept, taking 1 (True) as kept; if it means pruned in this "
      "file, set maps/polarity to \"pruned\"");
}

TEST_CASE("Averaged attention is pruned row by row, and the class token is kept whole") {
  const test::TempFolder folder;
  std::vector<float> values = good_attention();
  values[3] = 0.0F;  // head 0, query 1: 0, .5, .5
  values[5] = 0.5F;
  write_npy(folder / "a.npy", values, kShape);
  const GroupMaps maps = prune_file(folder / "a.npy");
  const KeptMap& head = maps.blocks[0][0];
  // Row 2 keeps .5 (its sum reaches the cut-off) and one more, the first .25. Row 1 keeps both .5;
  // its column 0 and row 0 belong to the class token.
  const bool expected[3][3] = {{true, true, true}, {true, true, true}, {true, true, false}};
  for (std::uint32_t query = 0; query < 3; ++query) {
    for (std::uint32_t key = 0; key < 3; ++key) {
      CHECK(head.kept(query, key) == expected[query][key]);
    }
  }
}

TEST_CASE("Attention of double precision is read as well") {
  const test::TempFolder folder;
  const std::vector<float> values = good_attention();
  write_npy(folder / "f4.npy", values, kShape);
  write_npy(folder / "f8.npy", std::vector<double>(values.begin(), values.end()), kShape);
  CHECK(prune_file(folder / "f4.npy").blocks == prune_file(folder / "f8.npy").blocks);
}

TEST_CASE("A missing map file is named with the system's reason") {
  const test::TempFolder folder;
  const std::string file = (folder / "none.npy").string();
  CHECK_THROWS_MATCHES(read_masks_of(file), FileError,
                       Message(file + ": cannot read: No such file or directory"));
}

TEST_CASE("A truncated map file is refused") {
  const test::TempFolder folder;
  const std::string file = (folder / "a.npy").string();
  write_npy(file, good_attention(), kShape);
  const std::string bytes = read_file(file);
  write_file_atomically(file, bytes.substr(0, bytes.size() - 10));
  CHECK_THROWS_MATCHES(prune_file(file), FileError,
                       Message(file + ": byte " + std::to_string(bytes.size() - 10) +
                               ": truncated: expected 72 bytes of data for (1, 2, 3, 3) of <f4, "
                               "found 62"));
}

TEST_CASE("A map file of another dtype is refused") {
  const test::TempFolder folder;
  const std::string file = (folder / "a.npy").string();
  write_npy(file, good_attention(), kShape);
  CHECK_THROWS_MATCHES(
      read_masks_of(file), FileError,
      Message(file + ": layer 0, head 0, query 0: key 0 is 0.25; expected 0 or 1"));
  write_npy_bools(file, std::vector<std::uint8_t>(18, 1), kShape);
  CHECK_THROWS_MATCHES(prune_file(file), FileError,
                       Message(file + ": expected dtype '<f4' or '<f8', found '|b1'"));
}

TEST_CASE("A map file of another byte order is refused") {
  const test::TempFolder folder;
  const std::string file = (folder / "a.npy").string();
  write_npy(file, good_attention(), kShape);
  replace_in_file(file, "'<f4'", "'>f4'");
  CHECK_THROWS_MATCHES(
      prune_file(file), FileError,
      Message(file + ": byte 20: expected little-endian values, found dtype '>f4'"));
}

TEST_CASE("A map file of another shape is refused") {
  const test::TempFolder folder;
  const std::string file = (folder / "a.npy").string();
  write_npy(file, good_attention(), {2, 1, 3, 3});
  CHECK_THROWS_MATCHES(prune_file(file), FileError,
                       Message(file + ": expected shape (1, 2, 3, 3), found (2, 1, 3, 3)"));
}

TEST_CASE("Attention that is not finite or negative is refused, with its place") {
  const test::TempFolder folder;
  const std::string file = (folder / "a.npy").string();
  std::vector<float> values = good_attention();
  values[9 + 3 + 2] = std::numeric_limits<float>::quiet_NaN();
  write_npy(file, values, kShape);
  CHECK_THROWS_MATCHES(
      prune_file(file), FileError,
      Message(file + ": layer 0, head 1, query 1: key 2 is nan; expected a finite number"));
  values[9 + 3 + 2] = std::numeric_limits<float>::infinity();
  write_npy(file, values, kShape);
  CHECK_THROWS_MATCHES(
      prune_file(file), FileError,
      Message(file + ": layer 0, head 1, query 1: key 2 is inf; expected a finite number"));
  values[9 + 3 + 2] = -0.25F;
  write_npy(file, values, kShape);
  CHECK_THROWS_MATCHES(
      prune_file(file), FileError,
      Message(file + ": layer 0, head 1, query 1: key 2 is -0.25; expected no negative number"));
}

TEST_CASE("A row of attention sums to one within a thousandth") {
  const test::TempFolder folder;
  const std::string file = (folder / "a.npy").string();
  std::vector<float> values = good_attention();
  values[6] = 0.2509F;  // head 0, query 2
  write_npy(file, values, kShape);
  CHECK_NOTHROW(prune_file(file));
  values[6] = 0.2512F;
  write_npy(file, values, kShape);
  CHECK_THROWS_MATCHES(
      prune_file(file), FileError,
      Message(file +
              ": layer 0, head 0, query 2: the row sums to 1.0012; expected 1 within 0.001"));
}

}  // namespace
}  // namespace vitcod::map_files_test
