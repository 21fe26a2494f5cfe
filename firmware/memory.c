/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>

/* Words where both sides allow it: rows and descriptors are most of what is copied. */
typedef uint32_t __attribute__((may_alias)) word_t;

#define WORD sizeof(word_t)

void* memcpy(void* restrict to, const void* restrict from, size_t count) {
  uint8_t* out = to;
  const uint8_t* in = from;
  if (((uintptr_t)out | (uintptr_t)in) % WORD == 0) {
    for (; count >= WORD; count -= WORD, out += WORD, in += WORD)
      *(word_t*)(void*)out = *(const word_t*)(const void*)in;
  }
  while (count-- != 0) *out++ = *in++;
  return to;
}

void* memset(void* to, int value, size_t count) {
  uint8_t* out = to;
  while (count-- != 0) *out++ = (uint8_t)value;
  return to;
}

int memcmp(const void* a, const void* b, size_t count) {
  const uint8_t *x = a, *y = b;
  for (; count-- != 0; ++x, ++y)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}
