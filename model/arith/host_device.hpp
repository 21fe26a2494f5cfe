// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Functions of model/arith run on the host and, under nvcc, on the device too.
#if defined(__CUDACC__)
#define FLASHD_HD __host__ __device__ inline
#else
#define FLASHD_HD inline
#endif
