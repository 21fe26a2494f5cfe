/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ring.h"

#include <string.h>

#include "firmware/clock.h"
#include "firmware/soc.h"
#include "firmware/uart.h"

/* The bus behind the device is on-chip memory: more than a few cycles without an answer is a fault.
 */
#define BUS_TIMEOUT 65536u
#define RESET_MS 10u
#define RESET_CYCLES 64u
#define REMEMBERED (2u * RING_SLOTS) /* tickets whose end is known */

static struct {
  uint32_t area;
  uint32_t head, tail; /* as the registers, since the last reset */
  uint32_t issued;     /* the last ticket */
  uint32_t ended;
  bool broken; /* bus hung or ring stopped: nothing runs before a reset */
  uint32_t tickets[RING_SLOTS];
  flashd_job_state_t jobs[REMEMBERED];
} ring;

static uint32_t slot_address(uint32_t index) {
  return ring.area + index % RING_SLOTS * RING_SLOT_BYTES;
}
static uint32_t status_address(uint32_t index) {
  return ring.area + RING_STATUS_OFFSET + index % RING_SLOTS * FLASHD_STRIDE_UNIT;
}
static flashd_job_state_t* job_of(uint32_t index) {
  return &ring.jobs[ring.tickets[index % RING_SLOTS] % REMEMBERED];
}

static void fault_of_registers(flashd_job_state_t* job) {
  job->code = (uint8_t)load(DEVICE(FAULT_CODE));
  job->address = load64(DEVICE(FAULT_ADDRESS));
}

/* The job of the oldest slot has ended. */
static void end_one(void) {
  flashd_job_state_t* job = job_of(ring.head);
  const uint32_t record = status_address(ring.head);
  const uint32_t word = load(record + 4 * FLASHD_STATUS_STATE_WORD);
  const uint8_t status = (uint8_t)(word >> FLASHD_STATUS_STATE_LOW);
  job->state = FLASHD_SERIAL_WAIT_STATE_DONE;
  if (status != FLASHD_STATUS_DONE) {
    job->state = FLASHD_SERIAL_WAIT_STATE_FAULT;
    if (status == FLASHD_STATUS_FAULT) {
      job->code = (uint8_t)(word >> FLASHD_STATUS_FAULT_LOW);
      job->address = load64(record + 4 * FLASHD_STATUS_ADDRESS_WORD);
    } else {
      /* A descriptor that the device could not read has no record. */
      fault_of_registers(job);
    }
  }
  led_set(FLASHD_SERIAL_LED_FAULT, job->state == FLASHD_SERIAL_WAIT_STATE_FAULT);
  ++ring.head;
  ++ring.ended;
}

/* Jobs in the ring end without having run to their end. */
static void abandon(uint8_t state, bool fault) {
  for (; ring.head != ring.tail; ++ring.head, ++ring.ended) {
    flashd_job_state_t* job = job_of(ring.head);
    job->state = state;
    if (fault) fault_of_registers(job);
  }
}

/* Takes over what the device has done. No interrupt is allowed, or this is one. */
static void collect(void) {
  const uint32_t head = load(DEVICE(RING_HEAD));
  const uint32_t status = load(DEVICE(STATUS));
  /* Never beyond the tail, whatever a device without its senses tells. */
  while (ring.head != head && ring.head != ring.tail) end_one();
  if (!ring.broken && (status & FLASHD_REGS__STATUS__HUNG_bm) != 0) {
    ring.broken = true;
    abandon(FLASHD_SERIAL_WAIT_STATE_HUNG, true);
    led_set(FLASHD_SERIAL_LED_FAULT, 1);
  } else if (!ring.broken && (status & FLASHD_REGS__STATUS__RING_STOPPED_bm) != 0) {
    ring.broken = true;
    abandon(FLASHD_SERIAL_WAIT_STATE_STOPPED, true);
    led_set(FLASHD_SERIAL_LED_FAULT, 1);
  }
  led_set(FLASHD_SERIAL_LED_JOB, ring.head != ring.tail);
}

/* Cleared first: what happens behind this raises the interrupt again. */
void ring_interrupt(void) {
  store(DEVICE(IRQ_STATUS), load(DEVICE(IRQ_STATUS)));
  collect();
}

/* Registers out of reset. */
static void program(void) {
  store(DEVICE(RING_BASE), ring.area);
  store(DEVICE(RING_BASE) + 4, 0);
  store(DEVICE(RING_SIZE), FLASHD_SERIAL_RING_SLOTS_LOG2);
  store(DEVICE(IRQ_ENABLE), FLASHD_REGS__IRQ_ENABLE__DONE_bm | FLASHD_REGS__IRQ_ENABLE__FAULT_bm |
                                FLASHD_REGS__IRQ_ENABLE__HUNG_bm);
  store(DEVICE(TIMEOUT), BUS_TIMEOUT);
  store(DEVICE(CONTROL), FLASHD_REGS__CONTROL__ENABLE_bm);
}

static void hold_reset(void) {
  store(SOC(CONTROL), FLASHD_SOC__CONTROL__DEVICE_RESET_bm);
  const uint64_t until = clock_cycles() + RESET_CYCLES;
  while (clock_cycles() < until) continue;
  store(SOC(CONTROL), 0);
}

void ring_start(uint32_t area) {
  ring.area = area;
  program();
}

uint8_t ring_submit(uint32_t descriptor, uint32_t* ticket) {
  const uint32_t allowed = irq_allow(IRQ_NONE);
  collect();
  uint8_t status = ring.broken                           ? FLASHD_SERIAL_STATUS_HUNG
                   : ring.tail - ring.head == RING_SLOTS ? FLASHD_SERIAL_STATUS_FULL
                                                         : FLASHD_SERIAL_STATUS_GOOD;
  if (status == FLASHD_SERIAL_STATUS_GOOD) {
    const uint32_t slot = slot_address(ring.tail), record = status_address(ring.tail);
    for (uint32_t i = 0; i < RING_SLOT_BYTES; i += 4) store(slot + i, load(descriptor + i));
    const uint32_t flags = slot + 4 * FLASHD_DESCRIPTOR_FLAGS_WORD;
    store(flags, load(flags) | FLASHD_FLAG_INTERRUPT);
    store(slot + 4 * FLASHD_DESCRIPTOR_STATUS_WORD, record);
    store(slot + 4 * FLASHD_DESCRIPTOR_STATUS_WORD + 4, 0);
    store(record + 4 * FLASHD_STATUS_STATE_WORD, FLASHD_STATUS_PENDING);
    *ticket = ++ring.issued;
    ring.tickets[ring.tail % RING_SLOTS] = ring.issued;
    flashd_job_state_t* job = job_of(ring.tail);
    memset(job, 0, sizeof *job);
    job->tag = load(slot + 4 * FLASHD_DESCRIPTOR_TAG_WORD);
    led_set(FLASHD_SERIAL_LED_JOB, 1);
    store(DEVICE(RING_TAIL), ++ring.tail);
  }
  irq_allow(allowed);
  return status;
}

static bool ended(const flashd_job_state_t* job) {
  return job->state != FLASHD_SERIAL_WAIT_STATE_RUNNING;
}

uint8_t ring_wait(uint32_t ticket, uint32_t milliseconds, flashd_job_state_t* state) {
  /* The difference is right across the wrap of tickets. */
  if (ticket == 0 || ring.issued - ticket >= REMEMBERED) return FLASHD_SERIAL_STATUS_TICKET;
  const flashd_job_state_t* job = &ring.jobs[ticket % REMEMBERED];
  const uint64_t until = clock_after_ms(milliseconds);
  uart_wakes(false);
  for (;;) {
    const uint32_t allowed = irq_allow(IRQ_NONE);
    const bool over = clock_cycles() >= until;
    if (over) collect();
    const bool leave = over || ended(job);
    if (!leave) clock_sleep(until);
    *state = *job;
    irq_allow(allowed);
    if (leave) break;
  }
  uart_wakes(true);
  return FLASHD_SERIAL_STATUS_GOOD;
}

/* Soft reset; true once the device is idle. */
static bool soft_reset(void) {
  store(DEVICE(CONTROL), FLASHD_REGS__CONTROL__ENABLE_bm | FLASHD_REGS__CONTROL__SOFT_RESET_bm);
  const uint64_t until = clock_after_ms(RESET_MS);
  while ((load(DEVICE(STATUS)) & FLASHD_REGS__STATUS__IDLE_bm) == 0)
    if (clock_cycles() > until) return false;
  store(DEVICE(IRQ_STATUS), FLASHD_REGS__IRQ_STATUS__DONE_bm | FLASHD_REGS__IRQ_STATUS__FAULT_bm |
                                FLASHD_REGS__IRQ_STATUS__HUNG_bm);
  return true;
}

uint8_t ring_reset(uint8_t kind) {
  const uint32_t allowed = irq_allow(IRQ_NONE);
  collect();
  bool good = true;
  if (kind == FLASHD_SERIAL_RESET_KIND_SOFT) {
    good = soft_reset();
  } else {
    hold_reset();
    program();
  }
  if (good) {
    abandon(FLASHD_SERIAL_WAIT_STATE_STOPPED, false);
    ring.head = ring.tail = 0;
    ring.broken = false;
    led_set(FLASHD_SERIAL_LED_JOB, 0);
  }
  irq_allow(allowed);
  return good ? FLASHD_SERIAL_STATUS_GOOD : FLASHD_SERIAL_STATUS_HUNG;
}

uint8_t ring_counters(bool clear, uint64_t values[FLASHD_COUNTERS]) {
  for (uint32_t i = 0; i < FLASHD_COUNTERS; ++i) values[i] = load64(DEVICE(COUNTER) + 8 * i);
  if (clear)
    store(DEVICE(CONTROL),
          FLASHD_REGS__CONTROL__ENABLE_bm | FLASHD_REGS__CONTROL__CLEAR_COUNTERS_bm);
  return FLASHD_SERIAL_STATUS_GOOD;
}

uint32_t ring_jobs(void) { return ring.ended; }
