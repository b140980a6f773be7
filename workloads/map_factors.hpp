// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/random.hpp"
#include "workloads/attention_map.hpp"

namespace vitcod {

/// Two matrices of few columns whose product is near to a map, and whose columns have one root mean
/// square in both.
struct MapFactors {
  std::vector<double> queries;  ///< (queries, rank)
  std::vector<double> keys;     ///< (keys, rank)
};

/// Factors of `map`, 1 where it keeps an entry and 0 elsewhere: two rounds of alternating least
/// squares, slightly damped, from random keys. About 2 (queries + keys) rank^2 products a round. A
/// map without kept entries gives zeros. Same bits on every host.
MapFactors factors_of(const KeptMap& map, std::uint32_t rank, Random& random);

}  // namespace vitcod
