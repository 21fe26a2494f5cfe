/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware: a loop that takes bytes of the serial line, and the hardware behind the commands.
 */
#include <string.h>

#include "firmware/clock.h"
#include "firmware/commands.h"
#include "firmware/include/flashd_spec.h"
#include "firmware/ring.h"
#include "firmware/selftest.h"
#include "firmware/soc.h"
#include "firmware/uart.h"

#define BYTES_AT_ONCE 64u

uint32_t stack_free(void);       /* start.S */
void interrupt(uint32_t causes); /* called there */

static struct {
  flashd_identity_t identity;
  flashd_commands_t commands;
  uint32_t bus_errors;
} firmware;

static void restart(void* context) {
  (void)context;
  uart_drain();
  for (;;) store(SOC(CONTROL), FLASHD_SOC__CONTROL__RESTART_bm);
}

/* Counts and clears a bus error; true if there was one. */
static bool take_bus_error(void) {
  if ((load(SOC(BUS_ERROR)) & FLASHD_SOC__BUS_ERROR__VALID_bm) == 0) return false;
  store(SOC(BUS_ERROR), FLASHD_SOC__BUS_ERROR__VALID_bm);
  ++firmware.bus_errors;
  return true;
}

void interrupt(uint32_t causes) {
  /* No instruction of this program does that: memory is not what it was. */
  if ((causes & (IRQ_ILLEGAL | IRQ_MISALIGNED)) != 0) restart(NULL);
  if ((causes & IRQ_DEVICE) != 0) ring_interrupt();
  if ((causes & IRQ_BUS_ERROR) != 0) take_bus_error();
}

static void identify(void* context, flashd_identity_t* identity) {
  (void)context;
  *identity = firmware.identity;
}

static void read_memory(void* context, uint32_t address, uint8_t* to, uint32_t count) {
  (void)context;
  memcpy(to, (const void*)address, count);
}

static void write_memory(void* context, uint32_t address, const uint8_t* from, uint32_t count) {
  (void)context;
  memcpy((void*)address, from, count);
}

static uint8_t submit(void* context, uint32_t descriptor, uint32_t* ticket) {
  (void)context;
  return ring_submit(descriptor, ticket);
}

static uint8_t wait(void* context, uint32_t ticket, uint32_t ms, flashd_job_state_t* state) {
  (void)context;
  return ring_wait(ticket, ms, state);
}

static uint8_t counters(void* context, bool clear, uint64_t values[FLASHD_COUNTERS]) {
  (void)context;
  return ring_counters(clear, values);
}

static uint8_t reset(void* context, uint8_t kind) {
  (void)context;
  return ring_reset(kind);
}

static void health(void* context, flashd_health_t* health) {
  (void)context;
  const uart_errors_t errors = uart_errors();
  health->overruns = errors.overruns;
  health->framing = errors.framing;
  health->bus_errors = firmware.bus_errors;
  health->jobs = ring_jobs();
  health->stack_free = stack_free();
}

static uint8_t device_register(void* context, uint32_t address, bool write, uint32_t* value) {
  (void)context;
  const uint32_t allowed = irq_allow(IRQ_NONE);
  take_bus_error();
  if (write) store(DEVICE_BASE + address, *value);
  *value = load(DEVICE_BASE + address);
  const bool bad = take_bus_error();
  irq_allow(allowed);
  return bad ? FLASHD_SERIAL_STATUS_ADDRESS : FLASHD_SERIAL_STATUS_GOOD;
}

static void send(void* context, const uint8_t* bytes, uint32_t count) {
  (void)context;
  uart_send(bytes, count);
}

static void frame_error(void* context) {
  (void)context;
  led_set(FLASHD_SERIAL_LED_FRAME_ERROR, 1);
}

static void start(void) {
  static const flashd_hardware_t kHardware = {
      NULL,  identify, read_memory, write_memory,    submit, wait,       counters,
      reset, restart,  health,      device_register, send,   frame_error};
  flashd_identity_t* identity = &firmware.identity;
  clock_start();
  const uint32_t bytes =
      1u << ((load(SOC(MEMORY)) & FLASHD_SOC__MEMORY__JOB_bm) >> FLASHD_SOC__MEMORY__JOB_bp);
  const uint32_t area = JOB_MEMORY + bytes - FLASHD_SERIAL_RING_AREA_BYTES;
  ring_start(area);
  uart_wakes(true);
  irq_allow(IRQ_ALLOWED);
  identity->firmware_hash = FLASHD_SPEC_HASH;
  identity->firmware_version = FLASHD_FIRMWARE_VERSION;
  identity->memory_base = JOB_MEMORY;
  identity->memory_bytes = bytes - FLASHD_SERIAL_RING_AREA_BYTES;
  identity->clock_hz = load(SOC(CLOCK_HZ));
  identity->device_hash = load(DEVICE(SPEC_HASH));
  identity->device_version = load(DEVICE(VERSION));
  for (uint32_t i = 0; i < 4; ++i) identity->cap[i] = load(DEVICE(CAP0) + 4 * i);
  identity->flags = selftest_run(area);
  led_set(FLASHD_SERIAL_LED_SELF_TEST,
          (identity->flags & FLASHD_SERIAL_HELLO_FLAGS_SELF_TEST_PASSED) != 0);
  flashd_commands_start(&firmware.commands, &kHardware);
}

int main(void) {
  start();
  for (;;) {
    uint8_t byte;
    uint32_t taken = 0;
    while (taken < BYTES_AT_ONCE && uart_take(&byte)) {
      flashd_commands_byte(&firmware.commands, byte);
      ++taken;
    }
    if (uart_check()) led_set(FLASHD_SERIAL_LED_FRAME_ERROR, 1);
    const uint32_t allowed = irq_allow(IRQ_NONE);
    if (taken < BYTES_AT_ONCE) clock_sleep(CLOCK_NEVER);
    irq_allow(allowed);
    clock_beat();
  }
}
