// SPDX-License-Identifier: Apache-2.0
#include "sim/base/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <system_error>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"

namespace vitcod {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are viewed without conversion");

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::size_t kVersionAt = kMagic.size();
constexpr std::size_t kHeaderLengthAt = kVersionAt + 2;
constexpr std::size_t kAlignment = 64;  // of the data in files that are written, as NumPy's

struct TypeRow {
  NpyType type;
  std::string_view name;
  std::size_t bytes;
};
constexpr std::array<TypeRow, 11> kTypes = {{{NpyType::kBool, "|b1", 1},
                                             {NpyType::kInt8, "|i1", 1},
                                             {NpyType::kUint8, "|u1", 1},
                                             {NpyType::kInt16, "<i2", 2},
                                             {NpyType::kUint16, "<u2", 2},
                                             {NpyType::kInt32, "<i4", 4},
                                             {NpyType::kUint32, "<u4", 4},
                                             {NpyType::kInt64, "<i8", 8},
                                             {NpyType::kUint64, "<u8", 8},
                                             {NpyType::kFloat32, "<f4", 4},
                                             {NpyType::kFloat64, "<f8", 8}}};

const TypeRow& row_of(NpyType type) {
  const TypeRow& row = kTypes.at(static_cast<std::size_t>(type));
  check(row.type == type, "the table of NumPy types is not in the order of the enum");
  return row;
}

std::string supported_types() {
  std::string text;
  for (const TypeRow& row : kTypes) text.append(text.empty() ? "" : ", ").append(row.name);
  return text;
}

FileError error_at(std::string_view name, std::size_t byte, const std::string& message) {
  return FileError(name, fmt::format("byte {}: {}", byte, message));
}

/// Bytes of an array; empty if they cannot be counted.
std::optional<std::size_t> num_bytes(NpyType type, const NpyShape& shape) {
  std::size_t bytes = npy_type_bytes(type);
  for (const std::size_t extent : shape) {
    if (extent != 0 && bytes > std::numeric_limits<std::size_t>::max() / extent) return {};
    bytes *= extent;
  }
  return bytes;
}

struct Header {
  NpyType type;
  NpyShape shape;
  bool is_fortran;      ///< the first index runs fastest, not the last
  std::size_t data_at;  ///< byte of the first element
};

/// Reads the header's dictionary, a Python literal with three keys in any order.
class HeaderParser {
 public:
  /// `end` is the first byte behind the header.
  HeaderParser(std::string_view file, std::string_view name, std::size_t begin, std::size_t end)
      : text_(file.substr(0, end)), name_(name), at_(begin) {}

  Header parse() {
    expect('{');
    while (!accept('}')) {
      read_entry();
      if (accept(',')) continue;
      expect('}');
      break;
    }
    skip_space();
    if (at_ != text_.size()) throw unexpected("the end of the header");
    if (!type_) throw error_at(name_, at_, "bad header: key 'descr' is missing");
    if (!is_fortran_) throw error_at(name_, at_, "bad header: key 'fortran_order' is missing");
    if (!shape_) throw error_at(name_, at_, "bad header: key 'shape' is missing");
    return {*type_, *shape_, *is_fortran_, text_.size()};
  }

 private:
  void read_entry() {
    skip_space();
    const std::size_t key_at = at_;
    const std::string_view key = read_string();
    expect(':');
    skip_space();
    if (key == "descr") {
      read_type();
    } else if (key == "fortran_order") {
      read_order();
    } else if (key == "shape") {
      read_shape();
    } else {
      throw error_at(name_, key_at, fmt::format("bad header: unknown key '{}'", key));
    }
  }

  void read_type() {
    const std::size_t value_at = at_;
    const std::string_view value = read_string();
    for (const TypeRow& row : kTypes) {
      if (value == row.name) type_ = row.type;
    }
    if (type_) return;
    if (value.starts_with('>')) {
      throw error_at(name_, value_at,
                     fmt::format("expected little-endian values, found dtype '{}'", value));
    }
    throw error_at(name_, value_at,
                   fmt::format("expected a dtype of {}, found '{}'", supported_types(), value));
  }

  void read_order() {
    constexpr std::string_view kFalse = "False", kTrue = "True";
    const std::string_view rest = text_.substr(at_);
    is_fortran_ = rest.starts_with(kTrue);
    if (!*is_fortran_ && !rest.starts_with(kFalse)) throw unexpected("True or False");
    at_ += *is_fortran_ ? kTrue.size() : kFalse.size();
  }

  void read_shape() {
    shape_.emplace();
    expect('(');
    while (!accept(')')) {
      shape_->push_back(read_extent());
      if (accept(',')) continue;
      expect(')');
      break;
    }
  }

  std::size_t read_extent() {
    skip_space();
    std::size_t extent = 0;
    const char* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), extent);
    if (error == std::errc::result_out_of_range) {
      throw error_at(
          name_, at_,
          fmt::format("an extent of the shape is too large: {}", std::string_view(begin, end)));
    }
    if (error != std::errc()) throw unexpected("an extent of the shape");
    at_ += static_cast<std::size_t>(end - begin);
    accept('L');  // Python 2 wrote long integers so
    return extent;
  }

  std::string_view read_string() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') throw unexpected("a quoted string");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) throw unexpected("a string with an end");
    const std::string_view value = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return value;
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool accept(char wanted) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) throw unexpected(fmt::format("'{}'", wanted));
  }

  FileError unexpected(const std::string& wanted) const {
    std::string found = "the end of the header";
    if (at_ < text_.size()) {
      const char c = text_[at_];
      const bool is_printable = c >= ' ' && c <= '~';
      found = is_printable ? fmt::format("'{}'", c)
                           : fmt::format("byte 0x{:02x}", static_cast<unsigned char>(c));
    }
    return error_at(name_, at_, fmt::format("bad header: expected {}, found {}", wanted, found));
  }

  std::string_view text_;
  std::string_view name_;
  std::size_t at_;
  std::optional<NpyType> type_;
  std::optional<NpyShape> shape_;
  std::optional<bool> is_fortran_;
};

std::size_t byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

FileError truncated(std::string_view name, std::string_view bytes, std::size_t needed) {
  return error_at(name, bytes.size(),
                  fmt::format("truncated: expected at least {} bytes of header, found {}", needed,
                              bytes.size()));
}

Header parse_header(std::string_view bytes, std::string_view name) {
  if (bytes.starts_with("PK")) {
    throw error_at(name, 0,
                   "a zip archive (.npz, .pt); scripts/export_maps.py makes a .npy file of it");
  }
  if (bytes.substr(0, kMagic.size()) != kMagic.substr(0, bytes.size())) {
    throw error_at(name, 0, "not a NumPy file: expected the magic \\x93NUMPY");
  }
  if (bytes.size() < kHeaderLengthAt) throw truncated(name, bytes, kHeaderLengthAt);
  const std::size_t major = byte_at(bytes, kVersionAt);
  const std::size_t minor = byte_at(bytes, kVersionAt + 1);
  if ((major != 1 && major != 2) || minor != 0) {
    throw error_at(name, kVersionAt,
                   fmt::format("expected version 1.0 or 2.0, found {}.{}", major, minor));
  }
  const std::size_t num_length_bytes = major == 1 ? 2 : 4;
  const std::size_t header_at = kHeaderLengthAt + num_length_bytes;
  if (bytes.size() < header_at) throw truncated(name, bytes, header_at);
  std::size_t length = 0;
  for (std::size_t i = 0; i < num_length_bytes; ++i) {
    length |= byte_at(bytes, kHeaderLengthAt + i) << (8 * i);
  }
  if (bytes.size() - header_at < length) throw truncated(name, bytes, header_at + length);
  return HeaderParser(bytes, name, header_at, header_at + length).parse();
}

void check_length(const Header& header, std::size_t file_bytes, std::string_view name) {
  const std::string array =
      fmt::format("{} of {}", to_string(header.shape), npy_type_name(header.type));
  const std::optional<std::size_t> needed = num_bytes(header.type, header.shape);
  if (!needed) throw FileError(name, "the size of the array overflows: " + array);
  const std::size_t found = file_bytes - header.data_at;
  if (found < *needed) {
    throw error_at(name, file_bytes,
                   fmt::format("truncated: expected {} bytes of data for {}, found {}", *needed,
                               array, found));
  }
  if (found > *needed) {
    throw error_at(name, header.data_at + *needed,
                   fmt::format("expected the end of the file after {}, found {} more bytes", array,
                               found - *needed));
  }
}

/// Copies elements whose first index runs fastest to where the last one does.
void copy_to_c_order(std::string_view values, const Header& header, std::vector<std::byte>& data) {
  const std::size_t size = npy_type_bytes(header.type);
  NpyShape index(header.shape.size(), 0);
  for (std::size_t to = 0; to < data.size(); to += size) {
    std::size_t from = 0;
    for (std::size_t axis = index.size(); axis-- > 0;) {
      from = from * header.shape[axis] + index[axis];
    }
    std::memcpy(data.data() + to, values.data() + from * size, size);
    for (std::size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < header.shape[axis]) break;
      index[axis] = 0;
    }
  }
}

}  // namespace

std::string_view npy_type_name(NpyType type) { return row_of(type).name; }
std::size_t npy_type_bytes(NpyType type) { return row_of(type).bytes; }

std::string to_string(const NpyShape& shape) {
  std::string text;
  for (const std::size_t extent : shape) {
    text += (text.empty() ? "" : ", ") + std::to_string(extent);
  }
  return "(" + text + (shape.size() == 1 ? ",)" : ")");
}

void NpyArray::expect_type(NpyType type) const {
  if (type_ == type) return;
  throw FileError(name_, fmt::format("expected dtype '{}', found '{}'", npy_type_name(type),
                                     npy_type_name(type_)));
}

void NpyArray::expect_shape(const NpyShape& shape) const {
  if (shape_ == shape) return;
  throw FileError(name_,
                  fmt::format("expected shape {}, found {}", to_string(shape), to_string(shape_)));
}

NpyArray read_npy(const std::filesystem::path& path) {
  return parse_npy(read_file(path), path.string());
}

NpyArray parse_npy(std::string_view bytes, std::string_view name) {
  Header header = parse_header(bytes, name);
  check_length(header, bytes.size(), name);
  const std::string_view values = bytes.substr(header.data_at);
  if (header.type == NpyType::kBool) {
    const auto bad = std::find_if(values.begin(), values.end(), [](char c) { return c & ~1; });
    if (bad != values.end()) {
      const auto at = static_cast<std::size_t>(bad - bytes.begin());
      throw error_at(name, at,
                     fmt::format("expected a bool (0 or 1), found {}", byte_at(bytes, at)));
    }
  }
  std::vector<std::byte> data(values.size());
  if (header.is_fortran) {
    copy_to_c_order(values, header, data);
  } else if (!values.empty()) {
    std::memcpy(data.data(), values.data(), values.size());
  }
  return NpyArray(std::string(name), header.type, std::move(header.shape), std::move(data));
}

void write_npy_bytes(const std::filesystem::path& path, NpyType type, const NpyShape& shape,
                     std::span<const std::byte> data) {
  check(num_bytes(type, shape) == data.size(), "the values of an array do not fit its shape");
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}",
                                   npy_type_name(type), to_string(shape));
  constexpr std::size_t kHeaderAt = kHeaderLengthAt + 2;
  while ((kHeaderAt + header.size() + 1) % kAlignment != 0) header += ' ';
  header += '\n';
  check(header.size() <= std::numeric_limits<std::uint16_t>::max(), "an array has too many axes");

  std::string file(kMagic);
  file += {'\x01', '\x00', static_cast<char>(header.size() & 0xff),
           static_cast<char>(header.size() >> 8)};
  file += header;
  file.append(reinterpret_cast<const char*>(data.data()), data.size());
  write_file_atomically(path, file);
}

void write_npy_bools(const std::filesystem::path& path, std::span<const std::uint8_t> values,
                     const NpyShape& shape) {
  check(std::all_of(values.begin(), values.end(), [](std::uint8_t value) { return value <= 1; }),
        "a value of a bool array is neither 0 nor 1");
  write_npy_bytes(path, NpyType::kBool, shape, std::as_bytes(values));
}

}  // namespace vitcod
