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
}

void LinkBase::note_beat(Cycle writer_cycle) {
  check(writer_cycle >= next_push_, "two pushes to a link in one cycle");
  next_push_ = writer_cycle + 1;
  ++num_pushed_;
  writer_clock_.scheduler().note_progress(writer_clock_.tick_of(writer_cycle));
}

void LinkBase::note_taken(Cycle writer_cycle, Cycle visible) {
  note_beat(writer_cycle);
  ++num_popped_;
  unseen_.push_back(visible);
}

std::size_t LinkBase::num_unseen() const {
  const Tick now = reader_clock_.scheduler().now();
  std::erase_if(unseen_, [&](Cycle visible) { return reader_clock_.tick_of(visible) < now; });
  return unseen_.size();
}

void LinkBase::note_push(Cycle writer_cycle, Cycle visible) {
  note_beat(writer_cycle);
  if (reader_ == nullptr) return;
  // A wake-up for the next cycle is kept, whatever else the reader is woken for before.
  if (visible > reader_clock_.now() + 1) {
    reader_->last_ahead_ = std::max(reader_->last_ahead_, visible);
    if (!is_ahead_) reader_->ahead_inputs_.push_back(this);
    is_ahead_ = true;
  }
  reader_clock_.wake(*reader_, visible);
}

void LinkBase::note_pop() {
  const Tick now = reader_clock_.scheduler().now();
  check(last_pop_ != now + 1, "two pops of a link in one cycle");
  last_pop_ = now + 1;
  ++num_popped_;
  reader_clock_.scheduler().note_progress(now);
  if (writer_waits_) wake_writer(now);
}

void LinkBase::note_full() const {
  if (writer_ == nullptr) return;
  if (!unseen_.empty()) {
    wake_writer(reader_clock_.tick_of(unseen_.front()));
  } else if (occupancy() == depth_) {
    writer_waits_ = true;
  } else {  // the reader has popped in this instant, before the writer asked
    wake_writer(writer_clock_.scheduler().now());
  }
}

/// Of room that is there from `popped` on.
void LinkBase::wake_writer(Tick popped) const {
  writer_waits_ = false;
  writer_clock_.wake(*writer_, writer_clock_.edge_after(popped));
}

std::string LinkBase::describe() const {
  return fmt::format("{}: {} of {} beats, {} -> {}", name_, occupancy(), depth_,
                     writer_ != nullptr ? writer_->name() : "?",
                     reader_ != nullptr ? reader_->name() : "?");
}

}  // namespace vitcod
