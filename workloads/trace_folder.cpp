// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "sim/base/npy.hpp"
#include "workloads/polarization.hpp"
#include "workloads/trace_check.hpp"
#include "workloads/trace_json.hpp"
#include "workloads/workload.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDocument = "trace.json";

/// The files of one map: the mask in the ViTCoD authors' polarity (True = pruned), original order
/// of the keys; the order of the keys; the number of denser columns.
std::string mask_file(std::size_t map) { return fmt::format("map{}_mask.npy", map); }
std::string key_order_file(std::size_t map) { return fmt::format("map{}_key_order.npy", map); }
std::string num_denser_file(std::size_t map) { return fmt::format("map{}_num_denser.npy", map); }

void write_map(const PolarizedMap& map, std::size_t index, const fs::path& folder) {
  std::vector<std::uint8_t> pruned;
  std::vector<std::int32_t> key_order, num_denser;
  for (const PolarizedHead& head : map.heads) {
    const auto kept = kept_map(head, map.num_queries, map.num_keys).bytes();
    for (const std::uint8_t entry : kept) pruned.push_back(entry ^ 1U);
    key_order.insert(key_order.end(), head.key_order.begin(), head.key_order.end());
    num_denser.push_back(static_cast<std::int32_t>(head.num_denser));
  }
  const std::size_t heads = map.heads.size();
  write_npy_bools(folder / mask_file(index), pruned, {heads, map.num_queries, map.num_keys});
  write_npy(folder / key_order_file(index), key_order, {heads, map.num_keys});
  write_npy(folder / num_denser_file(index), num_denser, {heads});
}

/// The key order of one head, checked to be a permutation.
std::vector<std::uint32_t> read_key_order(std::span<const std::int32_t> order, std::size_t head,
                                          const NpyArray& array) {
  std::vector<bool> is_seen(order.size(), false);
  for (const std::int32_t key : order) {
    const bool is_key = key >= 0 && static_cast<std::size_t>(key) < order.size();
    if (!is_key || is_seen[static_cast<std::size_t>(key)]) {
      throw FileError(array.name(),
                      fmt::format("head {}: expected each key from 0 to {} once, found {}{}", head,
                                  order.size() - 1, key, is_key ? " twice" : ""));
    }
    is_seen[static_cast<std::size_t>(key)] = true;
  }
  return {order.begin(), order.end()};
}

/// Fills the heads of `map`, whose shape and number of heads are set.
void read_map(PolarizedMap& map, std::size_t index, const fs::path& folder) {
  const std::size_t heads = map.heads.size();
  const NpyArray masks = read_npy(folder / mask_file(index));
  masks.expect_shape({heads, map.num_queries, map.num_keys});
  const NpyArray orders = read_npy(folder / key_order_file(index));
  orders.expect_shape({heads, map.num_keys});
  const NpyArray denser = read_npy(folder / num_denser_file(index));
  denser.expect_shape({heads});
  const auto pruned = masks.bools();
  const auto order = orders.values<std::int32_t>();
  const auto num_denser = denser.values<std::int32_t>();
  std::vector<std::uint8_t> row(map.num_keys);
  std::size_t offset = 0;
  for (std::size_t head = 0; head < heads; ++head) {
    KeptMap kept(map.num_queries, map.num_keys);
    for (std::uint32_t query = 0; query < map.num_queries; ++query) {
      for (std::uint8_t& entry : row) entry = pruned[offset++] ^ 1U;
      kept.set_row(query, row);
    }
    if (num_denser[head] < 0 || static_cast<std::uint32_t>(num_denser[head]) > map.num_keys) {
      throw FileError(denser.name(), fmt::format("head {}: expected 0 to {}, found {}", head,
                                                 map.num_keys, num_denser[head]));
    }
    if (map.is_uncut && num_denser[head] != 0) {
      throw FileError(denser.name(),
                      fmt::format("head {}: an uncut map has no denser columns, found {}", head,
                                  num_denser[head]));
    }
    map.heads[head] = polarize(
        kept, read_key_order(order.subspan(head * map.num_keys, map.num_keys), head, orders),
        static_cast<std::uint32_t>(num_denser[head]));
  }
}

/// The document with one line a layer, tensor, map and operation.
std::string document_text(const Json& document) {
  std::string text = "{";
  for (const auto& [key, value] : document.items()) {
    text += (text.size() == 1 ? "\n " : ",\n ") + Json(key).dump() + ": ";
    if (!value.is_array()) {
      text += value.dump();
      continue;
    }
    std::string list;
    for (const Json& element : value) list += (list.empty() ? "\n  " : ",\n  ") + element.dump();
    text += "[" + list + "]";
  }
  return text + "\n}\n";
}

/// The hash of a list of the trace's files with the hash of each.
std::string content_hash(const Trace& trace, const fs::path& folder) {
  std::vector<std::string> names{kDocument};
  for (std::size_t m = 0; m < trace.maps.size(); ++m) {
    names.insert(names.end(), {mask_file(m), key_order_file(m), num_denser_file(m)});
  }
  std::string list;
  for (const std::string& name : names) {
    list += sha256_hex(read_file(folder / name)) + ' ' + name + '\n';
  }
  return sha256_hex(list);
}

/// A provenance as an object; a text or number of the user's own is under `trace` in it.
Json provenance_object(const Trace& trace) {
  Json provenance = trace.provenance.empty() ? Json() : parse_json(trace.provenance, "provenance");
  if (provenance.is_object()) return provenance;
  return provenance.is_null() ? Json::object() : Json{{"trace", std::move(provenance)}};
}

/// A trace that does not say what it was made from, in keys and values, is known by its content.
void complete_provenance(Trace& trace, const fs::path& folder) {
  if (trace.provenance.starts_with('{')) return;
  Json provenance = provenance_object(trace);
  provenance["trace_sha256"] = content_hash(trace, folder);
  trace.provenance = provenance.dump();
}

/// Whether `folder` holds a trace and nothing else, so that it may be replaced.
bool is_replaceable(const fs::path& folder) {
  if (!fs::is_directory(folder)) return false;
  if (fs::is_empty(folder)) return true;
  return fs::exists(folder / kDocument) &&
         std::all_of(
             fs::directory_iterator(folder), fs::directory_iterator(), [](const auto& entry) {
               const std::string name = entry.path().filename().string();
               return name == kDocument || (name.starts_with("map") && name.ends_with(".npy"));
             });
}

/// A folder beside `folder` that becomes `folder` once it is whole, and is removed if it never is.
class NewFolder {
 public:
  explicit NewFolder(const fs::path& folder)
      : folder_(folder), temporary_(beside("tmp")), replaced_(beside("old")) {
    if (fs::exists(folder) && !is_replaceable(folder)) {
      throw FileError(folder.string(), "cannot write: it exists and is not a trace folder");
    }
    fs::create_directories(temporary_);
  }
  ~NewFolder() {
    std::error_code ignored;
    fs::remove_all(temporary_, ignored);
    fs::remove_all(replaced_, ignored);
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  const fs::path& path() const { return temporary_; }

  void commit() {
    if (fs::exists(folder_)) fs::rename(folder_, replaced_);
    fs::rename(temporary_, folder_);
  }

 private:
  fs::path beside(const char* ending) const {
    return folder_.parent_path() /
           fmt::format(".{}.{}-{}", folder_.filename().string(), ending, ::getpid());
  }

  fs::path folder_;
  fs::path temporary_;
  fs::path replaced_;
};

}  // namespace

void write_trace(const Trace& trace, const fs::path& folder) {
  // "traces/a/" names the same folder as "traces/a".
  fs::path target = fs::absolute(folder).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  try {
    NewFolder new_folder(target);
    for (std::size_t m = 0; m < trace.maps.size(); ++m) {
      write_map(trace.maps[m], m, new_folder.path());
    }
    write_file_atomically(new_folder.path() / kDocument, document_text(trace_to_json(trace)));
    new_folder.commit();
  } catch (const fs::filesystem_error& error) {
    throw FileError(folder.string(), "cannot write: " + error.code().message());
  }
}

void set_value_seed(Trace& trace, std::uint64_t seed) {
  trace.value_seed = seed;
  Json provenance = provenance_object(trace);
  provenance["values"] = {{"seed", seed}};
  trace.provenance = provenance.dump();
}

Trace read_trace(const fs::path& folder) {
  const fs::path document = folder / kDocument;
  const Json json = read_json_file(document);
  Trace trace;
  try {
    trace = trace_from_json(json);
    for (std::size_t m = 0; m < trace.maps.size(); ++m) read_map(trace.maps[m], m, folder);
    check_trace(trace);
    complete_provenance(trace, folder);
  } catch (const FileError&) {
    throw;
  } catch (const InputError& error) {
    throw FileError(document.string(), error.what());
  }
  return trace;
}

}  // namespace vitcod
