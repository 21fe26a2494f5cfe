// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "model/golden/job.hpp"

/// Value-level models of the datapaths that flashd is compared with. Each defines its arithmetic
/// operation by operation, so that RTL can be held to it bit for bit, and each runs in a wide
/// format as well (float64, exact functions), where it must agree with the float64 reference.
///
/// All take a flashd::Job with BF16 inputs and finite values: visibility, grouped queries, scale
/// and bias hold as for flashd; NaN, states and the job's output format are not modelled.
/// A row without a visible key gives o = 0 and lse = -inf. Throws std::invalid_argument with one
/// sentence if the job does not fit. "BF16(x)" below is x rounded to nearest even; operations are
/// IEEE binary32 operations whose result is rounded once more, which equals a direct rounding
/// (24 >= 2*8 + 2 bits) wherever the result is not subnormal. There is no flush to zero.
namespace flashd::rivals {

/// Numbers a datapath computes with.
enum class Arithmetic {
  native,  ///< the formats of the datapath itself
  wide,    ///< float64 and exact functions: the algorithm alone
};

/// Order in which products of a dot product are added.
enum class DotOrder {
  sequential,  ///< one accumulator, channel 0 first
  tree,        ///< neighbours in pairs, then pairs of pairs; an odd one moves up unchanged
};

/// o [heads_q, queries, dv] before any output rounding, lse [heads_q, queries] in nats.
struct Output {
  std::vector<double> o;
  std::vector<double> lse;
};

/// FlashAttention-2 (Dao 2023, algorithm 1) as a GPU runs it, blocks of 128 keys.
///
/// FP32: s = q.k (sequential), t = s * FP32(scale * log2 e) [+ FP32(bias * FP32(log2 e))],
/// m = max over the block and before, p = exp2(t - m), alpha = exp2(m_old - m),
/// l = l * alpha + (sequential sum of p over the block),
/// o = o * alpha + (sequential sum of BF16(p) * v over the block); at the end o / l and
/// lse = (m + log2 l) ln 2. Adding key by key into o itself would be unfair: a tensor core adds
/// groups of keys, and a million equal weights added one by one to FP32 are off by 1e-2.
/// exp2 is exp2_fp32() of functions.hpp. Native results are FP32.
Output flash2_gpu(const Job& job, Arithmetic arithmetic = Arithmetic::native);

/// FlashAttention-2 in BF16 throughout, key by key (online softmax).
///
/// s = BF16(dot * BF16(scale)), dot by rounded products and rounded sums in the given order;
/// [s = BF16(s + BF16(bias))]; m' = max(m, s); alpha = BF16(exp(BF16(m - m')));
/// p = BF16(exp(BF16(s - m'))); l = BF16(BF16(l alpha) + p);
/// o = BF16(BF16(o alpha) + BF16(p v)); at the end o = BF16(o / l).
/// The first visible key sets m = s, l = 1, o = v. lse is evaluated outside, in float64, from (m,
/// l).
Output flash2_bf16(const Job& job, Arithmetic arithmetic = Arithmetic::native,
                   DotOrder order = DotOrder::sequential);

/// Which functions FLASH-D uses.
enum class FlashdFunctions {
  piecewise_linear,  ///< 8-segment sigmoid and ln, skip at a score difference <= -6 or >= 11
  exact,             ///< BF16(sigmoid(x)), BF16(ln(x)), no skip
};

/// FLASH-D as published (arXiv 2505.14201, algorithm 3), BF16 throughout, state (s, w).
///
/// s as in flash2_bf16 (a tree by default, as a parallel datapath adds); the first visible key sets
/// w = 1, o = v. Then D = BF16(s - s_old), x = BF16(D + ln w_old), w = sigmoid(x), and
/// o = BF16(o + BF16(w * BF16(v - o))).
///
/// piecewise_linear: see PiecewiseLinear in functions.hpp; if D <= -6, o stays and w = 1e-5; if
/// D >= 11, o = v and w = 1 (the constants of the published sources, 0.99999 being 1 in BF16);
/// else w as above. w is never carried on below BF16(1e-5), since ln has no segment there.
/// exact: w is never carried on below 2^-126.
///
/// The published sources keep (s, w, o) in function-local statics that no one resets between rows,
/// start from s = 0, w = 1, and their sigmoid reads the wrong segment for |x| < 1. This model
/// starts each row afresh and selects the right segment: errors shown are those of the method. The
/// method keeps no row sum; lse = s - ln w, evaluated outside in float64.
Output flashd_published(const Job& job, FlashdFunctions functions,
                        Arithmetic arithmetic = Arithmetic::native,
                        DotOrder order = DotOrder::tree);

/// The running unnormalised sum in fixed point: FlashAttention-2 with an integer base-2 reference M
/// that follows the sum, and one reciprocal per row.
///
/// Score: the job's log2(e) * scale is split into c 2^e, c in [1, 2) of 22 bits, nearest. Each
/// product q k 2^e is rounded half up to 2^-(11 + ceil(log2 sqrt d)) and clamped to +-2^27 steps;
/// their exact sum times c is rounded half up to 2^-11: s. A bias is added after log2(e) * bias is
/// rounded half up to 2^-11. |s| is clamped below 2^17.
/// Reference: M = floor(s) at the first visible key. If floor(s) > M, o and l are shifted right by
/// the difference, rounded half up, and M = floor(s).
/// Weight: p = 2^(s - M) with an 11-bit mantissa (nearest of 2^10 2^fraction, at most 2047).
/// Sums: l += p and o += p v, each addend rounded half up to 2^-26 (o relative to 2^VE, VE the
/// exponent of the largest |V|); then, if l >= 2, o and l are shifted right by one, half up, M
/// += 1. End: r = round(2^18 / l), l in [1, 2); o r, exact. lse = (M + log2 l) ln 2, log2 l to
/// 2^-16. Why these widths: score and product grids are those of flashd's `fine`; a 26-bit fraction
/// is what 30-bit accumulators (sign, l < 4, |o| < 2 l 2^VE) leave; r at 18 bits adds 4e-6, below
/// the sums. Native results are exact fixed-point values; wide uses float64 for every quantity but
/// M.
Output running_sum(const Job& job, Arithmetic arithmetic = Arithmetic::native);

}  // namespace flashd::rivals
