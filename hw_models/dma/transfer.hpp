// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace vitcod {

/// What a transfer carries; statistics are kept by it.
enum class TensorRole : std::uint8_t {
  kWeights,
  kIndex,
  kKey,
  kQuery,
  kValue,
  kOutput,
  kUncompressed,  ///< what the encoder reads
  kCompressed,    ///< what the encoder writes
  kActivation,    ///< operands and results of linear layers and layer norm, of 8 bits
  kResidual,      ///< what is added to results, normalised or gathered
  kSelection,     ///< what tokens are selected by and exits decided, and their numbers
};
inline constexpr std::array<std::string_view, 11> kTensorRoleNames = {
    "weights",      "index",      "key",        "query",    "value",    "output",
    "uncompressed", "compressed", "activation", "residual", "selection"};
inline constexpr std::size_t kNumTensorRoles = kTensorRoleNames.size();

/// Why bytes cross the DRAM interface.
enum class TransferReason : std::uint8_t { kFirstLoad, kReload, kWriteBack };
inline constexpr std::array<std::string_view, 3> kTransferReasonNames = {"first_load", "reload",
                                                                         "write_back"};
inline constexpr std::size_t kNumTransferReasons = kTransferReasonNames.size();

/// The label that the bytes of a transfer are counted under.
struct TrafficLabel {
  TensorRole role = TensorRole::kWeights;
  TransferReason reason = TransferReason::kFirstLoad;
};

/// Set of the crossbar's outputs, a bit each.
using OutputMask = std::uint8_t;

/// What the receivers do with the rows of a load: a derived struct for each kind of receiver,
/// defined beside it. Part of a program, so it does not change during a run.
struct Placement {
  Placement() = default;
  Placement(const Placement&) = default;
  Placement& operator=(const Placement&) = default;
  virtual ~Placement() = default;

  /// Outputs of the crossbar that must see bytes of the rows [first, end); of a transfer without
  /// rows, of any of its bytes (first = end = 0).
  virtual OutputMask outputs(std::uint32_t first, std::uint32_t end) const = 0;
};

/// Bytes that lie one after the other in DRAM: rows of equal size, or a table without rows. Those
/// of a load may also be pieces of equal size at equal distances, as a block of columns of a
/// matrix.
struct Stretch {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;        ///< of all pieces
  std::uint32_t row_bytes = 0;    ///< 0: no rows
  std::uint32_t first_row = 0;    ///< of the transfer
  std::uint64_t offset = 0;       ///< in the transfer; of rows: first_row x row_bytes
  std::uint64_t piece_bytes = 0;  ///< 0: one piece
  std::uint64_t pitch = 0;        ///< from a piece to the next one; more than `piece_bytes`
};

/// Leading rows of a load that stay in the global buffer between jobs. Whole packets only.
struct Residency {
  std::uint64_t bytes = 0;  ///< 0: nothing stays
  bool is_there = false;    ///< left there by an earlier load: not asked of the DRAM again
  bool stays = false;       ///< left there for a later load
};

/// A descriptor: a part of one tensor that is moved for one job.
struct Transfer {
  TrafficLabel label;
  std::uint32_t job = 0;    ///< that deliveries and stores are reported for
  std::uint32_t load = 0;   ///< loads: place in the job's list
  std::uint8_t buffer = 0;  ///< loads: which of the DMA's buffers they go through
  OutputMask outputs = 0;   ///< stores: the crossbar's output
  std::vector<Stretch> stretches;
  std::shared_ptr<const Placement> placement;  ///< loads
  Residency residency;
  bool alternates = false;  ///< loads: takes turns by packet with the job's next load

  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const Stretch& stretch : stretches) sum += stretch.bytes;
    return sum;
  }
};

}  // namespace vitcod
