// SPDX-License-Identifier: Apache-2.0
#include "sim/kernel/link.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vitcod {

LinkBase::LinkBase(std::string name, Clock& writer_clock, Clock& reader_clock, std::size_t depth)
    : writer_clock_(writer_clock),
      reader_clock_(reader_clock),
      name_(std::move(name)),
      depth_(depth) {
  check(depth > 0, "a link needs a depth of at least 1");
  writer_clock.scheduler().links_.push_back(this);
}

void LinkBase::bind_end(sc_core::sc_port_base& port, bool is_reader) {
  auto* block = dynamic_cast<Block*>(port.get_parent_object());
  check(block != nullptr, "a link's port must belong to a block");
  Block*& end = is_reader ? reader_ : writer_;
  check(end == nullptr, "a link has one writer and one reader");
  end = block;
  if (is_reader) block->inputs_.push_back(this);
}

void LinkBase::note_push(Cycle writer_cycle, Cycle visible) {
  check(writer_cycle >= next_push_, "two pushes to a link in one cycle");
  next_push_ = writer_cycle + 1;
  ++num_pushed_;
  writer_clock_.scheduler().note_progress(writer_clock_.tick_of(writer_cycle));
  if (reader_ == nullptr) return;
  // A wake-up for the next cycle is kept, whatever else the reader is woken for before.
  if (visible > reader_clock_.now() + 1) {
    reader_->last_ahead_ = std::max(reader_->last_ahead_, visible);
  }
  reader_clock_.wake(*reader_, visible);
}

void LinkBase::note_pop() {
  const Tick now = reader_clock_.scheduler().now();
  check(last_pop_ != now + 1, "two pops of a link in one cycle");
  // A writer that could push already, pops or not, has nothing to be told.
  const bool was_full = occupancy() == depth_;
  last_pop_ = now + 1;
  ++num_popped_;
  reader_clock_.scheduler().note_progress(now);
  if (was_full && writer_ != nullptr) writer_clock_.wake(*writer_, writer_clock_.edge_after(now));
}

std::string LinkBase::describe() const {
  return fmt::format("{}: {} of {} beats, {} -> {}", name_, occupancy(), depth_,
                     writer_ != nullptr ? writer_->name() : "?",
                     reader_ != nullptr ? reader_->name() : "?");
}

}  // namespace vitcod
