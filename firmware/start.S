/* SPDX-License-Identifier: Apache-2.0 */
/* PicoRV32 starts at 0 and takes interrupts at 0x10, on the stack of what they interrupt. Its own
   instructions are written as .insn: q0 holds the address to return to, q1 the pending
   interrupts. */

#define STACK_PAINT 0x5AFE57ACu
#define SAVED 16

  .section .start, "ax"
  .global _start
_start:
  j start

  .balign 16
interrupt_entry:
  addi sp, sp, -4 * SAVED
  sw ra, 0(sp)
  sw t0, 4(sp)
  sw t1, 8(sp)
  sw t2, 12(sp)
  sw t3, 16(sp)
  sw t4, 20(sp)
  sw t5, 24(sp)
  sw t6, 28(sp)
  sw a0, 32(sp)
  sw a1, 36(sp)
  sw a2, 40(sp)
  sw a3, 44(sp)
  sw a4, 48(sp)
  sw a5, 52(sp)
  sw a6, 56(sp)
  sw a7, 60(sp)
  .insn r 0x0b, 4, 0, a0, x1, x0 /* getq a0, q1 */
  call interrupt
  lw ra, 0(sp)
  lw t0, 4(sp)
  lw t1, 8(sp)
  lw t2, 12(sp)
  lw t3, 16(sp)
  lw t4, 20(sp)
  lw t5, 24(sp)
  lw t6, 28(sp)
  lw a0, 32(sp)
  lw a1, 36(sp)
  lw a2, 40(sp)
  lw a3, 44(sp)
  lw a4, 48(sp)
  lw a5, 52(sp)
  lw a6, 56(sp)
  lw a7, 60(sp)
  addi sp, sp, 4 * SAVED
  .insn r 0x0b, 0, 2, x0, x0, x0 /* retirq */

start:
  la sp, _stack_top
  la t0, _bss_start
  la t1, _bss_end
1:
  sw zero, 0(t0)
  addi t0, t0, 4
  bltu t0, t1, 1b
  la t0, _stack_bottom
  li t1, STACK_PAINT
2:
  sw t1, 0(t0)
  addi t0, t0, 4
  bltu t0, sp, 2b
  call main
3:
  j 3b

/* Bytes of the stack that were never written. */
  .text
  .global stack_free
  .type stack_free, @function
stack_free:
  la t0, _stack_bottom
  la t1, _stack_top
  li t2, STACK_PAINT
  mv a0, zero
4:
  lw t3, 0(t0)
  bne t3, t2, 5f
  addi a0, a0, 4
  addi t0, t0, 4
  bltu t0, t1, 4b
5:
  ret
