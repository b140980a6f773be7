// SPDX-License-Identifier: Apache-2.0
#include "hw_models/controller/controller.hpp"

#include <algorithm>

namespace vitcod {
namespace {

/// Bytes of a unit's rows that stay in the input buffer for the other units of the layer.
std::uint64_t resident_bytes(const WorkUnit& unit) {
  const std::uint64_t rows = std::uint64_t{unit.resident_keys} + unit.resident_queries;
  return rows * unit.layer->compressed_heads * unit.layer->query_features;
}

/// Not needed before the unit's first phase: V, and what the encoder consumes.
bool is_streamed(TensorRole role) {
  return role == TensorRole::kValue || role == TensorRole::kUncompressed;
}

void add_if_any(std::vector<std::unique_ptr<Transfer>>& list, std::unique_ptr<Transfer> transfer) {
  if (transfer != nullptr) list.push_back(std::move(transfer));
}

}  // namespace

Controller::Controller(const sc_core::sc_module_name& name, Clock& clock,
                       const ControllerConfig& config, const PlanLimits& limits,
                       std::vector<WorkUnit> units, TransferBuilder& transfers, bool with_values,
                       StatGroup& parent)
    : Block(name, clock),
      config_(config),
      limits_(limits),
      program_(std::move(units)),
      transfers_(transfers),
      with_values_(with_values),
      input_(limits.input_bytes),
      output_(limits.output_bytes),
      index_(limits.index_bytes),
      stats_(parent, basename()) {
  for (const WorkUnit& unit : program_) {
    layer_cycles_.resize(std::max<std::size_t>(layer_cycles_.size(), unit.report_layer() + 1));
  }
}

Cycle Controller::tick(Cycle now) {
  bool moved = take_deliveries(denser_delivery_in);
  moved = take_deliveries(sparser_delivery_in) || moved;
  moved = take_deliveries(encoder_delivery_in) || moved;
  moved = take_engine_dones() || moved;
  moved = take_normaliser_done() || moved;
  moved = take_stores() || moved;
  moved = step(now) || moved;
  moved = load() || moved;
  moved = retire_units() || moved;
  cycles_.standing(activity());
  if (first_ == program_.size()) {
    clock().scheduler().stop();
    return kOnLink;
  }
  return moved ? now + 1 : kOnLink;
}

bool Controller::take_deliveries(LinkIn<Delivery>& link) {
  if (!link->valid()) return false;
  const Transfer& transfer = *link->pop().packet->transfer;
  for (const std::unique_ptr<Unit>& unit : units_) {
    if (unit->context.get() != transfer.unit) continue;
    std::uint64_t& left =
        is_streamed(transfer.role) ? unit->value_deliveries_left : unit->sddmm_deliveries_left;
    check(left > 0, "a packet was delivered twice");
    --left;
    return true;
  }
  throw ModelError("a packet was delivered to a unit that is not on chip");
}

bool Controller::take_engine_dones() {
  bool moved = false;
  for (LinkIn<EngineDone>* link : {&denser_done_in, &sparser_done_in}) {
    if (!(*link)->valid()) continue;
    (*link)->pop();
    --engines_running_;
    moved = true;
  }
  return moved;
}

bool Controller::take_normaliser_done() {
  if (!normaliser_done_in->valid()) return false;
  const NormaliserDone done = normaliser_done_in->pop();
  if (done.kind == NormaliserTask::Kind::kMergeExponents) {
    merging_ = false;
    return true;
  }
  const auto unit = std::find_if(units_.begin(), units_.end(),
                                 [](const auto& candidate) { return !candidate->normalised; });
  check(unit != units_.end(), "rows of no unit were normalised");
  (*unit)->normalised = true;
  return true;
}

bool Controller::take_stores() {
  if (!stored_in->valid()) return false;
  const Packet& packet = *stored_in->pop().packet;
  for (const std::unique_ptr<Unit>& unit : units_) {
    if (unit->output.get() != packet.transfer) continue;
    output_.give_back(packet.bytes);
    --unit->stores_left;
    return true;
  }
  throw ModelError("a packet was stored for a unit that is not on chip");
}

bool Controller::step(Cycle now) {
  if (computing_ == program_.size()) return false;
  if (computing_ - first_ >= units_.size()) return false;
  switch (step_) {
    case Step::kBegin:
      return current().context->work.encode ? finish_encode(now) : begin_sddmm();
    case Step::kSddmm:
      return engines_running_ == 0 && begin_merge();
    case Step::kMerge:
      if (merging_) return false;
      step_ = Step::kBeforeSpmm;
      return true;
    case Step::kBeforeSpmm:
      return begin_spmm();
    case Step::kSpmm:
      if (engines_running_ > 0) return false;
      end_spmm(now);
      return true;
  }
  return false;
}

bool Controller::finish_encode(Cycle now) {
  Unit& unit = current();
  if (!values_loaded(unit) || unit.sddmm_deliveries_left > 0) return false;
  unit.normalised = true;
  end_unit(now);
  return true;
}

bool Controller::sddmm_operands_loaded(const Unit& unit) {
  const bool asked_for =
      unit.next_load == unit.loads.size() || unit.loads[unit.next_load]->role == TensorRole::kValue;
  return asked_for && unit.sddmm_deliveries_left == 0;
}

bool Controller::values_loaded(const Unit& unit) {
  return unit.next_load == unit.loads.size() && unit.value_deliveries_left == 0;
}

bool Controller::begin_sddmm() {
  Unit& unit = current();
  if (!sddmm_operands_loaded(unit) || !output_.fits(unit.bytes.scores)) return false;
  output_.take(unit.bytes.scores);
  output_peak_.raise_to(output_.used());
  start_engines(Phase::kSddmm);
  step_ = Step::kSddmm;
  return true;
}

void Controller::start_engines(Phase phase) {
  Unit& unit = current();
  const EngineTask task{phase, unit.context.get()};
  const UnitWorkload& workload = unit.context->work.workload;
  if (!workload.denser_heads.empty()) {
    denser_out->push(task);
    ++engines_running_;
  }
  if (workload.sparse_entries > 0) {
    sparser_out->push(task);
    ++engines_running_;
  }
}

bool Controller::begin_merge() {
  Unit& unit = current();
  const WorkUnit& work = unit.context->work;
  input_.give_back(unit.bytes.denser_query + unit.bytes.sparser_query);
  if (work.frees_keys_values) input_.give_back(unit.bytes.key);
  normaliser_out->push(
      NormaliserTask{NormaliserTask::Kind::kMergeExponents, unit.context.get(), nullptr});
  merging_ = true;
  step_ = Step::kMerge;
  return true;
}

bool Controller::begin_spmm() {
  Unit& unit = current();
  if (!values_loaded(unit) || !output_.fits(unit.bytes.output)) return false;
  output_.take(unit.bytes.output);
  output_peak_.raise_to(output_.used());
  unit.output = transfers_.output(*unit.context);
  unit.stores_left = unit.output->packets.size();
  normaliser_out->push(
      NormaliserTask{NormaliserTask::Kind::kNormaliseRows, unit.context.get(), unit.output.get()});
  start_engines(Phase::kSpmm);
  step_ = Step::kSpmm;
  return true;
}

void Controller::end_spmm(Cycle now) {
  Unit& unit = current();
  const WorkUnit& work = unit.context->work;
  output_.give_back(unit.bytes.scores);
  index_.give_back(unit.bytes.index);
  if (work.frees_keys_values) input_.give_back(unit.bytes.value);
  if (work.frees_resident) input_.give_back(resident_bytes(work));
  end_unit(now);
}

void Controller::end_unit(Cycle now) {
  layer_cycles_[current().context->work.report_layer()] += now - last_end_;
  last_end_ = now;
  ++units_done_;
  ++computing_;
  step_ = Step::kBegin;
}

bool Controller::load() {
  if (units_.empty() || units_.back()->next_load == units_.back()->loads.size()) {
    if (!open_next_unit()) return false;
  }
  Unit& unit = *units_.back();
  if (unit.next_load == unit.loads.size()) return true;
  const Transfer& transfer = *unit.loads[unit.next_load];
  // Tokens must not overtake the weights, which come through another buffer.
  if (transfer.role == TensorRole::kUncompressed && unit.sddmm_deliveries_left > 0) return false;
  if (!load_out->ready() || !claim_space_for(transfer, unit)) return false;
  load_out->push(LoadCommand{&transfer});
  ++unit.next_load;
  return true;
}

bool Controller::open_next_unit() {
  const std::size_t next = first_ + units_.size();
  if (next == program_.size()) return false;
  if (next > computing_ + config_.prefetch_units) return false;
  // What an encoding produces is read by the units after it: they wait until it is in DRAM.
  if (next > first_ && program_[next - 1].encode) return false;
  auto unit = std::make_unique<Unit>();
  const WorkUnit& work = program_[next];
  unit->bytes = footprint(work, limits_.query_forwarding);
  unit->context = make_unit_context(work, with_values_);
  unit->context->mask_denser_block = config_.mask_denser_block;
  if (work.encode) {
    make_encode_loads(*unit);
  } else {
    make_attention_loads(*unit);
  }
  for (const std::unique_ptr<Transfer>& transfer : unit->loads) {
    (is_streamed(transfer->role) ? unit->value_deliveries_left : unit->sddmm_deliveries_left) +=
        transfer->num_deliveries;
  }
  units_.push_back(std::move(unit));
  return true;
}

void Controller::make_attention_loads(Unit& unit) {
  UnitContext& context = *unit.context;
  const WorkUnit& work = context.work;
  if (!work.loads_keys_values) {
    context.key = kept_keys_;
    context.value = kept_values_;
  }
  kept_keys_ = context.key;
  kept_values_ = context.value;
  const bool first_of_layer = work.first_head == 0 && work.first_row == 0;
  if (first_of_layer) add_if_any(unit.loads, transfers_.weights(context));
  add_if_any(unit.loads, transfers_.index(context, unit.bytes.index));
  if (work.loads_keys_values) add_if_any(unit.loads, transfers_.keys(context));
  add_if_any(unit.loads, transfers_.queries(context));
  add_if_any(unit.loads, transfers_.sparser_queries(context));
  if (work.loads_keys_values) add_if_any(unit.loads, transfers_.values(context));
}

void Controller::make_encode_loads(Unit& unit) {
  UnitContext& context = *unit.context;
  unit.output = transfers_.compressed(context);
  if (context.work.encode->first_token == 0) {
    unit.loads.push_back(transfers_.encoder_weights(context));
  }
  unit.loads.push_back(transfers_.uncompressed(context, *unit.output));
  unit.stores_left = unit.output->packets.size();
}

bool Controller::claim_space_for(const Transfer& transfer, Unit& unit) {
  const WorkUnit& work = unit.context->work;
  std::uint64_t input_bytes = 0;
  std::uint64_t index_bytes = 0;
  std::uint64_t output_bytes = 0;
  switch (transfer.role) {
    case TensorRole::kIndex:
      index_bytes = unit.bytes.index;
      break;
    case TensorRole::kKey:
      input_bytes = unit.bytes.key + (work.loads_resident ? resident_bytes(work) : 0);
      break;
    case TensorRole::kQuery:
      if (!unit.queries_claimed) input_bytes = unit.bytes.denser_query + unit.bytes.sparser_query;
      break;
    case TensorRole::kValue:
      input_bytes = unit.bytes.value;
      break;
    case TensorRole::kUncompressed:
      output_bytes = unit.bytes.output;
      break;
    case TensorRole::kWeights:
    case TensorRole::kOutput:
    case TensorRole::kCompressed:
      break;
  }
  if (!input_.fits(input_bytes) || !index_.fits(index_bytes) || !output_.fits(output_bytes)) {
    return false;
  }
  if (transfer.role == TensorRole::kQuery) unit.queries_claimed = true;
  input_.take(input_bytes);
  index_.take(index_bytes);
  output_.take(output_bytes);
  output_peak_.raise_to(output_.used());
  input_peak_.raise_to(input_.used());
  index_peak_.raise_to(index_.used());
  return true;
}

bool Controller::retire_units() {
  if (first_ == computing_) return false;
  const Unit& unit = *units_.front();
  if (!unit.normalised || unit.stores_left > 0) return false;
  units_.pop_front();
  ++first_;
  return true;
}

Controller::Activity Controller::activity() const {
  if (computing_ == program_.size()) return Activity::kWriteBack;
  switch (step_) {
    case Step::kSddmm:
      return Activity::kSddmm;
    case Step::kMerge:
      return Activity::kMerge;
    case Step::kSpmm:
      return Activity::kSpmm;
    case Step::kBegin:
    case Step::kBeforeSpmm:
      break;
  }
  const std::size_t place = computing_ - first_;
  if (place >= units_.size()) return Activity::kWaitOperands;
  const Unit& unit = *units_[place];
  if (unit.context->work.encode) return Activity::kEncode;
  if (step_ == Step::kBegin) {
    return sddmm_operands_loaded(unit) ? Activity::kWaitSpace : Activity::kWaitOperands;
  }
  return values_loaded(unit) ? Activity::kWaitSpace : Activity::kWaitValues;
}

}  // namespace vitcod
