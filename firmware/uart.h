/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASHD_FIRMWARE_UART_H
#define FLASHD_FIRMWARE_UART_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware/soc.h"

typedef struct {
  uint32_t overruns, framing;
} uart_errors_t;

/** Takes a byte if there is one. */
static inline bool uart_take(uint8_t* byte) {
  const uint32_t data = load(SOC(UART_DATA));
  *byte = (uint8_t)data;
  return (data & FLASHD_SOC__UART_DATA__EMPTY_bm) == 0;
}
/** Whether received bytes end a sleep. */
void uart_wakes(bool wakes);
/** Returns when the last byte has found room. A line that takes nothing for four times as long as a
    full FIFO needs loses the rest. */
void uart_send(const uint8_t* bytes, uint32_t count);
/** Until everything is on the line, or as above. */
void uart_drain(void);
/** Counts and clears what the line has told since the last call; true if there was something. */
bool uart_check(void);
uart_errors_t uart_errors(void);

#endif
