/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_f32_few_avx2.c: at most four rows against weights of 4 bits, decoded in registers as in gemm_f32_few_avx512.c,
 * without its permutation. Elements times a power of two are small integers: one byte shuffle looks up 32 of them,
 * another moves one of the four of each lane to its top byte, and the conversion to f32 gives element * 2^25 (2^26
 * for S1P2, 2^24 for INT4), exact. For 8 weights of one row: 1.25 shuffles, conversion, FMA; the last two share two
 * ports, which makes one cycle, and one and a half with a scale to multiply by.
 *
 * MXFP4 is added up divided by its scale, and times 2^25. With scales in 2^-32 .. 2^8, x in 2^-80 .. 2^30 and k up to
 * 2^20 sums are multiples of 2^-136 and, divided, of 2^-119; they stay below 2^20 * 2^30 * 6 * 2^8 < 2^61 and,
 * divided, 2^(61 + 32 + 25) = 2^118: nothing is rounded for being subnormal and nothing overflows, so the bits are
 * those of the plain sum.
 */
#include "kernels/x86/gemm_f32_few.h"
#include "kernels/x86/gemm_store_avx2.h"

typedef enum kind { MX, NV, HI, INT, NONE } kind;
enum {
  DIVIDED_K = 1 << 20,
  SCALE_MIN = 127 - 32,
  SCALE_MAX = 127 + 8,
  BLOCK = 32,
  MOST_ROWS = 4,
  MOST_PANELS = 4,
  HALVES = 2
};

/* Integers of the 16 codes; an element is its integer in the top byte of 32 bits, times unit_of(). */
static inline __m256i integers(kind kind) {
  switch (kind) {
  case HI:
    return _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 0, -1, -2, -3, -4, -5, -6, -7));
  case INT:
    return _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1));
  default:
    return _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12));
  }
}
static inline float unit_of(kind kind) { return kind == HI ? 0x1p-26f : kind == INT ? 0x1p-24f : 0x1p-25f; }

static inline __m256i load32(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
static inline __m128i load16(const uint8_t *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }
static inline __m128i load8(const uint8_t *p) { return _mm_loadl_epi64((const __m128i *)(const void *)p); }

/* E4M3 by way of FP16, which has the same fields further left and a bias larger by 8. */
static inline __m256 e4m3(__m128i codes) {
  __m128i c = _mm_cvtepi8_epi16(codes); /* the sign is in bit 15 already */
  c = _mm_or_si128(_mm_slli_epi16(_mm_and_si128(c, _mm_set1_epi16(0x7f)), 7),
                   _mm_and_si128(c, _mm_set1_epi16((short)0x8000)));
  return _mm256_mul_ps(_mm256_cvtph_ps(c), _mm256_set1_ps(256.0f));
}

/* Scales of 8 lanes from `lane` on at k, times 2^-24 or so; for HI without the exponents of each four k. */
static inline __m256 load_scale(kind kind, const lowpk_rhs *w, const uint8_t *step, size_t k, size_t lane) {
  const size_t block = k % LOWPK_STEP / w->scheme->block_cols;
  const uint8_t *p = step + (block * LOWPK_NR + lane) * w->scheme->scale_bytes;
  const __m256 unit = _mm256_set1_ps(unit_of(kind));
  __m256i c;
  switch (kind) {
  case NV:
    return _mm256_mul_ps(e4m3(load8(p)), unit);
  case HI:
    c = _mm256_slli_epi32(_mm256_and_si256(load32(p), _mm256_set1_epi32(0xff)), 21);
    return _mm256_mul_ps(_mm256_castsi256_ps(_mm256_add_epi32(c, _mm256_set1_epi32((127 - 48) << 23))), unit);
  case INT:
    return _mm256_mul_ps(_mm256_cvtph_ps(load16(p)), unit);
  default: /* MX divides the sums instead */
    return unit;
  }
}

/* s * 2 in the lanes whose word has the bit. */
static inline __m256 twice_where(__m256 s, __m256i word, unsigned bit) {
  __m256i one = _mm256_and_si256(_mm256_srli_epi32(word, (int)bit), _mm256_set1_epi32(1));
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(s), _mm256_slli_epi32(one, 23)));
}

/* s[np][m][16]; apart from the loops below, so that it is not unrolled with them. */
static void store_group(const lowpk_gemm *g, size_t panel, size_t np, const float *s) {
  for (size_t j = 0; j < np; j++) {
    lowpk_store_avx2 store = lowpk_store_begin_avx2(g, panel + j);
    for (size_t r = 0; r < g->m; r++, s += LOWPK_NR)
      lowpk_store_row_avx2(g, &store, r, _mm256_loadu_ps(s), _mm256_loadu_ps(s + 8));
  }
}

/*
 * Multiplies and stores np panels; returns 0, with nothing stored, if MX meets a scale that is out of range.
 */
LOWPK_TILE_INLINE int few(const kind kind, const int mr, const int np, const lowpk_gemm *g, size_t panel) {
  const lowpk_rhs *w = g->w;
  const float *x = g->lhs;
  const size_t kp = w->kp, unit = kind == NV ? BLOCK / 2 : BLOCK;
  const __m256i table = integers(kind), nibble = _mm256_set1_epi8(15),
                by_lane = _mm256_setr_epi8(0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12, 0, 0, 0, 0, 4, 4, 4, 4,
                                           8, 8, 8, 8, 12, 12, 12, 12);
  __m256 sum[MOST_ROWS][MOST_PANELS * HALVES];
  __m256i exponent[MOST_PANELS * HALVES], to_top[4];
  LOWPK_UNROLL
  for (int b = 0; b < 4; b++) /* byte b of each lane to the top, zeros below */
    to_top[b] = _mm256_or_si256(
        _mm256_and_si256(_mm256_add_epi8(by_lane, _mm256_set1_epi8((char)b)), _mm256_set1_epi32((int)0xff000000)),
        _mm256_set1_epi32(0x00808080));
  LOWPK_UNROLL
  for (int j = 0; j < np * HALVES; j++) {
    exponent[j] = _mm256_set1_epi32(127 + 25);
    LOWPK_UNROLL
    for (int r = 0; r < mr; r++) sum[r][j] = _mm256_setzero_ps();
  }
  for (size_t k = 0; k < kp; k += unit) {
    const uint8_t *step = w->data + panel * w->panel_bytes + k / LOWPK_STEP * w->step_bytes;
    const uint8_t *codes = step + w->step_scale_bytes + k % LOWPK_STEP / 8 * 64;
    __m256 scale[MOST_PANELS * HALVES];
    if (kind == MX) {
      __m256i next[MOST_PANELS * HALVES], outside = _mm256_setzero_si256();
      LOWPK_UNROLL
      for (int j = 0; j < np * HALVES; j++) {
        next[j] = _mm256_cvtepu8_epi32(
            load8(step + (size_t)(j / HALVES) * w->panel_bytes + k % LOWPK_STEP / BLOCK * LOWPK_NR + j % HALVES * 8));
        outside = _mm256_or_si256(outside, _mm256_or_si256(_mm256_cmpgt_epi32(_mm256_set1_epi32(SCALE_MIN), next[j]),
                                                           _mm256_cmpgt_epi32(next[j], _mm256_set1_epi32(SCALE_MAX))));
      }
      if (!_mm256_testz_si256(outside, outside)) return 0;
      LOWPK_UNROLL
      for (int j = 0; j < np * HALVES; j++) {
        __m256i change = _mm256_add_epi32(_mm256_sub_epi32(exponent[j], next[j]), _mm256_set1_epi32(127));
        __m256 factor = _mm256_castsi256_ps(_mm256_slli_epi32(change, 23));
        exponent[j] = next[j];
        LOWPK_UNROLL
        for (int r = 0; r < mr; r++) sum[r][j] = _mm256_mul_ps(sum[r][j], factor);
      }
    }
    if (kind != MX) {
      LOWPK_UNROLL
      for (int j = 0; j < np * HALVES; j++)
        scale[j] = load_scale(kind, w, step + (size_t)(j / HALVES) * w->panel_bytes, k, (size_t)(j % HALVES) * 8);
    }
    for (size_t q = 0; q < unit; q += 8, codes += 64) {
      LOWPK_UNROLL
      for (int j = 0; j < np * HALVES; j++) {
        const uint8_t *p = codes + (size_t)(j / HALVES) * w->panel_bytes + j % HALVES * 32;
        __m256i v = load32(p);
        if (j % HALVES == 0) _mm_prefetch((const char *)p + 2048, _MM_HINT_T0);
        LOWPK_UNROLL
        for (int half = 0; half < 2; half++) { /* low nibbles are k..k+3, high ones k+4..k+7 */
          __m256i i4 = _mm256_shuffle_epi8(table, _mm256_and_si256(half ? _mm256_srli_epi32(v, 4) : v, nibble));
          __m256 four = _mm256_setzero_ps();
          if (kind == HI) {
            const unsigned i = (unsigned)((k + q) % 64 / 4) + (unsigned)half;
            __m256i word =
                load32(step + (size_t)(j / HALVES) * w->panel_bytes + (k % LOWPK_STEP / 64) * 64 + j % HALVES * 32);
            four = twice_where(twice_where(scale[j], word, 8 + i / 2), word, 16 + i);
          }
          LOWPK_UNROLL
          for (int b = 0; b < 4; b++) {
            __m256 core = _mm256_cvtepi32_ps(_mm256_shuffle_epi8(i4, to_top[b]));
            if (kind == HI) core = _mm256_mul_ps(core, four);
            if (kind == NV || kind == INT) core = _mm256_mul_ps(core, scale[j]);
            LOWPK_UNROLL
            for (int r = 0; r < mr; r++)
              sum[r][j] = _mm256_fmadd_ps(
                  _mm256_broadcast_ss(x + (size_t)r * kp + k + q + 4 * (size_t)half + (size_t)b), core, sum[r][j]);
          }
        }
      }
    }
  }
  float s[MOST_PANELS * MOST_ROWS * LOWPK_NR];
  LOWPK_UNROLL
  for (int j = 0; j < np * HALVES; j++) {
    __m256i last = _mm256_slli_epi32(_mm256_sub_epi32(exponent[j], _mm256_set1_epi32(25)), 23);
    LOWPK_UNROLL
    for (int r = 0; r < mr; r++) {
      if (kind == MX) sum[r][j] = _mm256_mul_ps(sum[r][j], _mm256_castsi256_ps(last));
      _mm256_storeu_ps(s + (j / HALVES * mr + r) * LOWPK_NR + j % HALVES * 8, sum[r][j]);
    }
  }
  store_group(g, panel, (size_t)np, s);
  return 1;
}

typedef int few_fn(const lowpk_gemm *g, size_t panel);
#define FEW(kind, mr, np) \
  static int few_##kind##_##mr##x##np(const lowpk_gemm *g, size_t panel) { return few(kind, mr, np, g, panel); }
/* Eight sums keep both ports busy, and are half of the registers. */
#define ALL(kind) FEW(kind, 1, 4) FEW(kind, 2, 2) FEW(kind, 3, 1) FEW(kind, 4, 1)
ALL(MX)
ALL(NV)
ALL(HI)
ALL(INT)

static const size_t panels[MOST_ROWS] = {4, 2, 1, 1};
#define ROW(kind) [kind] = {few_##kind##_1x4, few_##kind##_2x2, few_##kind##_3x1, few_##kind##_4x1}
static few_fn *const functions[][MOST_ROWS] = {ROW(MX), ROW(NV), ROW(HI), ROW(INT)};

/* Is every x 0 or of a magnitude in 2^-80 .. 2^30? */
static int in_range(size_t count, const float *x) {
  const __m256i low = _mm256_set1_epi32((127 - 80) << 23), high = _mm256_set1_epi32((127 + 30) << 23);
  __m256i outside = _mm256_setzero_si256();
  for (size_t i = 0; i < count; i += 8) {
    __m256i magnitude = _mm256_and_si256(_mm256_castps_si256(_mm256_loadu_ps(x + i)), _mm256_set1_epi32(0x7fffffff));
    __m256i small =
        _mm256_and_si256(_mm256_cmpgt_epi32(low, magnitude), _mm256_cmpgt_epi32(magnitude, _mm256_setzero_si256()));
    outside = _mm256_or_si256(outside, _mm256_or_si256(small, _mm256_cmpgt_epi32(magnitude, high)));
  }
  return _mm256_testz_si256(outside, outside);
}

static kind kind_of(const lowp_scheme_info *scheme) {
  if (scheme->element == LOWP_S1P2) return HI;
  if (scheme->element == LOWP_INT4) return INT;
  if (scheme->element == LOWP_E2M1) return scheme->family == LOWP_FAMILY_NVFP4 ? NV : MX;
  return NONE;
}

size_t lowpk_few_panels_avx2(const lowpk_gemm *g) {
  const lowpk_rhs *w = g->w;
  const kind kind = kind_of(w->scheme);
  if (kind == NONE || g->m > MOST_ROWS || w->irregular) return 0;
  if (kind == MX && !(w->kp <= DIVIDED_K && in_range(g->m * w->kp, g->lhs))) return 0;
  return panels[g->m - 1];
}

int lowpk_few_group_avx2(const lowpk_gemm *g, size_t panel) {
  return functions[kind_of(g->w->scheme)][g->m - 1](g, panel);
}
