/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/uart.h"

#include "firmware/clock.h"

#define BITS_PER_BYTE 10u
#define FIFO_BYTES 64u
#define PATIENCE 4u

static uart_errors_t errors;

void uart_wakes(bool wakes) {
  const uint32_t others =
      FLASHD_SOC__INTERRUPT__DEVICE_ENABLE_bm | FLASHD_SOC__INTERRUPT__BUS_ERROR_ENABLE_bm;
  store(SOC(INTERRUPT), others | (wakes ? FLASHD_SOC__INTERRUPT__UART_ENABLE_bm : 0));
}

/* Waits for a state of the line, bounded. */
static bool reaches(uint32_t mask, bool set) {
  const uint64_t until =
      clock_cycles() + (uint64_t)load(SOC(UART_DIVISOR)) * (PATIENCE * FIFO_BYTES * BITS_PER_BYTE);
  while (((load(SOC(UART_STATUS)) & mask) != 0) != set)
    if (clock_cycles() > until) return false;
  return true;
}

void uart_send(const uint8_t* bytes, uint32_t count) {
  uint32_t sent = 0;
  while (sent < count && reaches(FLASHD_SOC__UART_STATUS__ROOM_bm, true)) {
    uint32_t room = (load(SOC(UART_STATUS)) & FLASHD_SOC__UART_STATUS__ROOM_bm) >>
                    FLASHD_SOC__UART_STATUS__ROOM_bp;
    for (; room != 0 && sent < count; --room) store(SOC(UART_DATA), bytes[sent++]);
    clock_beat();
  }
}

void uart_drain(void) { reaches(FLASHD_SOC__UART_STATUS__SENDING_bm, false); }

bool uart_check(void) {
  const uint32_t seen = load(SOC(UART_STATUS)) &
                        (FLASHD_SOC__UART_STATUS__OVERRUN_bm | FLASHD_SOC__UART_STATUS__FRAMING_bm);
  if (seen == 0) return false;
  store(SOC(UART_STATUS), seen);
  if ((seen & FLASHD_SOC__UART_STATUS__FRAMING_bm) != 0) ++errors.framing;
  if ((seen & FLASHD_SOC__UART_STATUS__OVERRUN_bm) != 0) {
    ++errors.overruns;
    led_set(FLASHD_SERIAL_LED_OVERRUN, 1);
  }
  return true;
}

uart_errors_t uart_errors(void) { return errors; }
