// SPDX-License-Identifier: Apache-2.0
#include "host/device/image.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "host/device/arrays.hpp"
#include "host/io/error.hpp"
#include "host/io/row_state.hpp"
#include "model/arith/alibi.hpp"
#include "model/arith/scale.hpp"
#include "model/arith/soft_cap.hpp"
#include "model/golden/golden.hpp"

namespace flashd::device {

namespace {

using host::bad_input;

void require(bool holds, const char* sentence) {
  if (!holds) throw bad_input("job", sentence);
}

/// The jobs may differ in what a sequence record or a batch stride can say.
void check_batch(gsl::span<const Job> jobs) {
  require(!jobs.empty(), "a descriptor needs at least one sequence");
  const Job& a = jobs[0];
  for (const Job& b : jobs) {
    require(a.heads_q == b.heads_q && a.heads_kv == b.heads_kv && a.queries == b.queries &&
                a.keys == b.keys && a.d == b.d && a.dv == b.dv,
            "the sequences of one descriptor differ in shape; expected one shape");
    require(a.input == b.input && a.output == b.output && a.scale == b.scale &&
                a.soft_cap == b.soft_cap && a.visibility.causal == b.visibility.causal &&
                a.visibility.window_left == b.visibility.window_left &&
                a.visibility.window_right == b.visibility.window_right,
            "the sequences of one descriptor differ in options; expected the same ones");
    require(a.bias.has_value() == b.bias.has_value() && a.alibi.data() == b.alibi.data() &&
                (a.state_in == nullptr) == (b.state_in == nullptr),
            "only some sequences of one descriptor have a bias or states, or their slopes differ");
    require(a.paging.has_value() == b.paging.has_value() &&
                (!a.paging || (a.paging->page_size == b.paging->page_size &&
                               a.k.data() == b.k.data() && a.v.data() == b.v.data())),
            "the sequences of one descriptor differ in paging; expected one pool");
  }
}

void check_fit(gsl::span<const Job> jobs, const RunOptions& options, const Capabilities& device) {
  check_batch(jobs);
  for (const Job& job : jobs) {
    const char* sentence = check(job, device.max_head_dim);
    if (*sentence) throw bad_input("job", sentence);
  }
  const Job& job = jobs[0];
  constexpr std::int64_t kMaxCount = std::numeric_limits<std::int32_t>::max();
  constexpr std::int64_t kMaxHeads = std::numeric_limits<std::uint16_t>::max();
  require(job.input == InputFormat::bf16 || device.sig >= 11,
          "this build has 8 significand bits and takes BF16 alone; expected --input-format bf16");
  require(!job.soft_cap || device.soft_cap, "this build has no soft-cap unit");
  require(!options.skip_v || device.skip_v, "this build cannot leave out values (skip_v)");
  require(!options.skip_v || job.queries * (job.heads_q / job.heads_kv) <= device.lanes,
          "values can be left out only if the rows of a KV head fit the lanes (skip_v)");
  require(job.queries <= kMaxCount && job.keys <= kMaxCount,
          "queries or keys exceed 2^31 - 1 of one descriptor");
  require(job.heads_kv <= kMaxHeads && job.heads_q / job.heads_kv <= kMaxHeads,
          "heads exceed 65535 of one descriptor");
}

std::uint32_t format_bits(OutputFormat format) {
  return format == OutputFormat::fp32 ? 0u : format == OutputFormat::bf16 ? 1u : 2u;
}

void set_options(const Job& job, const RunOptions& options, const Capabilities& device,
                 Descriptor* d) {
  d->flags |= job.visibility.causal ? kFlagCausal : 0;
  d->flags |= job.input == InputFormat::fp16 ? kFlagFp16 : 0;
  d->flags |= format_bits(job.output) << kOutputFormatLow;
  d->flags |= options.write_o ? kFlagWriteO : 0;
  d->flags |= options.write_lse ? kFlagWriteLse : 0;
  d->flags |= options.state_out ? kFlagStateOut : 0;
  d->flags |= options.skip_v ? kFlagSkipV : 0;
  d->flags |= options.interrupt ? kFlagInterrupt : 0;
  d->tag = options.tag;
  if (job.visibility.window_left) {
    // A wider window sees the same keys.
    constexpr std::int64_t kWidest = std::numeric_limits<std::int32_t>::max();
    d->flags |= kFlagWindow;
    d->window_left = static_cast<std::uint32_t>(std::min(*job.visibility.window_left, kWidest));
    d->window_right = static_cast<std::uint32_t>(std::min(*job.visibility.window_right, kWidest));
  }
  const arith::Scale scale = arith::make_scale(job.scale);
  const bool fine = device.profile == Profile::fine;
  const int grid =
      fine ? arith::product_grid<spec::Fine>(job.d) : arith::product_grid<spec::Lean>(job.d);
  const int bias = job.input == InputFormat::bf16 ? spec::Bf16::kBias : spec::Fp16::kBias;
  // Both formats sit on the engine's significand, so its width counts, not the format's.
  const int exponent = scale.exponent + grid - 2 * bias - 2 * (device.sig - 1);
  d->scale_mantissa = scale.mantissa;
  d->scale_negative = scale.negative;
  d->job_exponent = static_cast<std::int16_t>(std::clamp(exponent, -2048, 2047));
  if (job.soft_cap) {
    d->flags |= kFlagSoftCap;
    d->soft_cap = arith::make_soft_cap(*job.soft_cap).pack();
  }
}

void place_tensors(Memory& memory, Arena& arena, gsl::span<const Job> jobs, Image* image) {
  const Job& job = jobs[0];
  Descriptor& d = image->descriptor;
  const std::uint32_t gap = image->options.gap;
  const auto heads_q = static_cast<std::uint64_t>(job.heads_q);
  const auto heads_kv = static_cast<std::uint64_t>(job.heads_kv);
  const auto queries = static_cast<std::uint64_t>(job.queries);
  const auto batch = static_cast<std::uint64_t>(jobs.size());
  const auto q_row = static_cast<std::uint64_t>(2 * job.d);
  const auto v_row = static_cast<std::uint64_t>(2 * job.dv);
  const Array q(arena, {batch, heads_q, queries}, q_row, gap);
  d.q = q.address();
  d.q_batch = q.stride(0);
  d.q_head = q.stride(1);
  d.q_token = q.stride(2);
  std::uint64_t pools = batch;
  auto keys = static_cast<std::uint64_t>(job.keys);
  if (job.paging) {
    const auto size = static_cast<std::uint64_t>(job.paging->page_size);
    d.flags |= kFlagPaged;
    while (std::uint64_t{1} << d.page_size_log2 < size) ++d.page_size_log2;
    pools = job.k.size() / (heads_kv * size * static_cast<std::uint64_t>(job.d));
    d.pages = static_cast<std::uint32_t>(pools);
    keys = size;
  }
  const Array k(arena, {pools, heads_kv, keys}, q_row, gap);
  d.k = k.address();
  d.k_batch = k.stride(0);
  d.k_head = k.stride(1);
  d.k_token = k.stride(2);
  const Array v(arena, {pools, heads_kv, keys}, v_row, gap);
  d.v = v.address();
  d.v_batch = v.stride(0);
  d.v_head = v.stride(1);
  d.v_token = v.stride(2);
  if (job.paging) {
    k.write(memory, job.k.data());
    v.write(memory, job.v.data());
    place_page_tables(memory, arena, jobs, &d);
  }
  for (std::uint64_t b = 0; b < batch; ++b) {
    q.write(memory, jobs[b].q.data(), b);
    if (job.paging) continue;
    k.write(memory, jobs[b].k.data(), b);
    v.write(memory, jobs[b].v.data(), b);
  }
}

void place_sequences(Memory& memory, Arena& arena, gsl::span<const Job> jobs, Image* image) {
  image->descriptor.sequences = arena.take(jobs.size() * kSequenceBytes);
  for (std::size_t b = 0; b < jobs.size(); ++b) {
    const Job& job = jobs[b];
    const std::int64_t diagonal = flashd::diagonal(job);
    require(diagonal >= std::numeric_limits<std::int32_t>::min() &&
                diagonal <= std::numeric_limits<std::int32_t>::max(),
            "the diagonal exceeds 32 bits");
    const int exponent = golden::value_exponent(job);
    const int biased = exponent + image->input_bias;
    require(biased >= 1 && biased <= 2 * image->input_bias,
            "the value exponent VE is none of the input format's");
    image->exponent.push_back(exponent);
    Sequence sequence;
    sequence.kv_len = static_cast<std::uint32_t>(job.visibility.key_length.value_or(job.keys));
    sequence.diagonal = static_cast<std::int32_t>(diagonal);
    sequence.v_exponent = static_cast<std::uint8_t>(biased);
    write_words(memory, image->descriptor.sequences + b * kSequenceBytes, sequence.pack());
  }
}

void place_states(Memory& memory, Arena& arena, gsl::span<const Job> jobs, Image* image) {
  const Job& job = jobs[0];
  Descriptor& d = image->descriptor;
  const std::size_t record = host::row_state_bytes(job.dv);
  const std::uint64_t head = record * static_cast<std::uint64_t>(job.queries);
  const std::uint64_t batch = head * static_cast<std::uint64_t>(job.heads_q);
  d.state_head = lines(head);
  d.state_batch = lines(batch);
  if (job.state_in) {
    d.flags |= kFlagStateIn;
    d.state_in = arena.take(batch * jobs.size());
    std::vector<std::byte> records(batch);
    for (std::size_t b = 0; b < jobs.size(); ++b) {
      host::store_rows(*jobs[b].state_in, job.dv, records);
      memory.write_memory(d.state_in + b * batch, records);
    }
  }
  if (image->options.state_out) {
    image->state_bytes = batch * jobs.size();
    d.state_out = arena.take(image->state_bytes);
  }
}

void place_outputs(Memory& memory, Arena& arena, const Job& job, Image* image) {
  Descriptor& d = image->descriptor;
  const std::uint32_t gap = image->options.gap;
  const auto batch = static_cast<std::uint64_t>(image->batch);
  const auto heads = static_cast<std::uint64_t>(job.heads_q);
  const std::uint64_t element = job.output == OutputFormat::fp32 ? 4 : 2;
  const Array o(arena, {batch, heads, static_cast<std::uint64_t>(job.queries)},
                element * static_cast<std::uint64_t>(job.dv), gap);
  d.o = o.address();
  d.o_batch = o.stride(0);
  d.o_head = o.stride(1);
  d.o_token = o.stride(2);
  image->o_bytes = o.bytes();
  const Array lse(arena, {batch, heads}, 4 * static_cast<std::uint64_t>(job.queries), gap);
  d.lse = lse.address();
  d.lse_batch = lse.stride(0);
  d.lse_head = lse.stride(1);
  image->lse_bytes = lse.bytes();
  if (!image->options.guard) return;
  fill_guard(memory, d.o, image->o_bytes);
  fill_guard(memory, d.lse, image->lse_bytes);
  fill_guard(memory, d.state_out, image->state_bytes);
}

}  // namespace

Image place(Memory& memory, Arena& arena, gsl::span<const Job> jobs, const RunOptions& options,
            const Capabilities& capabilities) {
  check_fit(jobs, options, capabilities);
  const Job& job = jobs[0];
  Image image;
  image.options = options;
  image.batch = static_cast<std::int64_t>(jobs.size());
  image.heads_q = job.heads_q;
  image.queries = job.queries;
  image.dv = job.dv;
  image.output = job.output;
  image.input_bias = job.input == InputFormat::bf16 ? spec::Bf16::kBias : spec::Fp16::kBias;
  Descriptor& d = image.descriptor;
  d.d = static_cast<std::uint16_t>(job.d);
  d.dv = static_cast<std::uint16_t>(job.dv);
  d.heads_kv = static_cast<std::uint16_t>(job.heads_kv);
  d.group = static_cast<std::uint16_t>(job.heads_q / job.heads_kv);
  d.batch = static_cast<std::uint32_t>(jobs.size());
  d.queries = static_cast<std::uint32_t>(job.queries);
  d.keys = static_cast<std::uint32_t>(job.keys);
  set_options(job, options, capabilities, &d);
  place_tensors(memory, arena, jobs, &image);
  place_bias(memory, arena, jobs, options.gap, &d);
  place_slopes(memory, arena, job, &d);
  place_states(memory, arena, jobs, &image);
  place_sequences(memory, arena, jobs, &image);
  place_outputs(memory, arena, job, &image);
  d.status = arena.take(64);
  write_words(memory, d.status, Status{}.pack());
  return image;
}

}  // namespace flashd::device
