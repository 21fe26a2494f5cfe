// SPDX-License-Identifier: Apache-2.0
#include "host/io/case.hpp"

#include <cmath>

#include "host/io/convert.hpp"
#include "host/io/error.hpp"

namespace flashd::host {
namespace {

namespace fs = std::filesystem;

/// Sanity limits, so that shapes with a zero extent cannot ask for endless loops.
constexpr std::int64_t kMaxRowsOfHeads = 1 << 20;                 // batch * heads
constexpr std::int64_t kMaxLength = (std::int64_t{1} << 31) - 1;  // queries, keys

bool present(const fs::path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

void refuse_file(const fs::path& path, const char* feature) {
  if (present(path))
    throw bad_input(path.string(),
                    std::string(feature) + " is not supported in this release; remove the file");
}

/// Reads q, k or v: float, 3-D, or 4-D with the batch in front.
NpyArray read_tensor(const fs::path& path, const char* axes) {
  NpyArray array = read_npy(path);
  if (!is_float(array.dtype))
    throw bad_input(array.name, std::string("has dtype ") + dtype_name(array.dtype) +
                                    "; expected float16, float32 or float64");
  if (array.rank() != 3 && array.rank() != 4)
    throw bad_input(array.name, "has " + std::to_string(array.rank()) + " dimensions, shape " +
                                    shape_text(array.shape) + "; expected " + axes +
                                    ", or 4 with the batch in front");
  return array;
}

/// Extent counted from the last axis; the batch of a 3-D array is 1.
std::int64_t extent(const NpyArray& array, std::size_t from_end) {
  return from_end < array.rank() ? array.shape[array.rank() - 1 - from_end] : 1;
}

void same(const NpyArray& a, const NpyArray& b, std::size_t from_end, const char* what) {
  if (extent(a, from_end) == extent(b, from_end) && a.rank() == b.rank()) return;
  throw bad_input(b.name, "has shape " + shape_text(b.shape) + ", which does not fit " + a.name +
                              " of shape " + shape_text(a.shape) + "; expected the same " + what);
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

void check_shapes(const NpyArray& q, const NpyArray& k, const NpyArray& v) {
  same(q, k, 3, "rank and batch");
  same(q, k, 0, "head dimension");
  same(k, v, 3, "rank and batch");
  same(k, v, 2, "number of heads");
  same(k, v, 1, "number of keys");
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
  if (!is_float(array.dtype))
    throw bad_input(array.name, std::string("has dtype ") + dtype_name(array.dtype) +
                                    "; expected float16, float32 or float64");
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
  c.bias.resize(array.elements());
  for (std::size_t i = 0; i < c.bias.size(); ++i) c.bias[i] = static_cast<float>(array.real(i));
}

void load_key_length(const fs::path& path, Case& c) {
  if (!present(path)) return;
  const NpyArray array = read_npy(path);
  if (is_float(array.dtype))
    throw bad_input(array.name, std::string("has dtype ") + dtype_name(array.dtype) +
                                    "; expected an integer type");
  if (array.rank() != 1 || array.shape[0] != c.batch)
    throw bad_input(array.name, "has shape " + shape_text(array.shape) + "; expected (" +
                                    std::to_string(c.batch) + ",), one length per batch entry");
  for (std::size_t i = 0; i < array.elements(); ++i) {
    const std::int64_t length = array.integer(i);
    if (length < 0 || length > c.keys)
      throw bad_input(array.name, "has length " + std::to_string(length) + " at index " +
                                      std::to_string(i) + "; expected 0 to " +
                                      std::to_string(c.keys) + ", the keys of k.npy");
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
  job.k = part(k, heads_kv * keys * d);
  job.v = part(v, heads_kv * keys * dv);
  job.input = input;
  job.scale = scale;
  job.visibility = visibility;
  if (!key_length.empty()) job.visibility.key_length = key_length[static_cast<std::size_t>(entry)];
  if (!bias.empty())
    job.bias = BiasView{bias.data() + entry * bias_stride[0], bias_stride[1], bias_stride[2],
                        bias_stride[3]};
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
  refuse_file(dir / "alibi.npy", "ALiBi");
  refuse_file(dir / "page_table.npy", "paged KV");
  const CaseOptions options = overlay(command_line, read_meta(dir / "meta.json"));

  Case c;
  c.input = input;
  {
    // Shapes first: what does not fit should be said before time goes into rounding.
    const NpyArray q = read_tensor(dir / "q.npy", "3, [heads, queries, d]");
    const NpyArray k = read_tensor(dir / "k.npy", "3, [heads, keys, d]");
    const NpyArray v = read_tensor(dir / "v.npy", "3, [heads, keys, dv]");
    check_shapes(q, k, v);
    c.d = head_dim(q, config);
    c.dv = head_dim(v, config);
    c.batched = q.rank() == 4;
    c.batch = extent(q, 3);
    c.heads_q = extent(q, 2);
    c.heads_kv = extent(k, 2);
    c.queries = extent(q, 1);
    c.keys = extent(k, 1);
    c.q = round_all(q, input);
    c.k = round_all(k, input);
    c.v = round_all(v, input);
  }
  load_bias(dir / "bias.npy", c);
  load_key_length(dir / "kv_len.npy", c);
  c.scale = options.scale.value_or(1.0 / std::sqrt(static_cast<double>(c.d)));
  c.visibility.causal = options.causal.value_or(false);
  c.visibility.diagonal = options.diagonal;
  if (options.window) {
    c.visibility.window_left = (*options.window)[0];
    c.visibility.window_right = (*options.window)[1];
  }
  return c;
}

}  // namespace flashd::host
