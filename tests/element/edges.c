/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "element/edges.h"

#include <stdlib.h>

static const uint32_t specials[] = {
    0x00000000, 0x00000001, 0x00000002, 0x003fffff, 0x00400000, 0x00400001, 0x007fffff, 0x00800000,
    0x00800001, 0x00ffffff, 0x3effffff, 0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x40000000,
    0x46ffffff, 0x47000000, 0x4effffff, 0x4f000000, 0x4f7fffff, 0x4f800000, 0x5f000000, 0x7effffff,
    0x7f000000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fbfffff, 0x7fc00000, 0x7fffffff};
enum { SPECIALS = sizeof specials / sizeof specials[0], AROUND = 5 };

static void push(lowpt_edges *edges, uint32_t bits) { edges->bits[edges->count++] = bits; }

/* The f32 nearest below or at a magnitude, with its neighbours; magnitudes beyond FLT_MAX end at infinity. */
static void push_around(lowpt_edges *edges, double value, uint32_t sign) {
  float x = (float)value;
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  for (int step = -2; step <= 2; step++) {
    int64_t b = (int64_t)bits + step;
    push(edges, sign | (uint32_t)(b < 0 ? 0 : b > 0x7f800000 ? 0x7f800000 : b));
  }
}

lowpt_edges lowpt_edges_of(const lowpt_format *format, bool limits) {
  size_t points = format->side[0].count + format->side[1].count + 2;
  lowpt_edges edges = {malloc((2 * SPECIALS + points * 2 * 4 * AROUND) * sizeof(uint32_t)), 0};
  if (!edges.bits) abort();
  for (size_t i = 0; i < SPECIALS; i++) {
    push(&edges, specials[i]);
    push(&edges, specials[i] | 0x80000000u);
  }
  for (int sign = 0; sign < 2; sign++) {
    /* An unsigned format gets negative inputs too. */
    const lowpt_side *side = &format->side[format->is_signed ? sign : 0];
    for (size_t i = 0; i < side->count; i++) {
      if (limits && i >= 3 && i + 3 < side->count) continue;
      double low = side->points[i].value, high = i + 1 < side->count ? side->points[i + 1].value : side->next;
      for (int quarter = 0; quarter < 4; quarter++)
        push_around(&edges, low + (high - low) * quarter / 4, (uint32_t)sign << 31);
    }
    push_around(&edges, side->next, (uint32_t)sign << 31);
    push_around(&edges, 2 * side->next, (uint32_t)sign << 31);
  }
  return edges;
}
