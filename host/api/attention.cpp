// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "host/api/counters.hpp"
#include "host/api/flashd.hpp"
#include "host/io/convert.hpp"
#include "model/golden/golden.hpp"

namespace flashd {
namespace {

template <typename T>
gsl::span<const std::byte> bytes_of(gsl::span<const T> data) {
  return {reinterpret_cast<const std::byte*>(data.data()), data.size_bytes()};
}

template <typename T>
gsl::span<T> part(gsl::span<T> all, std::int64_t index, std::int64_t size) {
  return all.subspan(static_cast<std::size_t>(index * size), static_cast<std::size_t>(size));
}

void expect_size(std::size_t have, std::int64_t want, const char* name) {
  if (have != static_cast<std::size_t>(want))
    throw DeviceError(FLASHD_INVALID, std::string(name) + " holds " + std::to_string(have) +
                                          " elements; its shape needs " + std::to_string(want));
}

/// Rows that run together: one batch entry, all heads or the query heads of one KV head.
struct Rows {
  std::int64_t entry = 0;
  std::int64_t kv_head = 0;   ///< first
  std::int64_t heads_kv = 1;  ///< number
};

class Caller {
 public:
  Caller(Accelerator& device, const AttentionCall& call)
      : device_(device),
        call_(call),
        shape_(call.shape),
        group_(shape_.heads_kv > 0 ? shape_.heads_q / shape_.heads_kv : 0),
        record_(flashd_row_state_bytes(static_cast<std::uint32_t>(shape_.dv))) {
    check_sizes();
    const std::int64_t rows = shape_.batch * shape_.heads_q * shape_.queries;
    result_.o.resize(static_cast<std::size_t>(rows * shape_.dv));
    if (call_.lse) result_.lse.resize(static_cast<std::size_t>(rows));
    if (call_.states_out) result_.states.resize(static_cast<std::size_t>(rows) * record_);
  }

  AttentionResult run() {
    const std::int64_t tile = device_.capabilities().tile;
    // Powers of two both: a range starts at a tile and, in a table, at a page.
    const std::int64_t step = std::max<std::int64_t>(tile, call_.page_size);
    const std::int64_t range = (call_.keys_per_job + step - 1) / step * step;
    const bool split = range > 0 && range < shape_.keys;
    if (is_paged()) {
      pool_k_ = upload(bytes_of(call_.k));
      pool_v_ = upload(bytes_of(call_.v));
    }
    for (std::int64_t entry = 0; entry < shape_.batch; ++entry) {
      if (!split || is_paged()) {
        run_rows({entry, 0, shape_.heads_kv}, split ? range : shape_.keys);
        continue;
      }
      // A key range of several KV heads is not dense: one job per KV head and range.
      for (std::int64_t head = 0; head < shape_.heads_kv; ++head) run_rows({entry, head, 1}, range);
    }
    return std::move(result_);
  }

 private:
  void check_sizes() const {
    const AttentionShape& s = shape_;
    if (s.batch < 0 || s.heads_q < 1 || s.heads_kv < 1 || s.heads_q % s.heads_kv != 0 ||
        s.queries < 0 || s.keys < 0 || s.d < 1 || s.dv < 1)
      throw DeviceError(FLASHD_INVALID,
                        "shape: an extent is out of range or heads_q is no multiple of heads_kv");
    expect_size(call_.q.size(), s.batch * s.heads_q * s.queries * s.d, "q");
    if (is_paged()) {
      check_pages();
    } else {
      expect_size(call_.k.size(), s.batch * s.heads_kv * s.keys * s.d, "k");
      expect_size(call_.v.size(), s.batch * s.heads_kv * s.keys * s.dv, "v");
    }
    if (!call_.alibi.empty()) expect_size(call_.alibi.size(), s.heads_q, "alibi");
    if (!call_.bias.empty() && !call_.bias16.empty())
      throw DeviceError(FLASHD_INVALID, "bias: is given in 32 and in 16 bits; expected one");
    if (call_.visibility.window_left.has_value() != call_.visibility.window_right.has_value())
      throw DeviceError(FLASHD_INVALID, "window: needs both its sides");
    if (!call_.key_lengths.empty()) expect_size(call_.key_lengths.size(), s.batch, "key_lengths");
    if (!call_.states_in.empty())
      expect_size(call_.states_in.size() / record_, s.batch * s.heads_q * s.queries, "states_in");
  }

  bool is_paged() const { return call_.page_size != 0; }

  void check_pages() const {
    const AttentionShape& s = shape_;
    const std::int64_t size = call_.page_size;
    if (size < kMinPageSize || size > kMaxPageSize || (size & (size - 1)) != 0)
      throw DeviceError(FLASHD_INVALID, "page_size: is " + std::to_string(size) +
                                            "; expected a power of two from 16 to 1024");
    expect_size(call_.k.size(), pool_pages() * s.heads_kv * size * s.d, "k");
    expect_size(call_.v.size(), pool_pages() * s.heads_kv * size * s.dv, "v");
    expect_size(call_.page_table.size(), s.batch * table_pages(), "page_table");
    if (table_pages() * size < s.keys)
      throw DeviceError(FLASHD_INVALID, "page_table: reaches " +
                                            std::to_string(table_pages() * size) +
                                            " keys; the shape has " + std::to_string(s.keys));
  }

  std::int64_t pool_pages() const {
    return static_cast<std::int64_t>(call_.k.size()) /
           (shape_.heads_kv * call_.page_size * shape_.d);
  }
  /// Entries of one sequence.
  std::int64_t table_pages() const {
    return shape_.batch == 0 ? 0
                             : static_cast<std::int64_t>(call_.page_table.size()) / shape_.batch;
  }
  gsl::span<const std::int32_t> table(std::int64_t entry) const {
    return part(call_.page_table, entry, table_pages());
  }

  std::int64_t key_length(std::int64_t entry) const {
    const std::int64_t length = call_.key_lengths.empty()
                                    ? call_.visibility.key_length.value_or(shape_.keys)
                                    : call_.key_lengths[static_cast<std::size_t>(entry)];
    if (length < 0 || length > shape_.keys)
      throw DeviceError(FLASHD_INVALID, "key length: " + std::to_string(length) +
                                            " is outside 0 to " + std::to_string(shape_.keys) +
                                            ", the number of keys");
    return length;
  }

  void expect_pages(std::int64_t entry) const {
    for (std::int64_t i = 0; i * call_.page_size < key_length(entry); ++i) {
      const std::int32_t page = table(entry)[static_cast<std::size_t>(i)];
      if (page < 0 || page >= pool_pages())
        throw DeviceError(FLASHD_INVALID, "page_table: names page " + std::to_string(page) +
                                              "; the pool has " + std::to_string(pool_pages()));
    }
  }

  /// All of one batch entry: the grid of O is one per entry, however it is split.
  int value_exponent(std::int64_t entry) const {
    Job job;
    job.heads_kv = shape_.heads_kv;
    job.keys = shape_.keys;
    job.dv = shape_.dv;
    if (is_paged()) {
      job.v = call_.v;
      job.paging = Paging{call_.page_size, table(entry)};
      expect_pages(entry);
    } else {
      job.v = part(call_.v, entry, shape_.heads_kv * shape_.keys * shape_.dv);
    }
    job.input = call_.input;
    job.visibility.key_length = key_length(entry);
    job.v_exponent = call_.v_exponent;
    return golden::value_exponent(job);
  }

  flashd_job describe(const Rows& rows) const {
    flashd_job job{};
    job.size = sizeof job;
    job.input_format = call_.input == InputFormat::bf16 ? FLASHD_BF16 : FLASHD_FP16;
    job.output_format = call_.output == OutputFormat::fp32   ? FLASHD_FP32
                        : call_.output == OutputFormat::bf16 ? FLASHD_BF16
                                                             : FLASHD_FP16;
    job.heads_q = static_cast<std::uint32_t>(rows.heads_kv * group_);
    job.heads_kv = static_cast<std::uint32_t>(rows.heads_kv);
    job.queries = static_cast<std::uint64_t>(shape_.queries);
    job.d = static_cast<std::uint32_t>(shape_.d);
    job.dv = static_cast<std::uint32_t>(shape_.dv);
    job.scale = call_.scale;
    if (call_.visibility.causal) job.flags |= FLASHD_CAUSAL;
    if (call_.visibility.window_left || call_.visibility.window_right) job.flags |= FLASHD_WINDOW;
    job.window_left = call_.visibility.window_left.value_or(0);
    job.window_right = call_.visibility.window_right.value_or(0);
    if (call_.soft_cap) {
      job.flags |= FLASHD_SOFT_CAP;
      job.soft_cap = *call_.soft_cap;
    }
    if (!call_.bias16.empty())
      job.flags |= call_.bias16_format == InputFormat::bf16 ? FLASHD_BIAS_BF16 : FLASHD_BIAS_FP16;
    if (call_.states_in.empty() || call_.v_exponent) {
      job.flags |= FLASHD_V_EXPONENT;
      job.v_exponent = value_exponent(rows.entry);
    }
    return job;
  }

  DeviceArray upload(gsl::span<const std::byte> data) {
    DeviceArray array = device_.allocate(data.size());
    array.copy_from_host(data);
    return array;
  }

  /// Bias of these rows and keys, made dense in what it does not broadcast.
  DeviceArray upload_bias(const Rows& rows, std::int64_t begin, flashd_job& job) {
    const std::int64_t offset = rows.entry * call_.bias_strides[0] +
                                rows.kv_head * group_ * call_.bias_strides[1] +
                                begin * call_.bias_strides[3];
    job.bias_head = call_.bias_strides[1];
    job.bias_query = call_.bias_strides[2];
    job.bias_key = call_.bias_strides[3];
    const std::int64_t last = (job.heads_q - 1) * job.bias_head +
                              (shape_.queries - 1) * job.bias_query +
                              (static_cast<std::int64_t>(job.keys) - 1) * job.bias_key;
    const std::size_t size = std::max(call_.bias.size(), call_.bias16.size());
    if (offset < 0 || last < 0 || static_cast<std::size_t>(offset + last) >= size)
      throw DeviceError(FLASHD_INVALID, "bias: its strides reach outside the array");
    const auto first = static_cast<std::size_t>(offset);
    const auto count = static_cast<std::size_t>(last + 1);
    return call_.bias.empty() ? upload(bytes_of(call_.bias16.subspan(first, count)))
                              : upload(bytes_of(call_.bias.subspan(first, count)));
  }

  void run_rows(const Rows& rows, std::int64_t range) {
    flashd_job job = describe(rows);
    const std::int64_t length = key_length(rows.entry);
    const std::int64_t first_row =
        (rows.entry * shape_.heads_q + rows.kv_head * group_) * shape_.queries;
    const std::int64_t count = job.heads_q * shape_.queries;
    const std::int64_t diagonal = call_.visibility.diagonal.value_or(length - shape_.queries);
    const std::size_t element = call_.output == OutputFormat::fp32 ? 4 : 2;

    const DeviceArray q =
        upload(bytes_of(call_.q.subspan(static_cast<std::size_t>(first_row * shape_.d),
                                        static_cast<std::size_t>(count * shape_.d))));
    const DeviceArray o = device_.allocate(static_cast<std::size_t>(count * shape_.dv) * element);
    const DeviceArray lse = device_.allocate(static_cast<std::size_t>(count) * sizeof(float));
    DeviceArray state = device_.allocate(static_cast<std::size_t>(count) * record_);
    job.q = q.address();
    job.o = o.address();
    job.lse = call_.lse ? lse.address() : 0;
    DeviceArray alibi;
    if (!call_.alibi.empty()) {
      alibi = upload(bytes_of(
          call_.alibi.subspan(static_cast<std::size_t>(rows.kv_head * group_), job.heads_q)));
      job.flags |= FLASHD_ALIBI;
      job.alibi = alibi.address();
    }
    if (!call_.states_in.empty()) {
      state.copy_from_host(state_part(call_.states_in, first_row, count));
      job.state_in = state.address();
    }
    std::int64_t begin = 0;
    do {
      const std::int64_t end = std::min(begin + std::max<std::int64_t>(range, 1), shape_.keys);
      const bool is_last = end == shape_.keys;
      job.keys = static_cast<std::uint64_t>(end - begin);
      job.state_out = call_.states_out || !is_last ? state.address() : 0;
      job.flags |= FLASHD_DIAGONAL | FLASHD_KEY_LENGTH;
      job.diagonal = diagonal - begin;
      job.key_length = std::clamp<std::int64_t>(length - begin, 0, end - begin);
      run_range(rows, begin, job, is_last);
      job.state_in = state.address();
      begin = end;
    } while (begin < shape_.keys);
    download(first_row, count, o, lse, state);
  }

  /// K and V of one range of keys, in device memory while the object lives.
  struct Keys {
    DeviceArray k, v, table;
  };

  Keys place_keys(const Rows& rows, std::int64_t begin, flashd_job& job) {
    Keys arrays;
    if (is_paged()) {
      const auto first = static_cast<std::size_t>(begin / call_.page_size);
      const gsl::span<const std::int32_t> pages = table(rows.entry).subspan(first);
      arrays.table = upload(bytes_of(pages));
      job.flags |= FLASHD_PAGED;
      job.page_size = static_cast<std::uint32_t>(call_.page_size);
      job.page_table = arrays.table.address();
      job.pages = static_cast<std::uint32_t>(pages.size());
      job.pool_pages = static_cast<std::uint64_t>(pool_pages());
      job.k = pool_k_.address();
      job.v = pool_v_.address();
      return arrays;
    }
    const auto keys = static_cast<std::int64_t>(job.keys);
    const std::int64_t first_key =
        (rows.entry * shape_.heads_kv + rows.kv_head) * shape_.keys + begin;
    const auto slice = [&](gsl::span<const std::uint16_t> all, int dim) {
      return bytes_of(all.subspan(static_cast<std::size_t>(first_key * dim),
                                  static_cast<std::size_t>(rows.heads_kv * keys * dim)));
    };
    arrays.k = upload(slice(call_.k, shape_.d));
    arrays.v = upload(slice(call_.v, shape_.dv));
    job.k = arrays.k.address();
    job.v = arrays.v.address();
    return arrays;
  }

  void run_range(const Rows& rows, std::int64_t begin, flashd_job& job, bool is_last) {
    const Keys keys = place_keys(rows, begin, job);
    DeviceArray bias;
    const bool has_bias = !call_.bias.empty() || !call_.bias16.empty();
    if (has_bias && job.keys > 0 && shape_.queries > 0) {
      bias = upload_bias(rows, begin, job);
      job.bias = bias.address();
    }
    flashd_counters counters = device_.run(job);
    if (!is_last) counters.rows_nan = counters.rows_empty = 0;
    host::add(result_.counters, counters);
  }

  template <typename Byte>
  gsl::span<Byte> state_part(gsl::span<Byte> all, std::int64_t first, std::int64_t count) const {
    return all.subspan(static_cast<std::size_t>(first) * record_,
                       static_cast<std::size_t>(count) * record_);
  }

  void download(std::int64_t first, std::int64_t count, const DeviceArray& o,
                const DeviceArray& lse, const DeviceArray& state) {
    const auto elements = static_cast<std::size_t>(count * shape_.dv);
    float* out = result_.o.data() + first * shape_.dv;
    if (call_.output == OutputFormat::fp32) {
      o.copy_to_host({reinterpret_cast<std::byte*>(out), elements * sizeof(float)});
    } else {
      std::vector<std::uint16_t> bits(elements);
      o.copy_to_host({reinterpret_cast<std::byte*>(bits.data()), elements * 2});
      const auto format =
          call_.output == OutputFormat::bf16 ? InputFormat::bf16 : InputFormat::fp16;
      for (std::size_t i = 0; i < elements; ++i) out[i] = host::decode(bits[i], format);
    }
    if (call_.lse)
      lse.copy_to_host({reinterpret_cast<std::byte*>(result_.lse.data() + first),
                        static_cast<std::size_t>(count) * sizeof(float)});
    if (call_.states_out)
      state.copy_to_host(state_part(gsl::span<std::byte>(result_.states), first, count));
  }

  Accelerator& device_;
  const AttentionCall& call_;
  const AttentionShape& shape_;
  std::int64_t group_;
  std::size_t record_;
  DeviceArray pool_k_;  ///< of paged K and V: the whole pool, for all jobs of the call
  DeviceArray pool_v_;
  AttentionResult result_;
};

}  // namespace

AttentionResult attention(Accelerator& device, const AttentionCall& call) {
  return Caller(device, call).run();
}

}  // namespace flashd
