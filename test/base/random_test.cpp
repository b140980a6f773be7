// SPDX-License-Identifier: Apache-2.0
#include "sim/base/random.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "sim/base/errors.hpp"

namespace vitcod::random_test {

// The pinned values were computed in Python by the generator's published recurrence (Nishimura and
// Matsumoto, 2004), written anew and checked against the value that the C++ standard names, with
// hashlib for the stream's seed and 90-digit decimals for the normal quantile.
TEST_CASE("the first values of a seed are those of mt19937_64") {
  Random random(7);
  CHECK(random.next_u64() == 13915952638675311015u);
  CHECK(random.next_u64() == 17511516338625233250u);
  CHECK(random.next_u64() == 2165911192842364878u);
}

TEST_CASE("the first values of a stream are those of the seed hashed with its name") {
  Random q(1, "q");
  CHECK(q.next_u64() == 1829439935482162780u);
  CHECK(q.next_u64() == 3403717343736108889u);
  Random k(1, "k");
  CHECK(k.next_u64() == 4958230867867698017u);
  Random q_of_2(2, "q");
  CHECK(q_of_2.next_u64() == 6955396766993769120u);
}

TEST_CASE("uniform_below and uniform_real give the values of the sequence") {
  Random integers(7);
  for (const std::uint64_t expected : {5, 0, 8, 6, 1, 8, 9, 8}) {
    CHECK(integers.uniform_below(10) == expected);
  }
  Random reals(7);
  CHECK(reals.uniform_real() == 0.754385304152858);
  CHECK(reals.uniform_real() == 0.9493012028926442);
  CHECK(reals.uniform_real() == 0.11741428103451801);
}

TEST_CASE("normal gives the quantiles of the sequence") {
  Random random(1, "q");
  for (const double expected :
       {-1.2862716434313655, -0.8982884775633335, -0.4242259692167441, 0.992444965286731}) {
    CHECK(random.normal() == Approx(expected).epsilon(1e-14));
  }
}

TEST_CASE("a bound that does not divide 2^64 draws again, so that no value is favoured") {
  // For 2^63 + 1 the draws below 2^63 - 1 are rejected: about every second one.
  constexpr std::uint64_t kBound = (std::uint64_t{1} << 63) + 1;
  Random random(7);
  CHECK(random.uniform_below(kBound) == 4692580601820535206u);
  CHECK(random.uniform_below(kBound) == 8288144301770457441u);
  CHECK(random.uniform_below(kBound) == 7229522069929557237u);
}

TEST_CASE("uniform_below reaches each value about equally often, and no other") {
  Random random(3);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts.at(random.uniform_below(7));
  // Standard deviation of a count: sqrt(70000 x 1/7 x 6/7) = 93.
  for (const int count : counts) CHECK(std::abs(count - 10'000) < 5 * 93);
  for (int i = 0; i < 100; ++i) CHECK(random.uniform_below(1) == 0);
  CHECK_THROWS_AS(random.uniform_below(0), ModelError);
}

TEST_CASE("normal has mean 0, variance 1, and the tails of the distribution") {
  Random random(5);
  constexpr int kNum = 200'000;
  double sum = 0;
  double sum_of_squares = 0;
  int num_beyond_two = 0;
  for (int i = 0; i < kNum; ++i) {
    const double x = random.normal();
    sum += x;
    sum_of_squares += x * x;
    if (std::abs(x) > 2) ++num_beyond_two;
  }
  // Five standard deviations of each estimate: 1/sqrt(n), sqrt(2/n), sqrt(p (1 - p) / n).
  CHECK(std::abs(sum / kNum) < 5 * 0.00224);
  CHECK(std::abs(sum_of_squares / kNum - 1) < 5 * 0.00316);
  CHECK(std::abs(static_cast<double>(num_beyond_two) / kNum - 0.0455) < 5 * 0.00047);
}

TEST_CASE("streams do not depend on each other, nor are they each other's shift") {
  Random alone(1, "b");
  const std::uint64_t expected = alone.next_u64();
  Random a(1, "a");
  for (int i = 0; i < 10; ++i) a.next_u64();
  Random b(1, "b");
  CHECK(b.next_u64() == expected);

  std::set<std::uint64_t> seen;
  constexpr std::size_t kNumStreams = 200;
  constexpr std::size_t kNumDraws = 100;
  for (std::size_t stream = 0; stream < kNumStreams; ++stream) {
    Random random(1 + stream / 100, "stream" + std::to_string(stream % 100));
    for (std::size_t i = 0; i < kNumDraws; ++i) seen.insert(random.next_u64());
  }
  CHECK(seen.size() == kNumStreams * kNumDraws);
}

TEST_CASE("streams of neighbouring names and seeds are uncorrelated") {
  const auto correlation = [](Random x, Random y) {
    constexpr int kNum = 10'000;
    double sum = 0;
    for (int i = 0; i < kNum; ++i) sum += x.normal() * y.normal();
    return sum / kNum;
  };
  // Standard deviation of the estimate: 1/sqrt(10000) = 0.01.
  CHECK(std::abs(correlation(Random(1, "q"), Random(1, "k"))) < 0.05);
  CHECK(std::abs(correlation(Random(1, "q"), Random(2, "q"))) < 0.05);
  CHECK(std::abs(correlation(Random(1, "layer1"), Random(11, "layer"))) < 0.05);
  CHECK(correlation(Random(1, "q"), Random(1, "q")) == Approx(1).margin(0.1));
}

}  // namespace vitcod::random_test
