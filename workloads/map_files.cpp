// SPDX-License-Identifier: Apache-2.0
#include "workloads/map_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "sim/base/files.hpp"
#include "sim/base/npy.hpp"
#include "sim/base/sha256.hpp"
#include "workloads/pruning.hpp"

namespace vitcod {
namespace {

/// Where a row of a file's array is, for messages.
struct RowPlace {
  const std::string& file;
  std::size_t block, head, query;

  FileError error(const std::string& message) const {
    return FileError(file,
                     fmt::format("layer {}, head {}, query {}: {}", block, head, query, message));
  }
};

/// Reads the file and checks its shape; the caller checks the type.
NpyArray read_map_array(const std::filesystem::path& path, const ModelConfig& model,
                        const AttentionGroup& group, GroupMaps& maps) {
  const std::string bytes = read_file(path);
  maps.file_name = path.filename().string();
  maps.sha256 = sha256_hex(bytes);
  NpyArray array = parse_npy(bytes, path.string());
  array.expect_shape(
      {group.num_blocks, group.heads, model.num_queries(group), model.num_keys(group)});
  return array;
}

/// Makes the group's maps: calls fill(offset in the file's array, a row to fill with 0 and 1,
/// place) row by row.
template <typename Fill>
std::vector<HeadMaps> fill_blocks(const ModelConfig& model, const AttentionGroup& group,
                                  const std::string& file, Fill&& fill) {
  const std::uint32_t num_queries = model.num_queries(group);
  const std::uint32_t num_keys = model.num_keys(group);
  std::vector<HeadMaps> blocks(group.num_blocks);
  std::vector<std::uint8_t> kept(num_keys);
  std::size_t offset = 0;
  for (std::size_t block = 0; block < group.num_blocks; ++block) {
    blocks[block].assign(group.heads, KeptMap(num_queries, num_keys));
    for (std::size_t head = 0; head < group.heads; ++head) {
      for (std::uint32_t query = 0; query < num_queries; ++query, offset += num_keys) {
        fill(offset, std::span(kept), RowPlace{file, block, head, query});
        blocks[block][head].set_row(query, kept);
      }
    }
  }
  return blocks;
}

void check_attention_row(std::span<const double> row, const RowPlace& place) {
  double sum = 0.0;
  for (std::size_t key = 0; key < row.size(); ++key) {
    if (!std::isfinite(row[key])) {
      throw place.error(fmt::format("key {} is {}; expected a finite number", key, row[key]));
    }
    if (row[key] < 0.0) {
      throw place.error(fmt::format("key {} is {}; expected no negative number", key, row[key]));
    }
    sum += row[key];
  }
  if (std::abs(sum - 1.0) > kRowSumTolerance) {
    throw place.error(
        fmt::format("the row sums to {:.6g}; expected 1 within {}", sum, kRowSumTolerance));
  }
}

template <typename T>
std::vector<HeadMaps> prune_array(const NpyArray& array, const ModelConfig& model,
                                  const AttentionGroup& group, double theta_p) {
  const std::span<const T> values = array.values<T>();
  std::vector<double> row(model.num_keys(group));
  std::vector<HeadMaps> blocks =
      fill_blocks(model, group, array.name(),
                  [&](std::size_t offset, std::span<std::uint8_t> kept, const RowPlace& place) {
                    const auto source = values.subspan(offset, kept.size());
                    std::copy(source.begin(), source.end(), row.begin());
                    check_attention_row(row, place);
                    prune_row(row, theta_p, kept);
                  });
  for (HeadMaps& heads : blocks) {
    for (KeptMap& map : heads) keep_prefix_tokens(map, model.prefix_tokens);
  }
  return blocks;
}

/// How full the rows of a mask are.
class RowCounts {
 public:
  void add(std::span<const std::uint8_t> kept) {
    const auto count = static_cast<std::uint64_t>(std::count(kept.begin(), kept.end(), 1));
    ++rows_;
    entries_ += kept.size();
    kept_ += count;
    if (4 * count > 3 * kept.size()) ++nearly_full_;
  }

  /// A line if most rows keep more than three quarters, as they do where a mask of kept entries is
  /// taken for one of pruned entries, or if no entry at all is kept; else nothing.
  std::string warning(const std::string& file, MaskPolarity polarity) const {
    const bool is_kept = polarity == MaskPolarity::kKept;
    const char* const taken_as = is_kept ? "kept" : "pruned";
    if (kept_ == 0) {
      return fmt::format(
          "{}: no entry is kept, taking 1 (True) as {}; its layers have nothing to compute", file,
          taken_as);
    }
    if (2 * nearly_full_ <= rows_) return {};
    const char* const opposite = is_kept ? "pruned" : "kept";
    return fmt::format(
        "{}: {:.1f} % of the entries are kept, taking 1 (True) as {}; if it means {} in this file, "
        "set maps/polarity to \"{}\"",
        file, 100.0 * static_cast<double>(kept_) / static_cast<double>(entries_), taken_as,
        opposite, opposite);
  }

 private:
  std::uint64_t rows_ = 0, nearly_full_ = 0, entries_ = 0, kept_ = 0;
};

}  // namespace

GroupMaps read_masks(const std::filesystem::path& path, const ModelConfig& model,
                     const AttentionGroup& group, MaskPolarity polarity) {
  GroupMaps maps;
  const NpyArray array = read_map_array(path, model, group, maps);
  RowCounts counts;
  visit_values(array, [&](const auto& values) {
    maps.blocks = fill_blocks(
        model, group, array.name(),
        [&](std::size_t offset, std::span<std::uint8_t> kept, const RowPlace& place) {
          for (std::size_t key = 0; key < kept.size(); ++key) {
            const auto value = values[offset + key];
            if (value != 0 && value != 1) {
              throw place.error(fmt::format("key {} is {}; expected 0 or 1", key, value));
            }
            kept[key] = (value == 1) == (polarity == MaskPolarity::kKept) ? 1 : 0;
          }
          counts.add(kept);
        });
  });
  maps.warning = counts.warning(array.name(), polarity);
  return maps;
}

GroupMaps read_and_prune_attention(const std::filesystem::path& path, const ModelConfig& model,
                                   const AttentionGroup& group, double theta_p) {
  GroupMaps maps;
  const NpyArray array = read_map_array(path, model, group, maps);
  if (array.type() == NpyType::kFloat64) {
    maps.blocks = prune_array<double>(array, model, group, theta_p);
  } else if (array.type() == NpyType::kFloat32) {
    maps.blocks = prune_array<float>(array, model, group, theta_p);
  } else {
    throw FileError(array.name(), fmt::format("expected dtype '<f4' or '<f8', found '{}'",
                                              npy_type_name(array.type())));
  }
  return maps;
}

}  // namespace vitcod
