/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/commands.h"

#include <stddef.h>
#include <string.h>

#include "firmware/include/flashd_regs.h"

#define DESCRIPTOR_BYTES (4u * FLASHD_DESCRIPTOR_WORDS)

/* A command being served. */
typedef struct {
  flashd_commands_t* commands;
  const uint8_t* body;
  uint32_t count; /* bytes of the body */
  uint8_t* out;   /* answer behind the status */
  uint32_t used;  /* bytes of it */
} call_t;

static const flashd_hardware_t* hardware_of(const call_t* call) {
  return &call->commands->hardware;
}

static flashd_identity_t identify(const call_t* call) {
  flashd_identity_t identity;
  memset(&identity, 0, sizeof identity);
  hardware_of(call)->identify(hardware_of(call)->context, &identity);
  return identity;
}

static bool in_memory(const call_t* call, uint32_t address, uint32_t count) {
  const flashd_identity_t identity = identify(call);
  /* An address below the memory wraps to one far behind it. */
  return count <= identity.memory_bytes &&
         address - identity.memory_base <= identity.memory_bytes - count;
}

static uint8_t hello(call_t* call) {
  const flashd_identity_t identity = identify(call);
  uint8_t* out = call->out;
  memcpy(out + FLASHD_SERIAL_HELLO_ANSWER_SESSION, call->body + FLASHD_SERIAL_HELLO_BODY_SESSION,
         4);
  flashd_put16(out + FLASHD_SERIAL_HELLO_ANSWER_PROTOCOL, FLASHD_SERIAL_PROTOCOL);
  flashd_put16(out + FLASHD_SERIAL_HELLO_ANSWER_FLAGS, identity.flags);
  flashd_put32(out + FLASHD_SERIAL_HELLO_ANSWER_FIRMWARE_HASH, identity.firmware_hash);
  flashd_put32(out + FLASHD_SERIAL_HELLO_ANSWER_DEVICE_HASH, identity.device_hash);
  flashd_put32(out + FLASHD_SERIAL_HELLO_ANSWER_FIRMWARE_VERSION, identity.firmware_version);
  flashd_put32(out + FLASHD_SERIAL_HELLO_ANSWER_MEMORY_BASE, identity.memory_base);
  flashd_put32(out + FLASHD_SERIAL_HELLO_ANSWER_MEMORY_BYTES, identity.memory_bytes);
  flashd_put32(out + FLASHD_SERIAL_HELLO_ANSWER_CLOCK_HZ, identity.clock_hz);
  for (uint32_t i = 0; i < 4; ++i)
    flashd_put32(out + FLASHD_SERIAL_HELLO_ANSWER_CAP0 + 4 * i, identity.cap[i]);
  flashd_put32(out + FLASHD_SERIAL_HELLO_ANSWER_DEVICE_VERSION, identity.device_version);
  call->used = FLASHD_SERIAL_HELLO_ANSWER_BYTES;
  call->commands->greeted = true;
  return FLASHD_SERIAL_STATUS_GOOD;
}

static uint8_t read(call_t* call) {
  const uint32_t address = flashd_get32(call->body + FLASHD_SERIAL_READ_BODY_ADDRESS);
  const uint32_t count = flashd_get16(call->body + FLASHD_SERIAL_READ_BODY_COUNT);
  if (count == 0 || count > FLASHD_SERIAL_DATA_MAX) return FLASHD_SERIAL_STATUS_SIZE;
  if (!in_memory(call, address, count)) return FLASHD_SERIAL_STATUS_ADDRESS;
  hardware_of(call)->read_memory(hardware_of(call)->context, address, call->out, count);
  call->used = count;
  return FLASHD_SERIAL_STATUS_GOOD;
}

static uint8_t write(call_t* call) {
  const uint32_t address = flashd_get32(call->body + FLASHD_SERIAL_WRITE_BODY_ADDRESS);
  const uint32_t count = call->count - FLASHD_SERIAL_WRITE_BODY_BYTES;
  if (!in_memory(call, address, count)) return FLASHD_SERIAL_STATUS_ADDRESS;
  hardware_of(call)->write_memory(hardware_of(call)->context, address,
                                  call->body + FLASHD_SERIAL_WRITE_BODY_BYTES, count);
  return FLASHD_SERIAL_STATUS_GOOD;
}

static uint8_t submit(call_t* call) {
  const uint32_t address = flashd_get32(call->body + FLASHD_SERIAL_SUBMIT_BODY_ADDRESS);
  if (address % FLASHD_STRIDE_UNIT != 0 || !in_memory(call, address, DESCRIPTOR_BYTES))
    return FLASHD_SERIAL_STATUS_ADDRESS;
  if ((identify(call).flags & FLASHD_SERIAL_HELLO_FLAGS_SELF_TEST_PASSED) == 0)
    return FLASHD_SERIAL_STATUS_REFUSED;
  uint32_t ticket = 0;
  const uint8_t status = hardware_of(call)->submit(hardware_of(call)->context, address, &ticket);
  flashd_put32(call->out + FLASHD_SERIAL_SUBMIT_ANSWER_TICKET, ticket);
  call->used = FLASHD_SERIAL_SUBMIT_ANSWER_BYTES;
  return status;
}

static uint8_t wait(call_t* call) {
  flashd_job_state_t state;
  memset(&state, 0, sizeof state);
  const uint8_t status = hardware_of(call)->wait(
      hardware_of(call)->context, flashd_get32(call->body + FLASHD_SERIAL_WAIT_BODY_TICKET),
      flashd_get16(call->body + FLASHD_SERIAL_WAIT_BODY_MILLISECONDS), &state);
  call->out[FLASHD_SERIAL_WAIT_ANSWER_STATE] = state.state;
  call->out[FLASHD_SERIAL_WAIT_ANSWER_CODE] = state.code;
  flashd_put32(call->out + FLASHD_SERIAL_WAIT_ANSWER_TAG, state.tag);
  flashd_put64(call->out + FLASHD_SERIAL_WAIT_ANSWER_ADDRESS, state.address);
  call->used = FLASHD_SERIAL_WAIT_ANSWER_BYTES;
  return status;
}

static uint8_t counters(call_t* call) {
  uint64_t values[FLASHD_COUNTERS];
  const uint8_t flags = call->body[FLASHD_SERIAL_COUNTERS_BODY_FLAGS];
  if ((flags & ~FLASHD_SERIAL_COUNTERS_FLAGS_CLEAR) != 0) return FLASHD_SERIAL_STATUS_REFUSED;
  memset(values, 0, sizeof values);
  const uint8_t status = hardware_of(call)->counters(
      hardware_of(call)->context, (flags & FLASHD_SERIAL_COUNTERS_FLAGS_CLEAR) != 0, values);
  for (uint32_t i = 0; i < FLASHD_COUNTERS; ++i)
    flashd_put64(call->out + FLASHD_SERIAL_COUNTERS_ANSWER_VALUES + 8 * i, values[i]);
  call->used = FLASHD_SERIAL_COUNTERS_ANSWER_BYTES;
  return status;
}

static uint8_t reset(call_t* call) {
  const uint8_t kind = call->body[FLASHD_SERIAL_RESET_BODY_KIND];
  /* The firmware's own restart comes behind the answer. */
  if (kind == FLASHD_SERIAL_RESET_KIND_FIRMWARE) return FLASHD_SERIAL_STATUS_GOOD;
  if (kind > FLASHD_SERIAL_RESET_KIND_FIRMWARE) return FLASHD_SERIAL_STATUS_REFUSED;
  return hardware_of(call)->reset(hardware_of(call)->context, kind);
}

static uint8_t statistics(call_t* call) {
  const flashd_commands_t* commands = call->commands;
  flashd_health_t health;
  memset(&health, 0, sizeof health);
  hardware_of(call)->health(hardware_of(call)->context, &health);
  uint8_t* out = call->out;
  flashd_put32(out + FLASHD_SERIAL_STATISTICS_ANSWER_FRAMES, commands->frames);
  flashd_put32(out + FLASHD_SERIAL_STATISTICS_ANSWER_BAD_CRC, commands->bad_crc);
  flashd_put32(out + FLASHD_SERIAL_STATISTICS_ANSWER_BAD_FORM, commands->bad_form);
  flashd_put32(out + FLASHD_SERIAL_STATISTICS_ANSWER_RESENT, commands->resent);
  flashd_put32(out + FLASHD_SERIAL_STATISTICS_ANSWER_OVERRUNS, health.overruns);
  flashd_put32(out + FLASHD_SERIAL_STATISTICS_ANSWER_FRAMING, health.framing);
  flashd_put32(out + FLASHD_SERIAL_STATISTICS_ANSWER_BUS_ERRORS, health.bus_errors);
  flashd_put32(out + FLASHD_SERIAL_STATISTICS_ANSWER_JOBS, health.jobs);
  flashd_put32(out + FLASHD_SERIAL_STATISTICS_ANSWER_STACK_FREE, health.stack_free);
  call->used = FLASHD_SERIAL_STATISTICS_ANSWER_BYTES;
  return FLASHD_SERIAL_STATUS_GOOD;
}

static uint8_t device_register(call_t* call) {
  const uint32_t address = flashd_get16(call->body + FLASHD_SERIAL_REGISTER_BODY_ADDRESS);
  const bool writes = call->body[FLASHD_SERIAL_REGISTER_BODY_WRITE] != 0;
  uint32_t value = flashd_get32(call->body + FLASHD_SERIAL_REGISTER_BODY_VALUE);
  if (address % 4 != 0 || address >= sizeof(flashd_regs_t)) return FLASHD_SERIAL_STATUS_ADDRESS;
  /* All others are read only, or the ring's. */
  if (writes && address != offsetof(flashd_regs_t, TIMEOUT)) return FLASHD_SERIAL_STATUS_REFUSED;
  const uint8_t status =
      hardware_of(call)->access(hardware_of(call)->context, address, writes, &value);
  flashd_put32(call->out + FLASHD_SERIAL_REGISTER_ANSWER_VALUE, value);
  call->used = FLASHD_SERIAL_REGISTER_ANSWER_BYTES;
  return status;
}

typedef struct {
  uint8_t kind;
  uint16_t least, most; /* bytes of the body */
  uint8_t (*serve)(call_t* call);
} command_t;

static const command_t kCommands[] = {
    {FLASHD_SERIAL_HELLO, FLASHD_SERIAL_HELLO_BODY_BYTES, FLASHD_SERIAL_HELLO_BODY_BYTES, hello},
    {FLASHD_SERIAL_READ, FLASHD_SERIAL_READ_BODY_BYTES, FLASHD_SERIAL_READ_BODY_BYTES, read},
    {FLASHD_SERIAL_WRITE, FLASHD_SERIAL_WRITE_BODY_BYTES + 1,
     FLASHD_SERIAL_WRITE_BODY_BYTES + FLASHD_SERIAL_DATA_MAX, write},
    {FLASHD_SERIAL_SUBMIT, FLASHD_SERIAL_SUBMIT_BODY_BYTES, FLASHD_SERIAL_SUBMIT_BODY_BYTES,
     submit},
    {FLASHD_SERIAL_WAIT, FLASHD_SERIAL_WAIT_BODY_BYTES, FLASHD_SERIAL_WAIT_BODY_BYTES, wait},
    {FLASHD_SERIAL_COUNTERS, FLASHD_SERIAL_COUNTERS_BODY_BYTES, FLASHD_SERIAL_COUNTERS_BODY_BYTES,
     counters},
    {FLASHD_SERIAL_RESET, FLASHD_SERIAL_RESET_BODY_BYTES, FLASHD_SERIAL_RESET_BODY_BYTES, reset},
    {FLASHD_SERIAL_STATISTICS, FLASHD_SERIAL_STATISTICS_BODY_BYTES,
     FLASHD_SERIAL_STATISTICS_BODY_BYTES, statistics},
    {FLASHD_SERIAL_REGISTER, FLASHD_SERIAL_REGISTER_BODY_BYTES, FLASHD_SERIAL_REGISTER_BODY_BYTES,
     device_register},
};

static uint8_t serve(call_t* call, uint8_t kind) {
  for (uint32_t i = 0; i < sizeof kCommands / sizeof *kCommands; ++i) {
    const command_t* command = &kCommands[i];
    if (command->kind != kind) continue;
    if (call->count < command->least || call->count > command->most)
      return FLASHD_SERIAL_STATUS_SIZE;
    /* A host must not go on as if nothing had happened when the board restarts. */
    if (!call->commands->greeted && kind != FLASHD_SERIAL_HELLO)
      return FLASHD_SERIAL_STATUS_REFUSED;
    return command->serve(call);
  }
  return FLASHD_SERIAL_STATUS_UNKNOWN;
}

static void answer(flashd_commands_t* commands) {
  const flashd_frame_parser_t* frame = &commands->parser;
  const flashd_hardware_t* hardware = &commands->hardware;
  const uint8_t kind = frame->bytes[0], sequence = frame->bytes[1];
  const uint32_t crc = flashd_frame_crc(frame);
  if (commands->line_count != 0 && commands->last_sequence == sequence &&
      commands->last_crc == crc) {
    ++commands->resent;
    hardware->send(hardware->context, commands->line, commands->line_count);
    return;
  }
  call_t call = {commands, flashd_frame_body(frame), flashd_frame_body_bytes(frame),
                 commands->answer + 1, 0};
  commands->answer[0] = serve(&call, kind);
  const bool good = commands->answer[0] == FLASHD_SERIAL_STATUS_GOOD;
  commands->line_count =
      flashd_frame_encode(kind | FLASHD_SERIAL_ANSWER_BIT, sequence, commands->answer,
                          1 + (good ? call.used : 0), commands->line);
  commands->last_sequence = sequence;
  commands->last_crc = crc;
  hardware->send(hardware->context, commands->line, commands->line_count);
  if (good && kind == FLASHD_SERIAL_RESET &&
      call.body[FLASHD_SERIAL_RESET_BODY_KIND] == FLASHD_SERIAL_RESET_KIND_FIRMWARE)
    hardware->restart(hardware->context);
}

void flashd_commands_start(flashd_commands_t* commands, const flashd_hardware_t* hardware) {
  memset(commands, 0, sizeof *commands);
  commands->hardware = *hardware;
}

/* Apart, so that a byte inside a frame costs no more than it must. */
static __attribute__((noinline)) void end_frame(flashd_commands_t* commands,
                                                flashd_frame_event_t event) {
  if (event == FLASHD_FRAME_GOOD) {
    ++commands->frames;
    /* An answer is no command: a line that sends back what it gets must not go round for ever. */
    if ((commands->parser.bytes[0] & FLASHD_SERIAL_ANSWER_BIT) == 0) answer(commands);
    return;
  }
  if (event == FLASHD_FRAME_BAD_CRC) {
    ++commands->bad_crc;
  } else {
    ++commands->bad_form;
  }
  commands->hardware.frame_error(commands->hardware.context);
}

void flashd_commands_byte(flashd_commands_t* commands, uint8_t byte) {
  const flashd_frame_event_t event = flashd_frame_push(&commands->parser, byte);
  if (event != FLASHD_FRAME_NONE) end_frame(commands, event);
}
