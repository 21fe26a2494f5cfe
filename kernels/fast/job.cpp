// SPDX-License-Identifier: Apache-2.0
#include "kernels/fast/job.hpp"

#include <algorithm>
#include <cmath>
#include <new>

#include "kernels/fast/on_cpu.hpp"
#include "kernels/fast/tiles.hpp"
#include "model/reference/decode.hpp"

namespace flashd::cuda {

namespace {

Status refused(const std::string& what, const std::string& use) {
  return {Outcome::refused, what + "; use --kernel " + use};
}

/// Keys that exist; the arrays have rows for job.keys.
std::int64_t key_length(const Job& job) { return job.visibility.key_length.value_or(job.keys); }

/// What of the mask differs from a key length and from the default causal one; empty if nothing.
std::string other_mask(const Job& job) {
  const Visibility& see = job.visibility;
  if (see.window_left || see.window_right) return "a window (--window)";
  const std::int64_t bottom_right = key_length(job) - job.queries;
  if (see.causal && diagonal(job) != bottom_right)
    return "a diagonal (--diagonal) of " + std::to_string(diagonal(job)) + " instead of " +
           std::to_string(bottom_right) + ", key length - queries";
  return {};
}

/// What the fast kernels have no arithmetic for; empty if there is nothing of the kind.
std::string other_arithmetic(const Job& job) {
  if (job.bias) return "a bias (bias.npy)";
  if (!job.alibi.empty()) return "ALiBi slopes (alibi.npy)";
  if (job.soft_cap) return "a soft-cap (--softcap)";
  if (job.paging) return "pages (--page-size, page_table.npy)";
  return {};
}

constexpr const char* kStates = "row states (--state-in, --state-out, --keys-per-job)";

std::string sentence_of(const std::string& what) { return "the fast kernels do not take " + what; }

}  // namespace

Status refuse_row_states(const std::string& use) { return refused(sentence_of(kStates), use); }

Status check_fast_job(const Job& job, const std::string& use) {
  if (const char* fault = check(job, spec::kMaxHeadDim); *fault) return {Outcome::refused, fault};
  if (job.state_in) return refuse_row_states(use);
  for (const std::string& what : {other_arithmetic(job), other_mask(job)}) {
    if (!what.empty()) return refused(sentence_of(what), use);
  }
  if (job.d != job.dv || tile_keys(true, job.d) < 0)
    return refused("d is " + std::to_string(job.d) + ", dv " + std::to_string(job.dv) +
                       "; the fast kernels take d = dv = 64, 128 or 256",
                   use);
  const float scale = static_cast<float>(job.scale);
  if (!(scale > 0.0f))
    return refused("--scale is " + std::to_string(job.scale) +
                       "; the fast kernels take one above 0 in float32",
                   use);
  return {};
}

FastPlan::FastPlan(const Job& job)
    : rows(job.heads_q * job.queries), job_(job), lse_(static_cast<std::size_t>(rows)) {
  const auto outputs = static_cast<std::size_t>(rows * job.dv);
  const bool wide = job.output == OutputFormat::fp32;
  (wide ? o_.resize(outputs) : bits_.resize(outputs));
  call.input = job.input;
  call.output = job.output;
  call.d = job.d;
  call.heads_q = job.heads_q;
  call.heads_kv = job.heads_kv;
  call.queries = job.queries;
  call.keys = key_length(job);
  call.causal = job.visibility.causal;
  call.scale = static_cast<float>(job.scale);
  call.q = job.q.data();
  call.k = job.k.data();
  call.v = job.v.data();
  call.o = wide ? static_cast<void*>(o_.data()) : bits_.data();
  call.lse = lse_.data();
  call.q_strides = call.o_strides = dense_strides(job.heads_q, job.queries, job.d);
  call.k_strides = call.v_strides = dense_strides(job.heads_kv, job.keys, job.d);
}

void FastPlan::count(Result& result) const {
  const auto heads = static_cast<std::uint64_t>(job_.heads_q);
  for (std::int64_t query = 0; query < job_.queries; ++query) {
    const KeyRange seen = visible_keys(job_, query);
    result.counts.scores += heads * static_cast<std::uint64_t>(seen.end - seen.begin);
    if (seen.begin == seen.end) result.counts.rows_empty += heads;
  }
  const auto is_nan = [](float x) { return std::isnan(x); };
  auto row = result.o.begin();
  for (const float lse : result.lse) {
    const auto end = row + job_.dv;
    if (is_nan(lse) || std::any_of(row, end, is_nan)) ++result.counts.rows_nan;
    row = end;
  }
}

Result FastPlan::take() {
  Result result;
  result.o = std::move(o_);
  if (call.output != OutputFormat::fp32) {
    const auto format = call.output == OutputFormat::bf16 ? InputFormat::bf16 : InputFormat::fp16;
    result.o.reserve(bits_.size());
    for (const std::uint16_t bits : bits_)
      result.o.push_back(reference::element_value(bits, format));
  }
  result.lse = std::move(lse_);
  count(result);
  return result;
}

Status run_fast_job_on_cpu(const Job& job, FastKernel kernel, Result* result) {
  if (!result) return {Outcome::refused, "result is null; expected a place for it"};
  try {
    if (Status status = check_fast_job(job, "exact-cpu"); !status.good()) return status;
    FastPlan plan(job);
    if (Status status = run_fast_on_cpu(plan.call, kernel); !status.good()) return status;
    *result = plan.take();
    return {};
  } catch (const std::bad_alloc&) {
    return {Outcome::refused, "this job needs more memory than the machine has"};
  }
}

}  // namespace flashd::cuda
