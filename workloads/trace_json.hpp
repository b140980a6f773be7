// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/base/config_reader.hpp"
#include "sim/base/json.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Version of trace.json; raised when a reader of the older one could misread a newer one.
inline constexpr std::uint32_t kTraceSchemaVersion = 1;

void read(ConfigReader& reader, Tensor& tensor);
void read(ConfigReader& reader, Window& window);

/// The document trace.json of `trace`: everything but the maps' arrays, of which it holds the
/// shapes.
Json trace_to_json(const Trace& trace);

/// The trace that a document describes. Maps have their shape and as many heads as they should,
/// all empty. Names are resolved and values bounded; whether the operations fit their tensors is
/// check_trace's question. Throws ConfigError.
Trace trace_from_json(const Json& json);

}  // namespace vitcod
