// SPDX-License-Identifier: Apache-2.0
#include "sim/baseline/onednn/network.hpp"

#include <cmath>
#include <utility>

#include "sim/base/errors.hpp"

namespace vitcod {

using dnnl::memory;

memory Network::drawn(const Desc& desc) {
  memory result(desc, engine_);
  if (desc.data_type() == memory::data_type::f32) {
    auto* values = static_cast<float*>(result.get_data_handle());
    for (std::size_t i = 0; i < desc.get_size() / sizeof(float); ++i) {
      values[i] = static_cast<float>(random_() >> 8U) * 0x1p-23F - 1.0F;
    }
  } else {
    check(desc.data_type() == memory::data_type::s8, "random values of a format without any");
    auto* values = static_cast<std::int8_t*>(result.get_data_handle());
    for (std::size_t i = 0; i < desc.get_size(); ++i) {
      values[i] = static_cast<std::int8_t>(static_cast<int>(random_() >> 25U) - 64);
    }
  }
  return result;
}

memory Network::random_memory(const Desc& desc) {
  memory result = drawn(desc);
  tell(result);
  return result;
}

memory Network::weights(const Desc& plain, const Desc& wanted, std::uint32_t fan_in) {
  memory values = drawn(plain);
  if (plain.data_type() == memory::data_type::f32) {
    // The mean square of a uniform number in [-1, 1) is 1/3.
    const float factor = std::sqrt(3.0F / static_cast<float>(fan_in));
    auto* value = static_cast<float*>(values.get_data_handle());
    for (std::size_t i = 0; i < plain.get_size() / sizeof(float); ++i) value[i] *= factor;
  }
  tell(values);
  memory result(wanted, engine_);
  dnnl::reorder(values, result).execute(stream_, values, result);
  stream_.wait();
  return result;
}

memory Network::bias(const Desc& desc, float unit) {
  memory values = random_memory(desc);
  auto* value = static_cast<float*>(values.get_data_handle());
  for (std::size_t i = 0; i < desc.get_size() / sizeof(float); ++i) value[i] *= unit;
  return values;
}

memory Network::view(const memory& whole, const Desc& desc, std::size_t offset) {
  wholes_.push_back(whole);
  auto* bytes = static_cast<char*>(whole.get_data_handle());
  return memory(desc, engine_, bytes + offset * memory::data_type_size(desc.data_type()));
}

void Network::add(const dnnl::primitive& primitive, Arguments arguments) {
  steps_.push_back({primitive, std::move(arguments)});
}

void Network::add_copy(const memory& from, const memory& to, float scale) {
  dnnl::primitive_attr attributes;
  attributes.set_output_scales(0, {scale});
  const dnnl::reorder::primitive_desc copy(engine_, from.get_desc(), engine_, to.get_desc(),
                                           attributes);
  add(dnnl::reorder(copy), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

void Network::run() {
  for (const Step& step : steps_) step.primitive.execute(stream_, step.arguments);
  stream_.wait();
}

}  // namespace vitcod
