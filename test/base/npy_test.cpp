// SPDX-License-Identifier: Apache-2.0
#include "sim/base/npy.hpp"

#include <catch2/catch.hpp>
#include <numeric>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::npy_test {

using Catch::Matchers::StartsWith;
using vitcod::test::TempFolder;

namespace {

/// A file with the given dictionary, padded to 64 bytes as NumPy does, and `num_data` zero bytes.
std::string npy_file(const std::string& dictionary, std::size_t num_data, char major = 1) {
  const std::size_t prefix = major == 1 ? 10 : 12;
  std::string header = dictionary;
  while ((prefix + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string file = std::string("\x93NUMPY") + major + '\0';
  for (std::size_t i = 0; i < prefix - 8; ++i) {
    file += static_cast<char>(header.size() >> (8 * i) & 0xff);
  }
  return file + header + std::string(num_data, '\0');
}

std::string dictionary(const std::string& descr, const std::string& shape,
                       const std::string& order = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

template <typename T>
void check_round_trip(const char* type) {
  const TempFolder folder;
  const std::vector<T> values = {
      T(0), T(1), T(100), std::numeric_limits<T>::max(), std::numeric_limits<T>::lowest(), T(7)};
  write_npy(folder / "a.npy", values, {2, 3});
  const NpyArray array = read_npy(folder / "a.npy");
  CHECK(npy_type_name(array.type()) == type);
  CHECK(array.shape() == NpyShape{2, 3});
  CHECK(array.num_elements() == 6);
  const auto seen = array.values<T>();
  CHECK(std::vector<T>(seen.begin(), seen.end()) == values);
}

}  // namespace

TEST_CASE("arrays of every type come back as they were written") {
  check_round_trip<std::int8_t>("|i1");
  check_round_trip<std::uint8_t>("|u1");
  check_round_trip<std::int16_t>("<i2");
  check_round_trip<std::uint16_t>("<u2");
  check_round_trip<std::int32_t>("<i4");
  check_round_trip<std::uint32_t>("<u4");
  check_round_trip<std::int64_t>("<i8");
  check_round_trip<std::uint64_t>("<u8");
  check_round_trip<float>("<f4");
  check_round_trip<double>("<f8");
}

TEST_CASE("bool arrays come back as they were written, and hold nothing but 0 and 1") {
  const TempFolder folder;
  const std::vector<std::uint8_t> values = {0, 1, 1, 0};
  write_npy_bools(folder / "a.npy", values, {4});
  const NpyArray array = read_npy(folder / "a.npy");
  CHECK(array.type() == NpyType::kBool);
  CHECK(std::vector<std::uint8_t>(array.bools().begin(), array.bools().end()) == values);
  const std::vector<std::uint8_t> bad = {0, 2};
  CHECK_THROWS_AS(write_npy_bools(folder / "a.npy", bad, {2}), ModelError);
}

TEST_CASE("scalars, empty arrays and long shapes come back as they were written") {
  const TempFolder folder;
  for (const NpyShape& shape :
       {NpyShape{}, NpyShape{0}, NpyShape{3, 0, 2}, NpyShape{5}, NpyShape{1, 2, 1, 3, 1, 1, 2}}) {
    const std::size_t num =
        std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<std::size_t>());
    std::vector<double> values(num);
    std::iota(values.begin(), values.end(), 0.5);
    write_npy(folder / "a.npy", values, shape);
    const NpyArray array = read_npy(folder / "a.npy");
    CHECK(array.shape() == shape);
    CHECK(std::vector<double>(array.values<double>().begin(), array.values<double>().end()) ==
          values);
  }
}

// By hand, from NumPy's format description: magic, version 1.0, little-endian header length 118,
// the dictionary as Python's repr writes it, spaces and a line end up to byte 128, the values.
TEST_CASE("a written file has the bytes that NumPy writes") {
  const TempFolder folder;
  write_npy(folder / "a.npy", std::vector<std::int16_t>{1, -2}, {2});
  const std::string head = "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }";
  const std::string expected = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + head +
                               std::string(117 - head.size(), ' ') + "\n" +
                               std::string("\x01\x00\xfe\xff", 4);
  CHECK(expected.size() == 132);
  CHECK(read_file(folder / "a.npy") == expected);
}

TEST_CASE("headers of version 2.0 and in other spellings are read") {
  const std::string values(12, '\0');
  CHECK(parse_npy(npy_file(dictionary("'<f4'", "(3,)"), 12, 2), "a").shape() == NpyShape{3});
  CHECK(parse_npy(npy_file(dictionary("'<f4'", "(3L, 1L)"), 12), "a").shape() == NpyShape{3, 1});
  CHECK(parse_npy(npy_file("{\"shape\":(1,3),\"fortran_order\":False,\"descr\":\"<f4\"}", 12), "a")
            .shape() == NpyShape{1, 3});
}

TEST_CASE("values are aligned whatever the length of the header") {
  std::string file = npy_file(dictionary("'<f8'", "(1,)"), 8);
  file.insert(128 - 1, 3, ' ');
  file[8] = static_cast<char>(118 + 3);
  const NpyArray array = parse_npy(file, "a");
  CHECK(reinterpret_cast<std::uintptr_t>(array.values<double>().data()) % alignof(double) == 0);
}

TEST_CASE("a file that is missing or not NumPy's is refused") {
  const TempFolder folder;
  CHECK_THROWS_WITH(read_npy(folder / "none.npy"),
                    (folder / "none.npy").string() + ": cannot read: No such file or directory");
  CHECK_THROWS_WITH(parse_npy("NUMPY without its first byte", "m.npy"),
                    "m.npy: byte 0: not a NumPy file: expected the magic \\x93NUMPY");
  std::string version3 = npy_file(dictionary("'<f4'", "(1,)"), 4);
  version3[6] = 3;
  CHECK_THROWS_WITH(parse_npy(version3, "m.npy"),
                    "m.npy: byte 6: expected version 1.0 or 2.0, found 3.0");
}

TEST_CASE("a truncated file is refused wherever it ends") {
  const std::string file = npy_file(dictionary("'<f8'", "(12, 3)"), 288);
  CHECK_NOTHROW(parse_npy(file, "m.npy"));
  for (std::size_t length = 0; length < file.size(); ++length) {
    CAPTURE(length);
    CHECK_THROWS_WITH(parse_npy(file.substr(0, length), "m.npy"),
                      StartsWith("m.npy: byte " + std::to_string(length) + ": truncated: "));
  }
  CHECK_THROWS_WITH(parse_npy("", "m.npy"),
                    "m.npy: byte 0: truncated: expected at least 8 bytes of header, found 0");
  CHECK_THROWS_WITH(parse_npy(file.substr(0, 100), "m.npy"),
                    "m.npy: byte 100: truncated: expected at least 128 bytes of header, found 100");
  CHECK_THROWS_WITH(
      parse_npy(file.substr(0, 128 + 100), "m.npy"),
      "m.npy: byte 228: truncated: expected 288 bytes of data for (12, 3) of <f8, found 100");
}

TEST_CASE("trailing bytes are refused") {
  CHECK_THROWS_WITH(
      parse_npy(npy_file(dictionary("'<i2'", "(2,)"), 4 + 3), "m.npy"),
      "m.npy: byte 132: expected the end of the file after (2,) of <i2, found 3 more bytes");
}

TEST_CASE("types, byte orders and axis orders that are not read are named") {
  CHECK_THROWS_WITH(
      parse_npy(npy_file(dictionary("'<c16'", "(1,)"), 16), "m.npy"),
      "m.npy: byte 20: expected a dtype of |b1, |i1, |u1, <i2, <u2, <i4, <u4, <i8, <u8, <f4, <f8, "
      "found '<c16'");
  CHECK_THROWS_WITH(parse_npy(npy_file(dictionary("'>f4'", "(1,)"), 4), "m.npy"),
                    "m.npy: byte 20: expected little-endian values, found dtype '>f4'");
  CHECK_THROWS_WITH(parse_npy(npy_file(dictionary("[('x', '<f4')]", "(1,)"), 4), "m.npy"),
                    "m.npy: byte 20: bad header: expected a quoted string, found '['");
  CHECK_THROWS_WITH(parse_npy("PK\x03\x04", "m.npz"),
                    "m.npz: byte 0: a zip archive (.npz, .pt); scripts/export_maps.py makes a .npy "
                    "file of it");
}

TEST_CASE("an array in Fortran order has its elements where one in C order has them") {
  // Shape (2, 3, 4), element (i, j, k) = 100 i + 10 j + k; the first index runs fastest.
  std::string file = npy_file(dictionary("'<i2'", "(2, 3, 4)", "True"), 48);
  file.resize(file.size() - 48);
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 2; ++i) {
        const int value = 100 * i + 10 * j + k;
        file += static_cast<char>(value & 0xff);
        file += static_cast<char>(value >> 8);
      }
    }
  }
  const NpyArray array = parse_npy(file, "a");
  CHECK(array.shape() == NpyShape{2, 3, 4});
  const auto values = array.values<std::int16_t>();
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 4; ++k) {
        CHECK(std::size_t(values[12 * i + 4 * j + k]) == 100 * i + 10 * j + k);
      }
    }
  }
}

TEST_CASE("a header that is not the dictionary is refused at the offending byte") {
  const auto message = [](const std::string& text) {
    try {
      parse_npy(npy_file(text, 4), "m.npy");
    } catch (const FileError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(message("['descr']") == "m.npy: byte 10: bad header: expected '{', found '['");
  CHECK(message("{'descr' '<f4'}") == "m.npy: byte 19: bad header: expected ':', found '''");
  CHECK(message("{'dtype': '<f4'}") == "m.npy: byte 11: bad header: unknown key 'dtype'");
  CHECK(message("{'shape': (1,), 'fortran_order': False}") ==
        "m.npy: byte 64: bad header: key 'descr' is missing");
  CHECK(message("{'shape': (1,), 'descr': '<f4'}") ==
        "m.npy: byte 64: bad header: key 'fortran_order' is missing");
  CHECK(message("{'fortran_order': False, 'descr': '<f4'}") ==
        "m.npy: byte 64: bad header: key 'shape' is missing");
  CHECK(message(dictionary("'<f4'", "(-1,)")) ==
        "m.npy: byte 61: bad header: expected an extent of the shape, found '-'");
  CHECK(message(dictionary("'<f4'", "(1 2)")) ==
        "m.npy: byte 63: bad header: expected ')', found '2'");
  CHECK(message(dictionary("'<f4'", "(1,)", "None")) ==
        "m.npy: byte 44: bad header: expected True or False, found 'N'");
  CHECK(message(dictionary("'<f4'", "(1,)") + "x") ==
        "m.npy: byte 67: bad header: expected the end of the header, found 'x'");
  CHECK(message("{'descr': '<f4") ==
        "m.npy: byte 20: bad header: expected a string with an end, "
        "found '''");
  CHECK(message("{\x01") ==
        "m.npy: byte 11: bad header: expected a quoted string, found byte 0x01");
}

TEST_CASE("a shape that overflows is refused before any memory is taken") {
  CHECK_THROWS_WITH(
      parse_npy(npy_file(dictionary("'<f8'", "(4294967296, 4294967296)"), 0), "m.npy"),
      "m.npy: the size of the array overflows: (4294967296, 4294967296) of <f8");
  CHECK_THROWS_WITH(parse_npy(npy_file(dictionary("'|u1'", "(99999999999999999999,)"), 0), "m.npy"),
                    "m.npy: byte 61: an extent of the shape is too large: 99999999999999999999");
}

TEST_CASE("a bool that is neither 0 nor 1 is refused at its byte") {
  std::string file = npy_file(dictionary("'|b1'", "(4,)"), 4);
  file[130] = 2;
  CHECK_THROWS_WITH(parse_npy(file, "m.npy"), "m.npy: byte 130: expected a bool (0 or 1), found 2");
}

TEST_CASE("an array of another type or shape than expected is named") {
  const NpyArray array = parse_npy(npy_file(dictionary("'<f4'", "(12, 3)"), 144), "m.npy");
  CHECK_NOTHROW(array.expect_type(NpyType::kFloat32));
  CHECK_NOTHROW(array.expect_shape({12, 3}));
  CHECK_THROWS_WITH(array.values<double>(), "m.npy: expected dtype '<f8', found '<f4'");
  CHECK_THROWS_WITH(array.bools(), "m.npy: expected dtype '|b1', found '<f4'");
  CHECK_THROWS_WITH(array.expect_shape({12, 4}), "m.npy: expected shape (12, 4), found (12, 3)");
  CHECK_THROWS_WITH(array.expect_shape({7}), "m.npy: expected shape (7,), found (12, 3)");
}

TEST_CASE("values that do not fit the shape are a model error") {
  const TempFolder folder;
  CHECK_THROWS_AS(write_npy(folder / "a.npy", std::vector<float>(5), {2, 3}), ModelError);
  CHECK_FALSE(std::filesystem::exists(folder / "a.npy"));
}

}  // namespace vitcod::npy_test
