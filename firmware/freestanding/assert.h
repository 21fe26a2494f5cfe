/* SPDX-License-Identifier: Apache-2.0 */
/* What the generated headers need of the C library's header of this name. */
#ifndef FLASHD_FREESTANDING_ASSERT_H
#define FLASHD_FREESTANDING_ASSERT_H

#define static_assert _Static_assert

#endif
