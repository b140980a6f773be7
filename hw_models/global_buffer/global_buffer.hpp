// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "hw_models/dma/dma_messages.hpp"
#include "hw_models/dma/freed_staging.hpp"
#include "hw_models/dma/packet.hpp"
#include "hw_models/global_buffer/global_buffer_config.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// A global buffer (weights, input activations, output activations). One write port and one read
/// port of `port_bytes_per_cycle`; a packet occupies a port ceil(bytes / width) cycles. Packets
/// pass in order through `staging_bytes` of it and can be read once they are written. The rest of
/// the capacity is what the controller hands out to units; packets that stay for later units lie
/// there and are read again without being written again. Staging is free once a packet is read, or
/// where `freed_in` is bound, once the reader says so. Unloaded, a packet that is visible in
/// cycle n is visible to the next block in n + ceil(bytes / width) + 1.
class GlobalBuffer final : public Block {
 public:
  LinkIn<Packet> packet_in{"packet_in"};
  LinkOut<Packet> packet_out{"packet_out"};
  OptionalLinkOut<StagingFreed> freed_out{"freed_out"};  ///< tells who reserves staging
  OptionalLinkIn<StagingFreed> freed_in{"freed_in"};

  GlobalBuffer(const sc_core::sc_module_name& name, Clock& clock, const GlobalBufferConfig& config,
               StatGroup& parent);

  std::uint64_t bytes_written() const { return bytes_written_.value(); }
  std::uint64_t bytes_read() const { return bytes_read_.value(); }

 private:
  enum class Activity { kIdle, kTransferring, kReaderBusy };
  struct Stored {
    Packet packet;
    Cycle readable_at = 0;
  };

  Cycle tick(Cycle now) override;
  void start_of_simulation() override;
  bool lacks_staging() const;
  void settle(Cycle cycles) override;
  Cycle next_change(Cycle now) const;
  CycleAccount& cycle_account() override { return cycles_; }
  void free_staging(Cycle now);
  void accept(Cycle now);
  void send(Cycle now);
  void keep_or_fetch(Packet& packet);
  Cycle port_cycles(const Packet& packet) const;

  const GlobalBufferConfig config_;
  std::deque<Stored> packets_;
  /// Values of the packets that stay, by address.
  std::unordered_map<std::uint64_t, Payload> resident_;
  std::uint64_t staged_bytes_ = 0;
  FreedStaging freed_;               ///< what the reader says
  std::uint32_t reading_bytes_ = 0;  ///< of staging, that are free once they are read
  Busy writing_;                     ///< the write port
  Busy reading_;
  Cycle accounted_until_ = 0;  ///< cycles before are in the account

  StatGroup stats_;
  CycleBreakdown<Activity, 3> cycles_{stats_, {"idle", "transferring", "reader_busy"}};
  Counter bytes_written_{stats_, "bytes_written", "through the write port"};
  Counter bytes_read_{stats_, "bytes_read", "through the read port"};
  Counter peak_bytes_{stats_, "peak_staged_bytes", "most bytes in passage at a time"};
};

}  // namespace vitcod
