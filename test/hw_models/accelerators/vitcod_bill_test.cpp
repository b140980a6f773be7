// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/vitcod_bill.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <vector>

#include "hw_models/bill_of_materials/silicon.hpp"
#include "test/hw_models/bill_of_materials/area_tables.hpp"

namespace vitcod::test::vitcod_bill_test {
namespace {

/// About the published machine.
VitcodConfig machine() {
  VitcodConfig config;
  config.mac_lines = {64, 8, 4, 8};
  config.controller.prefetch_units = 2;
  config.weight_buffer = {65536, 65536, 256, 2048};
  config.input_buffer = {131072, 8192, 256, 2048};
  config.output_buffer = {110592, 8192, 256, 2048};
  config.crossbar = {256};
  config.dma = {1024, 32, 16, 8};
  const ScoreBufferConfig scores{8, 1, 16, 8, 1, 1024, 8, 2};
  config.denser_engine = {{8, 1, 64, 4, 1}, {4, 1, 32, 2, 1}, scores, {32, 8, 5}};
  config.sparser_engine.qv_buffer = {16, 1, 64, 8, 1};
  config.sparser_engine.ks_buffer = {4, 1, 32, 2, 1};
  config.sparser_engine.score_buffer = scores;
  config.sparser_engine.score_unit = {32, 8, 5};
  config.sparser_engine.index_buffer = {20480, 4};
  config.sparser_engine.spmm_controller = {ColumnOrder::kLongestFirst, 16};
  config.query_forwarding = {8, 1};
  config.decoder = {16, 8, 4, 128, 5};
  config.encoder = {16, 8, 4, 128, 5};
  config.normaliser = {64, 16, 32, 8};
  config.gemm_engine = {32, 2, 128, 8, 256, 16, 4};
  config.layer_norm = {64, 256, 1024, 12, 8};
  config.dram.organization.channels = 4;
  return config;
}

const PartList* parts_at(const BillOfMaterials& bill, const std::string& pointer) {
  for (const BillOfMaterials::Block& block : bill.blocks) {
    if (block.pointer == pointer) return &block.parts;
  }
  return nullptr;
}

double area_of(const VitcodConfig& config) {
  return Silicon(vitcod_bill(config), shipped_area_table()).total_mm2();
}

using Field = std::function<std::uint32_t*(VitcodConfig&)>;

/// Numbers of buffers and of what packets pass.
std::vector<Field> sizes_of_memory() {
  return {
      [](VitcodConfig& c) { return &c.weight_buffer.capacity_bytes; },
      [](VitcodConfig& c) { return &c.input_buffer.capacity_bytes; },
      [](VitcodConfig& c) { return &c.output_buffer.capacity_bytes; },
      [](VitcodConfig& c) { return &c.dma.packet_bytes; },
      [](VitcodConfig& c) { return &c.dma.read_packets; },
      [](VitcodConfig& c) { return &c.dma.channel_queue_depth; },
      [](VitcodConfig& c) { return &c.sparser_engine.index_buffer.reads_per_cycle; },
      [](VitcodConfig& c) { return &c.sparser_engine.index_buffer.capacity_bytes; },
      [](VitcodConfig& c) { return &c.dram.organization.channels; },
  };
}

/// Of the buffers of the engines, and of their networks.
std::vector<Field> sizes_of_engine_buffers() {
  std::vector<Field> fields;
  using Buffer = std::function<LocalBufferConfig&(VitcodConfig&)>;
  const Buffer buffers[] = {
      [](VitcodConfig& c) -> LocalBufferConfig& { return c.denser_engine.qv_buffer; },
      [](VitcodConfig& c) -> LocalBufferConfig& { return c.denser_engine.ks_buffer; },
      [](VitcodConfig& c) -> LocalBufferConfig& { return c.sparser_engine.qv_buffer; },
      [](VitcodConfig& c) -> LocalBufferConfig& { return c.sparser_engine.ks_buffer; }};
  for (const Buffer& buffer : buffers) {
    fields.emplace_back([buffer](VitcodConfig& c) { return &buffer(c).banks; });
    fields.emplace_back([buffer](VitcodConfig& c) { return &buffer(c).ports_per_bank; });
    fields.emplace_back([buffer](VitcodConfig& c) { return &buffer(c).bytes_per_access; });
    fields.emplace_back([buffer](VitcodConfig& c) { return &buffer(c).ways; });
    fields.emplace_back([buffer](VitcodConfig& c) { return &buffer(c).network_cycles; });
  }
  using Scores = std::function<ScoreBufferConfig&(VitcodConfig&)>;
  const Scores parts_of_scores[] = {
      [](VitcodConfig& c) -> ScoreBufferConfig& { return c.denser_engine.score_buffer; },
      [](VitcodConfig& c) -> ScoreBufferConfig& { return c.sparser_engine.score_buffer; }};
  for (const Scores& scores : parts_of_scores) {
    fields.emplace_back([scores](VitcodConfig& c) { return &scores(c).banks; });
    fields.emplace_back([scores](VitcodConfig& c) { return &scores(c).ports_per_bank; });
    fields.emplace_back([scores](VitcodConfig& c) { return &scores(c).bytes_per_access; });
    fields.emplace_back([scores](VitcodConfig& c) { return &scores(c).ways; });
    fields.emplace_back([scores](VitcodConfig& c) { return &scores(c).network_cycles; });
    fields.emplace_back([scores](VitcodConfig& c) { return &scores(c).table_rows; });
    fields.emplace_back([scores](VitcodConfig& c) { return &scores(c).table_banks; });
    fields.emplace_back([scores](VitcodConfig& c) { return &scores(c).table_ports; });
  }
  return fields;
}

std::vector<Field> operator+(std::vector<Field> fields, const std::vector<Field>& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

/// Of ways and ports.
std::vector<std::function<Bandwidth*(VitcodConfig&)>> bandwidths() {
  return {
      [](VitcodConfig& c) { return &c.weight_buffer.port_bytes_per_cycle; },
      [](VitcodConfig& c) { return &c.input_buffer.port_bytes_per_cycle; },
      [](VitcodConfig& c) { return &c.crossbar.port_bytes_per_cycle; },
      [](VitcodConfig& c) { return &c.decoder.write_bytes_per_cycle; },
      [](VitcodConfig& c) { return &c.encoder.read_bytes_per_cycle; },
      [](VitcodConfig& c) { return &c.gemm_engine.weight_bytes_per_cycle; },
      [](VitcodConfig& c) { return &c.gemm_engine.input_bytes_per_cycle; },
      [](VitcodConfig& c) { return &c.gemm_engine.write_bytes_per_cycle; },
      [](VitcodConfig& c) { return &c.layer_norm.read_bytes_per_cycle; },
  };
}

template <typename Fields>
void check_that_doubling_takes_no_less_area(const Fields& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    VitcodConfig config = machine();
    double mm2 = area_of(config);
    for (int times = 0; times < 3; ++times) {
      *fields[i](config) = 2 * *fields[i](config);
      const double more = area_of(config);
      CAPTURE(i, times);
      CHECK(more >= mm2 * (1 - 1e-12));
      mm2 = more;
    }
  }
}

/// The other ones.
std::vector<Field> sizes_of_logic() {
  return {
      [](VitcodConfig& c) { return &c.mac_lines.lines; },
      [](VitcodConfig& c) { return &c.mac_lines.macs_per_line; },
      [](VitcodConfig& c) { return &c.mac_lines.pipeline_cycles; },
      [](VitcodConfig& c) { return &c.mac_lines.key_registers; },
      [](VitcodConfig& c) { return &c.controller.prefetch_units; },
      [](VitcodConfig& c) { return &c.denser_engine.score_unit.scores_per_cycle; },
      [](VitcodConfig& c) { return &c.denser_engine.score_unit.latency_cycles; },
      [](VitcodConfig& c) { return &c.sparser_engine.spmm_controller.max_segment_rows; },
      [](VitcodConfig& c) { return &c.query_forwarding.requests_per_cycle; },
      [](VitcodConfig& c) { return &c.query_forwarding.latency_cycles; },
      [](VitcodConfig& c) { return &c.decoder.lines; },
      [](VitcodConfig& c) { return &c.encoder.macs_per_line; },
      [](VitcodConfig& c) { return &c.normaliser.features_per_cycle; },
      [](VitcodConfig& c) { return &c.normaliser.merge_rows_per_cycle; },
      [](VitcodConfig& c) { return &c.normaliser.row_queue_depth; },
      [](VitcodConfig& c) { return &c.gemm_engine.accumulator_rows; },
      [](VitcodConfig& c) { return &c.gemm_engine.accumulator_files; },
      [](VitcodConfig& c) { return &c.gemm_engine.drain_lanes; },
      [](VitcodConfig& c) { return &c.gemm_engine.drain_latency_cycles; },
      [](VitcodConfig& c) { return &c.layer_norm.lanes; },
      [](VitcodConfig& c) { return &c.layer_norm.max_features; },
      [](VitcodConfig& c) { return &c.layer_norm.latency_cycles; },
  };
}

}  // namespace

TEST_CASE("the memories of the machine are its buffers and those of blocks, each byte once") {
  const BillOfMaterials bill = vitcod_bill(machine());
  // An exponent in 2 bytes, and in the sparser engine the place of the next score in 2 more.
  constexpr std::uint64_t kTables = 1024 * 2 + 1024 * 4;
  // Layer norm: three tokens of 1024 elements of 2 bytes, gains and offsets of two norms.
  constexpr std::uint64_t kNorm = 3 * 2048 + 2 * 2048;
  // Three packets of 1 KB on links of buffers to the crossbar.
  constexpr std::uint64_t kOnLinks = 3 * 1024;
  // Linear layers: two files of 32 rows of 64 sums of 4 bytes.
  constexpr std::uint64_t kSums = 2 * 32 * 64 * 4;
  CHECK(Silicon(bill, shipped_area_table()).memory_bytes() ==
        320 * 1024 + kTables + kNorm + kSums + kOnLinks);
  CHECK(parts_at(bill, "/denser_engine/score_buffer/row_table")->memory->bytes == 1024 * 2);
  CHECK(parts_at(bill, "/sparser_engine/score_buffer/row_table")->memory->bytes == 1024 * 4);
  // The input buffer: 8 KB of staging and a packet, and 60 banks of 2 KB of 64 bytes. Q rows are
  // forwarded through the port that the denser engine reads them with.
  CHECK(parts_at(bill, "/input_buffer")->memory->bytes == 8192 + 1024);
  const MemoryNeed operands = *parts_at(bill, "/input_buffer/pool")->memory;
  CHECK(operands.bytes == 60 * 2048);
  CHECK(operands.banks == 60);
  CHECK(operands.width_bytes == 64);
  CHECK(operands.ports == 1);
  // The output buffer: 8 KB of staging and a packet, 32 partial rows of 65 x 4 bytes of each
  // engine, and banks of words of S.
  CHECK(parts_at(bill, "/output_buffer")->memory->bytes == 8192 + 1024);
  CHECK(parts_at(bill, "/output_buffer/partial_rows")->memory->bytes == 2 * 32 * 260);
  const MemoryNeed results = *parts_at(bill, "/output_buffer/pool")->memory;
  CHECK(results.bytes == 110592 - 8192 - 2 * 32 * 260);
  CHECK(results.banks == 42);  // 41.9
  CHECK(results.width_bytes == 16);
  CHECK(results.ports == 1);
  // The buffers of the engines are banks of these.
  for (const char* buffer :
       {"/denser_engine/qv_buffer", "/denser_engine/ks_buffer", "/denser_engine/score_buffer",
        "/sparser_engine/qv_buffer", "/sparser_engine/ks_buffer", "/sparser_engine/score_buffer"}) {
    CHECK_FALSE(parts_at(bill, buffer)->memory.has_value());
  }
}

TEST_CASE("each bank has the ports and the width of whoever asks for most") {
  VitcodConfig config = machine();
  config.denser_engine.ks_buffer.ports_per_bank = 4;
  config.denser_engine.ks_buffer.bytes_per_access = 128;
  config.sparser_engine.score_buffer.ports_per_bank = 3;
  config.denser_engine.score_buffer.bytes_per_access = 64;
  const BillOfMaterials bill = vitcod_bill(config);
  CHECK(parts_at(bill, "/input_buffer/pool")->memory->ports == 4);
  CHECK(parts_at(bill, "/input_buffer/pool")->memory->width_bytes == 128);
  CHECK(parts_at(bill, "/output_buffer/pool")->memory->ports == 3);
  CHECK(parts_at(bill, "/output_buffer/pool")->memory->width_bytes == 64);
}

TEST_CASE("an output buffer with no more than partial rows has an empty pool") {
  VitcodConfig config = machine();
  config.output_buffer.capacity_bytes = config.output_buffer.staging_bytes + 1000;
  const BillOfMaterials bill = vitcod_bill(config);
  CHECK(parts_at(bill, "/output_buffer/partial_rows")->memory->bytes == 1000);
  CHECK(parts_at(bill, "/output_buffer/pool")->memory->bytes == 0);
  CHECK(parts_at(bill, "/output_buffer/pool")->memory->banks == 1);
}

TEST_CASE("packets of units wait in queues, those of buffers in the buffers") {
  VitcodConfig config = machine();
  constexpr double kPacket = 1024 * 8;
  const auto registers = [&config](const std::string& block) {
    const BillOfMaterials bill = vitcod_bill(config);
    const PartList& parts = *parts_at(bill, block);
    return parts.count(PartKind::kGatedRegister) + parts.count(PartKind::kLatch);
  };
  // At the inputs: one packet of finished rows, two of the encoder, of linear layers and of the
  // layer norm. A register at each of seven outputs: both decoders, results, encoder, both ports of
  // linear layers, layer norm.
  CHECK(registers("/crossbar") == (1 + 3 * 2) * kPacket + 7 * 2048);
  CHECK(registers("/input_buffer") == 0);
  CHECK(registers("/output_buffer") == 0);
  // One before the layer norm, which reads a packet while the next one comes.
  CHECK(registers("/layer_norm") == kPacket);
  config.layer_norm.read_bytes_per_cycle = 255;  // it comes faster than it is read
  CHECK(registers("/layer_norm") == 2 * kPacket);
  // The ports of linear layers write what comes to the banks, if they are as wide as it is.
  CHECK(registers("/gemm_inputs") == 2048);
  config.gemm_engine.write_bytes_per_cycle = 255;
  CHECK(registers("/gemm_weights") == 255 * 8 + 2 * kPacket);
}

TEST_CASE("a buffer holds the packet on its link to the crossbar") {
  VitcodConfig config = machine();
  const auto memory = [&config](const std::string& block) {
    return *parts_at(vitcod_bill(config), block)->memory;
  };
  CHECK(memory("/weight_buffer").bytes == 65536 + 1024);
  CHECK(memory("/input_buffer").bytes == 8192 + 1024);
  CHECK(memory("/output_buffer").bytes == 8192 + 1024);
  CHECK(memory("/input_buffer").width_bytes == 256);
  // The next one is offered while the first one crosses.
  config.crossbar.port_bytes_per_cycle = 128;
  CHECK(memory("/input_buffer").bytes == 8192 + 2 * 1024);
  CHECK(memory("/input_buffer").width_bytes == 256);
  config.crossbar.port_bytes_per_cycle = 512;
  CHECK(memory("/input_buffer").bytes == 8192 + 1024);
  CHECK(memory("/input_buffer").width_bytes == 512);
}

TEST_CASE("the crossbar has the ways that packets take and no others") {
  constexpr double kWord = 2048;
  constexpr double kQueues = 3 + 3 * 7;  // one of four words, of eight in each of three
  VitcodConfig config = machine();
  const auto multiplexers = [&config] {
    return parts_at(vitcod_bill(config), "/crossbar")->count(PartKind::kMultiplexer);
  };
  // Weights and operands to either decoder, the encoder and the layer norm; results of attention,
  // encoder, linear layers and layer norm; X and W of linear layers from one input each.
  CHECK(multiplexers() == (kQueues + 1 + 1 + 1 + 1 + 3) * kWord);
  // Without an auto-encoder operands alone go to the engine.
  config.has_sparser_engine = false;
  config.controller.query_forwarding = false;
  CHECK(multiplexers() == (kQueues - 7 + 1 + 2) * kWord);
}

TEST_CASE("a machine with one engine has neither a denser engine nor forwarding") {
  VitcodConfig config = machine();
  config.controller.query_forwarding = false;
  BillOfMaterials bill = vitcod_bill(config);
  CHECK(parts_at(bill, "/sparser_engine/query_forwarding") == nullptr);
  CHECK(parts_at(bill, "/input_buffer/pool")->memory->ports == 1);
  config.controller.two_engines = false;
  bill = vitcod_bill(config);
  CHECK(std::none_of(bill.blocks.begin(), bill.blocks.end(),
                     [](const auto& block) { return block.pointer.starts_with("/denser"); }));
  CHECK(Silicon(bill, shipped_area_table()).memory_bytes() ==
        320 * 1024 + 4096 + 5 * 2048 + 16384 + 3 * 1024);
  CHECK(area_of(config) < area_of(machine()));
}

TEST_CASE("doubling a number of the machine never takes less area") {
  check_that_doubling_takes_no_less_area(sizes_of_memory() + sizes_of_engine_buffers() +
                                         sizes_of_logic());
  check_that_doubling_takes_no_less_area(bandwidths());
}

TEST_CASE("more banks of the same capacity never take less area") {
  const Field fields[] = {[](VitcodConfig& c) { return &c.input_buffer.bank_bytes; },
                          [](VitcodConfig& c) { return &c.output_buffer.bank_bytes; }};
  for (const Field& field : fields) {
    VitcodConfig config = machine();
    *field(config) = 32768;
    double mm2 = area_of(config);
    while (*field(config) > 16) {
      *field(config) /= 2;
      const double more = area_of(config);
      CAPTURE(*field(config));
      CHECK(more >= mm2 * (1 - 1e-12));
      mm2 = more;
    }
  }
}

TEST_CASE("ways that reach fewer lines never take more area") {
  const Field fields[] = {
      [](VitcodConfig& c) { return &c.denser_engine.qv_buffer.line_groups; },
      [](VitcodConfig& c) { return &c.denser_engine.ks_buffer.line_groups; },
      [](VitcodConfig& c) { return &c.denser_engine.score_buffer.line_groups; },
      [](VitcodConfig& c) { return &c.sparser_engine.qv_buffer.line_groups; },
      [](VitcodConfig& c) { return &c.sparser_engine.ks_buffer.line_groups; },
      [](VitcodConfig& c) { return &c.sparser_engine.score_buffer.line_groups; },
      [](VitcodConfig& c) { return &c.query_forwarding.line_groups; }};
  for (const Field& field : fields) {
    VitcodConfig config = machine();
    double mm2 = area_of(config);
    for (std::uint32_t groups = 2; groups <= 9; ++groups) {
      *field(config) = groups;
      const double less = area_of(config);
      CAPTURE(groups);
      CHECK(less <= mm2 * (1 + 1e-12));
      mm2 = less;
    }
    CHECK(mm2 < area_of(machine()));
  }
}

}  // namespace vitcod::test::vitcod_bill_test
