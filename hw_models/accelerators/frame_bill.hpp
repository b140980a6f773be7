// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/accelerators/frame_config.hpp"
#include "hw_models/accelerators/frame_ports.hpp"
#include "hw_models/bill_of_materials/bill_of_materials.hpp"
#include "hw_models/global_buffer/global_buffer_parts.hpp"

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
/// The global buffers, each as a staging and a pool. `operands`, `results`: what attention does
/// with the pools of the input and the output buffer. Beside it packets are written to these and
/// read, linear layers fill the pool of W, and that of the input buffer with X, and read them.
void add_buffers(const FrameConfig& config, PoolUse operands, PoolUse results,
                 BillOfMaterials& bill);
/// Ways, by input the outputs that there are ways to, and queues of what units send, but for those
/// behind the hub. What buffers send waits in these.
PartList crossbar_parts(const FrameConfig& config, const std::vector<OutputMask>& ways);
/// `jobs_a_tile`: most jobs that a tile becomes.
void add_controller_and_dma(const FrameConfig& config, std::uint64_t jobs_a_tile,
                            BillOfMaterials& bill);
/// The array for linear layers, its drain, and the layer norm.
void add_linear_layers(const FrameConfig& config, BillOfMaterials& bill);

}  // namespace vitcod
