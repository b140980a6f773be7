// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitcod {

/// Element types of NumPy files that are read and written; all little-endian.
enum class NpyType {
  kBool,     ///< |b1
  kInt8,     ///< |i1
  kUint8,    ///< |u1
  kInt16,    ///< <i2
  kUint16,   ///< <u2
  kInt32,    ///< <i4
  kUint32,   ///< <u4
  kInt64,    ///< <i8
  kUint64,   ///< <u8
  kFloat32,  ///< <f4
  kFloat64,  ///< <f8
};

/// The type's NumPy name, e.g. "<f4".
std::string_view npy_type_name(NpyType type);
/// Bytes of one element.
std::size_t npy_type_bytes(NpyType type);

/// The NumPy type of a C++ element type.
template <typename T>
inline constexpr NpyType kNpyTypeOf = T::no_such_npy_type;
template <>
inline constexpr NpyType kNpyTypeOf<std::int8_t> = NpyType::kInt8;
template <>
inline constexpr NpyType kNpyTypeOf<std::uint8_t> = NpyType::kUint8;
template <>
inline constexpr NpyType kNpyTypeOf<std::int16_t> = NpyType::kInt16;
template <>
inline constexpr NpyType kNpyTypeOf<std::uint16_t> = NpyType::kUint16;
template <>
inline constexpr NpyType kNpyTypeOf<std::int32_t> = NpyType::kInt32;
template <>
inline constexpr NpyType kNpyTypeOf<std::uint32_t> = NpyType::kUint32;
template <>
inline constexpr NpyType kNpyTypeOf<std::int64_t> = NpyType::kInt64;
template <>
inline constexpr NpyType kNpyTypeOf<std::uint64_t> = NpyType::kUint64;
template <>
inline constexpr NpyType kNpyTypeOf<float> = NpyType::kFloat32;
template <>
inline constexpr NpyType kNpyTypeOf<double> = NpyType::kFloat64;

/// Extents of an array, outermost first; empty for a scalar.
using NpyShape = std::vector<std::size_t>;

/// The shape as NumPy prints it, e.g. "(12, 3)" or "(7,)".
std::string to_string(const NpyShape& shape);

/// An array read from a `.npy` file, row-major, in memory.
class NpyArray {
 public:
  NpyArray(std::string name, NpyType type, NpyShape shape, std::vector<std::byte> data)
      : name_(std::move(name)), type_(type), shape_(std::move(shape)), data_(std::move(data)) {}

  /// The file it came from, for messages.
  const std::string& name() const { return name_; }
  NpyType type() const { return type_; }
  const NpyShape& shape() const { return shape_; }
  std::size_t num_elements() const { return data_.size() / npy_type_bytes(type_); }

  /// The elements; FileError unless they are of type T. Valid as long as the array.
  template <typename T>
  std::span<const T> values() const {
    expect_type(kNpyTypeOf<T>);
    return {reinterpret_cast<const T*>(data_.data()), num_elements()};
  }

  /// The elements of a |b1 array, each 0 or 1; FileError for any other type.
  std::span<const std::uint8_t> bools() const {
    expect_type(NpyType::kBool);
    return {reinterpret_cast<const std::uint8_t*>(data_.data()), num_elements()};
  }

  /// FileError unless the array has this type, or this shape.
  void expect_type(NpyType type) const;
  void expect_shape(const NpyShape& shape) const;

 private:
  std::string name_;
  NpyType type_;
  NpyShape shape_;
  std::vector<std::byte> data_;
};

/// Calls visit(elements) with a span of the array's element type; bools as std::uint8_t of 0 or 1.
template <typename Visit>
void visit_values(const NpyArray& array, Visit&& visit) {
  switch (array.type()) {
    case NpyType::kBool:
      return visit(array.bools());
    case NpyType::kInt8:
      return visit(array.values<std::int8_t>());
    case NpyType::kUint8:
      return visit(array.values<std::uint8_t>());
    case NpyType::kInt16:
      return visit(array.values<std::int16_t>());
    case NpyType::kUint16:
      return visit(array.values<std::uint16_t>());
    case NpyType::kInt32:
      return visit(array.values<std::int32_t>());
    case NpyType::kUint32:
      return visit(array.values<std::uint32_t>());
    case NpyType::kInt64:
      return visit(array.values<std::int64_t>());
    case NpyType::kUint64:
      return visit(array.values<std::uint64_t>());
    case NpyType::kFloat32:
      return visit(array.values<float>());
    case NpyType::kFloat64:
      return visit(array.values<double>());
  }
}

/// Reads a file of version 1.0 or 2.0. Throws FileError for a file that is missing, is not NumPy's,
/// is truncated or has trailing bytes, and for other types or big-endian arrays. An array in
/// Fortran order is put into C order.
NpyArray read_npy(const std::filesystem::path& path);

/// As read_npy, from the bytes of a file; `name` is used in messages.
NpyArray parse_npy(std::string_view bytes, std::string_view name);

/// Writes a version 1.0 file, atomically. `data` holds the elements row-major, as bytes; ModelError
/// unless their number fits the shape. Throws FileError.
void write_npy_bytes(const std::filesystem::path& path, NpyType type, const NpyShape& shape,
                     std::span<const std::byte> data);

template <typename T>
void write_npy(const std::filesystem::path& path, std::span<const T> values,
               const NpyShape& shape) {
  write_npy_bytes(path, kNpyTypeOf<T>, shape, std::as_bytes(values));
}
template <typename T>
void write_npy(const std::filesystem::path& path, const std::vector<T>& values,
               const NpyShape& shape) {
  write_npy(path, std::span<const T>(values), shape);
}

/// Writes a |b1 array; `values` must be 0 or 1 (ModelError).
void write_npy_bools(const std::filesystem::path& path, std::span<const std::uint8_t> values,
                     const NpyShape& shape);

}  // namespace vitcod
