/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c: plain C has no store that goes past the caches. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/kernel.h"

void lowpk_stream_generic(size_t bytes, const void *from, void *to) { memcpy(to, from, bytes); }
