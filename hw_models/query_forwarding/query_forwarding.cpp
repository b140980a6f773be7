// SPDX-License-Identifier: Apache-2.0
#include "hw_models/query_forwarding/query_forwarding.hpp"

#include <algorithm>

namespace vitcod {

QueryForwarding::QueryForwarding(const sc_core::sc_module_name& name, Clock& clock,
                                 const QueryForwardingConfig& config,
                                 const LocalBufferConfig& denser_buffer, StatGroup& parent,
                                 std::uint32_t num_lines)
    : Module(name, clock),
      bytes_per_access_(denser_buffer.bytes_per_access),
      num_ways_(config.requests_per_cycle),
      network_cycles_(Cycle{denser_buffer.network_cycles} + config.latency_cycles),
      ways_(LineGroups(config.line_groups, config.requests_per_cycle, num_lines)),
      stats_(parent, basename()) {}

void QueryForwarding::post(Cycle now, std::uint32_t line, const Wanted& row) {
  const bool is_first = posts_.empty() || posts_.back().cycle != now;
  posts_.push_back(Post{now, line, row, ways_.groups_of(line, 1)});
  if (is_first && server_ != nullptr) clock().wake(*server_, now + 1);
}

bool QueryForwarding::serve(Cycle now, LocalBuffer& banks) {
  std::size_t seen = 0;
  for (; seen < posts_.size() && posts_[seen].cycle < now; ++seen) {
    check(posts_[seen].cycle + 1 == now, "a request for a Q row was not seen in the next cycle");
    see(posts_[seen]);
  }
  posts_.erase(posts_.begin(), posts_.begin() + static_cast<std::ptrdiff_t>(seen));
  if (waiting_.empty()) return false;
  const std::uint64_t conflicts = conflicts_.value();
  crossing_.clear();
  std::erase_if(waiting_, [&](const Post& post) { return give(post, now, banks); });
  if (conflicts_.value() - conflicts < waiting_.size()) {
    count(Activity::kWidthExceeded, now);
  } else {
    count(waiting_.empty() ? Activity::kForwarding : Activity::kConflict, now);
  }
  return !waiting_.empty();
}

/// What the frame covers now it covers until the row is given.
void QueryForwarding::see(const Post& post) {
  if (has_window()) {
    if (!window_->covers(post.row.head, post.row.row)) {
      ++misses_;
      missed_.push_back(Missed{post.line, post.row.head, post.row.row});
      return;
    }
    window_->hold(post.row.head, post.row.row);
  }
  waiting_.push_back(post);
}

/// Does its row cross to the line's group since this cycle?
bool QueryForwarding::crosses(const Post& post) const {
  return std::any_of(crossing_.begin(), crossing_.end(), [&post](const Crossing& crossing) {
    return crossing.row == post.row.place && (crossing.groups & post.group) != 0;
  });
}

bool QueryForwarding::give(const Post& post, Cycle now, LocalBuffer& banks) {
  if (has_window() && !window_->is_there(post.row.head, post.row.row, now)) {
    ++conflicts_;
    return false;
  }
  const bool crosses_already = crosses(post);
  if (!crosses_already && !ways_.have_free(now, post.group)) return false;
  const LocalBuffer::Access access = banks.access(now, post.row.place);
  if (access == LocalBuffer::Access::kRefused) {
    ++conflicts_;
    return false;
  }
  if (access == LocalBuffer::Access::kStarted) {
    ++reads_;
    bytes_read_ += banks.row_bytes();
  } else {
    ++shared_;
  }
  ++hits_;
  if (!crosses_already) {
    ways_.take(post.group, now + banks.access_cycles());
    crossing_.push_back(Crossing{post.row.place, post.group});
    bytes_sent_ += banks.row_bytes();
  }
  if (has_window()) window_->release(post.row.head, post.row.row, now);
  grants_.push_back(Grant{now, post.line, now + latency_cycles(banks.row_bytes())});
  return true;
}

std::optional<QueryForwarding::Grant> QueryForwarding::take_grant(Cycle now) {
  if (num_taken_ < grants_.size() && grants_[num_taken_].given < now) return grants_[num_taken_++];
  grants_.erase(grants_.begin(), grants_.begin() + static_cast<std::ptrdiff_t>(num_taken_));
  num_taken_ = 0;
  return std::nullopt;
}

void QueryForwarding::count(Activity activity, Cycle now) {
  cycles_.pass(Activity::kIdle, counted_until_, now);
  cycles_.pass(activity, now, now + 1);
  counted_until_ = now + 1;
}

void QueryForwarding::finish(Cycle cycles) {
  const bool all_taken = num_taken_ == grants_.size();
  check(posts_.empty() && waiting_.empty() && all_taken && missed_.empty(),
        "a line asked for a Q row and did not get it");
  check(counted_until_ <= cycles, "rows were forwarded in more cycles than the run has");
  cycles_.pass(Activity::kIdle, counted_until_, cycles);
  check(double(bytes_sent_.value()) <= double(cycles) * num_ways_ * bytes_per_access_,
        "more bytes crossed between the engines than the ways carry");
}

}  // namespace vitcod
