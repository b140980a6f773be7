// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// A trace as one stretch of bytes, for memory that processes share. No file format: it is as the
/// host has its numbers.
std::vector<std::byte> make_trace_image(const Trace& trace);

/// The trace of an image that begins at a multiple of 8 bytes. Its maps are views of the image,
/// which must outlive all copies of them.
Trace view_trace_image(std::span<const std::byte> image);

}  // namespace vitcod
