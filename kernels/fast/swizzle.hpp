// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kernels/fast/tiles.hpp"
#include "model/arith/host_device.hpp"

/// Where elements of 16 bits lie in shared memory, and how a tensor core is told. A tile of `rows`
/// rows is a sequence of panels of 64 columns; a panel's row is 128 bytes, whose eight chunks of 16
/// bytes are permuted by the row: TMA's 128-byte swizzle (PTX ISA, "Swizzling modes").
namespace flashd::cuda {

constexpr int kChunkBytes = 16;
constexpr int kChunkElements = 8;

/// Swizzled place of a byte offset in a panel that starts at a multiple of 1024 bytes: address bits
/// 4 to 6 are XORed with bits 7 to 9.
FLASHD_HD std::uint32_t swizzle_128(std::uint32_t offset) {
  return offset ^ (((offset >> 7) & 7u) << 4);
}

/// Byte of element (row, column) in a tile of `rows` rows.
FLASHD_HD std::uint32_t tile_offset(int rows, int row, int column) {
  const std::uint32_t panel = static_cast<std::uint32_t>(column) / kPanelColumns;
  const std::uint32_t within = static_cast<std::uint32_t>(column) % kPanelColumns;
  return panel * static_cast<std::uint32_t>(rows) * kPanelRowBytes +
         swizzle_128(static_cast<std::uint32_t>(row) * kPanelRowBytes + within * 2);
}

/// WGMMA's description of an operand in shared memory with the 128-byte swizzle (PTX ISA, "Matrix
/// descriptor format"): address, leading and stride offsets in units of 16 bytes.
FLASHD_HD std::uint64_t wgmma_descriptor(std::uint32_t address, std::uint32_t leading_bytes,
                                         std::uint32_t stride_bytes) {
  constexpr std::uint64_t kSwizzle128 = std::uint64_t{1} << 62;
  return (static_cast<std::uint64_t>(address & 0x3FFFFu) >> 4) |
         (static_cast<std::uint64_t>((leading_bytes & 0x3FFFFu) >> 4) << 16) |
         (static_cast<std::uint64_t>((stride_bytes & 0x3FFFFu) >> 4) << 32) | kSwizzle128;
}

/// Q or K: columns are the summed dimension ("K-major"). 16 columns from `column` on of a tile of
/// `rows` rows at `base`; groups of eight rows are 1024 bytes apart. The leading offset is not used
/// by this layout.
FLASHD_HD std::uint64_t row_operand(std::uint32_t base, int rows, int row, int column) {
  const std::uint32_t panel = static_cast<std::uint32_t>(column) / kPanelColumns;
  const std::uint32_t within = static_cast<std::uint32_t>(column) % kPanelColumns;
  return wgmma_descriptor(base + panel * static_cast<std::uint32_t>(rows) * kPanelRowBytes +
                              static_cast<std::uint32_t>(row) * kPanelRowBytes + within * 2,
                          16, 8 * kPanelRowBytes);
}

/// V: rows, the keys, are the summed dimension ("MN-major"). 16 rows from `row` on, a multiple of
/// eight, and columns from the panel of `column` on: panels are the leading offset apart, groups of
/// eight rows 1024 bytes.
FLASHD_HD std::uint64_t column_operand(std::uint32_t base, int rows, int row, int column) {
  const std::uint32_t panel_bytes = static_cast<std::uint32_t>(rows) * kPanelRowBytes;
  const std::uint32_t panel = static_cast<std::uint32_t>(column) / kPanelColumns;
  return wgmma_descriptor(
      base + panel * panel_bytes + static_cast<std::uint32_t>(row) * kPanelRowBytes, panel_bytes,
      8 * kPanelRowBytes);
}

}  // namespace flashd::cuda
