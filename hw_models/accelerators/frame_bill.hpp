// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/accelerators/frame_config.hpp"
#include "hw_models/accelerators/frame_ports.hpp"
#include "hw_models/bill_of_materials/bill_of_materials.hpp"

namespace vitcod {

// What the bills of all machines have.

/// With the queue of a link that packets come by.
PartList with_queue(PartList parts, const FrameConfig& config,
                    std::uint64_t packets = kPacketDepth);
/// A global buffer's memory of `bytes`, and beside them the packet on the link to or from the
/// crossbar, which reads or writes it there as it crosses. A buffer that is faster than the
/// crossbar offers the next packet before the last one has crossed.
PartList buffer_parts(const FrameConfig& config, const GlobalBufferConfig& buffer,
                      std::uint64_t bytes);
/// Ways, by input the outputs that there are ways to, and queues of what units send, but for those
/// behind the hub. What buffers send waits in these.
PartList crossbar_parts(const FrameConfig& config, const std::vector<OutputMask>& ways);
/// `jobs_a_tile`: most jobs that a tile becomes.
void add_controller_and_dma(const FrameConfig& config, std::uint64_t jobs_a_tile,
                            BillOfMaterials& bill);
/// The array for linear layers, its drain, and the layer norm.
void add_linear_layers(const FrameConfig& config, BillOfMaterials& bill);

}  // namespace vitcod
