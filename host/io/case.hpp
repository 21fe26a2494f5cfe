// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "host/api/config.hpp"
#include "host/io/npy.hpp"
#include "model/golden/job.hpp"

namespace flashd::host {

/// What the command line or meta.json may say about a case; an empty field leaves the default.
struct CaseOptions {
  std::optional<double> scale;  ///< default 1 / sqrt(d)
  std::optional<bool> causal;
  std::optional<std::int64_t> diagonal;
  std::optional<std::array<std::int64_t, 2>> window;  ///< left, right
  std::optional<double> softcap;                      ///< nats; 0 is off
  std::optional<std::int64_t> page_size;              ///< keys; 0 is off
};

/// Fields of `stronger` where set, else those of `weaker`.
CaseOptions overlay(const CaseOptions& stronger, const CaseOptions& weaker);

/// Reads scale, causal, diagonal, window ([left, right] or one number for both), softcap and
/// page_size; other keys are ignored, null leaves the default. An absent file gives no fields.
/// Throws Error(usage) naming file, key and expectation.
CaseOptions read_meta(const std::filesystem::path& path);

/// Checks values whoever set them; `where` names the source in the message.
void check_options(const CaseOptions& options, const std::string& where);

/// Inputs of one attention call over a batch, rounded to the input format.
struct Case {
  bool batched = false;  ///< the arrays were 4-D: so are the outputs
  std::int64_t batch = 1;
  std::int64_t heads_q = 1, heads_kv = 1;
  std::int64_t queries = 0, keys = 0;
  int d = 0, dv = 0;
  InputFormat input = InputFormat::bf16;
  std::vector<std::uint16_t> q;  ///< [batch, heads_q, queries, d]
  std::vector<std::uint16_t> k;  ///< [batch, heads_kv, keys, d], or the pool of all entries:
  std::vector<std::uint16_t> v;  ///< [pool_pages, heads_kv, page_size, dv]
  int page_size = 0;             ///< 0: k and v are dense
  std::int64_t pool_pages = 0;
  std::vector<std::int32_t> page_table;  ///< [batch, pages of a sequence]
  std::vector<float> bias;               ///< empty without bias.npy; strides below, 0 broadcasts
  std::vector<std::uint16_t> bias16;     ///< instead of `bias`, FP16: bias.npy was float16
  std::array<std::int64_t, 4> bias_stride{};  ///< batch, head, query, key
  std::vector<float> alibi;                   ///< [heads_q]; empty without alibi.npy
  std::vector<std::int64_t> key_length;       ///< [batch]; empty without kv_len.npy
  double scale = 1.0;
  std::optional<double> soft_cap;
  Visibility visibility;  ///< key_length is set by job()

  /// The call of one batch entry; points into this case.
  Job job(std::int64_t entry) const;
  /// [.., heads_q, queries], with the batch in front if the inputs had one.
  std::vector<std::int64_t> row_shape() const;
};

/// Loads q, k, v and optional bias, alibi, kv_len, page_table and meta.json from a directory.
/// With page_table.npy k and v are pools; without it a page size lays dense ones out in pages.
/// `command_line` wins over meta.json. Throws Error(usage) with one sentence naming file, array
/// and expectation. Memory: at most that of the largest file beside the returned case.
Case load_case(const std::filesystem::path& dir, InputFormat input, const CaseOptions& command_line,
               const EngineConfig& config);

}  // namespace flashd::host
