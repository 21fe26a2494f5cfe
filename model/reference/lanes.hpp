// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// Compiles a function for AVX-512, AVX2 and the baseline and picks one when the program loads.
/// The results are the same on all of them: only IEEE operations, and no contraction to FMA
/// (-ffp-contract=off). Sanitizers dislike the run-time dispatch; FLASHD_NO_TARGET_CLONES drops it.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(FLASHD_NO_TARGET_CLONES) && !defined(__SANITIZE_ADDRESS__)
#define FLASHD_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FLASHD_CLONES
#endif
/// Inlined into every clone, so that it is compiled for the clone's instruction set.
#define FLASHD_INLINE __attribute__((always_inline)) inline

namespace flashd::reference {

/// Query rows that are computed side by side.
constexpr int kLanes = 16;

/// One value of T for each of kLanes rows. Aligned by its size: the compiler's own choice of
/// alignment would differ between the clones of a function.
template <class T>
struct LanesOf {
  typedef T Type __attribute__((vector_size(kLanes * sizeof(T)), aligned(kLanes * sizeof(T))));
};
template <class T>
using Lanes = typename LanesOf<T>::Type;

/// Integer lanes as wide as T, the type of a comparison of Lanes<T>: 0 or -1.
template <class T>
struct MaskOf;
template <>
struct MaskOf<float> {
  using Element = std::int32_t;
};
template <>
struct MaskOf<double> {
  using Element = std::int64_t;
};
template <class T>
using Mask = Lanes<typename MaskOf<T>::Element>;

/// Lanes in memory; std::vector<Lanes<T>> would lose the alignment.
template <class T>
class LaneArray {
 public:
  /// Keeps the values that fit; new ones are zero.
  void resize(std::size_t size) { slots_.resize(size); }
  void clear() { slots_.assign(slots_.size(), Slot{}); }
  std::size_t size() const { return slots_.size(); }
  bool empty() const { return slots_.empty(); }
  Lanes<T>* data() { return &slots_.data()->value; }
  const Lanes<T>* data() const { return &slots_.data()->value; }
  Lanes<T>& operator[](std::size_t i) { return slots_[i].value; }
  const Lanes<T>& operator[](std::size_t i) const { return slots_[i].value; }

 private:
  struct Slot {
    Lanes<T> value{};
  };
  std::vector<Slot> slots_;
};

/// `a` where the mask is set, else `b`.
template <class M, class L>
FLASHD_INLINE L select(M mask, L a, L b) {
  return mask ? a : b;
}

/// All lanes equal to `x`.
template <class T>
FLASHD_INLINE Lanes<T> splat(T x) {
  return Lanes<T>{} + x;
}

/// True if any lane of the mask is set.
template <class M>
FLASHD_INLINE bool any(M mask) {
  bool set = false;
  for (int lane = 0; lane < kLanes; ++lane) set |= mask[lane] != 0;
  return set;
}

}  // namespace flashd::reference
