/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/clock.h"

#include "firmware/soc.h"

#define MILLISECONDS 1000u
#define LONGEST_SLEEP 0x40000000u /* cycles; the timer has 32 bits */

static struct {
  uint32_t cycles_per_ms;
  uint32_t half_second;
  uint64_t beat; /* when the heartbeat changes */
  uint32_t leds;
  uint32_t lit;
} state;

void clock_start(void) {
  const uint32_t hz = load(SOC(CLOCK_HZ));
  state.cycles_per_ms = hz / MILLISECONDS;
  state.half_second = hz / 2;
}

uint64_t clock_cycles(void) { return load64(SOC(CYCLES)); }

uint64_t clock_after_ms(uint32_t milliseconds) {
  return clock_cycles() + (uint64_t)milliseconds * state.cycles_per_ms;
}

void clock_beat(void) {
  const uint64_t now = clock_cycles();
  if (now < state.beat) return;
  state.beat = now + state.half_second;
  state.lit ^= 1u;
  led_set(FLASHD_SERIAL_LED_HEARTBEAT, state.lit);
}

void clock_sleep(uint64_t until) {
  clock_beat();
  if (until > state.beat) until = state.beat;
  const uint64_t now = clock_cycles();
  if (now >= until) return;
  const uint64_t cycles = until - now;
  irq_timer(cycles < LONGEST_SLEEP ? (uint32_t)cycles : LONGEST_SLEEP);
  irq_sleep();
  irq_timer(0);
}

void led_set(uint32_t led, uint32_t lit) {
  const uint32_t allowed = irq_allow(IRQ_NONE);
  state.leds = (state.leds & ~(1u << led)) | lit << led;
  store(SOC(LED), state.leds);
  irq_allow(allowed);
}
