/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASHD_FIRMWARE_SELFTEST_H
#define FLASHD_FIRMWARE_SELFTEST_H

#include <stdint.h>

/** Runs the stored job in the ring's area, of which only slot 0 is in use, and compares every bit
   of O and LSE. Returns FLASHD_SERIAL_HELLO_FLAGS_SELF_TEST_*. */
uint16_t selftest_run(uint32_t area);

#endif
