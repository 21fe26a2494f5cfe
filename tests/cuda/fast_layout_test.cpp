// SPDX-License-Identifier: Apache-2.0
// Layouts of the fast kernels: swizzle, WGMMA's descriptors, fragments. What TMA writes and what a
// tensor core reads is played here after the PTX manual, independently of the code under test.
#include <array>
#include <set>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "kernels/fast/fragments.hpp"
#include "kernels/fast/swizzle.hpp"

namespace {

using namespace flashd::cuda;

/// Shared memory with a number per element of 16 bits; -1 where nothing was written.
using Memory = std::vector<int>;

int code(int row, int column) { return row * 1024 + column; }

/// A TMA box of 64 columns with the 128-byte swizzle: rows of eight chunks of 16 bytes; within each
/// group of eight rows, chunk c of row r goes to chunk c XOR r.
void tma_box(Memory* memory, std::uint32_t base, int rows, int first_column) {
  for (int row = 0; row < rows; ++row) {
    for (int chunk = 0; chunk < 8; ++chunk) {
      for (int i = 0; i < 8; ++i) {
        const std::uint32_t at =
            base + static_cast<std::uint32_t>(row * 128 + (chunk ^ (row % 8)) * 16 + i * 2);
        memory->at(at / 2) = code(row, first_column + chunk * 8 + i);
      }
    }
  }
}

Memory tile_in_memory(std::uint32_t base, int rows, int d) {
  Memory memory(64 * 1024, -1);
  for (int panel = 0; panel < d / 64; ++panel)
    tma_box(&memory, base + static_cast<std::uint32_t>(panel * rows * 128), rows, panel * 64);
  return memory;
}

struct Fields {
  std::uint32_t address, leading, stride;
};

Fields decode(std::uint64_t descriptor) {
  REQUIRE(descriptor >> 62 == 1);  // 128-byte swizzle
  REQUIRE(((descriptor >> 49) & 7) == 0);
  return {static_cast<std::uint32_t>(descriptor & 0x3FFF) * 16,
          static_cast<std::uint32_t>((descriptor >> 16) & 0x3FFF) * 16,
          static_cast<std::uint32_t>((descriptor >> 32) & 0x3FFF) * 16};
}

/// The swizzle is a function of the address in shared memory.
int read(const Memory& memory, std::uint32_t address) {
  return memory.at((address ^ ((address >> 3) & 0x70)) / 2);
}

/// Element (n, k) of a K-major operand: eight rows of 128 bytes, groups of them `stride` apart.
int read_row_operand(const Memory& memory, const Fields& f, int n, int k) {
  return read(memory, f.address + static_cast<std::uint32_t>(n / 8) * f.stride +
                          static_cast<std::uint32_t>(n % 8 * 128 + k * 2));
}

/// Element (n, k) of an MN-major operand: 64 of n side by side, panels `leading` apart; eight of k
/// are rows of 128 bytes, groups of them `stride` apart.
int read_column_operand(const Memory& memory, const Fields& f, int n, int k) {
  return read(memory, f.address + static_cast<std::uint32_t>(n / 64) * f.leading +
                          static_cast<std::uint32_t>(n % 64 * 2) +
                          static_cast<std::uint32_t>(k / 8) * f.stride +
                          static_cast<std::uint32_t>(k % 8 * 128));
}

}  // namespace

TEST_CASE("a tile's elements lie where TMA puts them") {
  int compared = 0;
  for (const int d : kFastDims) {
    for (const int rows : {32, 64, 128}) {
      const Memory memory = tile_in_memory(0, rows, d);
      int wrong = 0;
      for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < d; ++column, ++compared)
          wrong += memory.at(tile_offset(rows, row, column) / 2) != code(row, column);
      }
      CHECK(wrong == 0);
    }
  }
  CHECK(compared == (32 + 64 + 128) * (64 + 128 + 256));
}

TEST_CASE("WGMMA's descriptors name the elements that are meant") {
  int compared = 0;
  for (const int d : kFastDims) {
    const int rows = d == 256 ? 64 : 128;
    for (const std::uint32_t base : {0u, 3072u, 40u * 1024u}) {
      const Memory memory = tile_in_memory(base, rows, d);
      int wrong = 0;
      for (int column = 0; column < d; column += 16) {  // Q and K: steps through the columns
        const Fields f = decode(row_operand(base, rows, 0, column));
        for (int n = 0; n < rows; ++n) {
          for (int k = 0; k < 16; ++k, ++compared)
            wrong += read_row_operand(memory, f, n, k) != code(n, column + k);
        }
      }
      for (int row = 0; row < rows; row += 16) {  // V: steps through the keys
        for (int first = 0; first < d; first += 128) {
          const Fields f = decode(column_operand(base, rows, row, first));
          for (int n = 0; n < (d < 128 ? d : 128); ++n) {
            for (int k = 0; k < 16; ++k, ++compared)
              wrong += read_column_operand(memory, f, n, k) != code(row + k, first + n);
          }
        }
      }
      CHECK(wrong == 0);
    }
  }
  CHECK(compared == 3 * 2 * (64 * 128 + 128 * 128 + 256 * 64));
}

TEST_CASE("the second warpgroup's queries begin 64 rows further down") {
  const Memory memory = tile_in_memory(1024, 128, 128);
  int wrong = 0;
  for (int column = 0; column < 128; column += 16) {
    const Fields f = decode(row_operand(1024, 128, 64, column));
    for (int n = 0; n < 64; ++n) {
      for (int k = 0; k < 16; ++k)
        wrong += read_row_operand(memory, f, n, k) != code(64 + n, column + k);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("fragments cover every element once") {
  std::set<std::pair<int, int>> accumulators, left, right;
  for (int lane = 0; lane < 32; ++lane) {
    for (int c = 0; c < 16; ++c) {
      const Place p = accumulator_place(lane, c);
      accumulators.insert({p.row, p.column});
    }
    for (int half = 0; half < 2; ++half) {
      for (int index = 0; index < 4; ++index) {
        const Place p = left_place(lane, index, half);
        left.insert({p.row, p.column});
      }
      for (int index = 0; index < 2; ++index) {
        const Place p = right_place(lane, index, half);
        right.insert({p.row, p.column});
      }
    }
  }
  CHECK(accumulators.size() == 16 * 32);
  CHECK(left.size() == 16 * 16);
  CHECK(right.size() == 16 * 8);
  CHECK(accumulators.rbegin()->first == 15);
  CHECK(accumulators.rbegin()->second == 31);
}

TEST_CASE("weights stay in their thread") {
  int compared = 0;
  for (int lane = 0; lane < 32; ++lane) {
    for (int step = 0; step < 8; ++step) {
      for (int index = 0; index < 4; ++index) {
        for (int half = 0; half < 2; ++half, ++compared) {
          const Place from = accumulator_place(lane, weight_accumulator(step, index) + half);
          const Place to = left_place(lane, index, half);
          CHECK((from.row == to.row && from.column == 16 * step + to.column));
        }
      }
    }
  }
  CHECK(compared == 32 * 8 * 8);
}

namespace {

/// ldmatrix.x4: matrix m has the rows whose addresses lanes 8 m to 8 m + 7 give; lane t gets two
/// elements from row t / 4 of it, with .trans from column t / 4.
std::array<Place, 2> loaded(Place (*address)(int), int lane, int matrix, bool transposed) {
  std::array<Place, 2> places;
  for (int half = 0; half < 2; ++half) {
    const int row = transposed ? 2 * (lane % 4) + half : lane / 4;
    const int column = transposed ? lane / 4 : 2 * (lane % 4) + half;
    const Place start = address(8 * matrix + row);
    places[static_cast<std::size_t>(half)] = {start.row, start.column + column};
  }
  return places;
}

}  // namespace

TEST_CASE("ldmatrix loads the fragments that mma.sync takes") {
  int compared = 0;
  for (int lane = 0; lane < 32; ++lane) {
    for (int matrix = 0; matrix < 4; ++matrix) {
      for (int half = 0; half < 2; ++half, ++compared) {
        const auto h = static_cast<std::size_t>(half);
        const Place q = loaded(&load_left_place, lane, matrix, false)[h];
        const Place to = left_place(lane, matrix, half);
        CHECK((q.row == to.row && q.column == to.column));
        // K is stored by keys, its summed dimension along the row.
        const Place k = loaded(&load_right_place, lane, matrix, false)[h];
        const Place key = right_place(lane, matrix % 2, half);
        CHECK((k.row == 8 * (matrix / 2) + key.column && k.column == key.row));
        // V is stored by keys, which are its summed dimension.
        const Place v = loaded(&load_right_transposed_place, lane, matrix, true)[h];
        const Place weight = right_place(lane, matrix % 2, half);
        CHECK((v.row == weight.row && v.column == 8 * (matrix / 2) + weight.column));
      }
    }
  }
  CHECK(compared == 32 * 4 * 2);
}
