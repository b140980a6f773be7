// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/tensor_bytes.hpp"

#include <algorithm>
#include <cstring>

#include "hw_models/compiler/linear/linear_loads.hpp"
#include "hw_models/gemm_engine/gemm_engine_cost.hpp"

namespace vitcod {
namespace {

template <typename T>
DramContents::Bytes bytes_of(const std::vector<T>& values) {
  DramContents::Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

}  // namespace

std::vector<std::int8_t> swap_outer(const std::vector<std::int8_t>& values, std::size_t outer,
                                    std::size_t inner, std::size_t features) {
  std::vector<std::int8_t> swapped(values.size());
  for (std::size_t o = 0; o < outer; ++o) {
    for (std::size_t i = 0; i < inner; ++i) {
      std::copy_n(values.data() + (o * inner + i) * features, features,
                  swapped.data() + (i * outer + o) * features);
    }
  }
  return swapped;
}

DramContents::Bytes packed_codes(const std::vector<std::int8_t>& codes) {
  DramContents::Bytes bytes((codes.size() + kCodesPerByte - 1) / kCodesPerByte);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] != 0) {
      bytes[i / kCodesPerByte] |= static_cast<std::uint8_t>(1U << i % kCodesPerByte);
    }
  }
  return bytes;
}

std::vector<std::int8_t> unpacked_codes(const std::vector<std::int8_t>& bytes) {
  std::vector<std::int8_t> codes;
  for (const std::int8_t byte : bytes) {
    const auto bits = static_cast<std::uint8_t>(byte);
    for (unsigned bit = 0; bit < kCodesPerByte; ++bit) {
      codes.push_back(static_cast<std::int8_t>(bits >> bit & 1U));
    }
  }
  return codes;
}

DramContents::Bytes tensor_bytes(const Tensor& tensor, const DramLayout& layout,
                                 const OperandSource& source, TensorId id) {
  if (tensor.bits == 32) return bytes_of(source.bias(id));
  if (tensor.bits == 16) return bytes_of(source.stream(id));
  std::vector<std::int8_t> values = source.operand(id);
  if (tensor.bits == 1) return packed_codes(values);
  if (const std::uint32_t columns = layout.block_columns(id)) {
    values = in_order_of_lines(values, tensor.shape[0], tensor.shape[1], columns,
                               layout.step_features(id));
  }
  if (layout.is_by_token(id))
    values = swap_outer(values, tensor.shape[0], tensor.shape[1], tensor.shape[2]);
  return {values.begin(), values.end()};
}

}  // namespace vitcod
