// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/arith/host_device.hpp"

/// Which thread of a warp holds which element of a tensor core's operands, 16-bit inputs and FP32
/// accumulators. The warp's 16 rows of mma.m16n8k16 and the 16 rows that a warp has of a
/// warpgroup's 64 in WGMMA are laid out alike (PTX ISA, "Matrix fragments").
namespace flashd::cuda {

struct Place {
  int row = 0;
  int column = 0;
};

/// Accumulator c of a thread; c = 4 b + e is element e of the block of eight columns b.
FLASHD_HD Place accumulator_place(int lane, int c) {
  const int e = c % 4;
  return {lane / 4 + 8 * (e / 2), 8 * (c / 4) + 2 * (lane % 4) + e % 2};
}

/// Element of the left operand, 16 rows by 16 columns: half `half` of register `index`, 0 to 3.
FLASHD_HD Place left_place(int lane, int index, int half) {
  return {lane / 4 + 8 * (index % 2), 8 * (index / 2) + 2 * (lane % 4) + half};
}

/// Element of mma.sync's right operand, 16 rows (summed) by 8 columns: half of register 0 or 1.
FLASHD_HD Place right_place(int lane, int index, int half) {
  return {8 * index + 2 * (lane % 4) + half, lane / 4};
}

/// First of the two accumulators that become register `index` of the left operand for columns
/// 16 `step` to 16 step + 15: weights go from scores to the next product without leaving a thread.
FLASHD_HD int weight_accumulator(int step, int index) {
  return 8 * step + 4 * (index / 2) + 2 * (index % 2);
}

/// ldmatrix.x4: row and column, in a 16 by 16 block, whose address lane gives; registers 0 to 3
/// then are left_place() of a block stored by rows.
FLASHD_HD Place load_left_place(int lane) { return {lane % 16, 8 * (lane / 16)}; }

/// The same for two neighbouring right operands stored with the summed dimension along rows of
/// memory (K: 16 keys by 16 dimensions): registers 0 and 1 are keys 0 to 7, 2 and 3 keys 8 to 15.
FLASHD_HD Place load_right_place(int lane) {
  return {lane % 8 + 8 * (lane / 16), 8 * (lane / 8 % 2)};
}

/// With .trans, for two right operands stored with the summed dimension down the rows (V: 16 keys
/// by 16 dimensions): registers 0 and 1 are dimensions 0 to 7, 2 and 3 dimensions 8 to 15.
FLASHD_HD Place load_right_transposed_place(int lane) { return {lane % 16, 8 * (lane / 16)}; }

}  // namespace flashd::cuda
