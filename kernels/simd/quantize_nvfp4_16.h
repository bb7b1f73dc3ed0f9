/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantize_nvfp4_16.h: NVFP4 from bf16 by comparisons in lanes of 16 bits, for files that include quantize_nvfp4.h,
 * whose scales these are.
 *
 * The code of |x| is the number of ties of E2M1 that its quotient passes, and a quotient grows with |x|: so each
 * block has seven numbers of bf16, the largest that do not pass the tie b. With f what elements are divided by, c the
 * bf16 next to b f and h half an ulp of b on the side of the number in question, RN(c / f) > b exactly if c - b f > h
 * f, and RN(c / f) >= b if c - b f >= -h f: a quotient in the middle goes to b, which is even. The FMA is exact
 * there, and the neighbours of c are far from b f. Ties a power of two apart have such numbers a power of two apart;
 * there are four significands. From 1.25 on two ties are in each octave, so those that are passed are differences of
 * bits, divided by an octave.
 *
 * Done under the AMAX rule where elements are divided, to nearest even, and -0 is kept; chunks with anything that is
 * not finite, and what is less than a chunk, are left.
 */
#include "kernels/simd/quantize16_parts.h"

enum { NVFP4_16_CHUNK = VEC * N };

/* The largest bf16 that does not pass b: where RN(|x| / f) has to be above b, or at least b. */
VEC_INLINE vec_i nvfp4_below(int at_least, float b, float h, vec_f f) {
  const vec_i upper = vec_set_i(0xffff0000u);
  vec_i c = vec_and(vec_add(vec_i_bits(vec_mulf(f, vec_set(b))), vec_set_i(0x8000)), upper);
  vec_f rest = vec_fnma(vec_set(b), f, vec_f_bits(c)), limit = vec_mulf(f, vec_set(at_least ? -h : h));
  return vec_add_if(at_least ? vec_lef(limit, rest) : vec_ltf(limit, rest), c, upper); /* less one */
}

/* Of each block of a chunk, in both halves. */
typedef struct nvfp4_16_scaled {
  uint32_t below_quarter[VEC], below_3_quarters[VEC]; /* the largest that do not pass */
  uint32_t first[VEC], second[VEC];                   /* the same of 1.25 and 1.75, one more, less an octave */
  uint32_t signs[VEC];
} nvfp4_16_scaled;

/* Upper halves of lanes, the lower ones of which are 0, in both halves. */
VEC_INLINE void nvfp4_16_store(uint32_t *to, vec_i a) { vec_store_i(to, vec_or(a, vec_shr(a, 16))); }

/* The scales of a chunk. 0: it is not for these lanes. */
VEC_INLINE int nvfp4_16_scale(const nvfp4_row *r, const uint8_t *x, uint8_t *scales, nvfp4_16_scaled *s) {
  const vec_i octave = vec_set_i((1u << 23) - (1u << 16));
  vec_i most[VEC];
  VEC_UNROLL
  for (size_t k = 0; k < VEC; k++) most[k] = vec_magnitudes_16(x + k * N * sizeof(uint16_t));
  const vec_i amax = vec_and(vec_max_across(most), vec_set_i(0xffff0000u));
  if (vec_any(vec_gt_s(amax, vec_set_i(LOWPK_F32_INF - 1)))) return 0;
  const vec_m zero = vec_eq(amax, vec_zero());
  const vec_i scale = nvfp4_cast(r, nvfp4_base(r, vec_f_bits(amax), 0));
  const vec_f f = nvfp4_factor(r, nvfp4_e4m3(scale));
  vec_store_low_bytes(scales, vec_select(zero, vec_set_i(r->rule->zero_block), scale));
  nvfp4_16_store(s->below_quarter, nvfp4_below(0, 0.25f, 0x1p-26f, f));
  nvfp4_16_store(s->below_3_quarters, nvfp4_below(1, 0.75f, 0x1p-25f, f));
  nvfp4_16_store(s->first, vec_sub(nvfp4_below(0, 1.25f, 0x1p-24f, f), octave));
  nvfp4_16_store(s->second, vec_sub(nvfp4_below(1, 1.75f, 0x1p-24f, f), octave));
  vec_i signs = vec_set_i(0x80008000u);
  if (r->rule->minus != LOWPK_NVFP4_MINUS_KEEP_ALL) signs = vec_andnot_if(zero, signs);
  vec_store_i(s->signs, signs);
  return 1;
}

/* 4 VEC elements, from block k of a chunk on. */
VEC_INLINE void nvfp4_16_group(const nvfp4_16_scaled *s, size_t k, const uint8_t *x, uint8_t *codes) {
  vec_i q[2], sign[2];
  VEC_UNROLL
  for (size_t v = 0; v < 2; v++, k += 2 * VEC / N) {
    vec_i in = vec_load_i(x + v * VEC_BYTES), a = vec_and(in, vec_set_16(0x7fff));
    q[v] = vec_shr_16(vec_subs_u16(a, vec_spread_16(s->first + k)), 7);
    q[v] = vec_add_16(q[v], vec_shr_16(vec_subs_u16(a, vec_spread_16(s->second + k)), 7));
    q[v] = vec_count_gt_16(q[v], a, vec_spread_16(s->below_quarter + k));
    q[v] = vec_count_gt_16(q[v], a, vec_spread_16(s->below_3_quarters + k));
    sign[v] = vec_and(in, vec_spread_16(s->signs + k));
  }
  vec_i all = vec_min_u8(vec_pack_u16(q[0], q[1]), vec_set_8(7));
  all = vec_or(all, vec_shr_16(vec_pack_s16(sign[0], sign[1]), 4));
  vec_i bytes = vec_madd_8(all, vec_set_16(0x1001));
  vec_store_bytes(codes, vec_order_4(vec_pack_u16(bytes, bytes)), 2 * VEC);
}

/* `compat` is a constant where it is lowp's own. */
VEC_INLINE size_t nvfp4_16_chunks(lowp_compat compat, const lowpk_job *job, size_t n, const uint8_t *x, uint8_t *codes,
                                  uint8_t *scales) {
  enum { SOME = 4 }; /* as NVFP4_SOME */
  const nvfp4_row r = {job, lowpk_nvfp4_rule_of(compat), compat, 1};
  size_t done = 0, count;
  do {
    nvfp4_16_scaled s[SOME];
    const uint8_t *in = x + done * sizeof(uint16_t);
    uint8_t *to = codes + done / 2;
    count = 0;
    while (count < SOME && n - done >= NVFP4_16_CHUNK &&
           nvfp4_16_scale(&r, x + done * sizeof(uint16_t), scales + done / N, &s[count]))
      count++, done += NVFP4_16_CHUNK;
    for (size_t j = 0; j < count; j++)
      for (size_t k = 0; k < VEC; k += 4 * VEC / N, in += 8 * VEC, to += 2 * VEC) {
        vec_prefetch(in, 2 * VEC);
        nvfp4_16_group(&s[j], k, in, to);
      }
  } while (count);
  return done;
}

size_t VEC_NAME(quantize_nvfp4_16)(const lowpk_job *job, size_t n, const uint8_t *x, uint8_t *codes, uint8_t *scales) {
  const lowpk_nvfp4_rule *rule = lowpk_nvfp4_rule_of(job->opts->compat);
  const lowp_scale_rule by = job->opts->scale_rule;
  const int keeps = rule->minus == LOWPK_NVFP4_MINUS_KEEP || rule->minus == LOWPK_NVFP4_MINUS_KEEP_ALL;
  if (rule->op != LOWPK_NVFP4_DIVIDE || !keeps || by == LOWP_SCALE_MSE || by == LOWP_SCALE_FOUR_OVER_SIX ||
      !row_is_ordinary(job, rule) || !vec_default_mode())
    return 0;
  if (job->opts->compat == LOWP_COMPAT_LOWP) return nvfp4_16_chunks(LOWP_COMPAT_LOWP, job, n, x, codes, scales);
  return nvfp4_16_chunks(job->opts->compat, job, n, x, codes, scales);
}
