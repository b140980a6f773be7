// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/reference_tokens.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "workloads/value_scales.hpp"
#include "workloads/values.hpp"
#include "workloads/workload.hpp"

namespace vitcod::test::reference_tokens_test {
namespace {

using Bytes = std::vector<std::int8_t>;
using Stream = std::vector<std::int16_t>;

/// Tensors with values, of which the first are the inputs of an operation.
class Bench {
 public:
  void operand(Bytes values) { operands_[next()] = std::move(values); }
  void stream(Stream values) { streams_[next()] = std::move(values); }

  /// An operation on all of them, with outputs behind them.
  Operation operation(OperationParams params, std::uint32_t num_outputs = 1) const {
    Operation operation{"op", 0, std::move(params), {}, {}};
    for (std::uint32_t i = 0; i < num_tensors_; ++i) operation.inputs.push_back(TensorId{i});
    for (std::uint32_t i = 0; i < num_outputs; ++i) {
      operation.outputs.push_back(TensorId{num_tensors_ + i});
    }
    return operation;
  }
  OperandImage image() const {
    return OperandImage({[this](TensorId id) { return operands_.at(id); }, nullptr,
                         [this](TensorId id) { return streams_.at(id); }});
  }

 private:
  TensorId next() { return TensorId{num_tensors_++}; }

  std::uint32_t num_tensors_ = 0;
  std::map<TensorId, Bytes> operands_;
  std::map<TensorId, Stream> streams_;
};

/// The detail bands of patches, all of which stay.
Bytes lifted(const LiftingStep& lift, const Bytes& patches, const Bytes& taps,
             const Stream& origins) {
  Bench bench;
  bench.operand(patches);
  bench.stream(origins);
  bench.operand(taps);
  const Operation operation = bench.operation(lift);
  OperandImage image = bench.image();
  reference_lifting(operation, image);
  return image.operand(operation.outputs[0]);
}

/// One level of one patch of one channel.
Bytes lifted(std::uint32_t side, const Bytes& patch, const Bytes& taps) {
  return lifted(LiftingStep{1, 1, 0, side, 1}, patch, taps, {0});
}

TEST_CASE("Lifting a square of two samples a side is what it is by hand") {
  // U is a half of the neighbour, P the coarse sample itself.
  // Row 0: c = 10 + (32 x 20 + 32) / 64 = 10 + 10, d = 20 - 20.
  // Row 1: c = 30 + floor((32 x -4 + 32) / 64) = 30 - 2, d = -4 - 28.
  // Left:  c = 20 + floor((32 x 28 + 32) / 64) = 34, d = 28 - 34 = -6 (LH).
  // Right: c = 0 + floor((32 x -32 + 32) / 64) = -16 (HL), d = -32 + 16 = -16 (HH).
  CHECK(lifted(2, {10, 20, 30, -4}, {0, 32, 0, 0, 0, 64, 0, 0}) == Bytes{-6, -16, -16});
}

TEST_CASE("Samples of a lifting step saturate") {
  // c = 100 + 100 = 127, d = 100 - floor((-64 x 127 + 32) / 64) = 100 + 127 = 127, in both rows;
  // then left: c = 127, d = 127 + 127 = 127; right the same.
  CHECK(lifted(2, {100, 100, 100, 100}, {0, 64, 0, 0, 0, -64, 0, 0}) == Bytes{127, 127, 127});
}

/// Eight equal rows of eight samples.
Bytes equal_rows(const Bytes& row) {
  Bytes square;
  for (int y = 0; y < 8; ++y) square.insert(square.end(), row.begin(), row.end());
  return square;
}

Bytes first_row_of_band(const Bytes& bands, std::size_t band) {
  return {bands.begin() + std::ptrdiff_t(16 * band), bands.begin() + std::ptrdiff_t(16 * band + 4)};
}

TEST_CASE("Taps reach from the neighbour before to two after, reflected at both ends") {
  const Bytes rows = equal_rows({1, 2, 3, 4, 5, 6, 7, 8});  // even 1 3 5 7, odd 2 4 6 8
  // Without P, d of vertical lines is what they hold: LH is the horizontal c.
  const auto coarse = [&](Bytes taps) {
    taps.resize(8, 0);
    return first_row_of_band(lifted(8, rows, taps), 0);
  };
  CHECK(coarse({64, 0, 0, 0}) == Bytes{1 + 2, 3 + 2, 5 + 4, 7 + 6});
  CHECK(coarse({0, 64, 0, 0}) == Bytes{1 + 2, 3 + 4, 5 + 6, 7 + 8});
  CHECK(coarse({0, 0, 64, 0}) == Bytes{1 + 4, 3 + 6, 5 + 8, 7 + 8});
  CHECK(coarse({0, 0, 0, 64}) == Bytes{1 + 6, 3 + 8, 5 + 8, 7 + 6});
  // Without U, c of vertical lines is what they hold: HL is the horizontal d.
  const auto details = [&](Bytes taps) {
    taps.insert(taps.begin(), 4, 0);
    return first_row_of_band(lifted(8, rows, taps), 1);
  };
  CHECK(details({64, 0, 0, 0}) == Bytes{2 - 1, 4 - 1, 6 - 3, 8 - 5});
  CHECK(details({0, 64, 0, 0}) == Bytes{2 - 1, 4 - 3, 6 - 5, 8 - 7});
  CHECK(details({0, 0, 64, 0}) == Bytes{2 - 3, 4 - 5, 6 - 7, 8 - 7});
  CHECK(details({0, 0, 0, 64}) == Bytes{2 - 5, 4 - 7, 6 - 7, 8 - 5});
}

Bytes random_bytes(std::mt19937_64& engine, std::size_t size, int most) {
  Bytes bytes;
  for (std::size_t i = 0; i < size; ++i) {
    bytes.push_back(
        static_cast<std::int8_t>(static_cast<int>(engine() % (2U * unsigned(most))) - most));
  }
  return bytes;
}

TEST_CASE("The second level works on the LL band of the first") {
  std::mt19937_64 engine(3);
  const Bytes patch = random_bytes(engine, 64, 100), second = random_bytes(engine, 8, 40);
  // Without taps the first level's LL band is every other sample of every other row.
  Bytes samples;
  for (std::size_t y = 0; y < 8; y += 2) {
    for (std::size_t x = 0; x < 8; x += 2) samples.push_back(patch[8 * y + x]);
  }
  Bytes taps(8, 0);
  taps.insert(taps.end(), second.begin(), second.end());
  CHECK(lifted(LiftingStep{2, 1, 0, 8, 1}, patch, taps, {0}) == lifted(4, samples, second));
}

TEST_CASE("Channels are lifted each alone, of the patches that the origins name") {
  std::mt19937_64 engine(4);
  const Bytes taps = random_bytes(engine, 8, 40);
  const Bytes patches = random_bytes(engine, 5 * 16 * 3, 100);
  // Two prefix tokens; patches 1 and 4 of five stay.
  const Bytes output = lifted(LiftingStep{1, 2, 2, 4, 3}, patches, taps, {0, 1, 3, 6});
  REQUIRE(output.size() == 4 * 36);
  CHECK(Bytes(output.begin(), output.begin() + 72) == Bytes(72, 0));
  for (std::size_t region = 0; region < 2; ++region) {
    for (std::size_t channel = 0; channel < 3; ++channel) {
      Bytes patch, bands;
      for (std::size_t i = 0; i < 16; ++i) {
        patch.push_back(patches[((region == 0 ? 1 : 4) * 16 + i) * 3 + channel]);
      }
      for (std::size_t i = 0; i < 12; ++i)
        bands.push_back(output[72 + 36 * region + 3 * i + channel]);
      CHECK(bands == lifted(4, patch, taps));
    }
  }
}

TEST_CASE("A gather takes the kept rows, and eight times what is grown") {
  Bench bench;
  bench.stream({1, 2, 300, 400, 5, 6, -700, 800});
  bench.stream({0, 2, 3});
  bench.operand({16, -128, 127});
  const Operation operation = bench.operation(TokenGather{4, 3, 2, 1});
  OperandImage image = bench.image();
  reference_token_gather(operation, image);
  CHECK(image.stream(operation.outputs[0]) == Stream{1, 2, 128, 5, 6, -1024, -700, 800, 1016});
}

TEST_CASE("A selection leaves the trace's kept tokens and their first numbers") {
  const ScoreSelect params{1, 1, 4, 1, SelectionRule::kTopK, 2, {0, 5, 1, 2}, {0, 1, 3}};
  Bench first;
  first.operand({0});
  first.operand({0, 0, 0, 0});
  first.operand({0});
  const Operation operation = first.operation(params, 2);
  OperandImage image = first.image();
  reference_score_select(operation, image);
  CHECK(image.stream(operation.outputs[0]) == Stream{0, 1, 3});
  CHECK(image.stream(operation.outputs[1]) == Stream{0, 1, 3});

  Bench later = first;
  later.stream({0, 20, 30, 40});
  const Operation again = later.operation(params, 2);
  OperandImage after = later.image();
  reference_score_select(again, after);
  CHECK(after.stream(again.outputs[0]) == Stream{0, 1, 3});
  CHECK(after.stream(again.outputs[1]) == Stream{0, 20, 40});
}

TEST_CASE("An exit leaves whether it is taken") {
  for (const bool is_taken : {false, true}) {
    Bench bench;
    bench.operand({1, 2});
    bench.operand({1, 2});
    const Operation operation = bench.operation(ExitTest{2, 100, is_taken});
    OperandImage image = bench.image();
    reference_exit_test(operation, image);
    CHECK(image.operand(operation.outputs[0]) == Bytes{is_taken ? std::int8_t{1} : std::int8_t{0}});
  }
}

TEST_CASE("Bands are as wide as requantisation takes them for") {
  const Trace trace = make_trace(
      {{"model", "iret-tiny"},
       {"scope", "model"},
       {"maps", {{"kind", "dense"}}},
       {"tokens", {{"kind", "iret"}, {"boundaries", {3, 6, 9}}, {"keep_ratio", 0.7}, {"seed", 1}}}},
      ".");
  OperandImage image(
      {[&trace](TensorId id) { return operand_values(trace, id); }, nullptr, nullptr});
  for (const Operation& operation : trace.operations) {
    if (std::holds_alternative<ScoreSelect>(operation.params)) {
      reference_score_select(operation, image);
    }
    if (!std::holds_alternative<LiftingStep>(operation.params)) continue;
    reference_lifting(operation, image);
    double squares = 0.0;
    const Bytes& bands = image.operand(operation.outputs[0]);
    for (const std::int8_t sample : bands) squares += sample * sample / double(bands.size());
    // Taps of other draws filter a little more or less, and a row in 70 is the class token's zeros.
    CHECK(std::sqrt(squares) == Approx(expected_rms(trace, operation.outputs[0])).epsilon(0.1));
  }
}

}  // namespace
}  // namespace vitcod::test::reference_tokens_test
