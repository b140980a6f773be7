// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/process_pool.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A process whose tasks take longer holds none ahead: another might be idle by then.
constexpr double kShortTaskSeconds = 1.0;
constexpr int kNoMemoryStatus = 72;  // of a process that ended for want of memory

InputError cannot_start() {
  return InputError(fmt::format("cannot start a process: {}", std::strerror(errno)));
}

/// Appends what has arrived; false at the end or on an error.
bool receive_some(int socket, std::string& received) {
  std::array<char, 1 << 16> block;
  ssize_t num = 0;
  do {
    num = ::recv(socket, block.data(), block.size(), 0);
  } while (num < 0 && errno == EINTR);
  if (num > 0) received.append(block.data(), static_cast<std::size_t>(num));
  return num > 0;
}

std::optional<std::string> take_line(std::string& received) {
  const std::size_t end = received.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = received.substr(0, end);
  received.erase(0, end + 1);
  return line;
}

void send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t num = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (num < 0 && errno != EINTR) ::_exit(0);  // nobody is there to take the answer
    if (num > 0) text.remove_prefix(static_cast<std::size_t>(num));
  }
}

void do_tasks(int socket, const std::function<void()>& on_start, const ProcessPool::Work& work) {
  if (on_start) on_start();
  std::string received;
  do {
    while (const auto task = take_line(received)) send_all(socket, work(*task) + "\n");
  } while (receive_some(socket, received));
}

/// The life of a process. What it throws ends it, as a crash.
[[noreturn]] void work_until_end(int socket, const std::function<void()>& on_start,
                                 const ProcessPool::Work& work) noexcept {
  // Ctrl-C reaches every process of the terminal; the parent decides what it means.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_DFL);
  // Not exit(): what the parent has not printed yet would be printed twice.
  try {
    do_tasks(socket, on_start, work);
  } catch (const std::bad_alloc&) {
    ::_exit(kNoMemoryStatus);
  }
  ::_exit(0);
}

bool lacked_memory(int status) {
  return WIFEXITED(status) && WEXITSTATUS(status) == kNoMemoryStatus;
}

std::string how_it_ended(int status) {
  if (lacked_memory(status)) return "needs more memory than it can get";
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return fmt::format("its process was ended by signal {} ({})", signal, ::strsignal(signal));
  }
  return fmt::format("its process ended with exit status {}", WEXITSTATUS(status));
}

}  // namespace

/// The parent's side of a process.
class ProcessPool::Process {
 public:
  /// `others`: those whose sockets the new process must not keep open.
  Process(const ProcessPool& pool, const std::vector<std::unique_ptr<Process>>& others) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      throw cannot_start();
    }
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      // A process that works on for a parent that was killed would only waste time.
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(0);
      ::close(ends[0]);
      for (const auto& other : others) {
        if (other) ::close(other->socket_);
      }
      work_until_end(ends[1], pool.options_.on_start, pool.work_);
    }
    ::close(ends[1]);
    socket_ = ends[0];
    if (pid_ < 0) {
      const InputError error = cannot_start();
      ::close(socket_);
      throw error;
    }
  }
  ~Process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      reap();
    }
    ::close(socket_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  bool is_idle() const { return tasks_.empty(); }
  bool has_room() const {
    return tasks_.empty() || (tasks_.size() == 1 && last_seconds_ < kShortTaskSeconds);
  }
  pollfd to_poll() const {
    return {socket_, static_cast<short>(unsent_.empty() ? POLLIN : POLLIN | POLLOUT), 0};
  }
  SteadyClock::time_point started() const { return started_; }

  void give(std::string task) {
    if (tasks_.empty()) started_ = SteadyClock::now();
    unsent_ += task + '\n';
    tasks_.push_back(std::move(task));
    send();
  }

  /// Sends what the process takes without the parent having to wait.
  void send() {
    const ssize_t num =
        ::send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    // An error shows again, as the end, when the answer is read.
    if (num > 0) unsent_.erase(0, static_cast<std::size_t>(num));
  }

  /// Takes answers that have arrived; false if the process has ended.
  bool receive(std::vector<TaskEnd>& ended) {
    const bool is_alive = receive_some(socket_, received_);
    while (auto answer = take_line(received_)) {
      const auto now = SteadyClock::now();
      last_seconds_ = std::chrono::duration<double>(now - started_).count();
      started_ = now;
      ended.push_back({take_task(), TaskEnd::Kind::kAnswered, std::move(*answer)});
      is_overdue_ = false;  // if it was ended, then not for the task behind
    }
    return is_alive;
  }

  void end_if_overdue(double seconds) {
    const std::chrono::duration<double> taken = SteadyClock::now() - started_;
    if (tasks_.empty() || is_killed_ || taken.count() < seconds) return;
    ::kill(pid_, SIGKILL);
    is_killed_ = is_overdue_ = true;
  }

  /// After the process has ended: tells of the task it died of, if any, and gives back the rest.
  void bury(double seconds, std::vector<TaskEnd>& ended, std::deque<std::string>& rest) {
    const int status = reap();
    if (is_overdue_) {
      ended.push_back({take_task(), TaskEnd::Kind::kTimedOut,
                       fmt::format("took longer than the {} s that a point may take", seconds)});
    } else if (!is_killed_ && !tasks_.empty()) {
      const auto kind = lacked_memory(status) ? TaskEnd::Kind::kNoMemory : TaskEnd::Kind::kDied;
      ended.push_back({take_task(), kind, how_it_ended(status)});
    }
    rest.insert(rest.begin(), tasks_.begin(), tasks_.end());
  }

 private:
  int reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }
  std::string take_task() {
    std::string task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

  pid_t pid_ = -1;
  int socket_ = -1;
  std::deque<std::string> tasks_;    // under way: the first one runs
  SteadyClock::time_point started_;  // the first task
  double last_seconds_ = std::numeric_limits<double>::infinity();
  std::string unsent_;
  std::string received_;
  bool is_killed_ = false;
  bool is_overdue_ = false;  // and the first task is the one that took too long
};

ProcessPool::ProcessPool(Options options, Work work)
    : options_(std::move(options)), work_(std::move(work)), processes_(options_.num_processes) {}

ProcessPool::~ProcessPool() = default;

bool ProcessPool::wants_task() const {
  return waiting_.empty() &&
         std::any_of(processes_.begin(), processes_.end(),
                     [](const auto& process) { return !process || process->has_room(); });
}

void ProcessPool::give(std::string task) {
  waiting_.push_back(std::move(task));
  share_out();
}

bool ProcessPool::is_idle() const {
  return waiting_.empty() &&
         std::all_of(processes_.begin(), processes_.end(),
                     [](const auto& process) { return !process || process->is_idle(); });
}

void ProcessPool::share_out() {
  while (!waiting_.empty()) {
    // Whoever can start at once, before one that would hold the task ahead.
    auto chosen = std::find_if(processes_.begin(), processes_.end(),
                               [](const auto& process) { return !process || process->is_idle(); });
    if (chosen == processes_.end()) {
      chosen = std::find_if(processes_.begin(), processes_.end(),
                            [](const auto& process) { return process->has_room(); });
    }
    if (chosen == processes_.end()) return;
    if (!*chosen) *chosen = std::make_unique<Process>(*this, processes_);
    (*chosen)->give(std::move(waiting_.front()));
    waiting_.pop_front();
  }
}

std::vector<TaskEnd> ProcessPool::wait(std::chrono::milliseconds at_most) {
  std::vector<pollfd> sockets;
  std::vector<std::size_t> polled;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (!processes_[i]) continue;
    sockets.push_back(processes_[i]->to_poll());
    polled.push_back(i);
  }
  std::vector<TaskEnd> ended;
  const auto patience = static_cast<int>(until_deadline(at_most).count());
  if (::poll(sockets.data(), sockets.size(), patience) < 0) return ended;  // a signal
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    auto& process = processes_[polled[i]];
    if ((sockets[i].revents & POLLOUT) != 0) process->send();
    if ((sockets[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
    if (process->receive(ended)) continue;
    process->bury(options_.seconds.value_or(0), ended, waiting_);
    process.reset();
  }
  end_overdue();
  share_out();
  return ended;
}

void ProcessPool::end_overdue() {
  if (!options_.seconds) return;
  for (const auto& process : processes_) {
    if (process) process->end_if_overdue(*options_.seconds);
  }
}

std::chrono::milliseconds ProcessPool::until_deadline(std::chrono::milliseconds at_most) const {
  if (!options_.seconds) return at_most;
  const auto now = SteadyClock::now();
  std::chrono::duration<double> shortest = at_most;
  for (const auto& process : processes_) {
    if (!process || process->is_idle()) continue;
    const std::chrono::duration<double> taken = now - process->started();
    shortest = std::min(shortest, std::chrono::duration<double>(*options_.seconds) - taken);
  }
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(shortest);
  return std::max(whole, std::chrono::milliseconds(0));
}

}  // namespace vitcod
