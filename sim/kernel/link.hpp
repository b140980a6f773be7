// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <systemc>
#include <utility>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/scheduler.hpp"

namespace vitcod {

/// What the kernel knows of every link: its two ends and how much passed through.
class LinkBase {
 public:
  LinkBase(std::string name, Clock& writer_clock, Clock& reader_clock, std::size_t depth);
  LinkBase(const LinkBase&) = delete;
  LinkBase& operator=(const LinkBase&) = delete;
  virtual ~LinkBase() = default;

  const std::string& name() const { return name_; }
  std::uint64_t num_pushed() const { return num_pushed_; }
  std::uint64_t num_popped() const { return num_popped_; }
  std::size_t occupancy() const { return static_cast<std::size_t>(num_pushed_ - num_popped_); }
  std::size_t depth() const { return depth_; }
  /// Reader cycle from which the oldest beat is visible; kOnLink if the link is empty.
  Cycle head_visible() const { return head_visible_; }
  std::string describe() const;

 protected:
  /// Beats that the writer knows to be in the link: pops of the present cycle do not count yet.
  std::size_t occupancy_for_writer() const {
    const bool popped_now = last_pop_ == writer_clock_.scheduler().now() + 1;
    return occupancy() + (popped_now ? 1 : 0);
  }
  /// The writer found the link full, and will be woken.
  void note_full() const;
  void note_push(Cycle writer_cycle, Cycle visible);
  /// As note_push and, in the cycle in which the beat is visible, note_pop, for a reader that takes
  /// all.
  void note_taken(Cycle writer_cycle, Cycle visible);
  /// Of a reader that takes all: beats that the writer knows to be in the link.
  std::size_t num_unseen() const;
  void note_pop();
  void bind_end(sc_core::sc_port_base& port, bool is_reader);

  Clock& writer_clock_;
  Clock& reader_clock_;
  Cycle head_visible_ = kOnLink;

 private:
  void note_beat(Cycle writer_cycle);
  void wake_writer(Tick popped) const;

  const std::string name_;
  const std::size_t depth_;
  Block* writer_ = nullptr;
  Block* reader_ = nullptr;
  std::uint64_t num_pushed_ = 0;
  std::uint64_t num_popped_ = 0;
  Cycle next_push_ = 0;                ///< earliest writer cycle that may push: one beat a cycle
  Tick last_pop_ = 0;                  ///< tick of the last pop, plus one
  mutable bool writer_waits_ = false;  ///< for room
  /// Of a reader that takes all: when the beats in the link are visible.
  mutable std::vector<Cycle> unseen_;
  bool is_ahead_ = false;  ///< has ever woken its reader ahead of time
};

template <typename T>
class LinkReadIf : public virtual sc_core::sc_interface {
 public:
  /// Is there a beat to take in this cycle?
  virtual bool valid() const = 0;
  /// The oldest beat; ModelError unless valid().
  virtual const T& front() const = 0;
  /// Takes the oldest beat, at most once a cycle; the writer sees the space in the next cycle.
  virtual T pop() = 0;
  /// Earliest reader cycle at which a beat is visible; kOnLink if the link holds none.
  virtual Cycle next_visible() const = 0;
  /// The reader's word that it takes each beat in the cycle in which it sees it: `take` gets it
  /// when it is pushed, with that cycle, and wakes the reader where that matters. There is then
  /// nothing to pop; a beat has its place in the link until it is seen.
  virtual void take_all(std::function<void(const T& beat, Cycle visible)> take) = 0;
};

template <typename T>
class LinkWriteIf : public virtual sc_core::sc_interface {
 public:
  /// Is there room for a beat in this cycle? A writer that was told that there is none is woken
  /// once there is.
  virtual bool ready() const = 0;
  /// Room for how many beats, as known in this cycle. A writer that waits for room for more than
  /// one asks again in each cycle: more room where there was some wakes nobody.
  virtual std::size_t room() const = 0;
  /// Adds a beat, at most one a cycle; the reader sees it in the next cycle. ModelError unless
  /// ready().
  virtual void push(T beat) = 0;
  /// As push, but done in the later cycle `cycle` of the writer's clock: for a writer that has
  /// determined its future and holds the room already. In order, one beat a cycle.
  virtual void push_at(T beat, Cycle cycle) = 0;
};

/// A registered valid/ready channel between two blocks, of `depth` beats. What is pushed in cycle n
/// is visible from cycle n+1, and so is the space of what is popped: the order in which blocks run
/// within a cycle changes nothing. Depth 2 carries a beat every cycle. Between clock domains a beat
/// (or a space) is visible at the other side's first edge strictly after it was pushed (or popped).
template <typename T>
class Link final : public sc_core::sc_object,
                   public LinkBase,
                   public LinkReadIf<T>,
                   public LinkWriteIf<T> {
 public:
  Link(const char* name, Clock& writer_clock, Clock& reader_clock, std::size_t depth = 2)
      : sc_core::sc_object(name),
        LinkBase(sc_core::sc_object::name(), writer_clock, reader_clock, depth),
        beats_(depth) {}
  Link(const char* name, Clock& clock, std::size_t depth = 2) : Link(name, clock, clock, depth) {}

  bool valid() const override { return head_visible_ <= reader_clock_.now(); }
  Cycle next_visible() const override { return head_visible_; }
  void take_all(std::function<void(const T& beat, Cycle visible)> take) override {
    take_ = std::move(take);
  }
  const T& front() const override {
    check(valid(), "front() of a link without a visible beat");
    return beats_[head_].beat;
  }
  T pop() override {
    check(valid(), "pop() of a link without a visible beat");
    T beat = std::move(beats_[head_].beat);
    head_ = head_ + 1 == beats_.size() ? 0 : head_ + 1;
    note_pop();
    head_visible_ = occupancy() > 0 ? beats_[head_].visible : kOnLink;
    return beat;
  }

  bool ready() const override { return room() > 0; }
  std::size_t room() const override {
    const std::size_t left = depth() - (take_ ? num_unseen() : occupancy_for_writer());
    if (left == 0) note_full();
    return left;
  }
  void push(T beat) override { push_at(std::move(beat), writer_clock_.now()); }
  void push_at(T beat, Cycle cycle) override {
    check(ready(), "push() to a full link");
    const Cycle visible = reader_clock_.edge_after(writer_clock_.tick_of(cycle));
    if (take_) {
      note_taken(cycle, visible);
      take_(beat, visible);
      return;
    }
    beats_[tail_] = Entry{std::move(beat), visible};
    tail_ = tail_ + 1 == beats_.size() ? 0 : tail_ + 1;
    if (occupancy() == 0) head_visible_ = visible;
    note_push(cycle, visible);
  }

 private:
  struct Entry {
    T beat{};
    Cycle visible = 0;
  };

  void register_port(sc_core::sc_port_base& port, const char* if_typename) override {
    bind_end(port, if_typename == std::string_view(typeid(LinkReadIf<T>).name()));
  }

  std::function<void(const T&, Cycle)> take_;  ///< of a reader that takes all
  std::vector<Entry> beats_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

/// A port to a link. Nothing but a Link has the two interfaces at a port, so it is called directly:
/// what a block asks of its links in each of its cycles is inlined.
template <typename T, typename Interface, sc_core::sc_port_policy kPolicy>
class LinkPort final : public sc_core::sc_port<Interface, 1, kPolicy> {
  using Port = sc_core::sc_port<Interface, 1, kPolicy>;

 public:
  using Port::Port;

  Link<T>* operator->() { return static_cast<Link<T>*>(Port::operator->()); }
  const Link<T>* operator->() const { return static_cast<const Link<T>*>(Port::operator->()); }
};

template <typename T>
using LinkIn = LinkPort<T, LinkReadIf<T>, sc_core::SC_ONE_OR_MORE_BOUND>;
template <typename T>
using LinkOut = LinkPort<T, LinkWriteIf<T>, sc_core::SC_ONE_OR_MORE_BOUND>;

/// Ports that a machine may leave unbound; size() tells.
template <typename T>
using OptionalLinkIn = LinkPort<T, LinkReadIf<T>, sc_core::SC_ZERO_OR_MORE_BOUND>;
template <typename T>
using OptionalLinkOut = LinkPort<T, LinkWriteIf<T>, sc_core::SC_ZERO_OR_MORE_BOUND>;

}  // namespace vitcod
