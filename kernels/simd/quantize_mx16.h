/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantize_mx16.h: MX blocks of E2M1, E4M3 and E5M2 from bf16 in lanes of 16 bits, of which a vector has twice as
 * many: for files that include quantize_mx.h, whose scales these are.
 *
 * A power of two changes the exponent field of bf16 alone, so with the bits `base` of the smallest normal element
 * times the scale, rounding is one of integers: code = 2^m + round((|x| - base) / 2^(7 - m)) from base on, and a
 * carry is the next exponent. Below, E2M1 has the one number 0.5: the 2^m = 2 are counted, one for what is above
 * 0.25 and one for what is at least 0.75. In E4M3 and E5M2 such elements are rare; a group with one goes through f32.
 *
 * Left to quantize_mx.h: other elements, roundings, signs of zeros and the search; chunks with anything that is not
 * finite or with a scale at the lower end, where these bits would not be those of normal numbers; what is less than a
 * chunk.
 */
enum { MX16_FIELD = 3 }; /* the least exponent field of base: that of 0.25 is 1 then */

/* Codes of 2 VEC magnitudes; `small` is not 0 where one is below base, but is not 0. */
VEC_INLINE vec_i mx16_codes(lowp_element id, vec_i x, vec_i base, vec_i *small) {
  const unsigned shift = 7u - lowp_element_row_of(id).minifloat.m;
  const vec_i one = vec_set_16(1), below_half = vec_set_16((1u << (shift - 1)) - 1);
  if (id == LOWP_E2M1) {
    vec_i from1 = vec_max_u16(x, base), odd = vec_and(vec_shr_16(from1, shift), one);
    vec_i code = vec_shr_16(vec_add_16(vec_sub_16(from1, vec_sub_16(base, below_half)), odd), shift);
    code = vec_count_gt_16(code, x, vec_sub_16(base, vec_set_16(2 << 7)));
    return vec_count_gt_16(code, x, vec_sub_16(base, vec_set_16((1 << 6) + 1)));
  }
  vec_i odd = vec_and(vec_shr_16(x, shift), one);
  *small = vec_or(*small, vec_subs_u16(vec_sub_16(base, one), vec_sub_16(x, one)));
  vec_i v = vec_subs_u16(x, vec_sub_16(base, vec_add_16(vec_set_16(1 << 7), below_half)));
  return vec_shr_16(vec_add_16(v, odd), shift);
}

static __attribute__((noinline, unused)) void mx16_group_f32(lowp_element id, const mx_plan *p, const float *inverse,
                                                             const uint8_t *x, uint8_t *codes) {
  float values[GROUP];
  for (size_t i = 0; i < GROUP; i += VEC) vec_store(values + i, vec_load_bf16(x + 2 * i));
  if (id == LOWP_E4M3FN)
    mx_group(LOWP_E4M3FN, p, LOWP_ROUND_RNE, MINUS_KEEP, GROUP, inverse, values, codes);
  else
    mx_group(LOWP_E5M2, p, LOWP_ROUND_RNE, MINUS_KEEP, GROUP, inverse, values, codes);
}

/* GROUP elements: two vectors, each of them in one block. */
VEC_INLINE void mx16_group(lowp_element id, const mx_plan *p, const uint32_t *bases, const float *inverse,
                           const uint8_t *x, uint8_t *codes) {
  const lowp_minifloat f = lowp_element_row_of(id).minifloat;
  vec_i x0 = vec_load_i(x), x1 = vec_load_i(x + VEC_BYTES), small = vec_zero();
  vec_i q0 = mx16_codes(id, vec_and(x0, vec_set_16(0x7fff)), vec_set_i(bases[0]), &small);
  vec_i q1 = mx16_codes(id, vec_and(x1, vec_set_16(0x7fff)), vec_set_i(bases[2 * VEC / MX_BLOCK]), &small);
  if (id != LOWP_E2M1 && __builtin_expect(vec_any(vec_gt_s(small, vec_zero())), 0)) {
    mx16_group_f32(id, p, inverse, x, codes);
    return;
  }
  vec_i all = vec_min_u8(vec_pack_u16(q0, q1), vec_set_8(lowp_minifloat_max_code(f)));
  vec_i sign = vec_shr_16(vec_and(vec_pack_s16(x0, x1), vec_set_8(0x80)), 7u - f.e - f.m);
  all = vec_or(all, sign);
  if (id == LOWP_E2M1) { /* in order but after the second pack */
    vec_i bytes = vec_madd_8(all, vec_set_16(0x1001));
    vec_store_bytes(codes, vec_order_4(vec_pack_u16(bytes, bytes)), GROUP / 2);
  } else {
    vec_store_i(codes, vec_order_2(all));
  }
}

/* What groups of a chunk need. */
typedef struct mx16_scaled {
  uint32_t bases[VEC]; /* in both halves */
  float inverse[VEC];
} mx16_scaled;

/* The scales of a chunk. 0: it is not for these lanes. */
VEC_INLINE int mx16_scale(lowp_element id, const mx_plan *p, const uint8_t *x, uint8_t *scales, mx16_scaled *s) {
  const int from_scale = 1 - lowp_element_row_of(id).minifloat.bias; /* to the exponent field of base */
  const vec_i least = vec_set_i((uint32_t)(MX16_FIELD - from_scale)), zero = vec_zero();
  vec_i most[VEC];
  VEC_UNROLL
  for (size_t k = 0; k < VEC; k++) {
    vec_i m = vec_zero();
    VEC_UNROLL
    for (size_t i = 0; i < MX_BLOCK; i += 2 * VEC)
      m = vec_max_u16(m, vec_and(vec_load_i(x + 2 * (k * MX_BLOCK + i)), vec_set_16(0x7fff)));
    most[k] = vec_max_u(vec_and(m, vec_set_i(0xffff0000u)), vec_shl(m, 16));
  }
  const vec_i amax = vec_max_across(most), scale = mx_scales(p, amax);
  vec_m low = vec_and_m(vec_gt_s(least, scale), vec_gt_s(amax, zero));
  if (vec_any(vec_m_or(low, vec_gt_s(amax, vec_set_i(p->nan_from - 1))))) return 0;
  vec_i base = vec_shl(vec_add(vec_max_s(scale, least), vec_set_i((uint32_t)from_scale)), 7);
  vec_store_i(s->bases, vec_or(base, vec_shl(base, 16)));
  if (id != LOWP_E2M1) vec_store(s->inverse, mx_inverse(scale));
  vec_store_bytes(scales, vec_order_4(vec_pack_u16(vec_pack_s32(scale, zero), zero)), VEC);
  return 1;
}

/*
 * Some chunks at a time, first their scales: each is a chain of operations that its codes wait for, and several are
 * under way together.
 */
enum { MX16_SOME = 4 };
VEC_INLINE size_t mx16_chunks(lowp_element id, const mx_plan *p, size_t n, const uint8_t *x, uint8_t *codes,
                              uint8_t *scales) {
  const size_t bits = lowp_element_row_of(id).bits;
  mx16_scaled s[MX16_SOME];
  size_t done = 0, i = 0;
  while (i < MX16_SOME && n - done >= MX_CHUNK && mx16_scale(id, p, x + 2 * done, scales + done / MX_BLOCK, &s[i]))
    i++, done += MX_CHUNK;
  for (size_t k = 0; k < i; k++)
    for (size_t g = 0; g < MX_CHUNK; g += GROUP, x += 2 * GROUP, codes += GROUP * bits / 8) {
      vec_prefetch(x, GROUP / 2);
      mx16_group(id, p, s[k].bases + g / MX_BLOCK, s[k].inverse + g / MX_BLOCK, x, codes);
    }
  return done;
}

#define MX16_ROW(element) \
  static __attribute__((noinline)) \
  size_t mx16_row_##element(const mx_plan *p, size_t n, const uint8_t *x, uint8_t *codes, uint8_t *scales) { \
    const size_t bits = lowp_element_row_of(LOWP_##element).bits; \
    size_t i = 0, done; \
    do { \
      done = mx16_chunks(LOWP_##element, p, n - i, x + 2 * i, codes + i * bits / 8, scales + i / MX_BLOCK); \
      i += done; \
    } while (done); \
    return i; \
  }
MX16_ROW(E2M1)
MX16_ROW(E4M3FN)
MX16_ROW(E5M2)
#undef MX16_ROW

/* How many of n elements of bf16, from the first on, could be done. */
static size_t mx16_row(const lowpk_job *job, size_t n, const uint8_t *x, uint8_t *codes, uint8_t *scales) {
  mx_plan p;
  if (!mx_plan_of(job, &p) || p.round != LOWP_ROUND_RNE || p.minus != MINUS_KEEP || p.search) return 0;
  switch (job->scheme->element) {
  case LOWP_E2M1:
    return mx16_row_E2M1(&p, n, x, codes, scales);
  case LOWP_E4M3FN:
    return mx16_row_E4M3FN(&p, n, x, codes, scales);
  case LOWP_E5M2:
    return mx16_row_E5M2(&p, n, x, codes, scales);
  default:
    return 0;
  }
}
