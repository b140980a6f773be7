// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dma/transfer_builder.hpp"

#include <algorithm>

namespace vitcod {

/// Contiguous bytes of rows of equal size.
struct TransferBuilder::Stretch {
  std::uint64_t address = 0;
  std::uint32_t row_bytes = 0;
  std::uint32_t first_row = 0;  ///< of the transfer
  std::uint32_t num_rows = 0;
};

namespace {

constexpr std::size_t kDenser = index_of(EngineId::kDenser);
constexpr std::size_t kSparser = index_of(EngineId::kSparser);

std::unique_ptr<Transfer> new_transfer(UnitContext& unit, TensorRole role,
                                       std::uint32_t row_bytes) {
  auto transfer = std::make_unique<Transfer>();
  transfer->role = role;
  transfer->unit = &unit;
  transfer->row_bytes = row_bytes;
  return transfer;
}

/// Fills in each packet's rows by engine from `rows_to(row)`, {denser, sparser} rows that one row
/// of the transfer becomes, and counts the deliveries.
template <typename RowsTo>
void route(Transfer& transfer, RowsTo rows_to) {
  const auto rows_of = [&](std::uint32_t first, std::uint32_t end) {
    std::array<std::uint32_t, 2> sum{};
    for (std::uint32_t row = first; row < end; ++row) {
      const std::array<std::uint32_t, 2> rows = rows_to(row);
      for (std::size_t e = 0; e < 2; ++e) sum[e] += rows[e];
    }
    return sum;
  };
  for (Packet& packet : transfer.packets) {
    const std::uint32_t end = packet.first_row + packet.num_rows;
    packet.engine_rows = rows_of(packet.first_row, end);
    // Of a row that spans packets, its engine needs the beginning too.
    const auto touched = rows_of(packet.first_row, end + (packet.ends_within_row ? 1 : 0));
    for (std::size_t e = 0; e < 2; ++e) {
      packet.holds_rows_of[e] = touched[e] > 0;
      if (touched[e] > 0) transfer.to_engine[e] = true;
    }
  }
  for (const Packet& packet : transfer.packets) {
    for (std::size_t e = 0; e < 2; ++e) transfer.num_deliveries += goes_to(packet, e) ? 1 : 0;
  }
}

/// Per head and key token of the unit: is the token global in that head?
std::vector<bool> denser_tokens(const WorkUnit& unit) {
  std::vector<bool> denser(std::size_t{unit.num_heads} * unit.layer->num_keys, false);
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
    for (std::uint32_t p = 0; p < unit.num_denser(head); ++p) {
      denser[std::size_t{head} * unit.layer->num_keys + unit.head(head).key_order[p]] = true;
    }
  }
  return denser;
}

void route_keys_or_values(Transfer& transfer, const WorkUnit& unit, bool by_token) {
  const std::vector<bool> denser = denser_tokens(unit);
  const std::uint32_t num_keys = unit.layer->num_keys;
  if (!by_token) {
    route(transfer, [&](std::uint32_t row) {
      return denser[row] ? std::array{1U, 0U} : std::array{0U, 1U};
    });
    return;
  }
  route(transfer, [&](std::uint32_t token) {
    std::uint32_t in_denser = 0;
    for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
      in_denser += denser[std::size_t{head} * num_keys + token] ? 1 : 0;
    }
    return std::array{in_denser, unit.num_heads - in_denser};
  });
}

/// A table has no rows.
void drop_rows(Transfer& transfer) {
  for (Packet& packet : transfer.packets) {
    packet.num_rows = 0;
    packet.ends_within_row = false;
  }
}

bool all_heads(std::uint32_t /*head*/) { return true; }

/// Marks the leading packets that hold nothing but resident rows, of `row_bytes` each.
void mark_resident(Transfer& transfer, const WorkUnit& unit, std::uint64_t resident_rows,
                   std::uint32_t row_bytes) {
  std::uint64_t bytes_left = resident_rows * row_bytes;
  for (Packet& packet : transfer.packets) {
    if (packet.bytes > bytes_left) break;
    bytes_left -= packet.bytes;
    packet.in_dram = unit.loads_resident;
    packet.stays = unit.loads_resident && !unit.frees_resident;
    packet.leaves = !unit.loads_resident && unit.frees_resident;
  }
}

}  // namespace

void TransferBuilder::cut(Transfer& transfer, const Stretch& stretch) const {
  const std::uint64_t end = stretch.address + std::uint64_t{stretch.row_bytes} * stretch.num_rows;
  std::uint32_t row = 0;
  for (std::uint64_t at = stretch.address; at < end;) {
    const std::uint64_t next = std::min(end, (at / packet_bytes_ + 1) * packet_bytes_);
    Packet packet;
    packet.transfer = &transfer;
    packet.address = at;
    packet.bytes = static_cast<std::uint32_t>(next - at);
    packet.first_row = stretch.first_row + row;
    const auto complete = static_cast<std::uint32_t>((next - stretch.address) / stretch.row_bytes);
    packet.num_rows = complete - row;
    packet.ends_within_row = (next - stretch.address) % stretch.row_bytes != 0;
    row = complete;
    transfer.packets.push_back(packet);
    at = next;
  }
}

std::unique_ptr<Transfer> TransferBuilder::weights(UnitContext& unit) const {
  const AttentionLayer& layer = *unit.work.layer;
  if (layer.compressed_heads == 0) return nullptr;
  auto transfer = new_transfer(unit, TensorRole::kWeights, 0);
  transfer->to_engine = {true, unit.work.polarized};
  if (!unit.work.polarized) transfer->to_engine = {false, true};
  const std::uint32_t matrix_bytes = layer.compressed_heads * layer.num_heads;
  const std::uint32_t bias_bytes = layer.num_heads * 4;
  const auto add = [&](TensorId tensor, std::uint32_t bytes) {
    cut(*transfer, Stretch{layout_.address(tensor), bytes, 0, 1});
  };
  add(*layer.query_weights, matrix_bytes);
  add(*layer.query_bias, bias_bytes);
  add(*layer.key_weights, matrix_bytes);
  add(*layer.key_bias, bias_bytes);
  drop_rows(*transfer);
  route(*transfer, [](std::uint32_t) { return std::array{0U, 0U}; });
  return transfer;
}

std::unique_ptr<Transfer> TransferBuilder::index(UnitContext& unit, std::uint64_t bytes) const {
  if (bytes == 0) return nullptr;
  auto transfer = new_transfer(unit, TensorRole::kIndex, 0);
  transfer->to_engine = {false, true};
  cut(*transfer, Stretch{layout_.allocate(bytes), static_cast<std::uint32_t>(bytes), 0, 1});
  drop_rows(*transfer);
  route(*transfer, [](std::uint32_t) { return std::array{0U, 0U}; });
  return transfer;
}

/// Rows of those heads of the unit that are `wanted`, one stretch where they are contiguous.
template <typename Wanted>
void TransferBuilder::add_rows_of_heads(Transfer& transfer, TensorId tensor,
                                        std::uint32_t first_row, std::uint32_t num_rows,
                                        std::uint32_t rows_a_head, Wanted wanted) const {
  const WorkUnit& unit = transfer.unit->work;
  const std::uint64_t base = layout_.address(tensor);
  const std::uint32_t row_bytes = transfer.row_bytes;
  const bool contiguous = num_rows == rows_a_head;
  for (std::uint32_t head = 0; head < unit.num_heads;) {
    const std::uint32_t first = head++;
    if (!wanted(first)) continue;
    while (contiguous && head < unit.num_heads && wanted(head)) ++head;
    const std::uint64_t row = std::uint64_t{unit.first_head + first} * rows_a_head + first_row;
    cut(transfer,
        Stretch{base + row * row_bytes, row_bytes, first * num_rows, (head - first) * num_rows});
  }
}

std::unique_ptr<Transfer> TransferBuilder::keys(UnitContext& unit) const {
  const AttentionLayer& layer = *unit.work.layer;
  auto transfer = new_transfer(unit, TensorRole::kKey, layer.query_features);
  transfer->compressed = layer.compressed_heads > 0;
  if (transfer->compressed) {
    const std::uint32_t token_bytes = layer.compressed_heads * layer.query_features;
    cut(*transfer, Stretch{layout_.address(layer.key), token_bytes, 0, layer.num_keys});
    mark_resident(*transfer, unit.work, unit.work.resident_keys, token_bytes);
  } else {
    add_rows_of_heads(*transfer, layer.key, 0, layer.num_keys, layer.num_keys, all_heads);
  }
  route_keys_or_values(*transfer, unit.work, transfer->compressed);
  const bool again = transfer->compressed ? !unit.work.loads_resident : unit.work.first_row > 0;
  transfer->reason = again ? TransferReason::kReload : TransferReason::kFirstLoad;
  return transfer;
}

std::unique_ptr<Transfer> TransferBuilder::queries(UnitContext& unit) const {
  return query_transfer(unit, false);
}

std::unique_ptr<Transfer> TransferBuilder::sparser_queries(UnitContext& unit) const {
  if (query_forwarding_) return nullptr;
  auto transfer = query_transfer(unit, true);
  return transfer->num_deliveries > 0 ? std::move(transfer) : nullptr;
}

std::unique_ptr<Transfer> TransferBuilder::query_transfer(UnitContext& unit,
                                                          bool for_second_engine) const {
  const WorkUnit& work = unit.work;
  const AttentionLayer& layer = *work.layer;
  auto transfer = new_transfer(unit, TensorRole::kQuery, layer.query_features);
  transfer->compressed = layer.compressed_heads > 0;
  const auto rows_of_head = [&](std::uint32_t head) {
    const bool in_denser = work.num_denser(head) > 0;
    const bool sparse_too = work.num_denser(head) < layer.num_keys;
    if (for_second_engine) return std::array{0U, in_denser && sparse_too ? 1U : 0U};
    return in_denser ? std::array{1U, 0U} : std::array{0U, 1U};
  };
  if (transfer->compressed) {
    const std::uint32_t token_bytes = layer.compressed_heads * layer.query_features;
    cut(*transfer,
        Stretch{layout_.address(layer.query) + std::uint64_t{work.first_row} * token_bytes,
                token_bytes, 0, work.num_rows});
    mark_resident(*transfer, work, work.resident_queries, token_bytes);
    std::array<std::uint32_t, 2> rows{};
    for (std::uint32_t head = 0; head < work.num_heads; ++head) {
      for (std::size_t e : {kDenser, kSparser}) rows[e] += rows_of_head(head)[e];
    }
    route(*transfer, [&](std::uint32_t) { return rows; });
  } else {
    const auto wanted = [&](std::uint32_t head) {
      return rows_of_head(head) != std::array{0U, 0U};
    };
    add_rows_of_heads(*transfer, layer.query, work.first_row, work.num_rows, layer.num_queries,
                      wanted);
    route(*transfer, [&](std::uint32_t row) { return rows_of_head(row / work.num_rows); });
  }
  const bool again = for_second_engine || (transfer->compressed && work.first_head > 0);
  transfer->reason = again ? TransferReason::kReload : TransferReason::kFirstLoad;
  return transfer;
}

std::unique_ptr<Transfer> TransferBuilder::values(UnitContext& unit) const {
  const AttentionLayer& layer = *unit.work.layer;
  auto transfer = new_transfer(unit, TensorRole::kValue, layer.value_features);
  add_rows_of_heads(*transfer, layer.value, 0, layer.num_keys, layer.num_keys, all_heads);
  route_keys_or_values(*transfer, unit.work, false);
  transfer->reason = unit.work.first_row > 0 ? TransferReason::kReload : TransferReason::kFirstLoad;
  return transfer;
}

std::unique_ptr<Transfer> TransferBuilder::output(UnitContext& unit) const {
  const WorkUnit& work = unit.work;
  const AttentionLayer& layer = *work.layer;
  auto transfer = new_transfer(unit, TensorRole::kOutput, layer.value_features);
  transfer->reason = TransferReason::kWriteBack;
  const std::uint32_t rows_a_packet = std::max(1U, packet_bytes_ / layer.value_features);
  for (std::uint32_t head = 0; head < work.num_heads; ++head) {
    for (std::uint32_t row = 0; row < work.num_rows; row += rows_a_packet) {
      Packet packet;
      packet.transfer = transfer.get();
      packet.first_row = head * work.num_rows + row;
      packet.num_rows = std::min(rows_a_packet, work.num_rows - row);
      packet.bytes = packet.num_rows * layer.value_features;
      packet.address =
          layout_.address(layer.output) +
          (std::uint64_t{work.first_head + head} * layer.num_queries + work.first_row + row) *
              layer.value_features;
      transfer->packets.push_back(packet);
    }
  }
  return transfer;
}

std::unique_ptr<Transfer> TransferBuilder::encoder_weights(UnitContext& unit) const {
  const EncodeLayer& layer = *unit.work.encode->layer;
  auto transfer = new_transfer(unit, TensorRole::kWeights, 0);
  transfer->to_encoder = true;
  cut(*transfer, Stretch{layout_.address(layer.weights), layer.heads_in * layer.heads_out, 0, 1});
  cut(*transfer, Stretch{layout_.address(layer.bias), layer.heads_out * 4, 0, 1});
  drop_rows(*transfer);
  transfer->num_deliveries = static_cast<std::uint32_t>(transfer->packets.size());
  return transfer;
}

std::unique_ptr<Transfer> TransferBuilder::compressed(UnitContext& unit) const {
  const EncodeLayer& layer = *unit.work.encode->layer;
  auto transfer = new_transfer(unit, TensorRole::kCompressed, layer.heads_out * layer.features);
  transfer->reason = TransferReason::kWriteBack;
  return transfer;
}

std::unique_ptr<Transfer> TransferBuilder::uncompressed(UnitContext& unit,
                                                        Transfer& compressed) const {
  const EncodeTile& tile = *unit.work.encode;
  const EncodeLayer& layer = *tile.layer;
  const std::uint32_t token_bytes = layer.heads_in * layer.features;
  auto transfer = new_transfer(unit, TensorRole::kUncompressed, token_bytes);
  transfer->to_encoder = true;
  cut(*transfer,
      Stretch{layout_.address(layer.input) + std::uint64_t{tile.first_token} * token_bytes,
              token_bytes, 0, tile.num_tokens});
  transfer->num_deliveries = static_cast<std::uint32_t>(transfer->packets.size());
  compressed.packets.reserve(transfer->packets.size());
  for (Packet& packet : transfer->packets) {
    if (packet.num_rows == 0) continue;
    Packet result;
    result.transfer = &compressed;
    result.first_row = packet.first_row;
    result.num_rows = packet.num_rows;
    result.bytes = packet.num_rows * compressed.row_bytes;
    result.address = layout_.address(layer.output) +
                     std::uint64_t{tile.first_token + packet.first_row} * compressed.row_bytes;
    compressed.packets.push_back(result);
    packet.result = &compressed.packets.back();
  }
  return transfer;
}

}  // namespace vitcod
