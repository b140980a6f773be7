// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>

#include "hw_models/lifting/lifting_unit.hpp"
#include "hw_models/lifting/patch_lifting.hpp"
#include "sim/base/random.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test::lifting_values_test {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Samples = std::vector<int>;

/// What operation_params.hpp says of one line: coarse samples, then details.
Samples plain_line(const Samples& line, const std::int8_t* u, const std::int8_t* p) {
  const int pairs = static_cast<int>(line.size() / 2);
  const auto at = [pairs](int i) {
    if (i == -1) i = 0;
    if (i == pairs) i = pairs - 1;
    if (i == pairs + 1) i = pairs - 2;
    return std::clamp(i, 0, pairs - 1);
  };
  const auto sat8 = [](int x) { return std::min(127, std::max(-128, x)); };
  const auto sample = [&line](int i) { return line[static_cast<std::size_t>(i)]; };
  const std::function<int(int)> c = [&](int i) {
    int sum = 0;
    for (int t = 0; t < 4; ++t) sum += u[t] * sample(2 * at(i + t - 1) + 1);
    return sat8(sample(2 * i) + ((sum + 32) >> 6));
  };
  Samples result;
  for (int i = 0; i < pairs; ++i) result.push_back(c(i));
  for (int i = 0; i < pairs; ++i) {
    int sum = 0;
    for (int t = 0; t < 4; ++t) sum += p[t] * c(at(i + t - 1));
    result.push_back(sat8(sample(2 * i + 1) - ((sum + 32) >> 6)));
  }
  return result;
}

/// Turns rows into columns.
std::vector<Samples> turned(const std::vector<Samples>& rows) {
  std::vector<Samples> columns(rows.front().size());
  for (const Samples& row : rows) {
    for (std::size_t x = 0; x < row.size(); ++x) columns[x].push_back(row[x]);
  }
  return columns;
}

/// Bands LH, HL, HH of one channel, one behind the other.
Samples plain_bands(std::vector<Samples> square, std::uint32_t level, const std::int8_t* taps) {
  for (std::uint32_t l = 0; l < level; ++l, taps += 8) {
    const std::size_t side = square.size() >> (l > 0 ? 1 : 0);
    square.resize(side);
    for (Samples& row : square) row.resize(side);
    for (int direction = 0; direction < 2; ++direction) {
      for (Samples& line : square) line = plain_line(line, taps, taps + 4);
      square = turned(square);
    }
  }
  Samples bands;
  const std::size_t half = square.size() / 2;
  for (const auto& [y0, x0] :
       {std::pair{half, std::size_t{0}}, {std::size_t{0}, half}, {half, half}}) {
    for (std::size_t y = y0; y < y0 + half; ++y) {
      for (std::size_t x = x0; x < x0 + half; ++x) bands.push_back(square[y][x]);
    }
  }
  return bands;
}

/// The row that becomes of a patch.
Bytes plain_row(const std::uint8_t* patch, const PatchShape& shape, const Bytes& taps) {
  Bytes row(shape.result_bytes());
  for (std::size_t channel = 0; channel < shape.channels; ++channel) {
    std::vector<Samples> square(shape.side);
    for (std::size_t i = 0; i < shape.side * shape.side; ++i) {
      square[i / shape.side].push_back(
          static_cast<std::int8_t>(patch[i * shape.channels + channel]));
    }
    const Samples bands = plain_bands(std::move(square), static_cast<std::uint32_t>(shape.level),
                                      reinterpret_cast<const std::int8_t*>(taps.data()));
    for (std::size_t i = 0; i < bands.size(); ++i) {
      row[i * shape.channels + channel] = static_cast<std::uint8_t>(bands[i]);
    }
  }
  return row;
}

Bytes random_bytes(Random& random, std::uint64_t num) {
  Bytes bytes;
  for (std::uint64_t i = 0; i < num; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(random.uniform_below(256)));
  }
  return bytes;
}

/// A random step in DRAM, in tiles, and the rows that it stores one behind the other.
struct RandomStep {
  explicit RandomStep(Random& random)
      : shape{1 + random.uniform_below(3), 0, 1 + random.uniform_below(3)},
        zero_rows(static_cast<std::uint32_t>(random.uniform_below(3))) {
    shape.side = (std::uint64_t{1} << shape.level) * (1 + random.uniform_below(3));
    patches = random_bytes(random, 20 * shape.bytes());
    taps = random_bytes(random, shape.tap_bytes());
    dram_.add_area(0, patches.size(), [&] { return patches; });
    dram_.add_area(kTapAddress, taps.size(), [&] { return taps; });
    tap_load_.stretches = {Stretch{kTapAddress, taps.size(), 0, 0, 0}};
    tap_load_.placement = placement_of(LiftPlacement::Kind::kTaps, nullptr, 0);
    expected.assign(zero_rows * shape.result_bytes(), 0);
    std::uint32_t zeros = zero_rows;
    for (std::uint32_t token = 0; token < 20; ++token) {
      if (token > 0 && random.uniform_below(3) == 0) continue;
      if (token == 0 || random.uniform_below(5) == 0) {
        add_tile(zeros);
        zeros = 0;
      }
      add_patch(token);
    }
  }
  RandomStep(const RandomStep&) = delete;
  RandomStep& operator=(const RandomStep&) = delete;

  std::vector<Packet> packets(std::uint32_t packet_bytes) {
    std::vector<Packet> list = packets_of(tap_load_, packet_bytes, &dram_);
    for (const auto& tile : loads_) {
      for (const Packet& packet : packets_of(*tile, packet_bytes, &dram_)) list.push_back(packet);
    }
    return list;
  }

  PatchShape shape;
  std::uint32_t zero_rows;
  Bytes patches, taps, expected;

 private:
  static constexpr std::uint64_t kTapAddress = 1U << 16U;

  std::shared_ptr<LiftPlacement> placement_of(LiftPlacement::Kind kind, const Transfer* store,
                                              std::uint32_t zeros) const {
    auto placement = std::make_shared<LiftPlacement>();
    placement->kind = kind;
    placement->level = static_cast<std::uint32_t>(shape.level);
    placement->side = static_cast<std::uint32_t>(shape.side);
    placement->channels = static_cast<std::uint32_t>(shape.channels);
    placement->zero_rows = zeros;
    placement->store = store;
    placement->tap_set = 3;
    return placement;
  }
  void add_tile(std::uint32_t zeros) {
    const auto row_bytes = static_cast<std::uint32_t>(shape.result_bytes());
    const std::uint64_t address = zeros > 0 ? 0 : expected.size();
    stores_.push_back(std::make_unique<Transfer>());
    stores_.back()->stretches = {Stretch{address, 0, row_bytes, 0, 0}};
    loads_.push_back(std::make_unique<Transfer>());
    loads_.back()->placement =
        placement_of(LiftPlacement::Kind::kPatches, stores_.back().get(), zeros);
  }
  /// A run of its own, even behind its neighbour: more packets to put together.
  void add_patch(std::uint32_t token) {
    const auto bytes = static_cast<std::uint32_t>(shape.bytes());
    std::vector<Stretch>& runs = loads_.back()->stretches;
    const auto row = static_cast<std::uint32_t>(runs.size());
    runs.push_back(
        Stretch{std::uint64_t{token} * bytes, bytes, bytes, row, std::uint64_t{row} * bytes});
    const Bytes result = plain_row(&patches[std::size_t{token} * bytes], shape, taps);
    expected.insert(expected.end(), result.begin(), result.end());
  }

  DramContents dram_;
  Transfer tap_load_;
  std::vector<std::unique_ptr<Transfer>> loads_, stores_;
};

/// What the unit makes of packets, each offered from its own cycle on, none taken before `from`.
struct Lifted {
  Lifted(const TimedPackets& offered, const RunMode& mode, Cycle from) {
    SimBench bench(mode);
    LiftingUnit unit("unit", bench.clock, {8, 16, 16, 2048, 8}, bench.stats);
    std::size_t countdown = 0;
    for (const auto& beat : offered) countdown += beat.value.num_rows > 0 ? 2 : 1;
    Source<Packet> source("source", bench, offered);
    Sink<Packet> packets("packets", bench, countdown, from);
    Sink<Delivery> deliveries("deliveries", bench, countdown, from / 2);
    const auto in = connect(bench, source.out, unit.packet_in);
    const auto out = connect(bench, unit.packet_out, packets.in);
    Link<Delivery> delivery_link("delivery_link", bench.clock, 4);
    unit.delivery_out(delivery_link);
    deliveries.in(delivery_link);
    bench.run();
    cycles = packets.cycles();
    for (const auto& arrival : packets.arrivals) {
      const Packet& packet = arrival.value;
      is_in_place =
          is_in_place && packet.address == bytes.size() && packet.bytes == packet.payload->size();
      bytes.insert(bytes.end(), packet.payload->begin(), packet.payload->end());
    }
  }

  Bytes bytes;              ///< one packet behind the other
  bool is_in_place = true;  ///< each where the one before ends
  std::vector<Cycle> cycles;
};

}  // namespace

TEST_CASE("patches are lifted exactly, whatever tiles, runs and packets they come in") {
  Random random(7);
  for (int round = 0; round < 40; ++round) {
    RandomStep step(random);
    const auto packet_bytes = static_cast<std::uint32_t>(1 + random.uniform_below(600));
    CAPTURE(round, packet_bytes, step.shape.level, step.shape.side, step.shape.channels,
            step.zero_rows);
    TimedPackets offered;
    Cycle cycle = 0;
    for (const Packet& packet : step.packets(packet_bytes)) {
      offered.push_back({cycle, packet});
      if (random.uniform_below(4) == 0) cycle += random.uniform_below(300);
    }
    const Cycle from = random.uniform_below(2000);
    std::vector<Cycle> cycles;
    for (const RunMode& mode : all_run_modes()) {
      const Lifted lifted(offered, mode, from);
      CHECK(lifted.bytes == step.expected);
      CHECK(lifted.is_in_place);
      if (cycles.empty()) cycles = lifted.cycles;
      CHECK(lifted.cycles == cycles);
    }
  }
}

TEST_CASE("a patch of two by two samples is lifted as by hand") {
  // All neighbours are the pair itself. U sums to 32: half of the odd sample is added; P sums to
  // 64: the coarse one is subtracted. Rows (10, 20) and (-30, 7): c = 20, d = 0; -26.5 rounds up to
  // -26: 7 + 26 = 33. Columns: (20, -26): 20 - 13 = 7, -33; (0, 33): 17 (16.5 rounded up), 16.
  const std::int8_t taps[] = {8, 8, 8, 8, 16, 16, 16, 16};
  Bytes bands;
  lift_patch({10, 20, -30, 7}, 2, 1, 1, taps, bands);
  CHECK(bands == Bytes{static_cast<std::uint8_t>(-33), 17, 16});
}

TEST_CASE("lifted samples are saturated to 8 bits") {
  // c = 100 + 4 x 100 is 127; d = -100 - 4 x 127 is -128.
  const std::int8_t taps[] = {64, 64, 64, 64, 64, 64, 64, 64};
  Bytes bands;
  lift_patch({100, 100, 100, 100}, 2, 1, 1, taps, bands);
  // Rows: (127, -128) each. Columns: (127, -128) and (-128, 127).
  CHECK(bands == Bytes{0x80, 0x80, 0x7F});
}

TEST_CASE("a flat patch has no details where the filters interpolate") {
  // U of zero keeps even samples; P is (-4, 36, 36, -4) of 64.
  const std::int8_t taps[] = {0, 0, 0, 0, -4, 36, 36, -4};
  Bytes bands;
  lift_patch(std::vector<std::int8_t>(192, 50), 8, 3, 1, taps, bands);
  CHECK(bands == Bytes(144, 0));
}

TEST_CASE("patches that come before their taps are refused where values are computed") {
  Random random(3);
  RandomStep step(random);
  const std::vector<Packet> packets = step.packets(1U << 16U);  // the taps, then whole patches
  CHECK_THROWS_WITH(Lifted({{0, packets[1]}}, {}, 0),
                    Catch::Contains("rows came before the weights that they need"));
}

}  // namespace vitcod::test::lifting_values_test
