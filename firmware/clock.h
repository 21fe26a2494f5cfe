/* SPDX-License-Identifier: Apache-2.0 */
/* Time, sleep and LEDs. */
#ifndef FLASHD_FIRMWARE_CLOCK_H
#define FLASHD_FIRMWARE_CLOCK_H

#include <stdint.h>

#include "firmware/include/flashd_serial.h"

#define CLOCK_NEVER UINT64_MAX

void clock_start(void);
/** Cycles since reset. Not from interrupts: the high word is held between its two reads. */
uint64_t clock_cycles(void);
uint64_t clock_after_ms(uint32_t milliseconds);
/** Sleeps until an interrupt is pending or the time has come, or for no reason. The caller has no
    interrupt allowed, so that none is missed between its own question and the sleep. */
void clock_sleep(uint64_t until);
/** Keeps the heartbeat; to be called at least a few times a second. */
void clock_beat(void);

/** FLASHD_SERIAL_LED_*; from anywhere. */
void led_set(uint32_t led, uint32_t lit);

#endif
