// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda.h>

#include "kernels/fast/launch.cuh"
#include "kernels/fast/tiles.hpp"

/// TMA's descriptions of Q, K and V. The driver's encoder is looked up at run time, so nothing
/// links with the driver.
namespace flashd::cuda {

using EncodeTiled = CUresult (*)(CUtensorMap*, CUtensorMapDataType, cuuint32_t, void*,
                                 const cuuint64_t*, const cuuint64_t*, const cuuint32_t*,
                                 const cuuint32_t*, CUtensorMapInterleave, CUtensorMapSwizzle,
                                 CUtensorMapL2promotion, CUtensorMapFloatOOBfill);

inline Status find_encoder(EncodeTiled* encode) {
  constexpr unsigned kSince = 12000;  // CUDA version that brought it
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult found = cudaDriverEntryPointSymbolNotFound;
#if CUDART_VERSION >= 12050
  const cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &entry,
                                                             kSince, cudaEnableDefault, &found);
#else
  static_cast<void>(kSince);
  const cudaError_t error =
      cudaGetDriverEntryPoint("cuTensorMapEncodeTiled", &entry, cudaEnableDefault, &found);
#endif
  if (Status s = status_of(error, "looking for cuTensorMapEncodeTiled"); !s.good()) return s;
  if (found != cudaDriverEntryPointSuccess || entry == nullptr)
    return {Outcome::unavailable, "the driver has no cuTensorMapEncodeTiled; it needs CUDA 12.0"};
  *encode = reinterpret_cast<EncodeTiled>(entry);
  return {};
}

/// Extents of one array in rows, heads and entries of the batch; heads that share a box.
struct MapShape {
  std::int64_t rows = 0;
  std::int64_t heads = 0;
  std::int64_t entries = 0;
  std::int64_t group = 1;
};

/// Boxes of `box_rows` rows, each of a group of heads, by 64 columns with the 128-byte swizzle: a
/// row's heads lie side by side in shared memory. Beyond the extents zeros.
inline Status encode_map(EncodeTiled encode, const FastJob& job, const char* name,
                         const std::uint16_t* data, const FastStrides& strides,
                         const MapShape& shape, int box_rows, CUtensorMap* map) {
  const auto extent = [](std::int64_t x) { return static_cast<cuuint64_t>(x); };
  // The stride of an extent of 1 is not used, but must be one that the driver takes.
  const auto bytes = [&](std::int64_t stride, std::int64_t count) {
    return static_cast<cuuint64_t>(2 * (count > 1 ? stride : job.d));
  };
  const std::int64_t groups = shape.heads / shape.group;
  const cuuint64_t extents[] = {extent(job.d), extent(shape.group), extent(shape.rows),
                                extent(groups), extent(shape.entries)};
  const cuuint64_t steps[] = {bytes(strides.head, shape.group), bytes(strides.row, shape.rows),
                              bytes(strides.head * shape.group, groups),
                              bytes(strides.batch, shape.entries)};
  const cuuint32_t box[] = {kPanelColumns, static_cast<cuuint32_t>(shape.group),
                            static_cast<cuuint32_t>(box_rows), 1, 1};
  const cuuint32_t element_steps[] = {1, 1, 1, 1, 1};
  const CUresult result =
      encode(map,
             job.input == InputFormat::bf16 ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16
                                            : CU_TENSOR_MAP_DATA_TYPE_FLOAT16,
             5, const_cast<std::uint16_t*>(data), extents, steps, box, element_steps,
             CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
             CU_TENSOR_MAP_L2_PROMOTION_L2_128B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result == CUDA_SUCCESS) return {};
  return {Outcome::fault, std::string("the GPU's driver failed while describing ") + name +
                              " for TMA: error " + std::to_string(static_cast<int>(result))};
}

}  // namespace flashd::cuda
