/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that a compiler may call on its own, and those alone (memory.c). */
#ifndef FLASHD_FREESTANDING_STRING_H
#define FLASHD_FREESTANDING_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);

#endif
