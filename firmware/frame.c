/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/frame.h"

#define FULL_BLOCK 0xFFu /* code of a block of 254 bytes, behind which no zero stands */

/* CRC of a good frame with its CRC behind it: a constant of the polynomial, before the final XOR.
 */
#define CRC_RESIDUE 0xDEBB20E3u

/* One entry per four bits: remainder of that many bits by FLASHD_SERIAL_CRC_POLYNOMIAL. Half a byte
   at a time is 64 bytes of table and a third of the time of single bits. */
static const uint32_t kCrcTable[16] = {
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};

static inline uint32_t crc_step(uint32_t crc, uint8_t byte) {
  crc ^= byte;
  crc = kCrcTable[crc & 15u] ^ crc >> 4;
  return kCrcTable[crc & 15u] ^ crc >> 4;
}

uint32_t flashd_crc32(uint32_t crc, const uint8_t* bytes, uint32_t count) {
  crc ^= FLASHD_SERIAL_CRC_INITIAL;
  for (uint32_t i = 0; i < count; ++i) crc = crc_step(crc, bytes[i]);
  return crc ^ FLASHD_SERIAL_CRC_FINAL;
}

static inline void append(flashd_frame_parser_t* parser, uint8_t byte) {
  if (parser->count == FLASHD_SERIAL_FRAME_MAX) {
    parser->dropped = true;
    parser->left = 0;
    return;
  }
  parser->bytes[parser->count++] = byte;
  parser->crc = crc_step(parser->crc, byte);
}

static flashd_frame_event_t finish(const flashd_frame_parser_t* parser) {
  if (parser->dropped || parser->left != 0 ||
      parser->count < FLASHD_SERIAL_HEAD_BYTES + FLASHD_SERIAL_CRC_BYTES)
    return FLASHD_FRAME_BAD_FORM;
  return parser->crc == CRC_RESIDUE ? FLASHD_FRAME_GOOD : FLASHD_FRAME_BAD_CRC;
}

/* A byte that is none of a block. */
static flashd_frame_event_t push_between(flashd_frame_parser_t* parser, uint8_t byte) {
  if (byte == 0) {
    const flashd_frame_event_t event = parser->begun ? finish(parser) : FLASHD_FRAME_NONE;
    parser->begun = false;
    parser->left = 0;
    return event;
  }
  if (!parser->begun) {
    parser->begun = true;
    parser->count = 0;
    parser->crc = FLASHD_SERIAL_CRC_INITIAL;
    parser->zero = false;
    parser->dropped = false;
  }
  if (parser->dropped) return FLASHD_FRAME_NONE;
  if (parser->zero) append(parser, 0);
  parser->left = (uint8_t)(byte - 1);
  parser->zero = byte != FULL_BLOCK;
  return FLASHD_FRAME_NONE;
}

flashd_frame_event_t flashd_frame_push(flashd_frame_parser_t* parser, uint8_t byte) {
  /* Most bytes are those of a block; the core has few cycles for each. */
  if (byte == 0 || parser->left == 0) return push_between(parser, byte);
  --parser->left;
  append(parser, byte);
  return FLASHD_FRAME_NONE;
}

uint32_t flashd_frame_crc(const flashd_frame_parser_t* parser) {
  return flashd_get32(parser->bytes + parser->count - FLASHD_SERIAL_CRC_BYTES);
}

/* COBS: a block is its length and its bytes, none of them zero. */
typedef struct {
  uint8_t* out;
  uint32_t count;
  uint32_t code_at; /* where the length of the block goes */
} encoder_t;

static void close_block(encoder_t* encoder) {
  encoder->out[encoder->code_at] = (uint8_t)(encoder->count - encoder->code_at);
  encoder->code_at = encoder->count++;
}

static void encode(encoder_t* encoder, const uint8_t* bytes, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    if (bytes[i] != 0) encoder->out[encoder->count++] = bytes[i];
    if (bytes[i] == 0 || encoder->count - encoder->code_at == FULL_BLOCK) close_block(encoder);
  }
}

uint32_t flashd_frame_encode(uint8_t kind, uint8_t sequence, const uint8_t* body, uint32_t count,
                             uint8_t* out) {
  const uint8_t head[FLASHD_SERIAL_HEAD_BYTES] = {kind, sequence};
  uint8_t crc[FLASHD_SERIAL_CRC_BYTES];
  flashd_put32(crc, flashd_crc32(flashd_crc32(0, head, sizeof head), body, count));
  encoder_t encoder = {out, 1, 0};
  encode(&encoder, head, sizeof head);
  encode(&encoder, body, count);
  encode(&encoder, crc, sizeof crc);
  close_block(&encoder);
  out[encoder.code_at] = 0; /* in place of the next block's length: the end of the frame */
  return encoder.count;
}
