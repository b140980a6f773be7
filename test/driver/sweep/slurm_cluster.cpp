// SPDX-License-Identifier: Apache-2.0
#include "test/driver/sweep/slurm_cluster.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "sim/base/files.hpp"
#include "test/driver/command_line.hpp"

namespace vitcod::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

bool succeeds(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(what);
}

/// Ports of loopback that nobody listens on.
std::array<std::string, 2> free_ports() {
  std::array<std::string, 2> ports;
  std::array<int, 2> sockets{};
  for (std::size_t i = 0; i < ports.size(); ++i) {
    addrinfo* any = nullptr;
    require(::getaddrinfo("127.0.0.1", "0", nullptr, &any) == 0, "no loopback address");
    sockets[i] = ::socket(AF_INET, SOCK_STREAM, 0);
    require(::bind(sockets[i], any->ai_addr, any->ai_addrlen) == 0, "no free port");
    ::freeaddrinfo(any);
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    auto* bound = reinterpret_cast<sockaddr*>(&address);
    require(::getsockname(sockets[i], bound, &size) == 0, "no port");
    std::array<char, NI_MAXSERV> port{};
    require(::getnameinfo(bound, size, nullptr, 0, port.data(), port.size(), NI_NUMERICSERV) == 0,
            "no port");
    ports[i] = port.data();
  }
  for (const int socket : sockets) ::close(socket);
  return ports;
}

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  const std::string text = name.data();
  return text.substr(0, text.find('.'));
}

std::string configuration(const fs::path& folder) {
  const auto [controller_port, node_port] = free_ports();
  const std::string host = host_name();
  std::string text = fmt::format(
      "ClusterName=test\nSlurmctldHost={0}(127.0.0.1)\nSlurmUser=root\n"
      "AuthType=auth/munge\nCredType=cred/munge\nAuthInfo=socket={1}/munge.socket\n"
      "SlurmctldPort={2}\nSlurmdPort={3}\n"
      "StateSaveLocation={1}/state\nSlurmdSpoolDir={1}/spool\n"
      "SlurmctldPidFile={1}/slurmctld.pid\nSlurmdPidFile={1}/slurmd.pid\n",
      host, folder.string(), controller_port, node_port);
  // No cgroups, no accounts; a lost node comes back when it says so.
  text +=
      "ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nMpiDefault=none\n"
      "JobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/none\n"
      "SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\n"
      "ReturnToService=2\n";
  text += fmt::format("NodeName={0} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN\n", host);
  text += fmt::format("PartitionName=main Nodes={0} Default=YES State=UP\n", host);
  return text;
}

void end(pid_t& process) {
  if (process <= 0) return;
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
  process = 0;
}

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// What the node started, for jobs of this cluster: its step managers, which have left the node's
/// process, and the tasks.
std::vector<pid_t> job_processes(const fs::path& cluster) {
  const std::string own = "SLURM_CONF=" + (cluster / "slurm.conf").string();
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string environment = text_of(entry.path() / "environ");
    if (environment.find(own) == std::string::npos) continue;
    const bool is_step = text_of(entry.path() / "comm").starts_with("slurmstepd");
    if (is_step || environment.find("SLURM_JOB_ID=") != std::string::npos) {
      found.push_back(std::stoi(name));
    }
  }
  return found;
}

}  // namespace

std::string SlurmCluster::hindrance() {
  for (const char* program : {"munged", "slurmctld", "slurmd", "sbatch", "squeue"}) {
    if (!succeeds(std::string("command -v ") + program)) return std::string("no ") + program;
  }
  return ::geteuid() == 0 ? "" : "needs to be root";
}

SlurmCluster::SlurmCluster(const fs::path& folder) : folder_(folder) {
  fs::permissions(folder_, fs::perms(0755));
  fs::create_directories(folder_ / "state");
  fs::create_directories(folder_ / "spool");
  write_file_atomically(folder_ / "slurm.conf", configuration(folder_));
  write_file_atomically(folder_ / "munge.key", std::string(1024, 'k'));
  fs::permissions(folder_ / "munge.key", fs::perms(0600));
  ::setenv("SLURM_CONF", (folder_ / "slurm.conf").c_str(), 1);
  const std::string own = folder_.string() + "/munge";
  munged_ =
      start(fmt::format("munged -F --force --key-file={0}.key --socket={0}.socket "
                        "--pid-file={0}.pid --log-file={0}.log --seed-file={0}.seed",
                        own));
  while (!fs::exists(own + ".socket")) std::this_thread::sleep_for(10ms);
  controller_ = start("slurmctld -D -c -f " + quoted(folder_ / "slurm.conf"));
  start_node();
}

SlurmCluster::~SlurmCluster() {
  kill_node();
  end(controller_);
  end(munged_);
}

pid_t SlurmCluster::start(const std::string& command) const {
  const pid_t process = ::fork();
  if (process == 0) {
    const std::string log = (folder_ / "daemons.log").string();
    ::execl("/bin/sh", "sh", "-c", ("exec " + command + " >>" + quoted(log) + " 2>&1").c_str(),
            nullptr);
    ::_exit(127);
  }
  return process;
}

void SlurmCluster::kill_node() {
  end(node_);
  for (const pid_t process : job_processes(folder_)) ::kill(process, SIGKILL);
}

void SlurmCluster::lose_node() {
  kill_node();
  // What the controller would find out by itself half a minute later.
  const std::string update = "scontrol update NodeName=" + host_name();
  succeeds(update + " State=DOWN Reason=lost");
  wait_for_node("down.*");
  start_node();
}

void SlurmCluster::start_node() {
  node_ = start("slurmd -D -N " + host_name() + " -f " + quoted(folder_ / "slurm.conf"));
  wait_for_node("idle|mix|alloc|comp");
}

void SlurmCluster::wait_for_node(const std::string& state) const {
  for (int i = 0; i < 300; ++i) {
    if (succeeds("sinfo --noheader --format=%t | grep -Eq '^(" + state + ")$'")) return;
    std::this_thread::sleep_for(100ms);
  }
  throw std::runtime_error("the node is not " + state + " after 30 s:\n" +
                           read_file(folder_ / "daemons.log"));
}

}  // namespace vitcod::test
