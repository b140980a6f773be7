// SPDX-License-Identifier: Apache-2.0
#include "sim/kernel/sim_context.hpp"

namespace vitcod {
namespace {

void make_current(sc_core::sc_simcontext* context) {
  sc_core::sc_curr_simcontext = context;
  sc_core::sc_default_global_context = context;
}

}  // namespace

SimContext::SimContext()
    : outer_(sc_core::sc_get_curr_simcontext()), context_(new sc_core::sc_simcontext) {
  make_current(context_);
}

SimContext::~SimContext() {
  make_current(context_);
  delete context_;
  make_current(outer_);
}

}  // namespace vitcod
