/* SPDX-License-Identifier: Apache-2.0 */
/*
 * irregular.c: does a panel hold what fast decoders need not know: NaN, Inf, cores outside the normal range of bf16? A quick look
 * at codes and scales says no for nearly all; blocks that it cannot decide are decoded.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"
#include "kernels/generic/panel.h"
#include "kernels/simd/unroll.h"

#define EACH8(byte) ((uint64_t)(byte)*0x0101010101010101u)
#define EACH16(half) ((uint64_t)(half)*0x0001000100010001u)
#define EACH32(word) ((uint64_t)(word)*0x0000000100000001u)

/* Is every bit zero? */
static inline bool none(lowpi_words v) {
  uint64_t parts[sizeof v / sizeof(uint64_t)], any = 0;
  memcpy(parts, &v, sizeof v);
  for (size_t j = 0; j < sizeof v / sizeof *parts; j++) any |= parts[j];
  return !any;
}

/* Not zero if one of the bytes is zero. */
static inline lowpi_words zero_byte(lowpi_words v) { return (v - EACH8(1)) & ~v & EACH8(0x80); }
/* The top bits of those halves, of 15 bits, that are not zero. */
static inline lowpi_words full_halves(lowpi_words v) { return (v + EACH16(0x7fff)) & EACH16(0x8000); }

/* Not zero if a code among those of v is NaN or infinite, or below the normal range of bf16. */
static inline lowpi_words bad_codes(lowp_element element, lowpi_words v) {
  switch (element) {
  case LOWP_E4M3FN: /* 7f, ff */
    return ((v & EACH8(0x7f)) + EACH8(1)) & EACH8(0x80);
  case LOWP_HIF8: /* 80, 6f, ef */
    return zero_byte(v ^ EACH8(0x80)) | zero_byte((v & EACH8(0x7f)) ^ EACH8(0x6f));
  case LOWP_FP16: /* exponent of ones; its subnormals are normal in bf16 */
    return ((v & EACH16(0x7fff)) + EACH16(0x0400)) & EACH16(0x8000);
  case LOWP_BF16: /* exponent of ones; exponent of zeros but not zero */
    return (((v & EACH16(0x7fff)) + EACH16(0x0080)) & EACH16(0x8000)) |
           (full_halves(v & EACH16(0x7fff)) & ~full_halves(v & EACH16(0x7f80)));
  default:
    return v ^ v;
  }
}

static inline bool any_bad(lowp_element element, const uint8_t *p, size_t bytes) {
  lowpi_words v, bad = {0};
  size_t i = 0;
  for (; i + 4 * sizeof v <= bytes; i += 4 * sizeof v) {
    VEC_UNROLL
    for (size_t j = 0; j < 4; j++) {
      memcpy(&v, p + i + j * sizeof v, sizeof v);
      bad |= bad_codes(element, v);
    }
  }
  for (; i < bytes; i += sizeof v) { /* 8 behind the last are code 0, which is never bad */
    memset(&v, 0, sizeof v);
    memcpy(&v, p + i, bytes - i < sizeof v ? bytes - i : sizeof v);
    bad |= bad_codes(element, v);
  }
  return !none(bad);
}

/* One loop for each element that has such codes, but for those of which the largest says all. */
static bool bad_code_among(lowp_element element, const uint8_t *p, size_t bytes) {
  switch (element) {
  case LOWP_HIF8:
    return any_bad(LOWP_HIF8, p, bytes);
  case LOWP_FP16:
    return any_bad(LOWP_FP16, p, bytes);
  case LOWP_BF16:
    return any_bad(LOWP_BF16, p, bytes);
  default: /* every code is a number of middling size */
    return false;
  }
}
bool lowpi_most_irregular(lowp_element element, uint8_t most) {
  return (element == LOWP_E4M3FN && most == 0x7f) || (element == LOWP_E5M2 && most >= 0x7c);
}

typedef enum verdict { REGULAR, IRREGULAR, UNDECIDED } verdict;

/*
 * By its scale alone. All elements lie in 2^-24 .. 2^16: a scale of 2^-95 .. 2^73 (E8M0 code 32 .. 200) cannot lead outside of
 * 2^-126 .. 2^127.
 */
static inline verdict by_scale(const lowp_scheme_info *s, const uint8_t *scale) {
  uint16_t half;
  uint32_t word;
  switch (s->scale) {
  case LOWP_E8M0:
    return *scale == 0xff ? IRREGULAR : *scale >= 32 && *scale <= 200 ? REGULAR : UNDECIDED;
  case LOWP_E4M3FN:
    return (*scale & 0x7f) == 0x7f ? IRREGULAR : REGULAR;
  case LOWP_E6M2:
    return *scale == 0xff ? IRREGULAR : REGULAR;
  case LOWP_FP16:
    memcpy(&half, scale, sizeof half);
    return (half & 0x7c00) == 0x7c00 ? IRREGULAR : REGULAR;
  default: /* F32 */
    memcpy(&word, scale, sizeof word);
    word = word >> 23 & 0xff;
    return word == 0xff ? IRREGULAR : word >= 32 && word <= 200 ? REGULAR : UNDECIDED;
  }
}

/* Are the scales of a step such that nothing else need be looked at? Padding bytes are zero. */
static bool all_regular(const lowp_scheme_info *s, const uint8_t *scales, size_t bytes) {
  lowpi_words v, bad = {0};
  switch (s->scale) {
  case LOWP_E8M0: /* 64 of them, 32..200 */
    for (size_t i = 0; i < 64; i += sizeof v) {
      memcpy(&v, scales + i, sizeof v);
      const lowpi_words low = v & EACH8(0x7f); /* below 128 at least 32, above at most 72 more */
      bad |= ~v & ~(low + EACH8(128 - 32));
      bad |= v & (low + EACH8(127 - 72));
    }
    return none(bad & EACH8(0x80));
  case LOWP_E4M3FN:
    return !any_bad(LOWP_E4M3FN, scales, bytes);
  case LOWP_FP16:
    return !any_bad(LOWP_FP16, scales, bytes);
  case LOWP_E6M2: /* the first of four bytes is 255 */
    for (size_t i = 0; i < bytes; i += sizeof v) {
      memcpy(&v, scales + i, sizeof v);
      bad |= (v & EACH32(0xff)) + EACH32(1);
    }
    return none(bad & EACH32(0x100));
  default:
    return false;
  }
}

/* Is this core one that bf16 has no normal number for? */
static bool out_of_range(float core) {
  uint32_t magnitude = lowpk_magnitude(core);
  return magnitude != 0 && (magnitude < 0x00800000u || magnitude > 0x7f7f0000u);
}

static bool block_irregular(const lowpk_rhs *w, size_t panel, size_t k0, size_t lane, const uint8_t *scale) {
  verdict v = by_scale(w->scheme, scale);
  bool found = v == IRREGULAR;
  for (size_t j = 0; j < w->scheme->block_cols && v == UNDECIDED && !found; j++)
    found = out_of_range(lowpk_core(w->scheme, lowpk_panel_code(w, panel, k0 + j, lane), scale, j));
  return found;
}

bool lowpi_zeros_irregular(const lowpk_rhs *w, size_t panel) {
  for (size_t lane = 0; lane < LOWPK_NR && w->zeros; lane++) {
    const char *zero = (const char *)w->zeros + (panel * LOWPK_NR + lane) * 4;
    int32_t integer;
    float number;
    memcpy(&integer, zero, sizeof integer);
    memcpy(&number, zero, sizeof number);
    if (w->scheme->zero == LOWP_ZERO_I32 ? integer < -128 || integer > 127 : out_of_range(number)) return true;
  }
  return false;
}

bool lowpi_step_irregular(const lowpk_rhs *w, size_t panel, size_t k0) {
  const size_t block = w->scheme->block_cols;
  const uint8_t *scales = lowpk_step(w, panel, k0);
  if (bad_code_among(w->scheme->element, scales + w->step_scale_bytes, w->step_bytes - w->step_scale_bytes))
    return true;
  if (!block || all_regular(w->scheme, scales, w->step_scale_bytes)) return false;
  for (size_t j = 0; j < LOWPK_STEP; j += block)
    for (size_t lane = 0; lane < LOWPK_NR; lane++)
      if (block_irregular(w, panel, k0 + j, lane, lowpk_panel_scale(w, panel, k0 + j, lane))) return true;
  return false;
}
