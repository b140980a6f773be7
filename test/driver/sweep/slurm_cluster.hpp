// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace vitcod::test {

/// A Slurm cluster of one node with two cores on loopback, with its own keys, ports and state. It
/// ends with the object, each of its processes by its number.
class SlurmCluster {
 public:
  /// `folder`: an empty one, for all that it writes. Sets SLURM_CONF for what this process starts.
  explicit SlurmCluster(const std::filesystem::path& folder);
  ~SlurmCluster();
  SlurmCluster(const SlurmCluster&) = delete;
  SlurmCluster& operator=(const SlurmCluster&) = delete;

  /// Why there can be no cluster on this host; empty if there can.
  static std::string hindrance();

  /// Ends the node and all that runs on it, as a power failure would; once the controller knows,
  /// it comes back.
  void lose_node();

 private:
  pid_t start(const std::string& command) const;
  void start_node();
  void kill_node();
  void wait_for_node(const std::string& state) const;

  std::filesystem::path folder_;
  pid_t munged_ = 0;
  pid_t controller_ = 0;
  pid_t node_ = 0;
};

}  // namespace vitcod::test
