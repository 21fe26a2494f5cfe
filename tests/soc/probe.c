/* SPDX-License-Identifier: Apache-2.0 */
/* A program for the SoC's core that tries everything around it, tells of each check on the serial
   line, and then sends back whatever it receives. probe.py reads it. */
#include <stdbool.h>
#include <stdint.h>

#include "firmware/soc.h"

#define PHASE (JOB_MEMORY + 0x3fff8u) /* survives restarts */
#define MAGIC 0x70726f00u

static volatile uint32_t seen;   /* interrupts since the last look */
static volatile uint32_t errors; /* bus errors that an interrupt told of */

void interrupt(uint32_t causes);
uint32_t stack_free(void);

void interrupt(uint32_t causes) {
  seen |= causes;
  if ((causes & IRQ_BUS_ERROR) != 0) {
    ++errors;
    store(SOC(BUS_ERROR), FLASHD_SOC__BUS_ERROR__VALID_bm);
  }
  if ((causes & IRQ_UART) != 0) store(SOC(INTERRUPT), 0);
}

static void put(char c) {
  while ((load(SOC(UART_STATUS)) & FLASHD_SOC__UART_STATUS__ROOM_bm) == 0) {
  }
  store(SOC(UART_DATA), (uint8_t)c);
}
static void text(const char* s) {
  while (*s != 0) put(*s++);
}
static void number(uint32_t value) {
  for (int shift = 28; shift >= 0; shift -= 4) put("0123456789abcdef"[(value >> shift) & 15]);
}
static void drain(void) {
  while ((load(SOC(UART_STATUS)) & FLASHD_SOC__UART_STATUS__SENDING_bm) != 0) {
  }
}

static void expect(const char* what, uint32_t got, uint32_t wanted) {
  text(got == wanted ? "ok " : "BAD ");
  text(what);
  if (got != wanted) {
    text(" is ");
    number(got);
    text(", not ");
    number(wanted);
  }
  put('\n');
}

static void identity(void) {
  expect("id", load(SOC(ID)), FLASHD_SOC__ID__VALUE_reset);
  expect("memory", load(SOC(MEMORY)), 15u | 18u << 8);
  expect("clock", load(SOC(CLOCK_HZ)), 1000000);
  expect("divisor", load(SOC(UART_DIVISOR)), 8);
  expect("device", load(DEVICE(ID)), FLASHD_REGS__ID__VALUE_reset);
  const uint32_t before = load(SOC(CYCLES));
  const uint32_t passed = load(SOC(CYCLES)) - before;
  expect("cycles pass", passed > 5 && passed < 100, true);
}

static void job_memory(void) {
  volatile uint8_t* bytes = (volatile uint8_t*)(JOB_MEMORY + 16);
  volatile uint16_t* halves = (volatile uint16_t*)(JOB_MEMORY + 16);
  store(JOB_MEMORY + 16, 0x44332211);
  store(JOB_MEMORY + 20, 0x88776655);
  bytes[1] = 0xaa;
  halves[3] = 0xbbcc;
  expect("bytes", load(JOB_MEMORY + 16), 0x4433aa11);
  expect("halves", load(JOB_MEMORY + 20), 0xbbcc6655);
  expect("a byte", bytes[7], 0xbb);
  uint32_t bad = 0, x = 1;
  for (uint32_t at = 0; at < 0x3fff0; at += 4 * 257, x = x * 1664525u + 1013904223u)
    store(JOB_MEMORY + at, x);
  x = 1;
  for (uint32_t at = 0; at < 0x3fff0; at += 4 * 257, x = x * 1664525u + 1013904223u)
    bad += load(JOB_MEMORY + at) != x;
  expect("words", bad, 0);
}

static void bus_errors(void) {
  static const uint32_t kHoles[] = {0x00008000, 0x0ffffffc, 0x10000200, 0x10001000, 0x20000038,
                                    0x20001000, 0x7ffffffc, 0x80040000, 0xfffffffc, 0x1000000c};
  uint32_t wrong = 0;
  errors = 0;
  irq_allow(IRQ_NONE);
  store(SOC(INTERRUPT), FLASHD_SOC__INTERRUPT__BUS_ERROR_ENABLE_bm);
  for (unsigned i = 0; i < sizeof kHoles / sizeof *kHoles; ++i) {
    wrong += load(kHoles[i]) != 0;
    store(0x30000000, 1); /* the first stays */
    wrong += load(SOC(BUS_ERROR)) != (kHoles[i] | 1);
    wrong += (load(SOC(INTERRUPT)) & 7) != FLASHD_SOC__INTERRUPT__BUS_ERROR_bm;
    irq_allow(IRQ_BUS_ERROR);
    irq_allow(IRQ_NONE);
    wrong += (load(SOC(BUS_ERROR)) & 1) != 0;
    store(kHoles[i], 5);
    wrong += load(SOC(BUS_ERROR)) != (kHoles[i] | 3);
    irq_allow(IRQ_BUS_ERROR);
    irq_allow(IRQ_NONE);
  }
  expect("holes", wrong, 0);
  expect("interrupts of bus errors", errors, 20);
  store(DEVICE(ID), 1);
  expect("write to a read-only register", load(SOC(BUS_ERROR)), DEVICE(ID) | 3);
  store(SOC(BUS_ERROR), 1);
  store(SOC(ID), 1);
  expect("write to a register of the SoC", load(SOC(BUS_ERROR)), SOC(ID) | 3);
  store(SOC(BUS_ERROR), 1);
}

static void device_reset(void) {
  store(DEVICE(TIMEOUT), 1234);
  expect("TIMEOUT", load(DEVICE(TIMEOUT)), 1234);
  store(SOC(CONTROL), FLASHD_SOC__CONTROL__DEVICE_RESET_bm);
  expect("in reset", load(DEVICE(TIMEOUT)), 0);
  expect("its bus error", load(SOC(BUS_ERROR)), DEVICE(TIMEOUT) | 1);
  store(SOC(BUS_ERROR), 1);
  store(SOC(CONTROL), 0);
  expect("out of reset", load(DEVICE(TIMEOUT)), 0);
  expect("without a bus error", load(SOC(BUS_ERROR)) & 1, 0);
  expect("device idle", load(DEVICE(STATUS)), FLASHD_REGS__STATUS__IDLE_bm);
}

static void interrupts(void) {
  store(SOC(INTERRUPT), 0);
  seen = 0;
  irq_timer(500);
  irq_allow(IRQ_TIMER | IRQ_ILLEGAL | IRQ_MISALIGNED);
  const uint32_t before = load(SOC(CYCLES));
  irq_sleep();
  const uint32_t slept = load(SOC(CYCLES)) - before;
  expect("timer", seen, IRQ_TIMER);
  expect("slept", slept > 200 && slept < 1500, true);
  seen = 0;
  __asm__ volatile(".word 0xffffffff");
  expect("illegal instruction", seen, IRQ_ILLEGAL);
  seen = 0;
  uint32_t word;
  __asm__ volatile("lw %0, 1(%1)" : "=r"(word) : "r"(JOB_MEMORY));
  expect("unaligned access", seen, IRQ_MISALIGNED);
  irq_allow(IRQ_NONE);
}

static void uart(void) {
  drain();
  expect("nothing received", load(SOC(UART_DATA)), FLASHD_SOC__UART_DATA__EMPTY_bm);
  drain();
  expect("room", load(SOC(UART_STATUS)), 64u << FLASHD_SOC__UART_STATUS__ROOM_bp);
}

/* Ends with a restart: the next phase begins at main. */
_Noreturn static void again(uint32_t phase, bool trap) {
  store(PHASE, MAGIC | phase);
  store(SOC(LED), 0x5a);
  drain();
  if (trap) __asm__ volatile(".word 0xffffffff"); /* no interrupt may take it */
  store(SOC(CONTROL), FLASHD_SOC__CONTROL__RESTART_bm);
  for (;;) {
  }
}

static void echo(void) {
  text("done\n");
  store(SOC(INTERRUPT), FLASHD_SOC__INTERRUPT__UART_ENABLE_bm);
  for (;;) {
    const uint32_t word = load(SOC(UART_DATA));
    if ((word & FLASHD_SOC__UART_DATA__EMPTY_bm) == 0)
      put((char)word);
    else
      irq_sleep();
  }
}

int main(void) {
  irq_allow(IRQ_NONE);
  const uint32_t phase = load(PHASE);
  const uint32_t trapped = load(SOC(CONTROL)) & FLASHD_SOC__CONTROL__TRAPPED_bm;
  if (phase == (MAGIC | 1)) {
    expect("LEDs of a restart", load(SOC(LED)), 0);
    expect("restarted", trapped, 0);
    again(2, true);
  }
  if (phase == (MAGIC | 2)) {
    expect("LEDs of a trap", load(SOC(LED)), 0);
    expect("trapped", trapped, FLASHD_SOC__CONTROL__TRAPPED_bm);
    store(PHASE, 0);
    echo();
  }
  identity();
  job_memory();
  bus_errors();
  device_reset();
  interrupts();
  uart();
  again(1, false);
}
