#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: headers.sh SOURCE_DIR: the generated headers compile as C and C++ and agree on numbers.
set -eu
source_dir=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/agree.c" <<'END'
#include <stddef.h>
#include "firmware/include/flashd_device.h"
#include "firmware/include/flashd_regs.h"
#include "firmware/include/flashd_serial.h"
#include "firmware/include/flashd_soc.h"
#include "firmware/include/flashd_spec.h"
#ifdef __cplusplus
#include "model/arith/spec.hpp"
#include "model/device/registers.hpp"
#include "model/device/spec.hpp"
using namespace flashd::device;
static_assert(reg::kRingTail == offsetof(flashd_regs_t, RING_TAIL), "address of RING_TAIL");
static_assert(reg::kCounter == offsetof(flashd_regs_t, COUNTER), "address of COUNTER");
static_assert(reg::kCounterCount == kCounters, "number of counters");
static_assert(kCounters == FLASHD_COUNTERS, "number of counters");
static_assert(kFlagSkipV == FLASHD_FLAG_SKIP_V, "flag skip_v");
static_assert(int(Fault::ring_overrun) == FLASHD_FAULT_RING_OVERRUN, "fault ring_overrun");
static_assert(kDescriptorWords == FLASHD_DESCRIPTOR_WORDS, "words of a descriptor");
static_assert(flashd::spec::kHash == FLASHD_SPEC_HASH, "spec hash");
#else
_Static_assert(FLASHD_SERIAL_COUNTERS_ANSWER_BYTES == 8 * FLASHD_COUNTERS, "answer of counters");
_Static_assert(FLASHD_COUNTER_ROWS_EMPTY + 1 == FLASHD_COUNTERS, "the last counter");
#endif
static_assert(offsetof(flashd_soc_t, INTERRUPT) == 0x34, "the last register of the SoC");
int main(void) { return sizeof(flashd_regs_t) != 0x100 + 8 * FLASHD_COUNTERS; }
END

# The test can fail: a wrong number must stop the compiler.
check() {
  ${CC:-cc} -x c -std=gnu17 -Wall -Wextra -Werror -I"$source_dir" "$1" -o "$work/c" &&
    ${CXX:-c++} -x c++ -std=c++17 -Wall -Wextra -Werror -I"$source_dir" "$1" -o "$work/cpp" &&
    "$work/c" && "$work/cpp"
}
check "$work/agree.c"
sed 's/FLASHD_COUNTER_ROWS_EMPTY + 1/FLASHD_COUNTER_ROWS_EMPTY/; s/== FLASHD_SPEC_HASH/!= FLASHD_SPEC_HASH/' \
  "$work/agree.c" > "$work/wrong.c"
if check "$work/wrong.c" 2>/dev/null; then
  echo "FAIL: wrong numbers pass"
  exit 1
fi
echo "headers compile as C and C++ and agree"
