/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of the serial line (docs/soc.md, "Frames"): bytes of the line in, answers out. What is
   behind them is a struct of functions: the SoC in the firmware, anything in tests. */
#ifndef FLASHD_COMMANDS_H
#define FLASHD_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware/frame.h"
#include "firmware/include/flashd_device.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What hello tells beside session and protocol. */
typedef struct {
  uint16_t flags; /**< FLASHD_SERIAL_HELLO_FLAGS_* */
  uint32_t firmware_hash, device_hash, firmware_version;
  uint32_t memory_base, memory_bytes; /**< the host's part of the job memory */
  uint32_t clock_hz;
  uint32_t cap[4];
  uint32_t device_version;
} flashd_identity_t;

/** How a job stands. */
typedef struct {
  uint8_t state;    /**< FLASHD_SERIAL_WAIT_STATE_* */
  uint8_t code;     /**< FLASHD_FAULT_* */
  uint32_t tag;     /**< of its descriptor */
  uint64_t address; /**< first bad address of a fault, else 0 */
} flashd_job_state_t;

/** Counts that the hardware's side keeps. */
typedef struct {
  uint32_t overruns, framing, bus_errors, jobs, stack_free;
} flashd_health_t;

/** What commands need. Those that return uint8_t return a FLASHD_SERIAL_STATUS_*. Addresses have
   been checked; none may wait for ever. */
typedef struct {
  void* context; /**< first argument of all */
  void (*identify)(void* context, flashd_identity_t* identity);
  void (*read_memory)(void* context, uint32_t address, uint8_t* to, uint32_t count);
  void (*write_memory)(void* context, uint32_t address, const uint8_t* from, uint32_t count);
  /** GOOD, FULL or HUNG. */
  uint8_t (*submit)(void* context, uint32_t descriptor, uint32_t* ticket);
  /** GOOD or TICKET; returns when the job has ended or the time is over. */
  uint8_t (*wait)(void* context, uint32_t ticket, uint32_t milliseconds, flashd_job_state_t* state);
  /** All counters of the device, cleared behind the last one if asked for. GOOD or HUNG. */
  uint8_t (*counters)(void* context, bool clear, uint64_t values[FLASHD_COUNTERS]);
  /** FLASHD_SERIAL_RESET_KIND_SOFT or _DEVICE. GOOD or HUNG. */
  uint8_t (*reset)(void* context, uint8_t kind);
  /** Starts the firmware again once everything is sent. */
  void (*restart)(void* context);
  void (*health)(void* context, flashd_health_t* health);
  /** A register of the device, written first if asked for. GOOD, or ADDRESS if there is none. */
  uint8_t (*access)(void* context, uint32_t address, bool write, uint32_t* value);
  void (*send)(void* context, const uint8_t* bytes, uint32_t count);
  /** A frame was dropped. */
  void (*frame_error)(void* context);
} flashd_hardware_t;

typedef struct {
  flashd_hardware_t hardware;
  flashd_frame_parser_t parser;
  uint8_t answer[FLASHD_SERIAL_BODY_MAX];
  uint8_t line[FLASHD_FRAME_LINE_MAX]; /**< the last answer as it was sent */
  uint32_t line_count;                 /**< of line; 0: none */
  uint32_t last_crc;                   /**< of the command that it answers */
  uint8_t last_sequence;
  bool greeted; /**< hello came since the start */
  uint32_t frames, bad_crc, bad_form, resent;
} flashd_commands_t;

void flashd_commands_start(flashd_commands_t* commands, const flashd_hardware_t* hardware);

/** Takes one byte of the line; serves the command that it ends, and sends the answer. */
void flashd_commands_byte(flashd_commands_t* commands, uint8_t byte);

#ifdef __cplusplus
}
#endif

#endif
