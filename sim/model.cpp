// SPDX-License-Identifier: Apache-2.0
// Adapter of one verilated build; compiled once per configuration and profile with
//   FLASHD_MODEL         class of the verilated flashd_probe_top
//   FLASHD_MODEL_HEADER  its header
//   FLASHD_BUILD         initialiser of a BuildInfo
#include FLASHD_MODEL_HEADER

#include <verilated.h>
#include <verilated_fst_c.h>

#include <cstring>
#include <type_traits>

#include "model/arith/spec.hpp"
#include "sim/engine.hpp"

/// Called by an assertion that failed and by $stop.
void vl_stop(const char* file, int line, const char* module) {
  throw flashd::sim::RtlStop(std::string(module) + " (" + file + ":" + std::to_string(line) + ")");
}

namespace {

using flashd::sim::BuildInfo;
using flashd::sim::Ports;
using flashd::sim::Probes;
using flashd::sim::Words;

constexpr BuildInfo kBuild = FLASHD_BUILD;

template <std::size_t N>
void put(VlWide<N>& to, const Words& from) {
  std::memcpy(to.data(), from.data(), N * sizeof(std::uint32_t));
}
template <class T, class = std::enable_if_t<std::is_integral_v<T>>>
void put(T& to, const Words& from) {
  to = static_cast<T>(from.get(0, from.bits()));
}
template <std::size_t N>
void take(const VlWide<N>& from, Words* to) {
  std::memcpy(to->data(), from.data(), N * sizeof(std::uint32_t));
}
template <class T, class = std::enable_if_t<std::is_integral_v<T>>>
void take(T from, Words* to) {
  to->set(0, to->bits(), from);
}

std::int32_t sign_extend(std::uint32_t value, int bits) {
  const std::uint32_t sign = 1u << (bits - 1);
  return static_cast<std::int32_t>((value ^ sign) - sign);
}

class Model final : public flashd::sim::Engine {
 public:
  Model(std::uint64_t seed, bool waves) {
    context_.randReset(2);
    context_.randSeed(static_cast<int>(seed % 0x7FFFFFFFu) + 1);
    context_.traceEverOn(waves);
    top_ = std::make_unique<FLASHD_MODEL>(&context_, "");
    if (waves) top_->trace(&wave_, 99);
  }
  ~Model() override {
    Verilated::threadContextp(&context_);  // scopes leave the context that evaluated last
    top_->final();
    top_.reset();
  }

  void reset(bool active) override { top_->rst_ni = !active; }

  void settle(Ports* ports, Probes* probes) override {
    drive(*ports);
    top_->clk_i = 0;
    eval();
    sample(ports);
    sample(probes);
  }

  void edge() override {
    top_->clk_i = 1;
    eval();
  }

  void start_wave(const std::string& file) override { wave_.open(file.c_str()); }
  void stop_wave() override { wave_.close(); }

 private:
  void eval() {
    top_->eval();
    if (wave_.isOpen()) wave_.dump(static_cast<std::uint64_t>(context_.time()));
    context_.timeInc(1);
  }

  void drive(const Ports& p) {
    FLASHD_MODEL& t = *top_;
    t.fp16_i = p.fp16;
    t.q_beats_i = p.q_beats;
    t.dv_i = p.dv;
    t.grid_extra_i = p.grid_extra;
    t.job_exponent_i = p.job_exponent;
    t.scale_negative_i = p.scale_negative;
    t.scale_mantissa_i = p.scale_mantissa;
    t.v_exponent_i = p.v_exponent;
    t.format_i = p.format;
    t.bias_en_i = p.bias_en;
    t.state_in_en_i = p.state_in_en;
    t.state_out_en_i = p.state_out_en;
    t.skip_v_en_i = p.skip_v_en;
    t.soft_cap_en_i = p.soft_cap_en;
    t.soft_cap_i = p.soft_cap;
    t.q_valid_i = p.q.valid;
    put(t.q_data_i, p.q_data);
    t.q_row_valid_i = p.q_row_valid;
    t.q_begin_i = p.q_begin;
    t.q_end_i = p.q_end;
    t.q_last_i = p.q_last;
    t.tile_valid_i = p.tile.valid;
    t.tile_keys_i = p.tile_keys;
    t.tile_base_i = p.tile_base;
    t.tile_first_i = p.tile_first;
    t.tile_last_i = p.tile_last;
    t.tile_contexts_i = p.tile_contexts;
    t.vt_valid_i = p.vt.valid;
    t.vt_keys_i = p.vt_keys;
    t.k_valid_i = p.k.valid;
    put(t.k_data_i, p.k_data);
    t.v_valid_i = p.v.valid;
    put(t.v_data_i, p.v_data);
    t.b_valid_i = p.b.valid;
    put(t.b_value_i, p.b_value);
    t.b_mask_i = p.b_mask;
    t.b_nan_i = p.b_nan;
    t.si_valid_i = p.si.valid;
    put(t.si_data_i, p.si_data);
    t.ri_valid_i = p.ri.valid;
    put(t.ri_exponent_i, p.ri_exponent);
    put(t.ri_mantissa_i, p.ri_mantissa);
    put(t.ri_flags_i, p.ri_flags);
    t.out_room_i = p.out_room;
    t.o_ready_i = p.o.ready;
    t.so_ready_i = p.so.ready;
    t.ro_ready_i = p.ro.ready;
  }

  void sample(Ports* p) {
    const FLASHD_MODEL& t = *top_;
    p->q.ready = t.q_ready_o;
    p->tile.ready = t.tile_ready_o;
    p->vt.ready = t.vt_ready_o;
    p->k.ready = t.k_ready_o;
    p->v.ready = t.v_ready_o;
    p->b.ready = t.b_ready_o;
    p->si.ready = t.si_ready_o;
    p->ri.ready = t.ri_ready_o;
    p->o.valid = t.o_valid_o;
    p->so.valid = t.so_valid_o;
    p->ro.valid = t.ro_valid_o;
    p->idle = t.idle_o;
    p->out_take = t.out_take_o;
    p->k_freed = t.k_freed_o;
    p->v_freed = t.v_freed_o;
    p->skip_valid = t.skip_valid_o;
    p->skip = t.skip_o;
    p->tap_score_beat = t.tap_score_beat_o;
    p->tap_score_wait = t.tap_score_wait_o;
    p->tap_output_step = t.tap_output_step_o;
    p->tap_output_wait = t.tap_output_wait_o;
    p->tap_keys_scored = t.tap_keys_scored_o;
    p->tap_keys_skipped = t.tap_keys_skipped_o;
    p->tap_saturations = t.tap_saturations_o;
    p->tap_tiles = t.tap_tiles_o;
    p->tap_tiles_skipped = t.tap_tiles_skipped_o;
    if (p->o.valid) {
      take(t.o_data_o, &p->o_data);
      p->o_rows = t.o_rows_o;
      p->o_last = t.o_last_o;
    }
    if (p->so.valid) take(t.so_data_o, &p->so_data);
    if (p->ro.valid) {
      take(t.ro_lse_o, &p->ro_lse);
      take(t.ro_exponent_o, &p->ro_exponent);
      take(t.ro_mantissa_o, &p->ro_mantissa);
      take(t.ro_flags_o, &p->ro_flags);
      p->ro_rows = t.ro_rows_o;
    }
  }

  void sample(Probes* p) {
    const FLASHD_MODEL& t = *top_;
    p->score_valid = t.score_valid_o;
    if (p->score_valid) {
      p->score_visible = t.score_visible_o;
      p->score_saturated = t.score_saturated_o;
      take(t.score_value_o, &p->score_value);
    }
    p->weight_valid = t.weight_valid_o;
    if (p->weight_valid) {
      take(t.weight_mantissa_o, &p->weight_mantissa);
      take(t.weight_shift_o, &p->weight_shift);
    }
    p->row_valid = t.row_valid_o;
    if (p->row_valid) {
      p->row_seen = t.row_seen_o;
      p->row_merged = t.row_merged_o;
      p->row_l = t.row_l_o;
      p->row_reference = sign_extend(t.row_reference_o, flashd::spec::kSumExponent);
      p->row_g_mantissa = t.row_g_mantissa_o;
      p->row_g_exponent = sign_extend(t.row_g_exponent_o, Probes::kGainExponentBits);
      p->row_w_mantissa = t.row_w_mantissa_o;
      p->row_w_shift = t.row_w_shift_o;
      p->row_exponent = sign_extend(t.row_exponent_o, flashd::spec::kSumExponent);
      p->row_mantissa = t.row_mantissa_o;
      p->row_flags = t.row_flags_o;
    }
    p->sum_valid = t.sum_valid_o;
    if (p->sum_valid) take(t.sum_value_o, &p->sum_value);
  }

  VerilatedContext context_;
  std::unique_ptr<FLASHD_MODEL> top_;
  VerilatedFstC wave_;
};

}  // namespace

extern "C" {

__attribute__((visibility("default"))) void flashd_rtl_info(BuildInfo* info) {
  *info = kBuild;
  info->options_bytes = sizeof(flashd::sim::Options);
}

__attribute__((visibility("default"))) int flashd_rtl_run(const flashd::Job* job,
                                                          const flashd::sim::Options* options,
                                                          flashd::Result* result,
                                                          flashd::sim::Report* report) {
  const auto make = [](std::uint64_t seed, bool waves) {
    return std::make_unique<Model>(seed, waves);
  };
  return flashd::sim::run(*job, *options, kBuild, make, result, report);
}
}
