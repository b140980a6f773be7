// SPDX-License-Identifier: Apache-2.0
#include "workloads/pictures.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/errors.hpp"
#include "sim/base/svg.hpp"
#include "workloads/info.hpp"
#include "workloads/polarization.hpp"
#include "workloads/token_info.hpp"

namespace vitcod {
namespace {

// Pixels.
constexpr double kPanelSide = 394;  ///< two an entry with DeiT's 197 tokens
constexpr double kMargin = 20;
constexpr double kTitleHeight = 36;
constexpr double kBarHeight = 240;
constexpr double kBarWidth = 44;
constexpr double kBarGap = 8;

constexpr const char* kKeptColour = "#222";
constexpr const char* kDenserColour = "#f3d9b1";
constexpr const char* kTokensColour = "#3b6ea5";
constexpr const char* kDroppedColour = "#e4e4e4";

std::string text_at(double x, double y, const std::string& text, const char* more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, more,
                     svg_escaped(text));
}

/// Runs of kept entries, as a path of strokes one entry high; `is_kept(query, column)`.
template <typename IsKept>
std::string runs_of(std::uint32_t queries, std::uint32_t columns, IsKept&& is_kept) {
  std::string path;
  for (std::uint32_t query = 0; query < queries; ++query) {
    for (std::uint32_t begin = 0; begin < columns;) {
      if (!is_kept(query, begin)) {
        ++begin;
        continue;
      }
      std::uint32_t end = begin + 1;
      while (end < columns && is_kept(query, end)) ++end;
      path += fmt::format("M{} {}.5h{}", begin, query, end - begin);
      begin = end;
    }
  }
  return path;
}

/// The panels of the heads of one map, all in one scale.
class MapPanels {
 public:
  explicit MapPanels(const PolarizedMap& map)
      : map_(map), scale_(kPanelSide / std::max(map.num_queries, map.num_keys)) {}

  double width() const { return 2 * panel_width() + 3 * kMargin; }
  double row_height() const { return kTitleHeight + scale_ * map_.num_queries + kMargin; }

  std::string draw(const PolarizedHead& head, std::size_t number, double top) const {
    const KeptMap kept = kept_map(head, map_.num_queries, map_.num_keys);
    const double right = kMargin + panel_width() + kMargin;
    const std::string title = fmt::format("head {}: {} of {} entries kept", number, head.nnz(),
                                          std::uint64_t{map_.num_queries} * map_.num_keys);
    const std::string after = fmt::format("polarized: {} denser columns with {} of them",
                                          head.num_denser, head.denser_nnz);
    const auto before = [&](std::uint32_t q, std::uint32_t key) { return kept.kept(q, key); };
    const auto polarized = [&](std::uint32_t q, std::uint32_t position) {
      return kept.kept(q, head.key_order[position]);
    };
    const double y = top + kTitleHeight;
    return text_at(kMargin, y - 6, title) + text_at(right, y - 6, after) +
           panel(kMargin, y, 0, runs_of(map_.num_queries, map_.num_keys, before)) +
           panel(right, y, head.num_denser, runs_of(map_.num_queries, map_.num_keys, polarized));
  }

 private:
  double panel_width() const { return scale_ * map_.num_keys; }

  std::string panel(double x, double y, std::uint32_t denser, const std::string& path) const {
    return fmt::format(
        "<g transform=\"translate({:.1f} {:.1f}) scale({:.6g})\">"
        "<rect width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#999\" stroke-width=\"{:.4g}\"/>"
        "<rect width=\"{}\" height=\"{}\" fill=\"{}\"/>"
        "<path d=\"{}\" stroke=\"{}\" fill=\"none\"/></g>\n",
        x, y, scale_, map_.num_keys, map_.num_queries, 1 / scale_, denser, map_.num_queries,
        kDenserColour, path, kKeptColour);
  }

  const PolarizedMap& map_;
  double scale_;
};

/// A layer's name as part of a file's: what else is in it becomes '-'.
std::string file_part(const std::string& layer) {
  constexpr std::size_t kMost = 60;
  std::string part = layer.substr(0, kMost);
  for (char& c : part) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!is_plain) c = '-';
  }
  return part;
}

}  // namespace

std::string map_picture(const PolarizedMap& map, const std::string& layer) {
  if (std::max(map.num_queries, map.num_keys) > kMaxDrawnTokens) {
    throw InputError(
        fmt::format("the map of layer {} has {} x {} entries; expected at most {} x {} to draw",
                    layer, map.num_queries, map.num_keys, kMaxDrawnTokens, kMaxDrawnTokens));
  }
  const MapPanels panels(map);
  std::string body = text_at(kMargin, kMargin, layer, " font-weight=\"bold\"");
  double top = kMargin;
  for (std::size_t head = 0; head < map.heads.size(); ++head) {
    body += panels.draw(map.heads[head], head, top);
    top += panels.row_height();
  }
  return svg_document(panels.width(), top, body);
}

std::string token_picture(const Trace& trace) {
  const std::vector<LayerTokens> layers = tokens_by_layer(trace);
  std::uint32_t most = 1;
  for (const LayerTokens& layer : layers) most = std::max(most, layer.tokens);
  std::string body =
      text_at(kMargin, kMargin, trace.name + ": tokens by layer", " font-weight=\"bold\"");
  double x = kMargin;
  const double bottom = kMargin + kTitleHeight + kBarHeight;
  const auto bar = [&](std::uint32_t tokens, const char* colour) {
    const double height = kBarHeight * tokens / most;
    body += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", x,
        bottom - height, kBarWidth, height, colour);
    return bottom - height;
  };
  for (const LayerTokens& layer : layers) {
    bar(layers.front().tokens, kDroppedColour);
    const double y = bar(layer.tokens, kTokensColour);
    body += text_at(x, y - 4, fmt::format("{}", layer.tokens)) +
            text_at(x, bottom + 16, layer.layer, " font-size=\"10\"");
    x += kBarWidth + kBarGap;
  }
  return svg_document(x + kMargin, bottom + kTitleHeight, body);
}

std::vector<Picture> workload_pictures(const Trace& trace) {
  std::vector<Picture> pictures;
  for (const UsedMap& used : used_maps(trace)) {
    pictures.push_back({fmt::format("map{:02}-{}.svg", pictures.size(), file_part(used.layer)),
                        map_picture(trace.map(used.map), used.layer)});
  }
  if (has_token_schedule(trace)) pictures.push_back({"tokens.svg", token_picture(trace)});
  return pictures;
}

}  // namespace vitcod
