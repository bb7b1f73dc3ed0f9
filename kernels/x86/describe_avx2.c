/* SPDX-License-Identifier: Apache-2.0 */
/* describe_avx2.c: powers and crest factors of values, sixteen at a time; sums of blocks and their roots four at a time. */
#include "kernels/kernel.h"
#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))

enum { RUN = LOWPK_DESCRIBE_RUN, RUNS = LOWPK_DESCRIBE_MOST / RUN, SPARE = 8 };

/* Of runs, later of longer blocks. What is behind the last is 0. */
typedef struct table {
  double part[RUNS + SPARE][4]; /* squares, lanes l and l + 4 joined */
  double xx[RUNS + SPARE];
  float amax[RUNS + SPARE];
} table;

typedef struct lane_sums {
  __m256d s1[2], s2[2], s3[2], s4[2]; /* lanes 0..3 and 4..7 */
} lane_sums;

/* Four values of one half of the lanes; returns their squares. */
INLINE __m256d add_four(lane_sums *l, int half, const float *x) {
  const __m256d v = _mm256_cvtps_pd(_mm_loadu_ps(x)), v2 = _mm256_mul_pd(v, v);
  l->s1[half] = _mm256_add_pd(l->s1[half], v);
  l->s2[half] = _mm256_add_pd(l->s2[half], v2);
  l->s3[half] = _mm256_add_pd(l->s3[half], _mm256_mul_pd(v2, v));
  l->s4[half] = _mm256_add_pd(l->s4[half], _mm256_mul_pd(v2, v2));
  return v2;
}

INLINE float largest(__m256i m) {
  __m128i h = _mm_max_epu32(_mm256_castsi256_si128(m), _mm256_extracti128_si256(m, 1));
  h = _mm_max_epu32(h, _mm_shuffle_epi32(h, 0x4e));
  h = _mm_max_epu32(h, _mm_shuffle_epi32(h, 0xb1));
  return _mm_cvtss_f32(_mm_castsi128_ps(h));
}

INLINE void add_run(lane_sums *l, const float *x, double *part, float *amax) {
  const __m256i no_sign = _mm256_set1_epi32(0x7fffffff);
  const __m256i lower = _mm256_and_si256(_mm256_loadu_si256((const __m256i *)(const void *)x), no_sign);
  const __m256i upper = _mm256_and_si256(_mm256_loadu_si256((const __m256i *)(const void *)(x + 8)), no_sign);
  const __m256d a = add_four(l, 0, x), b = add_four(l, 0, x + 8), c = add_four(l, 1, x + 4), d = add_four(l, 1, x + 12);
  _mm256_storeu_pd(part, _mm256_add_pd(_mm256_add_pd(a, b), _mm256_add_pd(c, d)));
  *amax = largest(_mm256_max_epu32(lower, upper));
}

/* The sums of four runs. */
INLINE __m256d join_runs(double (*part)[4]) {
  const __m256d a = _mm256_hadd_pd(_mm256_loadu_pd(part[0]), _mm256_loadu_pd(part[1]));
  const __m256d b = _mm256_hadd_pd(_mm256_loadu_pd(part[2]), _mm256_loadu_pd(part[3]));
  return _mm256_add_pd(_mm256_permute2f128_pd(a, b, 0x20), _mm256_permute2f128_pd(a, b, 0x31));
}

/* Crest factors of `count` blocks of `length` values, then of the last, which has `last`. */
static void set_crests(const table *t, size_t count, size_t length, size_t last, double *crest) {
  const __m256d infinity = _mm256_set1_pd(__builtin_inf()), zero = _mm256_setzero_pd();
  for (size_t i = 0; i < count; i += 4) {
    const __m256d at_end = _mm256_set1_pd((double)last), m = _mm256_set1_pd((double)length);
    const __m256i left = _mm256_set1_epi64x((long long)(count - i));
    const __m256d ends = _mm256_castsi256_pd(_mm256_cmpeq_epi64(left, _mm256_setr_epi64x(1, 2, 3, 4)));
    const __m256d xx = _mm256_loadu_pd(t->xx + i), amax = _mm256_cvtps_pd(_mm_loadu_ps(t->amax + i));
    const __m256d c = _mm256_mul_pd(amax, _mm256_sqrt_pd(_mm256_div_pd(_mm256_blendv_pd(m, at_end, ends), xx)));
    const __m256d some = _mm256_and_pd(_mm256_cmp_pd(xx, zero, _CMP_GT_OQ), _mm256_cmp_pd(xx, infinity, _CMP_LT_OQ));
    _mm256_storeu_pd(crest + i, _mm256_and_pd(c, some));
  }
}

/* Makes blocks of twice the length. */
static void join_pairs(table *t, size_t count) {
  for (size_t i = 0; 2 * i < count; i++) {
    t->xx[i] = t->xx[2 * i] + t->xx[2 * i + 1];
    t->amax[i] = t->amax[2 * i + 1] > t->amax[2 * i] ? t->amax[2 * i + 1] : t->amax[2 * i];
  }
  for (size_t i = (count + 1) / 2; i < (count + 1) / 2 + 4; i++) t->xx[i] = 0, t->amax[i] = 0;
}

/* ((0 + 4) + (1 + 5)) + ((2 + 6) + (3 + 7)) */
INLINE double join(const __m256d *v) {
  const __m256d a = _mm256_add_pd(v[0], v[1]), pairs = _mm256_hadd_pd(a, a);
  return _mm_cvtsd_f64(_mm_add_pd(_mm256_castpd256_pd128(pairs), _mm256_extractf128_pd(pairs, 1)));
}

void lowpk_describe_avx2(size_t n, const float *x, lowpk_description *description) {
  table t;
  lane_sums l;
  size_t runs = 0;
  for (int j = 0; j < 2; j++) l.s1[j] = l.s2[j] = l.s3[j] = l.s4[j] = _mm256_setzero_pd();
  for (; (runs + 1) * RUN <= n; runs++) add_run(&l, x + runs * RUN, t.part[runs], &t.amax[runs]);
  if (runs * RUN < n) {
    float padded[RUN] = {0};
    memcpy(padded, x + runs * RUN, (n - runs * RUN) * sizeof *x);
    add_run(&l, padded, t.part[runs], &t.amax[runs]);
    runs++;
  }
  memset(t.part[runs], 0, 4 * sizeof t.part[0]);
  memset(t.amax + runs, 0, 4 * sizeof t.amax[0]);
  for (size_t r = 0; r < runs; r += 4) _mm256_storeu_pd(t.xx + r, join_runs(t.part + r));
  if (runs % 4 == 0) memset(t.xx + runs, 0, 4 * sizeof t.xx[0]);
  for (size_t j = 0, count = runs, length = RUN; j < LOWPK_DESCRIBE_LEVELS; j++, length *= 2) {
    set_crests(&t, count, length, n - (count - 1) * length, description->crest[j]);
    join_pairs(&t, count);
    count = (count + 1) / 2;
  }
  description->powers[0] = join(l.s1);
  description->powers[1] = join(l.s2);
  description->powers[2] = join(l.s3);
  description->powers[3] = join(l.s4);
}
