// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "hw_models/decoder/decoder.hpp"
#include "test/support/packet_bench.hpp"

namespace vitcod::test {

/// A decoder of 2 lines x 4 MACs, latency 3 and a write port of 16 bytes, between a source that
/// offers all packets at once and a sink of deliveries. The run ends with the last delivery.
struct DecoderBench {
  explicit DecoderBench(const std::vector<Packet>& packets, EngineId engine = EngineId::kDenser,
                        const RunMode& mode = {}, Cycle sink_from = 0,
                        EngineContents* contents = nullptr, std::uint32_t fraction_bits = 0,
                        std::size_t link_depth = 8)
      : bench(mode),
        countdown(packets.size()),
        decoder("decoder", bench.clock, DecoderConfig{2, 4, 3, 16, fraction_bits}, engine, contents,
                bench.stats),
        source("source", bench, all_at_once(packets)),
        sink("sink", bench, countdown, sink_from),
        in("in", bench.clock, 2),
        out("out", bench.clock, link_depth) {
    source.out(in);
    decoder.packet_in(in);
    decoder.delivery_out(out);
    sink.in(out);
    bench.run();
  }

  Json statistics() const {
    Json json;
    bench.stats.write(json);
    return json["decoder"];
  }

  SimBench bench;
  std::size_t countdown;
  Decoder decoder;
  Source<Packet> source;
  Sink<Delivery> sink;
  Link<Packet> in;
  Link<Delivery> out;
};

}  // namespace vitcod::test
