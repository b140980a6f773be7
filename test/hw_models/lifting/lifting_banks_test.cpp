// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

namespace vitcod::lifting_banks_test {

// The layout of a patch memory that README.md claims for a machine with 8 lanes: 16 banks of
// a byte, patches of 16 x 16 samples of 3 channels, levels 1 and 2. In a cycle each bank is read
// once and written once.

namespace {

constexpr int kBanks = 16;
constexpr int kChannels = 3;
constexpr int kChannelStep = 11;  // 11 x 3 is 1 modulo 16: x + 11 c is 11 times a sample's place

/// Where a square of `side` samples lies. A line fills 1 / `lines` of the banks, so that so many
/// rows or columns are taken in a cycle.
struct SquareLayout {
  int side;
  int lines = kBanks / side;

  int bank(int x, int y, int channel) const {
    const int turn = (x / lines + y / lines) % (side / lines);
    return (x % lines + lines * (y % lines) + lines * lines * turn + kChannelStep * channel) %
           kBanks;
  }
  /// Of detail bands: those made of c (0) or of d (1) of the vertical lines.
  int band_bank(int x, int y, int is_detail, int channel) const {
    return (x + lines * is_detail + 2 * lines * y + kChannelStep * channel) % kBanks;
  }
};

/// Banks of the accesses of a cycle.
class CycleOfBanks {
 public:
  void access(int bank) {
    ++accesses_;
    banks_.insert(bank);
  }
  bool is_free_of_conflicts() const { return accesses_ == banks_.size(); }

 private:
  std::size_t accesses_ = 0;
  std::set<int> banks_;
};

}  // namespace

TEST_CASE("a patch enters 16 samples a cycle, each in a bank of its own") {
  const SquareLayout layout{16};
  for (int y = 0; y < 16; ++y) {
    for (int first = 0; first < 16 * kChannels; first += kBanks) {
      CycleOfBanks cycle;
      for (int place = first; place < first + kBanks; ++place) {
        cycle.access(layout.bank(place / kChannels, y, place % kChannels));
      }
      CHECK(cycle.is_free_of_conflicts());
    }
  }
}

TEST_CASE("rows and columns of a patch lie in banks of their own, in both levels") {
  for (const SquareLayout layout : {SquareLayout{16}, SquareLayout{8}}) {
    for (int first = 0; first < layout.side; first += layout.lines) {
      CycleOfBanks rows, columns;
      for (int line = first; line < first + layout.lines; ++line) {
        for (int i = 0; i < layout.side; ++i) {
          rows.access(layout.bank(i, line, 1));
          columns.access(layout.bank(line, i, 1));
        }
      }
      CHECK(rows.is_free_of_conflicts());
      CHECK(columns.is_free_of_conflicts());
    }
  }
}

TEST_CASE("what columns become is written for the next level and for leaving without conflicts") {
  // A column of the first level gives a column of LL.
  const SquareLayout next{8};
  for (int x = 0; x < 8; ++x) {
    CycleOfBanks low_band;
    for (int y = 0; y < 8; ++y) low_band.access(next.bank(x, y, 2));
    CHECK(low_band.is_free_of_conflicts());
  }
  // Columns of a last level give c and d of half as many samples.
  for (const SquareLayout layout : {SquareLayout{16}, SquareLayout{8}}) {
    for (int first = 0; first < layout.side / 2; first += layout.lines) {
      CycleOfBanks bands;
      for (int x = first; x < first + layout.lines; ++x) {
        for (int y = 0; y < layout.side / 2; ++y) {
          bands.access(layout.band_bank(x, y, 0, 2));
          bands.access(layout.band_bank(x, y, 1, 2));
        }
      }
      CHECK(bands.is_free_of_conflicts());
    }
  }
}

TEST_CASE("lines of bands leave 16 samples a cycle, each out of a bank of its own") {
  for (const SquareLayout layout : {SquareLayout{16}, SquareLayout{8}}) {
    const int places = layout.side / 2 * kChannels;
    for (int y = 0; y < layout.side / 2; ++y) {
      for (int first = 0; first < places; first += kBanks) {
        CycleOfBanks cycle;
        for (int place = first; place < std::min(places, first + kBanks); ++place) {
          cycle.access(layout.band_bank(place / kChannels, y, 1, place % kChannels));
        }
        CHECK(cycle.is_free_of_conflicts());
      }
    }
  }
}

}  // namespace vitcod::lifting_banks_test
