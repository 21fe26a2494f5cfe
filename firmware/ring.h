/* SPDX-License-Identifier: Apache-2.0 */
/* The device's descriptor ring: jobs in, tickets out; its interrupt ends tickets. */
#ifndef FLASHD_FIRMWARE_RING_H
#define FLASHD_FIRMWARE_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware/commands.h"

/** Bytes of the ring's area from its first slot to its status records: free while only slot 0 is
    used. */
#define RING_SLOT_BYTES (4u * FLASHD_DESCRIPTOR_WORDS)
#define RING_STATUS_OFFSET (FLASHD_SERIAL_RING_AREA_BYTES - FLASHD_STRIDE_UNIT * RING_SLOTS)
#define RING_SLOTS (1u << FLASHD_SERIAL_RING_SLOTS_LOG2)

/** `area`: FLASHD_SERIAL_RING_AREA_BYTES of the job memory. */
void ring_start(uint32_t area);
/** From the device's interrupt. */
void ring_interrupt(void);

/** Copies a descriptor into the next slot and hands it over; its interrupt flag is set, its status
    record is the ring's own. */
uint8_t ring_submit(uint32_t descriptor, uint32_t* ticket);
uint8_t ring_wait(uint32_t ticket, uint32_t milliseconds, flashd_job_state_t* state);
/** Jobs that have not ended end with the state `stopped`. */
uint8_t ring_reset(uint8_t kind);
uint8_t ring_counters(bool clear, uint64_t values[FLASHD_COUNTERS]);
/** Jobs that have ended. */
uint32_t ring_jobs(void);

#endif
