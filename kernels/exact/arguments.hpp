// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/arith/alibi.hpp"
#include "model/arith/scale.hpp"
#include "model/arith/soft_cap.hpp"
#include "model/golden/job.hpp"

namespace flashd::cuda {

/// What the exact kernel reads and writes: a Job in numbers that a GPU can read. Every pointer is
/// of the memory that the kernel runs in; arrays are dense and row-major unless strides say
/// otherwise.
struct ExactArguments {
  std::int64_t heads_q = 1;
  std::int64_t heads_kv = 1;
  std::int64_t queries = 0;
  std::int64_t keys = 0;        ///< keys of a KV head of k and v; with pages, at most their reach
  std::int64_t key_length = 0;  ///< keys from there on do not exist
  int d = 0;
  int dv = 0;
  int tile = 64;
  Profile profile = Profile::fine;
  InputFormat input = InputFormat::bf16;
  OutputFormat output = OutputFormat::fp32;
  arith::Scale scale;
  arith::SoftCap soft_cap;
  int v_exponent = 0;         ///< VE
  std::int64_t diagonal = 0;  ///< K

  const std::uint16_t* q = nullptr;          ///< [heads_q, queries, d]
  const std::uint16_t* k = nullptr;          ///< [heads_kv, keys, d], or a pool of pages
  const std::uint16_t* v = nullptr;          ///< [heads_kv, keys, dv], or a pool of pages
  const KeyRange* ranges = nullptr;          ///< [queries]: the keys that a query sees, bias aside
  int page_size = 0;                         ///< 0: no pages
  const std::int32_t* page_table = nullptr;  ///< entries of the keys below key_length
  const float* bias = nullptr;               ///< this, bias16 or neither
  const std::uint16_t* bias16 = nullptr;     ///< elements of bias16_format
  InputFormat bias16_format = InputFormat::bf16;
  std::int64_t bias_head = 0;  ///< strides in elements, not negative
  std::int64_t bias_query = 0;
  std::int64_t bias_key = 0;
  const arith::AlibiSlope* slopes = nullptr;  ///< [heads_q], or null
  const RowHead* head_in = nullptr;           ///< [heads_q * queries], or null: rows start empty
  const std::int32_t* o_in = nullptr;         ///< [heads_q * queries, dv], with head_in

  RowHead* head = nullptr;          ///< [heads_q * queries]
  std::int32_t* o_state = nullptr;  ///< [heads_q * queries, dv]
  std::uint32_t* o = nullptr;       ///< [heads_q * queries, dv], bits of float32
  std::uint32_t* lse = nullptr;     ///< [heads_q * queries], bits of float32
  Counts* counts = nullptr;         ///< added to
};

/// How the work is cut; no bit depends on it.
struct LaunchShape {
  int threads = 256;  ///< of a block: 1 to kMaxThreads
  int rows = 8;       ///< of a block: 1 to kMaxRows
};

constexpr int kMaxThreads = 512;
constexpr int kMaxRows = 8;
constexpr int kMaxTileKeys = 64;

}  // namespace flashd::cuda
