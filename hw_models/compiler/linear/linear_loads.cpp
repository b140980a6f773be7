// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear/linear_loads.hpp"

#include <algorithm>

namespace vitcod {
namespace {

/// Bytes, at least one, from `address` on, at `offset` of the transfer: part of the last stretch if
/// they go on where it ends, or are a further piece of it.
void append(std::vector<Stretch>& stretches, std::uint64_t address, std::uint64_t bytes,
            std::uint64_t offset) {
  const Stretch next{address, bytes, 0, 0, offset};
  if (stretches.empty() || stretches.back().offset + stretches.back().bytes != offset) {
    stretches.push_back(next);
    return;
  }
  Stretch& last = stretches.back();
  const bool has_pieces = last.piece_bytes > 0;
  const std::uint64_t piece = has_pieces ? last.piece_bytes : last.bytes;
  const std::uint64_t num_pieces = last.bytes / piece;
  const std::uint64_t last_address = last.address + (num_pieces - 1) * last.pitch;
  if (last_address + piece == address) {
    if (has_pieces) {
      // The last piece is the beginning of a longer one.
      last.bytes -= piece;
      stretches.push_back(Stretch{last_address, piece, 0, 0, offset - piece});
    }
    stretches.back().bytes += bytes;
  } else if (bytes == piece && address > last_address &&
             (!has_pieces || address - last_address == last.pitch)) {
    last.piece_bytes = piece;
    last.pitch = address - last_address;
    last.bytes += bytes;
  } else {
    stretches.push_back(next);
  }
}

}  // namespace

Transfer LinearLoads::load(TensorRole role, bool reloads, std::uint8_t buffer, OutputMask output,
                           const Place& place, std::vector<Stretch> stretches) const {
  auto placement = std::make_shared<GemmPlacement>();
  placement->output = output;
  placement->region = place.region;
  placement->bytes = place.bytes;
  Transfer transfer;
  transfer.label.role = role;
  transfer.label.reason = reloads ? TransferReason::kReload : TransferReason::kFirstLoad;
  transfer.buffer = buffer;
  transfer.stretches = std::move(stretches);
  transfer.placement = std::move(placement);
  return transfer;
}

std::uint32_t LinearLoads::segment_features(std::uint32_t piece_features) const {
  return by_heads(layer_.input, layer_.input_heads) ? layer_.input_features() : piece_features;
}

Transfer LinearLoads::inputs(const LinearBlock& block, const PieceOfInputs& piece,
                             RegionId region) const {
  const auto [first, features, reloads] = piece;
  std::vector<Stretch> stretches;
  if (layer_.product.window) {
    stretches = window_rows(block);
  } else {
    const std::uint64_t address = layout_.address(layer_.input);
    const std::uint64_t segment = segment_features(features);
    const bool heads = by_heads(layer_.input, layer_.input_heads);
    const std::uint64_t pitch = heads ? segment : layer_.product.k;
    for (std::uint64_t at = 0; at < features; at += segment) {
      const std::uint64_t base =
          heads ? address + (first + at) / segment * layer_.input_rows * segment
                : address + first + at;
      for (std::uint32_t row = 0; row < block.rows; ++row) {
        const std::uint64_t place =
            layer_.product.first_row + layer_.place_of(block.first_row + row);
        append(stretches, base + place * pitch, segment, at * block.rows + row * segment);
      }
    }
  }
  return load(TensorRole::kActivation, reloads, target_.input_buffer, target_.gemm_input_output,
              {region, std::uint64_t{block.rows} * features}, std::move(stretches));
}

/// Rows gathered from a grid. What lies outside of it is zeros, which nothing brings.
std::vector<Stretch> LinearLoads::window_rows(const LinearBlock& block) const {
  const Window& window = *layer_.product.window;
  const std::uint64_t address = layout_.address(layer_.input);
  const std::uint64_t token_bytes =
      layer_.product.k / (std::uint64_t{window.kernel_rows} * window.kernel_columns);
  std::vector<Stretch> stretches;
  for (std::uint32_t row = 0; row < block.rows; ++row) {
    const std::uint32_t place = block.first_row + row;
    const std::uint64_t top = std::uint64_t{place / window.output_columns()} * window.stride;
    const std::uint64_t left = std::uint64_t{place % window.output_columns()} * window.stride;
    for (std::uint64_t dy = 0; dy < window.kernel_rows; ++dy) {
      for (std::uint64_t dx = 0; dx < window.kernel_columns; ++dx) {
        const std::uint64_t y = top + dy;  // on the padded grid
        const std::uint64_t x = left + dx;
        if (y < window.padding_rows || y - window.padding_rows >= window.grid_rows) continue;
        if (x < window.padding_columns || x - window.padding_columns >= window.grid_columns)
          continue;
        const std::uint64_t token =
            (y - window.padding_rows) * window.grid_columns + (x - window.padding_columns);
        append(stretches, address + token * token_bytes, token_bytes,
               std::uint64_t{row} * layer_.product.k +
                   (dy * window.kernel_columns + dx) * token_bytes);
      }
    }
  }
  return stretches;
}

Transfer LinearLoads::weights(const LinearBlock& block, const PieceOfSum& piece,
                              RegionId region) const {
  const std::uint64_t address = layout_.address(layer_.weights) +
                                std::uint64_t{block.first_column} * layer_.product.k +
                                std::uint64_t{piece.first} * block.columns;
  const std::uint64_t bytes = std::uint64_t{piece.features} * block.columns;
  return load(TensorRole::kWeights, block.reloads, target_.weight_buffer,
              target_.gemm_weight_output, {region, bytes}, {Stretch{address, bytes, 0, 0, 0}});
}

Transfer LinearLoads::constants(const LinearBlock& block, RegionId region) const {
  const std::uint64_t bytes = std::uint64_t{block.columns} * sizeof(std::int32_t);
  const std::uint64_t first = std::uint64_t{block.first_column} * sizeof(std::int32_t);
  return load(TensorRole::kWeights, block.reloads, target_.weight_buffer,
              target_.gemm_weight_output, {region, 2 * bytes},
              {Stretch{layout_.address(layer_.bias) + first, bytes, 0, 0, 0},
               Stretch{layout_.address(layer_.requantisation) + first, bytes, 0, 0, bytes}});
}

Transfer LinearLoads::residual(const LinearBlock& block, RegionId region) const {
  std::vector<Stretch> stretches;
  const std::uint64_t width = std::uint64_t{block.columns} * layer_.result_bytes;
  for (std::uint32_t row = 0; row < block.rows; ++row) {
    std::uint64_t place = layer_.place_of(block.first_row + row);
    if (layer_.product.window && layer_.residual_rows != layer_.product.m) {
      const Window& window = *layer_.product.window;
      place = place / window.output_columns() * window.stride * window.grid_columns +
              place % window.output_columns() * window.stride;
    }
    const std::uint64_t element = place * layer_.product.n + block.first_column;
    append(stretches, layout_.address(*layer_.residual) + element * layer_.result_bytes, width,
           row * width);
  }
  return load(TensorRole::kResidual, false, target_.input_buffer, target_.gemm_input_output,
              {region, block.rows * width}, std::move(stretches));
}

Transfer LinearLoads::results(const LinearBlock& block, std::vector<DrainSegment>& segments) const {
  Transfer transfer;
  transfer.label = TrafficLabel{TensorRole::kActivation, TransferReason::kWriteBack};
  transfer.outputs = target_.results_output;
  const bool heads = by_heads(layer_.output, layer_.output_heads);
  const std::uint32_t width = heads ? layer_.output_features() : layer_.product.n;
  for (std::uint32_t at = 0; at < block.columns;) {
    const std::uint32_t column = block.first_column + at;
    const std::uint64_t base =
        layout_.address(layer_.output) +
        layer_.bytes_of(std::uint64_t{column / width} * layer_.output_rows * width);
    DrainSegment& segment = segments.emplace_back();
    segment.first_column = at;
    segment.columns = std::min(block.columns - at, width - column % width);
    segment.first_stretch = static_cast<std::uint32_t>(transfer.stretches.size());
    segment.is_contiguous = segment.columns == width && layer_.tokens.empty();
    const std::uint64_t bytes = layer_.bytes_of(segment.columns);
    if (segment.is_contiguous) {
      const std::uint64_t first = std::uint64_t{block.first_row} * width;
      transfer.stretches.push_back(
          Stretch{base + layer_.bytes_of(first), block.rows * bytes, 0, 0, 0});
    } else {
      transfer.stretches.reserve(transfer.stretches.size() + block.rows);
      for (std::uint32_t row = 0; row < block.rows; ++row) {
        const std::uint64_t place = layer_.place_of(block.first_row + row);
        const std::uint64_t first = place * width + column % width;
        transfer.stretches.push_back(Stretch{base + layer_.bytes_of(first), bytes, 0, 0, 0});
      }
    }
    at += segment.columns;
  }
  return transfer;
}

std::vector<std::int8_t> in_order_of_lines(const std::vector<std::int8_t>& weights,
                                           std::uint32_t features, std::uint32_t columns,
                                           std::uint32_t block_columns,
                                           std::uint32_t step_features) {
  std::vector<std::int8_t> ordered;
  ordered.reserve(weights.size());
  for (std::uint32_t first = 0; first < columns; first += block_columns) {
    const std::uint32_t end = std::min(columns, first + block_columns);
    for (std::uint32_t chunk = 0; chunk < features; chunk += step_features) {
      const std::uint32_t chunk_end = std::min(features, chunk + step_features);
      for (std::uint32_t column = first; column < end; ++column) {
        for (std::uint32_t feature = chunk; feature < chunk_end; ++feature) {
          ordered.push_back(weights[std::size_t{feature} * columns + column]);
        }
      }
    }
  }
  return ordered;
}

}  // namespace vitcod
