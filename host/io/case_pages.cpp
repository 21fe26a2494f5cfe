// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "host/io/case_arrays.hpp"

namespace flashd::host {
namespace {

constexpr std::int64_t kMaxPages = std::numeric_limits<std::int32_t>::max();

/// [batch, heads_kv, keys, dim] to [batch * pages, heads_kv, size, dim]; the last page of a
/// sequence is filled up with zeros.
std::vector<std::uint16_t> cut(const std::vector<std::uint16_t>& dense, const Case& c,
                               std::int64_t size, std::int64_t pages, int dim) {
  std::vector<std::uint16_t> pool(
      static_cast<std::size_t>(c.batch * pages * c.heads_kv * size * dim));
  for (std::int64_t entry = 0; entry < c.batch; ++entry) {
    for (std::int64_t head = 0; head < c.heads_kv; ++head) {
      for (std::int64_t key = 0; key < c.keys; key += size) {
        const std::int64_t page = entry * pages + key / size;
        const std::int64_t from = (entry * c.heads_kv + head) * c.keys + key;
        std::copy_n(dense.begin() + from * dim, std::min(size, c.keys - key) * dim,
                    pool.begin() + (page * c.heads_kv + head) * size * dim);
      }
    }
  }
  return pool;
}

}  // namespace

void take_pools(const NpyArray& k, const NpyArray& v, const CaseOptions& options, Case& c) {
  for (const NpyArray* array : {&k, &v})
    if (array->rank() != 4)
      throw bad_input(array->name,
                      "has shape " + shape_text(array->shape) +
                          "; expected [pages, heads, page size, head dimension] beside "
                          "page_table.npy");
  expect_same(k, v, 3, "number of pages");
  expect_same(k, v, 2, "number of heads");
  expect_same(k, v, 1, "page size");
  const std::int64_t size = extent(k, 1);
  if (size < kMinPageSize || size > kMaxPageSize || (size & (size - 1)) != 0)
    throw bad_input(k.name, "has pages of " + std::to_string(size) + " keys, shape " +
                                shape_text(k.shape) + "; expected a power of two from 16 to 1024");
  if (options.page_size.value_or(0) != 0 && *options.page_size != size)
    throw bad_input(k.name, "has pages of " + std::to_string(size) + " keys, page size " +
                                std::to_string(*options.page_size) +
                                " was asked for; expected the same or none");
  if (extent(k, 3) > kMaxPages)
    throw bad_input(k.name, "has shape " + shape_text(k.shape) + "; expected below 2^31 pages");
  c.page_size = static_cast<int>(size);
  c.pool_pages = extent(k, 3);
}

void load_page_table(const std::filesystem::path& path, Case& c) {
  const NpyArray array = read_npy(path);
  expect_kind(array, true);
  if (array.rank() != 2 || array.shape[0] != c.batch)
    throw bad_input(array.name, "has shape " + shape_text(array.shape) + "; expected (" +
                                    std::to_string(c.batch) +
                                    ", pages), the pages of every batch entry in order");
  const std::int64_t pages = array.shape[1];
  if (pages > kMaxPages / c.page_size)
    throw bad_input(array.name, "has shape " + shape_text(array.shape) +
                                    "; expected fewer than 2^31 keys in a sequence");
  c.keys = pages * c.page_size;
  for (std::size_t i = 0; i < array.elements(); ++i)
    c.page_table.push_back(
        static_cast<std::int32_t>(std::clamp<std::int64_t>(array.integer(i), -1, kMaxPages)));
}

void check_pages(const std::string& name, const Case& c) {
  const std::int64_t pages = c.keys / c.page_size;
  for (std::int64_t entry = 0; entry < c.batch; ++entry) {
    const std::int64_t length =
        c.key_length.empty() ? c.keys : c.key_length[static_cast<std::size_t>(entry)];
    for (std::int64_t i = 0; i * c.page_size < length; ++i) {
      const std::int32_t page = c.page_table[static_cast<std::size_t>(entry * pages + i)];
      if (page >= 0 && page < c.pool_pages) continue;
      throw bad_input(name, "has page " + std::to_string(page) + " at index (" +
                                std::to_string(entry) + ", " + std::to_string(i) +
                                "), which the key length needs; expected 0 to " +
                                std::to_string(c.pool_pages - 1) + ", the pages of k.npy");
    }
  }
}

void make_pages(int page_size, Case& c) {
  const std::int64_t pages = (c.keys + page_size - 1) / page_size;
  if (c.batch * pages > kMaxPages)
    throw bad_input("page size", "makes more than 2^31 pages of k.npy; expected larger pages");
  c.k = cut(c.k, c, page_size, pages, c.d);
  c.v = cut(c.v, c, page_size, pages, c.dv);
  c.page_size = page_size;
  c.pool_pages = c.batch * pages;
  c.page_table.resize(static_cast<std::size_t>(c.pool_pages));
  for (std::size_t i = 0; i < c.page_table.size(); ++i)
    c.page_table[i] = static_cast<std::int32_t>(i);
}

}  // namespace flashd::host
