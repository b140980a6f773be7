// SPDX-License-Identifier: Apache-2.0
#include "workloads/map_factors.hpp"

#include <cmath>
#include <cstddef>

namespace vitcod {
namespace {

constexpr int kRounds = 2;
constexpr double kDamping = 0.05;  ///< of the mean diagonal: keeps solutions small

/// Solves A x = b for symmetric positive definite A of `size` rows, which is replaced by its lower
/// Cholesky factor, for many b.
class Solver {
 public:
  Solver(std::vector<double> matrix, std::size_t size) : factor_(std::move(matrix)), size_(size) {
    for (std::size_t j = 0; j < size_; ++j) {
      double* row = &factor_[j * size_];
      for (std::size_t i = 0; i <= j; ++i) {
        const double* other = &factor_[i * size_];
        double rest = row[i];
        for (std::size_t k = 0; k < i; ++k) rest -= row[k] * other[k];
        row[i] = i == j ? std::sqrt(rest) : rest / other[i];
      }
    }
  }
  void solve(double* x) const {
    for (std::size_t i = 0; i < size_; ++i) {
      const double* row = &factor_[i * size_];
      for (std::size_t k = 0; k < i; ++k) x[i] -= row[k] * x[k];
      x[i] /= row[i];
    }
    for (std::size_t i = size_; i-- > 0;) {
      x[i] /= factor_[i * size_ + i];
      for (std::size_t k = 0; k < i; ++k) x[k] -= factor_[i * size_ + k] * x[i];
    }
  }

 private:
  std::vector<double> factor_;
  std::size_t size_;
};

/// The damped products of the columns with each other; the lower half.
std::vector<double> gram_matrix(const std::vector<double>& rows, std::size_t rank) {
  std::vector<double> gram(rank * rank, 0.0);
  for (std::size_t r = 0; r < rows.size(); r += rank) {
    for (std::size_t i = 0; i < rank; ++i) {
      const double x = rows[r + i];
      for (std::size_t k = 0; k <= i; ++k) gram[i * rank + k] += x * rows[r + k];
    }
  }
  double trace = 0.0;
  for (std::size_t i = 0; i < rank; ++i) trace += gram[i * rank + i];
  const double damping = trace > 0.0 ? kDamping * trace / static_cast<double>(rank) : 1.0;
  for (std::size_t i = 0; i < rank; ++i) gram[i * rank + i] += damping;
  return gram;
}

/// The rows that, with `other`, come nearest to the map; `entries(visit)` visits each kept entry as
/// (row, row of other).
template <typename Entries>
std::vector<double> best_rows(std::size_t num_rows, const std::vector<double>& other,
                              std::size_t rank, Entries&& entries) {
  std::vector<double> rows(num_rows * rank, 0.0);
  entries([&](std::size_t row, std::size_t column) {
    for (std::size_t i = 0; i < rank; ++i) rows[row * rank + i] += other[column * rank + i];
  });
  const Solver solver(gram_matrix(other, rank), rank);
  for (std::size_t row = 0; row < num_rows; ++row) solver.solve(&rows[row * rank]);
  return rows;
}

double root_mean_square(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum / static_cast<double>(values.size()));
}

void scale(std::vector<double>& values, double factor) {
  for (double& value : values) value *= factor;
}

}  // namespace

MapFactors factors_of(const KeptMap& map, std::uint32_t rank, Random& random) {
  const auto visit_all = [&map](auto&& visit) {
    for (std::uint32_t q = 0; q < map.num_queries(); ++q) {
      map.for_each_kept(q, [&](std::uint32_t k) { visit(q, k); });
    }
  };
  MapFactors factors;
  for (std::size_t i = 0; i < std::size_t{map.num_keys()} * rank; ++i) {
    factors.keys.push_back(random.normal());
  }
  for (int round = 0; round < kRounds; ++round) {
    factors.queries =
        best_rows(map.num_queries(), factors.keys, rank, [&](auto&& visit) { visit_all(visit); });
    factors.keys = best_rows(map.num_keys(), factors.queries, rank, [&](auto&& visit) {
      visit_all([&](std::uint32_t q, std::uint32_t k) { visit(k, q); });
    });
  }
  const double queries = root_mean_square(factors.queries);
  const double keys = root_mean_square(factors.keys);
  if (queries > 0.0 && keys > 0.0) {
    const double factor = std::sqrt(keys / queries);
    scale(factors.queries, factor);
    scale(factors.keys, 1.0 / factor);
  }
  return factors;
}

}  // namespace vitcod
