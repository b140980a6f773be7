// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hw_models/controller/controller.hpp"
#include "sim/kernel/clock.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Makes the links between the blocks of a machine, and keeps them.
class Wiring {
 public:
  explicit Wiring(Clock& core) : core_(core) {}

  /// A link of `depth` beats from `writer` to `reader`, on the core's clock.
  template <typename T>
  void connect(const std::string& name, sc_core::sc_port_b<LinkWriteIf<T>>& writer,
               sc_core::sc_port_b<LinkReadIf<T>>& reader, std::size_t depth) {
    connect(name, writer, core_, reader, core_, depth);
  }
  /// Between two clocks.
  template <typename T>
  void connect(const std::string& name, sc_core::sc_port_b<LinkWriteIf<T>>& writer,
               Clock& writer_clock, sc_core::sc_port_b<LinkReadIf<T>>& reader, Clock& reader_clock,
               std::size_t depth) {
    auto link = std::make_unique<Link<T>>(name.c_str(), writer_clock, reader_clock, depth);
    writer(*link);
    reader(*link);
    links_.push_back(std::move(link));
  }
  /// For a port that nothing writes to.
  template <typename T>
  void leave_open(const std::string& name, sc_core::sc_port_b<LinkReadIf<T>>& reader) {
    auto link = std::make_unique<Link<T>>(name.c_str(), core_, core_, 1);
    reader(*link);
    links_.push_back(std::move(link));
  }
  /// For a port whose beats nothing reads: none may come.
  template <typename T>
  void leave_open(const std::string& name, sc_core::sc_port_b<LinkWriteIf<T>>& writer) {
    auto link = std::make_unique<Link<T>>(name.c_str(), core_, core_, 1);
    writer(*link);
    links_.push_back(std::move(link));
  }
  /// A unit's orders, `depth` of them, and its answers.
  void connect_unit(const std::string& name, Controller& controller, std::size_t unit,
                    LinkIn<UnitOrder>& order_in, LinkOut<UnitDone>& done_out, std::size_t depth) {
    connect(name + "_order", *controller.order_out[unit], order_in, depth);
    connect(name + "_done", done_out, *controller.done_in[unit], depth);
  }

 private:
  Clock& core_;
  std::vector<std::unique_ptr<LinkBase>> links_;
};

}  // namespace vitcod
