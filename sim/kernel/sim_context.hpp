// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>

namespace vitcod {

/// One SystemC simulation within a process. SystemC elaborates once per context; a fresh context
/// for each simulation lets a process run many, one after the other. Modules must be destroyed
/// before their context. The context that exists at start-up is kept: the library's static events
/// live in it.
class SimContext {
 public:
  SimContext();
  ~SimContext();
  SimContext(const SimContext&) = delete;
  SimContext& operator=(const SimContext&) = delete;

 private:
  sc_core::sc_simcontext* outer_;
  sc_core::sc_simcontext* context_;
};

}  // namespace vitcod
