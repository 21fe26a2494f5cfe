/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/selftest.h"

#include <stdbool.h>
#include <string.h>

#include "firmware/include/flashd_spec.h"
#include "firmware/ring.h"
#include "firmware/selftest_job.h"
#include "firmware/soc.h"

#define PATIENCE_MS 1000u
#define IMAGE_OFFSET RING_SLOT_BYTES /* behind slot 0 */
#define DESCRIPTOR_OFFSET (IMAGE_OFFSET + FLASHD_SELFTEST_BYTES)
#define GUARD 0xA5A5A5A5u

_Static_assert(DESCRIPTOR_OFFSET + RING_SLOT_BYTES <= RING_STATUS_OFFSET,
               "the stored job fits between slot 0 and the status records");

static uint32_t field(uint32_t word, uint32_t mask, uint32_t shift) {
  return (word & mask) >> shift;
}

static void copy_words(uint32_t to, const uint32_t* from, uint32_t words) {
  for (uint32_t i = 0; i < words; ++i) store(to + 4 * i, from[i]);
}

static bool same_words(uint32_t at, const uint32_t* expected, uint32_t words) {
  uint32_t differ = 0;
  for (uint32_t i = 0; i < words; ++i) differ |= load(at + 4 * i) ^ expected[i];
  return differ == 0;
}

/* What the stored descriptor leaves open: where it lies, and the build of the device. */
static void place(uint32_t area, uint32_t profile, uint32_t sig) {
  static const uint8_t kAddresses[] = {
      FLASHD_DESCRIPTOR_Q_WORD, FLASHD_DESCRIPTOR_K_WORD,   FLASHD_DESCRIPTOR_V_WORD,
      FLASHD_DESCRIPTOR_O_WORD, FLASHD_DESCRIPTOR_LSE_WORD, FLASHD_DESCRIPTOR_SEQUENCES_WORD};
  const uint32_t image = area + IMAGE_OFFSET, descriptor = area + DESCRIPTOR_OFFSET;
  copy_words(image, kSelftestInput, FLASHD_SELFTEST_INPUT_BYTES / 4);
  for (uint32_t at = FLASHD_SELFTEST_INPUT_BYTES; at < FLASHD_SELFTEST_BYTES; at += 4)
    store(image + at, GUARD);
  copy_words(descriptor, kSelftestDescriptor, FLASHD_DESCRIPTOR_WORDS);
  for (uint32_t i = 0; i < sizeof kAddresses; ++i) {
    const uint32_t word = descriptor + 4u * kAddresses[i];
    store(word, load(word) + image);
  }
  store(descriptor + 4 * FLASHD_DESCRIPTOR_JOB_EXPONENT_WORD, kSelftestExponent[profile][sig]);
}

uint16_t selftest_run(uint32_t area) {
  if (load(DEVICE(ID)) != FLASHD_REGS__ID__VALUE_reset) return 0;
  const uint32_t cap0 = load(DEVICE(CAP0));
  const uint32_t profile =
      field(cap0, FLASHD_REGS__CAP0__PROFILE_bm, FLASHD_REGS__CAP0__PROFILE_bp);
  const uint32_t sig = field(cap0, FLASHD_REGS__CAP0__SIG_bm, FLASHD_REGS__CAP0__SIG_bp);
  const uint32_t tile =
      field(load(DEVICE(CAP2)), FLASHD_REGS__CAP2__TILE_bm, FLASHD_REGS__CAP2__TILE_bp);
  if (profile >= FLASHD_SELFTEST_PROFILES || sig >= FLASHD_SELFTEST_SIGS ||
      tile != FLASHD_SELFTEST_TILE)
    return 0;
  place(area, profile, sig);
  uint32_t ticket;
  flashd_job_state_t state;
  if (ring_submit(area + DESCRIPTOR_OFFSET, &ticket) != FLASHD_SERIAL_STATUS_GOOD ||
      ring_wait(ticket, PATIENCE_MS, &state) != FLASHD_SERIAL_STATUS_GOOD)
    return FLASHD_SERIAL_HELLO_FLAGS_SELF_TEST_RAN;
  const bool good = state.state == FLASHD_SERIAL_WAIT_STATE_DONE &&
                    same_words(area + IMAGE_OFFSET + FLASHD_SELFTEST_O, kSelftestO[profile],
                               FLASHD_SELFTEST_O_WORDS) &&
                    same_words(area + IMAGE_OFFSET + FLASHD_SELFTEST_LSE, kSelftestLse[profile],
                               FLASHD_SELFTEST_LSE_WORDS);
  return FLASHD_SERIAL_HELLO_FLAGS_SELF_TEST_RAN |
         (good ? FLASHD_SERIAL_HELLO_FLAGS_SELF_TEST_PASSED : 0);
}
