// SPDX-License-Identifier: Apache-2.0
#include "host/io/case.hpp"

#include <cmath>

#include "host/io/case_arrays.hpp"
#include "host/io/convert.hpp"

namespace flashd::host {
namespace {

namespace fs = std::filesystem;

/// Sanity limits, so that shapes with a zero extent cannot ask for endless loops.
constexpr std::int64_t kMaxRowsOfHeads = 1 << 20;                 // batch * heads
constexpr std::int64_t kMaxLength = (std::int64_t{1} << 31) - 1;  // queries, keys

/// Reads q, k or v: float, 3-D, or 4-D with the batch in front.
NpyArray read_tensor(const fs::path& path, const char* axes) {
  NpyArray array = read_npy(path);
  expect_kind(array, false);
  if (array.rank() != 3 && array.rank() != 4)
    throw bad_input(array.name, "has " + std::to_string(array.rank()) + " dimensions, shape " +
                                    shape_text(array.shape) + "; expected " + axes +
                                    ", or 4 with the batch in front");
  return array;
}

int head_dim(const NpyArray& array, const EngineConfig& config) {
  const std::int64_t d = extent(array, 0);
  if (d < 1 || d > config.max_head_dim)
    throw bad_input(array.name, "has head dimension " + std::to_string(d) + "; configuration " +
                                    config.name + " takes 1 to " +
                                    std::to_string(config.max_head_dim));
  return static_cast<int>(d);
}

std::vector<std::uint16_t> round_all(const NpyArray& array, InputFormat format) {
  std::vector<std::uint16_t> out(array.elements());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = encode(array.real(i), format);
  return out;
}

void same_batch(const NpyArray& a, const NpyArray& b) {
  if (a.rank() != b.rank())
    throw bad_input(b.name, "has shape " + shape_text(b.shape) + ", which does not fit " + a.name +
                                " of shape " + shape_text(a.shape) +
                                "; expected the same rank and batch");
  expect_same(a, b, 3, "rank and batch");
}

void check_dense(const NpyArray& q, const NpyArray& k, const NpyArray& v) {
  same_batch(q, k);
  same_batch(k, v);
  expect_same(k, v, 2, "number of heads");
  expect_same(k, v, 1, "number of keys");
}

void check_shapes(const NpyArray& q, const NpyArray& k) {
  expect_same(q, k, 0, "head dimension");
  const std::int64_t heads_q = extent(q, 2);
  const std::int64_t heads_kv = extent(k, 2);
  if (extent(q, 3) < 1 || heads_q < 1)
    throw bad_input(q.name, "has shape " + shape_text(q.shape) + "; expected at least one head");
  if (heads_kv < 1 || heads_q % heads_kv != 0)
    throw bad_input(q.name, "has " + std::to_string(heads_q) + " heads, " + k.name + " has " +
                                std::to_string(heads_kv) +
                                "; expected a multiple, as in grouped-query attention");
  if (extent(q, 3) > kMaxRowsOfHeads || heads_q > kMaxRowsOfHeads ||
      extent(q, 3) * heads_q > kMaxRowsOfHeads)
    throw bad_input(q.name, "has shape " + shape_text(q.shape) + "; expected at most " +
                                std::to_string(kMaxRowsOfHeads) + " heads over the batch");
  for (const NpyArray* array : {&q, &k})
    if (extent(*array, 1) > kMaxLength)
      throw bad_input(array->name,
                      "has shape " + shape_text(array->shape) + "; expected fewer than 2^31 rows");
}

void load_bias(const fs::path& path, Case& c) {
  if (!present(path)) return;
  const NpyArray array = read_npy(path);
  expect_kind(array, false);
  const std::array<std::int64_t, 4> full{c.batch, c.heads_q, c.queries, c.keys};
  bool fits = array.rank() <= full.size();
  std::int64_t step = 1;
  for (std::size_t i = 0; fits && i < full.size(); ++i) {
    const std::int64_t have = extent(array, i);
    const std::int64_t want = full[3 - i];
    fits = have == want || have == 1;
    c.bias_stride[3 - i] = have == 1 ? 0 : step;
    step *= have;
  }
  if (!fits)
    throw bad_input(array.name, "has shape " + shape_text(array.shape) +
                                    "; expected one that broadcasts to " + shape_text(full));
  if (array.dtype == DType::f2) {
    c.bias16 = round_all(array, InputFormat::fp16);
    return;
  }
  c.bias.resize(array.elements());
  for (std::size_t i = 0; i < c.bias.size(); ++i) c.bias[i] = static_cast<float>(array.real(i));
}

void load_alibi(const fs::path& path, Case& c) {
  if (!present(path)) return;
  const NpyArray array = read_npy(path);
  expect_kind(array, false);
  if (array.rank() != 1 || array.shape[0] != c.heads_q)
    throw bad_input(array.name, "has shape " + shape_text(array.shape) + "; expected (" +
                                    std::to_string(c.heads_q) + ",), one slope per query head");
  for (std::size_t i = 0; i < array.elements(); ++i) {
    const auto slope = static_cast<float>(array.real(i));
    if (!std::isfinite(slope))
      throw bad_input(array.name, "has a slope at index " + std::to_string(i) +
                                      " that is no finite float32; expected finite slopes");
    c.alibi.push_back(slope);
  }
}

void load_key_length(const fs::path& path, Case& c) {
  if (!present(path)) return;
  const NpyArray array = read_npy(path);
  expect_kind(array, true);
  if (array.rank() != 1 || array.shape[0] != c.batch)
    throw bad_input(array.name, "has shape " + shape_text(array.shape) + "; expected (" +
                                    std::to_string(c.batch) + ",), one length per batch entry");
  for (std::size_t i = 0; i < array.elements(); ++i) {
    const std::int64_t length = array.integer(i);
    if (length < 0 || length > c.keys)
      throw bad_input(
          array.name,
          "has length " + std::to_string(length) + " at index " + std::to_string(i) +
              "; expected 0 to " + std::to_string(c.keys) +
              (c.page_size == 0 ? ", the keys of k.npy" : ", the keys of the page table"));
    c.key_length.push_back(length);
  }
}

}  // namespace

Job Case::job(std::int64_t entry) const {
  const auto part = [entry](const std::vector<std::uint16_t>& all, std::int64_t size) {
    return gsl::span<const std::uint16_t>(all).subspan(static_cast<std::size_t>(entry * size),
                                                       static_cast<std::size_t>(size));
  };
  Job job;
  job.heads_q = heads_q;
  job.heads_kv = heads_kv;
  job.queries = queries;
  job.keys = keys;
  job.d = d;
  job.dv = dv;
  job.q = part(q, heads_q * queries * d);
  if (page_size == 0) {
    job.k = part(k, heads_kv * keys * d);
    job.v = part(v, heads_kv * keys * dv);
  } else {
    const std::size_t pages = page_table.size() / static_cast<std::size_t>(batch);
    job.k = k;
    job.v = v;
    job.paging = Paging{page_size, gsl::span<const std::int32_t>(page_table)
                                       .subspan(static_cast<std::size_t>(entry) * pages, pages)};
  }
  job.input = input;
  job.scale = scale;
  job.visibility = visibility;
  if (!key_length.empty()) job.visibility.key_length = key_length[static_cast<std::size_t>(entry)];
  const std::int64_t first = entry * bias_stride[0];
  if (!bias.empty())
    job.bias = BiasView{bias.data() + first, bias_stride[1], bias_stride[2], bias_stride[3]};
  if (!bias16.empty())
    job.bias = BiasView{nullptr,        bias_stride[1],        bias_stride[2],
                        bias_stride[3], bias16.data() + first, InputFormat::fp16};
  job.soft_cap = soft_cap;
  job.alibi = alibi;
  return job;
}

std::vector<std::int64_t> Case::row_shape() const {
  std::vector<std::int64_t> shape{heads_q, queries};
  if (batched) shape.insert(shape.begin(), batch);
  return shape;
}

Case load_case(const fs::path& dir, InputFormat input, const CaseOptions& command_line,
               const EngineConfig& config) {
  std::error_code error;
  if (!fs::is_directory(dir, error))
    throw bad_input(dir.string(), "is not a directory; expected one with q.npy, k.npy and v.npy");
  check_options(command_line, "command line");
  if (input == InputFormat::fp16 && config.sig < 11)
    throw bad_input("input format", std::string("fp16 does not fit configuration ") + config.name +
                                        " of 8 significand bits; expected bf16");
  const CaseOptions options = overlay(command_line, read_meta(dir / "meta.json"));

  const fs::path page_table = dir / "page_table.npy";
  Case c;
  c.input = input;
  {
    // Shapes first: what does not fit should be said before time goes into rounding.
    const NpyArray q = read_tensor(dir / "q.npy", "3, [heads, queries, d]");
    const NpyArray k = read_tensor(dir / "k.npy", "3, [heads, keys, d]");
    const NpyArray v = read_tensor(dir / "v.npy", "3, [heads, keys, dv]");
    const bool paged = present(page_table);
    if (paged)
      take_pools(k, v, options, c);
    else
      check_dense(q, k, v);
    check_shapes(q, k);
    c.d = head_dim(q, config);
    c.dv = head_dim(v, config);
    c.batched = q.rank() == 4;
    c.batch = extent(q, 3);
    c.heads_q = extent(q, 2);
    c.heads_kv = extent(k, 2);
    c.queries = extent(q, 1);
    if (paged)
      load_page_table(page_table, c);
    else
      c.keys = extent(k, 1);
    c.q = round_all(q, input);
    c.k = round_all(k, input);
    c.v = round_all(v, input);
  }
  load_bias(dir / "bias.npy", c);
  load_alibi(dir / "alibi.npy", c);
  load_key_length(dir / "kv_len.npy", c);
  if (c.page_size != 0)
    check_pages(page_table.string(), c);
  else if (options.page_size.value_or(0) != 0)
    make_pages(static_cast<int>(*options.page_size), c);
  c.scale = options.scale.value_or(1.0 / std::sqrt(static_cast<double>(c.d)));
  if (options.softcap.value_or(0) != 0) {
    if (config.soft_cap == 0)
      throw bad_input("softcap", std::string("configuration ") + config.name +
                                     " has no soft-cap; expected 0 or none");
    c.soft_cap = options.softcap;
  }
  c.visibility.causal = options.causal.value_or(false);
  c.visibility.diagonal = options.diagonal;
  if (options.window) {
    c.visibility.window_left = (*options.window)[0];
    c.visibility.window_right = (*options.window)[1];
  }
  return c;
}

}  // namespace flashd::host
