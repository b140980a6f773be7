// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "hw_models/dma/dma_config.hpp"
#include "hw_models/dma/dma_messages.hpp"
#include "hw_models/dma/freed_staging.hpp"
#include "hw_models/dma/packet.hpp"
#include "hw_models/dma/row_fetch.hpp"
#include "hw_models/dram/address_map.hpp"
#include "hw_models/dram/dram_contents.hpp"
#include "hw_models/dram/dram_messages.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// The DMA engine: cuts transfers into packets and turns these into runs of DRAM bursts, one packet
/// a cycle and at most one run a channel and cycle; up to `read_packets` and `write_packets` are
/// outstanding. Of a packet it keeps no bytes: a load starts once they are reserved in the staging
/// of the buffer that they go to, and those of a store stay in the staging of the buffer that they
/// come from until they are in DRAM. Loads are executed in the order of their commands, but the
/// packets of two that alternate take turns (Transfer::alternates). Packets are handed to the
/// global buffers in the order in which they were started. Reads and writes share the channels in
/// order of age. Single rows (RowFetch) are started before packets of loads and handed on through a
/// port of their own, in the order in which they were asked for: they wait for no load. Unloaded,
/// the request of a packet is pushed in the cycle in which its command is visible, and the packet
/// is handed on in the cycle in which its last response is.
class Dma final : public Block {
 public:
  LinkIn<LoadCommand> load_in{"load_in"};
  LinkIn<Packet> store_in{"store_in"};
  LinkOut<StoreDone> stored_out{"stored_out"};
  LinkOut<StagingFreed> stores_freed_out{"stores_freed_out"};
  /// By buffer that is loaded (Transfer::buffer).
  std::vector<std::unique_ptr<LinkIn<StagingFreed>>> freed_in;
  std::vector<std::unique_ptr<LinkOut<Packet>>> packet_out;
  std::vector<std::unique_ptr<LinkOut<DramRequest>>> request_out;
  std::vector<std::unique_ptr<LinkIn<DramResponse>>> response_in;
  /// Unbound in a machine that fetches no single rows.
  OptionalLinkIn<RowFetch> fetch_in{"fetch_in"};
  OptionalLinkOut<RowFetch> fetched_out{"fetched_out"};

  /// `staging`: bytes of it in each buffer that is loaded; a packet must fit. `contents`: null if
  /// no values are computed. `row_fetches`: single rows that can be on their way at a time.
  Dma(const sc_core::sc_module_name& name, Clock& clock, const DmaConfig& config,
      std::vector<std::uint64_t> staging, const AddressMap& address_map, std::uint32_t num_channels,
      DramContents* contents, StatGroup& parent, std::uint32_t row_fetches = 0);

  std::uint64_t bytes(TensorRole role, TransferReason reason) const {
    return bytes_[static_cast<std::size_t>(role)][static_cast<std::size_t>(reason)];
  }
  /// Of these, bytes of single rows, which pass no global buffer.
  std::uint64_t bytes_fetched() const { return bytes_fetched_; }
  std::uint64_t bursts_read() const { return bursts_read_.value(); }
  std::uint64_t bursts_written() const { return bursts_written_.value(); }

 private:
  enum class Activity { kIdle, kIssuing, kWaitDram, kWaitBuffer, kWaitStaging };
  /// A packet on its way, until all of its runs are answered and it is handed on.
  struct Slot {
    Packet packet;
    std::uint32_t runs_left = 0;
    bool write = false;
    bool is_row = false;  ///< of a RowFetch, with:
    std::uint32_t head = 0;
    std::uint32_t line = 0;
  };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  Activity waiting() const;
  bool can_go_on() const;
  bool can_report_store() const { return stored_out->ready() && stores_freed_out->ready(); }
  bool can_start_load() const;
  bool can_issue_run() const;
  bool take_responses();
  void take_freed(Cycle now);
  void start_of_simulation() override;
  Cycle next_staging() const;
  bool take_command();
  bool start_load();
  bool first_two_alternate() const;
  std::size_t next_stream() const { return first_two_alternate() && turn_ ? 1 : 0; }
  const Packet* unstaged() const;
  bool lacks_staging() const;
  bool start_store();
  bool start_fetch();
  bool issue_runs();
  bool hand_on();
  bool hand_on_row();
  bool has_load() const { return !loads_.empty() && slots_[loads_.front()].runs_left == 0; }
  bool has_row() const { return !rows_.empty() && slots_[rows_.front()].runs_left == 0; }
  bool report_store();
  bool reserve_staging(const Packet& packet);
  void start(Packet packet, std::uint32_t slot, bool write);
  void ask_dram(std::uint32_t slot);
  void count(const Packet& packet);

  const DmaConfig config_;
  const AddressMap& address_map_;
  DramContents* const contents_;
  const std::vector<std::uint64_t> staging_;  ///< bytes, by buffer
  std::vector<std::uint64_t> staging_room_;   ///< bytes that no load has reserved, by buffer
  std::vector<FreedStaging> freed_;           ///< by buffer
  std::vector<std::uint64_t>
      coming_;  ///< bytes of reserved ones that DRAM has yet to give, by buffer
  std::deque<PacketCutter> streams_;  ///< loads that are not started completely, in command order
  bool turn_ = false;                 ///< of a pair of streams, the second one is next
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_reads_;
  std::vector<std::uint32_t> free_writes_;
  std::vector<std::uint32_t> free_rows_;
  std::deque<std::uint32_t> loads_;            ///< slots in command order
  std::deque<std::uint32_t> rows_;             ///< likewise, of single rows
  std::deque<StoreDone> stored_;               ///< written packets to report
  std::vector<std::deque<DramRequest>> runs_;  ///< per channel, to be issued
  std::size_t num_runs_ = 0;                   ///< of all channels
  std::vector<DramRun> split_;                 ///< of the packet that is started
  std::array<std::array<std::uint64_t, kNumTransferReasons>, kNumTensorRoles> bytes_{};
  std::uint64_t bytes_fetched_ = 0;

  StatGroup stats_;
  CycleBreakdown<Activity, 5> cycles_{
      stats_, {"idle", "issuing", "wait_dram", "wait_buffer", "wait_staging"}};
  Counter bursts_read_{stats_, "bursts_read", "DRAM bursts asked for"};
  Counter bursts_written_{stats_, "bursts_written", "DRAM bursts written"};
};

}  // namespace vitcod
