// SPDX-License-Identifier: Apache-2.0
#include "workloads/trace_image.hpp"

#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "sim/base/errors.hpp"
#include "workloads/trace_json.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kAlignment = 8;

std::size_t padded(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

/// Appends numbers and arrays, each from a multiple of 8 bytes on, an array after its length.
class ImageWriter {
 public:
  void number(std::uint64_t value) { append(&value, sizeof(value)); }
  template <typename T>
  void array(std::span<const T> values) {
    number(values.size());
    append(values.data(), values.size_bytes());
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  void append(const void* data, std::size_t size) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + padded(size));
    if (size > 0) std::memcpy(bytes_.data() + at, data, size);
  }

  std::vector<std::byte> bytes_;
};

class ImageReader {
 public:
  explicit ImageReader(std::span<const std::byte> image) : left_(image) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, next(sizeof(value)), sizeof(value));
    return value;
  }
  template <typename T>
  std::span<const T> array() {
    const std::uint64_t size = number();
    return {reinterpret_cast<const T*>(next(size * sizeof(T))), size};
  }
  template <typename T>
  SharedArray<T> view() {
    return SharedArray<T>::view(array<T>());
  }
  bool at_end() const { return left_.empty(); }

 private:
  const std::byte* next(std::size_t size) {
    check(padded(size) <= left_.size(), "a trace image ends early");
    const std::byte* data = left_.data();
    left_ = left_.subspan(padded(size));
    return data;
  }

  std::span<const std::byte> left_;
};

}  // namespace

std::vector<std::byte> make_trace_image(const Trace& trace) {
  ImageWriter image;
  const std::string document = trace_to_json(trace).dump();
  image.array(std::span<const char>(document));
  for (const PolarizedMap& map : trace.maps) {
    for (const PolarizedHead& head : map.heads) {
      image.number(head.num_denser);
      image.number(head.denser_nnz);
      image.array(head.key_order.span());
      image.array(head.sparser.col_ptr.span());
      image.array(head.sparser.row_idx.span());
      image.array(head.denser_kept.span());
    }
  }
  return image.take();
}

Trace view_trace_image(std::span<const std::byte> image) {
  ImageReader reader(image);
  const auto document = reader.array<char>();
  Trace trace = trace_from_json(Json::parse(document.begin(), document.end()));
  for (PolarizedMap& map : trace.maps) {
    for (PolarizedHead& head : map.heads) {
      head.num_denser = static_cast<std::uint32_t>(reader.number());
      head.denser_nnz = reader.number();
      head.key_order = reader.view<std::uint32_t>();
      head.sparser.col_ptr = reader.view<std::uint32_t>();
      head.sparser.row_idx = reader.view<std::uint32_t>();
      head.denser_kept = reader.view<std::uint8_t>();
    }
  }
  check(reader.at_end(), "a trace image is longer than its trace");
  return trace;
}

}  // namespace vitcod
