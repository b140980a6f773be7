// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/timeline/change_sorter.hpp"

#include <algorithm>
#include <utility>

namespace vitcod {
namespace {

bool is_before(const Change& a, const Change& b) {
  return a.tick != b.tick ? a.tick < b.tick : a.track < b.track;
}

/// Reads the changes [next, end) of a file, some at a time.
class Piece {
 public:
  Piece(const ScratchFile& file, std::uint64_t next, std::uint64_t end, std::size_t block)
      : file_(file), next_(next), end_(end), block_(block) {
    fill();
  }

  bool is_empty() const { return changes_.empty(); }
  const Change& head() const { return changes_[at_]; }
  void pop() {
    if (++at_ == changes_.size()) fill();
  }

 private:
  void fill() {
    at_ = 0;
    changes_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(block_, end_ - next_)));
    file_.read(next_ * sizeof(Change), changes_.data(), changes_.size() * sizeof(Change));
    next_ += changes_.size();
  }

  const ScratchFile& file_;
  std::uint64_t next_;
  std::uint64_t end_;
  std::size_t block_;
  std::vector<Change> changes_;
  std::size_t at_ = 0;
};

}  // namespace

ChangeSorter::ChangeSorter(std::filesystem::path file, std::size_t capacity)
    : file_(std::move(file)), capacity_(capacity) {}

void ChangeSorter::add(const Change& change) {
  changes_.push_back(change);
  if (changes_.size() == capacity_) set_aside();
}

void ChangeSorter::set_aside() {
  if (!scratch_) scratch_.emplace(file_);
  std::sort(changes_.begin(), changes_.end(), is_before);
  scratch_->append(changes_.data(), changes_.size() * sizeof(Change));
  piece_end_.push_back((piece_end_.empty() ? 0 : piece_end_.back()) + changes_.size());
  changes_.clear();
}

void ChangeSorter::for_each(const Visit& visit) {
  if (!scratch_) {
    std::sort(changes_.begin(), changes_.end(), is_before);
    for (const Change& change : changes_) visit(change);
    return;
  }
  if (!changes_.empty()) set_aside();
  changes_ = {};  // its memory is for the pieces
  merge(visit);
}

void ChangeSorter::merge(const Visit& visit) const {
  const std::size_t block = std::max<std::size_t>(1, capacity_ / piece_end_.size());
  std::vector<Piece> pieces;
  std::uint64_t begin = 0;
  for (const std::uint64_t end : piece_end_) {
    pieces.emplace_back(*scratch_, begin, end, block);
    begin = end;
  }
  // A heap of the pieces' places with the earliest head in front.
  const auto later = [&](std::size_t a, std::size_t b) {
    return is_before(pieces[b].head(), pieces[a].head());
  };
  std::vector<std::size_t> heap(pieces.size());
  for (std::size_t i = 0; i < heap.size(); ++i) heap[i] = i;
  std::make_heap(heap.begin(), heap.end(), later);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    Piece& piece = pieces[heap.back()];
    visit(piece.head());
    piece.pop();
    if (piece.is_empty()) {
      heap.pop_back();
    } else {
      std::push_heap(heap.begin(), heap.end(), later);
    }
  }
}

}  // namespace vitcod
