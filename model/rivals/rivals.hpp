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
/// (24 >= 2*8 + 2 bits) wherever the result is not subnormal. The datapaths all in BF16 know no
/// subnormals: an input or result below 2^-126 after rounding is +0, which makes them smaller.
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

/// Functions of FlashAttention-2 in BF16.
enum class Flash2Functions {
  exact,  ///< BF16(exp x), BF16(o / l)
  table,  ///< as flashd_lane_flash2_bf16: bf16_exp_table(), and BF16(o BF16(1 / l)) at the end
};

/// FlashAttention-2 in BF16 throughout, key by key (online softmax).
///
/// s = BF16(dot * BF16(scale)), dot by rounded products and rounded sums in the given order;
/// [s = BF16(s + BF16(bias))]; m' = max(m, s); alpha = BF16(exp(BF16(m - m')));
/// p = BF16(exp(BF16(s - m'))); l = BF16(BF16(l alpha) + p);
/// o = BF16(BF16(o alpha) + BF16(p v)); at the end o = BF16(o / l).
/// The first visible key sets m = s, l = 1, o = v. lse is evaluated outside, in float64, from (m,
/// l).
Output flash2_bf16(const Job& job, Arithmetic arithmetic = Arithmetic::native,
                   DotOrder order = DotOrder::sequential,
                   Flash2Functions functions = Flash2Functions::exact);

/// Significant bits of e in flash2_fp32.
constexpr int kFlash2PowerBits = 9;
/// Fraction bits of its scores in base 2.
constexpr int kFlash2ScoreFraction = 14;

/// FlashAttention-2 with FP32 sums, key by key, as a datapath of one key per cycle.
///
/// dot: products of BF16 values, exact, and a tree of FP32 sums. s = dot * FP32(scale * log2 e) on
/// a grid of 2^-14, |s| below 2^17: cut off, and a step lower if negative (one's complement)
/// [+ bias * log2 e, rounded half up, clamped]. m' = max(m, s). The one of alpha and p that is not
/// 1 is e = 2^-t, t = s - m if the key is the new maximum, else m - s less a step, cut off to
/// 2^-10: 2^(-1 - floor t) times the nearest 2^8th of 2^(1 - (t mod 1) - 2^-11); 0 from t = 126 on.
/// l = FP32(l alpha + p), o = FP32(o alpha + p v), l alpha and o alpha cut off to 24 bits, p v
/// exact. The first visible key sets m = s, l = 1, o = v. At the end o is multiplied by 1 / l in
/// three steps that err by 2^-19 together: o r, r from a table of 128 entries, then twice
/// o <- FP32(o + o (1 - l)), 1 - l cut to 9 bits, while l goes the same way; products are cut off
/// to 24 bits. lse is evaluated outside, in float64, from (m, l).
///
/// A GPU has e in FP32 as alpha and rounds it to 8 bits as p. Here it has 9 bits as both: p errs by
/// half as much, alpha is 1 for most keys. Values below 2^-126 are +0.
Output flash2_fp32(const Job& job, Arithmetic arithmetic = Arithmetic::native);

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
/// that follows the sum, and one reciprocal per row. Profile `fine` | `lean` chooses the fraction
/// bits B of the sums, 26 | 24.
///
/// Score s: flashd's own (arith::product, scaled_sum, clamp_score), 11 fraction bits. A bias is
/// added after log2(e) * bias is rounded half up to 2^-11. Reference: M = floor(s) at the first
/// visible key. If floor(s) exceeds M by n, o and l are halved n times (from 32 on: start afresh)
/// and M = floor(s). Halving rounds to odd: a lost one sets the lowest bit, which has no bias and
/// needs no adder. Weight: p = 2^(s - M), 11 bits from flashd's `fine` table; 0 if M - floor(s) > B
/// + 1: such a key changes nothing. Sums: l += p, rounded half up to 2^-B. If now l >= 2: l is
/// halved, M += 1, h = 1, else h = 0. o = o halved h times + p v 2^-h, the latter rounded to
/// 2^(VE-B), halves away from zero (VE: exponent of the largest |V|). So l is in [1, 2) and |o| <
/// 2^(VE+2) after every key: 3 + B bits hold o for rows of up to 2^18 keys (lean: 2^17). End:
/// r = floor((2^(17+B) - 1) / l), l as an integer; |o| (one's complement) is cut to its 17 highest
/// bits and multiplied by r, exactly; below 2^-126 the result is 0. lse = (M + log2 l) ln 2, log2 l
/// to 2^-16. Why these widths: score and product grids are those of flashd's `fine`; 26 fraction
/// bits keep the sums of 65,536 keys good, 24 keep them below BF16's own rounding; 17 bits at the
/// end cost 1e-5. Native results are exact fixed-point values; wide uses float64 for every quantity
/// but M.
Output running_sum(const Job& job, Arithmetic arithmetic = Arithmetic::native,
                   Profile profile = Profile::fine);

/// What a row leaves: M, and l in units of 2^-B.
struct RunningSumState {
  bool seen = false;  ///< false: no visible key; the rest is zero
  std::int32_t m = 0;
  std::uint32_t l = 0;
};

struct RunningSumRows {
  Output output;
  std::vector<RunningSumState> states;  ///< [heads_q, queries]
};

/// running_sum in native arithmetic, with the states of the rows.
RunningSumRows running_sum_rows(const Job& job, Profile profile = Profile::fine);

/// The bound of the lane comparison, which is no attention: significands with a leading one and
/// their signs, no exponents. z = sum of q k over the channels, less 1 if the last product is
/// negative (a carry that is not worth an adder); p >= 0 is the 11 bits below the sign of the
/// 17 + log2 d bits of z; o = sum of p v over the visible keys, modulo 2^24 (d 16) or 2^26.
/// Returns o [heads_q, queries, dv]. Throws std::invalid_argument unless d is 16, 64 or 256.
std::vector<std::int32_t> bare(const Job& job);

}  // namespace flashd::rivals
