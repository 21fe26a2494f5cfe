/* SPDX-License-Identifier: Apache-2.0 */
/* The SoC as its core sees it (docs/soc.md): addresses, registers, interrupts. */
#ifndef FLASHD_FIRMWARE_SOC_H
#define FLASHD_FIRMWARE_SOC_H

#include <stddef.h>
#include <stdint.h>

#include "firmware/include/flashd_regs.h"
#include "firmware/include/flashd_soc.h"

#define DEVICE_BASE 0x10000000u
#define SOC_BASE 0x20000000u
#define JOB_MEMORY 0x80000000u

/* Addresses of registers. The structs of the generated headers are packed: access through a pointer
   to one would be by bytes, so they give offsets only, and every access is a word. */
#define DEVICE(name) (DEVICE_BASE + (uint32_t)offsetof(flashd_regs_t, name))
#define SOC(name) (SOC_BASE + (uint32_t)offsetof(flashd_soc_t, name))

static inline uint32_t load(uint32_t address) { return *(const volatile uint32_t*)address; }
static inline void store(uint32_t address, uint32_t value) { *(volatile uint32_t*)address = value; }
/* The low word first: reading it holds the high word. */
static inline uint64_t load64(uint32_t address) {
  const uint32_t low = load(address);
  return low | (uint64_t)load(address + 4) << 32;
}

/* Bits of PicoRV32's interrupt mask. */
#define IRQ_TIMER (1u << 0)
#define IRQ_ILLEGAL (1u << 1)
#define IRQ_MISALIGNED (1u << 2)
#define IRQ_DEVICE (1u << 3)
#define IRQ_UART (1u << 4)
#define IRQ_BUS_ERROR (1u << 5)
/* The UART only ends waitirq; its bytes are taken in the main loop. */
#define IRQ_ALLOWED (IRQ_TIMER | IRQ_ILLEGAL | IRQ_MISALIGNED | IRQ_DEVICE | IRQ_BUS_ERROR)
#define IRQ_NONE 0u

/* PicoRV32's own instructions, all of opcode custom-0. */

/** Allows these interrupts and no other; returns those allowed before. */
static inline uint32_t irq_allow(uint32_t allowed) {
  uint32_t before;
  __asm__ volatile(".insn r 0x0b, 6, 3, %0, %1, x0" : "=r"(before) : "r"(~allowed) : "memory");
  return ~before;
}
/** Sleeps until an interrupt is pending, allowed or not. */
static inline void irq_sleep(void) {
  uint32_t pending;
  __asm__ volatile(".insn r 0x0b, 4, 4, %0, x0, x0" : "=r"(pending) : : "memory");
}
/** IRQ_TIMER becomes pending after so many cycles; 0: never. */
static inline void irq_timer(uint32_t cycles) {
  uint32_t before;
  __asm__ volatile(".insn r 0x0b, 6, 5, %0, %1, x0" : "=r"(before) : "r"(cycles) : "memory");
}

#endif
