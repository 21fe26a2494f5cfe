// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/arith/host_device.hpp"

/// How the fast kernels cut their work; shared by kernels, tests and the emulation.
namespace flashd::cuda {

/// Columns of a panel: 64 elements of 16 bits are the 128 bytes that one swizzle spans.
constexpr int kPanelColumns = 64;
constexpr int kPanelRowBytes = 128;

/// Head dimensions that the kernels are compiled for.
constexpr int kFastDims[] = {64, 128, 256};

/// Shapes of the sm_90a kernel, bytes as they lie in shared memory.
template <int D>
struct HopperTile {
  static constexpr int kRows = 128;     ///< of a block: 64 for each of two warpgroups
  static constexpr int kThreads = 384;  ///< a warpgroup loads, two compute
  static constexpr int kGroupRows = 64;
  static constexpr int kKeys = D == 256 ? 64 : 128;
  static constexpr int kStages = 2;
  static constexpr int kPanels = D / kPanelColumns;
  static constexpr int kQueryBytes = kRows * D * 2;
  static constexpr int kTileBytes = kKeys * D * 2;  ///< of K or of V
  static constexpr int kOnesBytes = 2048;           ///< 16 keys of 64 columns, for the row sums
  static constexpr int kBarrierBytes = 128;
  /// Swizzled panels start at multiples of 1024 bytes; the block's shared memory may not.
  static constexpr int kAlignment = 1024;
  static constexpr int kBytes =
      kQueryBytes + 2 * kStages * kTileBytes + kOnesBytes + kBarrierBytes + kAlignment;
  static_assert(kBytes <= 227 * 1024, "shared memory of a block on compute capability 9.0");
};

/// Shapes of the sm_80 kernel.
template <int D>
struct PortableTile {
  static constexpr int kRows = 64;  ///< of a block: 16 for each of four warps
  static constexpr int kWarpRows = 16;
  static constexpr int kThreads = 128;
  static constexpr int kKeys = D == 256 ? 32 : 64;
  static constexpr int kStages = 2;
  static constexpr int kPanels = D / kPanelColumns;
  static constexpr int kQueryBytes = kRows * D * 2;
  static constexpr int kTileBytes = kKeys * D * 2;
  static constexpr int kAlignment = 128;
  static constexpr int kBytes = kQueryBytes + 2 * kStages * kTileBytes + kAlignment;
  static_assert(kBytes <= 99 * 1024, "shared memory of a block on compute capability 8.6");
};

/// Keys of a tile for a head dimension that the kernels have; -1 for others.
FLASHD_HD int tile_keys(bool hopper, int d) {
  if (d == 64) return hopper ? HopperTile<64>::kKeys : PortableTile<64>::kKeys;
  if (d == 128) return hopper ? HopperTile<128>::kKeys : PortableTile<128>::kKeys;
  if (d == 256) return hopper ? HopperTile<256>::kKeys : PortableTile<256>::kKeys;
  return -1;
}

}  // namespace flashd::cuda
