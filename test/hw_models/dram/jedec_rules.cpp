// SPDX-License-Identifier: Apache-2.0
#include "test/hw_models/dram/jedec_rules.hpp"

#include <stdexcept>

namespace vitcod::test {
namespace {

constexpr std::int64_t kDdrBurst = 4;  // BL8 at double data rate

/// What depends on the speed bin, in clocks.
struct Ddr4Bin {
  std::int64_t cl, cwl, rcd, rp, ras, rrd_s, rrd_l, faw, ccd_l, wtr_s, wtr_l, wr, rtp, rfc, refi;
};

JedecRules ddr4(const Ddr4Bin& bin) {
  JedecRules r;
  r.bank_groups = 4;
  r.banks_per_group = 4;
  r.bursts_per_row = 128;
  r.rows = 65536;
  r.burst_bytes = 64;
  r.rcd_read = r.rcd_write = bin.rcd;
  r.ras = bin.ras;
  r.rc = bin.ras + bin.rp;
  r.rp = r.rp_all = bin.rp;
  r.rtp = bin.rtp;
  r.wr_to_pre = bin.cwl + kDdrBurst + bin.wr;
  r.rrd_s = bin.rrd_s;
  r.rrd_l = bin.rrd_l;
  r.faw = bin.faw;
  r.ccd_s = 4;
  r.ccd_l = bin.ccd_l;
  r.rd_to_wr = r.rd_to_wr_l = bin.cl - bin.cwl + kDdrBurst + 2;
  r.wr_to_rd_s = bin.cwl + kDdrBurst + bin.wtr_s;
  r.wr_to_rd_l = bin.cwl + kDdrBurst + bin.wtr_l;
  r.rfc = bin.rfc;
  r.refi = bin.refi;
  r.rank_rd_to_rd = kDdrBurst + 2;  // two clocks to hand over the strobe
  r.rank_rd_to_wr = bin.cl - bin.cwl + kDdrBurst + 2;
  r.read_data = bin.cl;
  r.write_data = bin.cwl;
  r.burst = kDdrBurst;
  return r;
}

JedecRules lpddr4_3200() {
  constexpr std::int64_t kBurst = 8, kRl = 28, kWl = 14, kDqsck = 6, kWpre = 2, kWtr = 16, kWr = 29;
  JedecRules r;
  r.banks_per_group = 8;
  r.bursts_per_row = 64;
  r.rows = 65536;
  r.burst_bytes = 32;
  r.rcd_read = r.rcd_write = 29;
  r.ras = 68;
  r.rc = 97;
  r.rp = 29;
  r.rp_all = 34;
  r.rtp = kBurst + 12 - 8;
  r.wr_to_pre = kWl + 1 + kBurst + kWr;
  r.rrd_s = r.rrd_l = 16;
  r.faw = 64;
  r.ccd_s = r.ccd_l = 8;
  r.rd_to_wr = r.rd_to_wr_l = kRl + kDqsck + kBurst - kWl + kWpre;
  r.wr_to_rd_s = r.wr_to_rd_l = kWl + 1 + kBurst + kWtr;
  r.ppd = 4;
  r.rfc = 448;
  r.refi = 6246;
  r.rfc_bank = r.refpb_to_refpb = 224;
  r.refpb_to_act = r.act_to_refpb = 16;
  r.refpb_in_faw = true;
  r.rank_rd_to_rd = kBurst + 2;  // two clocks to hand over the strobe
  r.rank_rd_to_wr = kRl + kDqsck + kBurst - kWl + kWpre;
  r.read_data = kRl + kDqsck;
  r.write_data = kWl + 1;
  r.burst = kBurst;
  r.act_length = r.column_length = 4;
  r.pre_length = r.ref_length = 2;
  return r;
}

JedecRules lpddr5_6400() {
  constexpr std::int64_t kBlMin = 2, kBlMax = 4, kRl = 17, kWl = 9, kWckToDq = 2, kWr = 28;
  JedecRules r;
  r.bank_groups = 4;
  r.banks_per_group = 4;
  r.bursts_per_row = 64;
  r.rows = 32768;
  r.burst_bytes = 32;
  r.rcd_read = r.rcd_write = 15;
  r.ras = 34;
  r.rc = 49;
  r.rp = 15;
  r.rp_all = 17;
  r.rtp = 8;
  r.wr_to_pre = kWl + kBlMin + 1 + kWr;
  r.rrd_s = r.rrd_l = 4;
  r.faw = 16;
  r.ccd_s = 2;
  r.ccd_l = 4;
  r.rd_to_wr = kRl + kBlMin + kWckToDq - kWl;
  r.rd_to_wr_l = kRl + kBlMax + kWckToDq - kWl;
  r.wr_to_rd_s = kWl + kBlMin + 5;
  r.wr_to_rd_l = kWl + kBlMax + 10;
  r.ppd = 2;
  r.rfc = 168;
  r.refi = 3125;
  r.rfc_bank = 96;        // 120 ns
  r.refpb_to_refpb = 72;  // 90 ns
  r.refpb_to_act = 6;     // 7.5 ns
  r.act_to_refpb = 4;
  r.refpb_in_faw = true;
  r.rank_rd_to_rd = kBlMin + 2;  // two clocks to hand over the clock of the data
  r.rank_rd_to_wr = kRl + kBlMin + kWckToDq - kWl;
  r.read_data = kRl;
  r.write_data = kWl;
  r.burst = kBlMin;
  r.act_length = 2;
  return r;
}

/// What both modes of HBM2 at 2 Gb/s have in common. `wl` is the write latency.
JedecRules hbm2(std::int64_t wl) {
  constexpr std::int64_t kBurst = 2, kRl = 14, kWr = 16;
  JedecRules r;
  r.bank_groups = 4;
  r.banks_per_group = 4;
  r.bursts_per_row = 32;
  r.rows = 32768;
  r.rcd_read = 14;
  r.ras = 34;
  r.rc = 48;
  r.rp = r.rp_all = 14;
  r.rtp = 5;
  r.wr_to_pre = wl + kBurst + kWr;
  r.rrd_s = 4;
  r.ccd_s = 2;
  r.rd_to_wr = r.rd_to_wr_l = kRl + kBurst - wl + 2;
  r.wr_to_rd_s = wl + kBurst + 6;
  r.wr_to_rd_l = wl + kBurst + 8;
  r.rfc = 260;
  r.refi = 3900;
  r.rfc_bank = 160;
  r.refpb_to_refpb = r.refpb_to_act = 8;
  r.act_to_refpb = 4;
  r.rank_rd_to_rd = 3;  // tCCD between stack IDs: a clock more than tCCD_S
  r.rank_rd_to_wr = kRl + kBurst - wl + 2;
  r.read_data = kRl;
  r.write_data = wl;
  r.burst = kBurst;
  r.split_bus = true;
  return r;
}

}  // namespace

JedecRules jedec_rules(const std::string& preset) {
  if (preset == "ddr4-2400") {
    return ddr4({17, 12, 17, 17, 39, 4, 6, 26, 6, 3, 9, 18, 9, 420, 9360});
  }
  if (preset == "ddr4-3200") {
    return ddr4({22, 16, 22, 22, 52, 4, 8, 34, 8, 4, 12, 24, 12, 560, 12480});
  }
  if (preset == "lpddr4-3200") return lpddr4_3200();
  if (preset == "lpddr5-6400") return lpddr5_6400();
  if (preset == "hbm2-2000-legacy") {
    JedecRules r = hbm2(4);
    r.burst_bytes = 64;
    r.rcd_write = 14;
    r.rrd_l = 6;
    r.faw = 30;
    r.ccd_l = 2;
    return r;
  }
  if (preset == "hbm2-2000-pc") {
    JedecRules r = hbm2(5);
    r.burst_bytes = 32;
    r.rcd_write = 12;
    r.rrd_l = 4;
    r.faw = 15;
    r.ccd_l = 4;
    r.act_length = 2;
    r.channels_per_bus = 2;
    return r;
  }
  throw std::runtime_error("no rules for the preset " + preset);
}

}  // namespace vitcod::test
