// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace vitcod::test {

/// The rules of a standard as numbers, for the checker of command logs. Typed from the standards'
/// tables, with their formulas, and not read from the presets. Clocks, counted from the last clock
/// of a command to the last clock of the next; 0 where a standard has no such rule.
struct JedecRules {
  std::uint32_t bank_groups = 1, banks_per_group = 1, bursts_per_row = 1, rows = 1;
  std::uint32_t burst_bytes = 64;
  std::int64_t rcd_read = 0, rcd_write = 0, ras = 0, rc = 0, rp = 0, rp_all = 0;
  std::int64_t rtp = 0;  ///< RD to PRE
  std::int64_t wr_to_pre = 0;
  std::int64_t rrd_s = 0, rrd_l = 0, faw = 0;
  std::int64_t ccd_s = 0, ccd_l = 0;
  std::int64_t rd_to_wr = 0, rd_to_wr_l = 0;
  std::int64_t wr_to_rd_s = 0, wr_to_rd_l = 0;
  std::int64_t ppd = 0;
  std::int64_t rfc = 0, refi = 0;
  std::int64_t rfc_bank = 0;  ///< REFPB to the same bank
  std::int64_t refpb_to_refpb = 0;
  std::int64_t refpb_to_act = 0;  ///< another bank
  std::int64_t act_to_refpb = 0;  ///< another bank
  bool refpb_in_faw = false;
  std::int64_t rank_rd_to_rd = 0;  ///< two ranks; for writes as well
  /// Two ranks. None from WR to RD: the read's data comes so much later that the bus is free.
  std::int64_t rank_rd_to_wr = 0;
  std::int64_t read_data = 0, write_data = 0, burst = 0;  ///< to the first data; bus time
  std::int64_t act_length = 1, column_length = 1, pre_length = 1, ref_length = 1;
  bool split_bus = false;
  std::uint32_t channels_per_bus = 1;  ///< 2 for the pseudo channels of a channel
};

/// The rules of the part that a preset of this name describes.
JedecRules jedec_rules(const std::string& preset);

}  // namespace vitcod::test
