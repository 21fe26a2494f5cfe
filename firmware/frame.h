/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of the serial line (docs/soc.md, "Frames"): bytes in, frames out, and back. No state
   outside the structs, no memory but theirs: the same code runs in the firmware, in tests and in
   fuzzing. */
#ifndef FLASHD_FRAME_H
#define FLASHD_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware/include/flashd_serial.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What the last byte ended. */
typedef enum {
  FLASHD_FRAME_NONE,     /**< nothing */
  FLASHD_FRAME_GOOD,     /**< a frame, which stays in the parser until the next byte */
  FLASHD_FRAME_BAD_FORM, /**< too short, too long or not COBS */
  FLASHD_FRAME_BAD_CRC,
} flashd_frame_event_t;

/** All zero is its start. */
typedef struct {
  uint8_t bytes[FLASHD_SERIAL_FRAME_MAX]; /**< kind, sequence number, body, CRC */
  uint32_t count;                         /**< of bytes */
  uint32_t crc;                           /**< running, of all of them */
  uint8_t left;                           /**< bytes of the COBS block still to come */
  bool zero;                              /**< a zero stands before the next block */
  bool begun;                             /**< a byte came since the last zero on the line */
  bool dropped;                           /**< nothing counts until the next zero on the line */
} flashd_frame_parser_t;

/** Takes one byte of the line. A zero without a byte before it is nothing. */
flashd_frame_event_t flashd_frame_push(flashd_frame_parser_t* parser, uint8_t byte);

static inline const uint8_t* flashd_frame_body(const flashd_frame_parser_t* parser) {
  return parser->bytes + FLASHD_SERIAL_HEAD_BYTES;
}
/** Bytes of the body of a good frame. */
static inline uint32_t flashd_frame_body_bytes(const flashd_frame_parser_t* parser) {
  return parser->count - FLASHD_SERIAL_HEAD_BYTES - FLASHD_SERIAL_CRC_BYTES;
}
/** CRC of a good frame. */
uint32_t flashd_frame_crc(const flashd_frame_parser_t* parser);

/** Bytes that flashd_frame_encode may write. */
#define FLASHD_FRAME_LINE_MAX (FLASHD_SERIAL_CODED_MAX + 1u)

/** Writes the bytes of a frame as they go on the line, the final zero among them, to `out`, room
   for FLASHD_FRAME_LINE_MAX. `count` is at most FLASHD_SERIAL_BODY_MAX. Returns how many. */
uint32_t flashd_frame_encode(uint8_t kind, uint8_t sequence, const uint8_t* body, uint32_t count,
                             uint8_t* out);

/** CRC-32 of zlib, continued: start with 0. */
uint32_t flashd_crc32(uint32_t crc, const uint8_t* bytes, uint32_t count);

/** Little-endian numbers at any address. */
static inline uint32_t flashd_get16(const uint8_t* at) { return at[0] | (uint32_t)at[1] << 8; }
static inline uint32_t flashd_get32(const uint8_t* at) {
  return flashd_get16(at) | flashd_get16(at + 2) << 16;
}
static inline void flashd_put16(uint8_t* at, uint32_t value) {
  at[0] = (uint8_t)value;
  at[1] = (uint8_t)(value >> 8);
}
static inline void flashd_put32(uint8_t* at, uint32_t value) {
  flashd_put16(at, value);
  flashd_put16(at + 2, value >> 16);
}
static inline void flashd_put64(uint8_t* at, uint64_t value) {
  flashd_put32(at, (uint32_t)value);
  flashd_put32(at + 4, (uint32_t)(value >> 32));
}

#ifdef __cplusplus
}
#endif

#endif
