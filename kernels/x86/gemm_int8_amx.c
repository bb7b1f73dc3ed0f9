/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_int8_amx.c: integer dots by tiles. Three ways, chosen by what is multiplied:
 *
 *   whole   a block is the whole row: TDPBSSD over all k; zero points and f32 come at the end.
 *   bf16    blocks of 16 or 32, both sides exact in bf16 with their scales multiplied in: one TDPBF16PS is one block.
 *           By definition it computes c = c + (E + O), E and O being sums of the products of even and odd k that begin
 *           at zero, every operation rounded to f32. Where E, O and E + O are exact, that is S = fma(f32(d), p, S) bit
 *           for bit, and a block costs 16 cycles and no vector instruction. When they are exact: see bf16_lhs.
 *   blocks  all else: TDPBSSD for each block, then vectors (gemm_int8_amx.h).
 *
 * Where blocks are part of a row, up to 512 rows of activations meet LOWPK_GEMM_NC columns of weights at a time, in
 * chunks of k: two panels of weights of a chunk (32 KiB) stay in L1 while all activations of it (512 KiB) pass by from
 * L2, where the sums (1 MiB) lie too. Four tiles of sums need two tile loads from L1 and two from L2 for 64 cycles of
 * products: 32 bytes a cycle from L2, which gives 48.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/x86/gemm_int8_amx.h"
#include "kernels/x86/gemm_store_avx512.h"
#include <string.h>

enum {
  KC_ROWS = 1024, /* k of a chunk where rows are one block: 32 n are 32 KiB */
  KC = 512,       /* elsewhere: so are 32 n of bf16 */
  MB_ROWS = 16,   /* row panels at a time where rows are one block: 256 KiB of a chunk, twice with the next one */
  GROUP = LOWPK_GEMM_NC / LOWPK_NR /* panels whose sums are kept */
};

/* What lies in scratch, and where a kernel is in its loops. */
typedef struct state {
  const lowpk_gemm *g;
  size_t m_panels, i0, i1; /* row panels: all, those in hand */
  size_t k0, k1;           /* chunk */
  uint8_t *sums;           /* tiles: of panel j of the group and row panel i, see sums_of */
  uint8_t *lhs_bf16, *tail, *rhs[2];
  float *tail_scales, *scales, *spread_lhs, *spread_rhs;
  int32_t *buffer;
  const lowpk_tile_config *config;
} state;

static void use(state *t, const lowpk_tile_config *config) {
  if (t->config != config) LOWPK_TILE_CONFIG(config);
  t->config = config;
}

static size_t min(size_t a, size_t b) { return a < b ? a : b; }
static size_t rows_of(const lowpk_gemm *g, size_t i) { return min(LOWPK_MR, g->m - i * LOWPK_MR); }

static uint8_t *sums_of(const state *t, size_t j, size_t i) {
  return t->sums + (j * (t->i1 - t->i0) + i - t->i0) * LOWPK_TILE;
}

static state state_in(const lowpk_gemm *g, void *scratch) {
  state t = {.g = g, .m_panels = (g->m + LOWPK_MR - 1) / LOWPK_MR};
  uint8_t *p = scratch;
  t.i1 = t.m_panels;
  t.lhs_bf16 = p, p += LOWPK_GEMM_MC * KC * 2;
  t.rhs[0] = p, p += KC * LOWPK_NR * 2;
  t.rhs[1] = p, p += KC * LOWPK_NR * 2;
  t.tail = p, p += LOWPK_MR * KC_ROWS;
  t.tail_scales = (float *)(void *)p, p += KC_ROWS / 16 * LOWPK_MR * sizeof(float);
  t.scales = (float *)(void *)p, p += KC_ROWS / 16 * LOWPK_NR * sizeof(float);
  t.spread_lhs = (float *)(void *)p, p += KC_ROWS / 16 * LOWPK_MR * sizeof(float);
  t.spread_rhs = (float *)(void *)p, p += KC_ROWS / 16 * LOWPK_NR * sizeof(float);
  t.buffer = (int32_t *)(void *)p, p += 2 * LOWPK_TILE;
  t.sums = (uint8_t *)scratch + ((size_t)1 << 20);
  return t;
}

/*
 * Integers of row panel i from k0 on, in tiles of 16 rows. A last panel of fewer rows is first copied: tiles load all
 * of their rows. (Tiles of fewer rows would do, but to configure them anew for each use costs more than zeros do.)
 */
static const uint8_t *lhs_tiles(const state *t, size_t i) {
  const lowpk_gemm *g = t->g;
  size_t h = rows_of(g, i);
  const uint8_t *from = (const uint8_t *)g->lhs + i * LOWPK_MR * g->w->kp + t->k0 / 64 * h * 64;
  return h == LOWPK_MR ? from : t->tail;
}

static void copy_tail(const state *t) {
  const lowpk_gemm *g = t->g;
  size_t i = t->m_panels - 1, h = rows_of(g, i);
  if (h == LOWPK_MR) return;
  const uint8_t *from = (const uint8_t *)g->lhs + i * LOWPK_MR * g->w->kp + t->k0 / 64 * h * 64;
  for (size_t k = t->k0; k < t->k1; k += 64, from += h * 64) {
    uint8_t *to = t->tail + (k - t->k0) / 64 * LOWPK_TILE;
    memcpy(to, from, h * 64);
    memset(to + h * 64, 0, LOWPK_TILE - h * 64);
  }
  if (!g->lhs_scales) return;
  size_t blocks = g->w->kp / g->lhs_block;
  const float *scales = g->lhs_scales + i * LOWPK_MR * blocks;
  for (size_t b = t->k0 / g->lhs_block; b < t->k1 / g->lhs_block; b++) {
    float *to = t->tail_scales + (b - t->k0 / g->lhs_block) * LOWPK_MR;
    memset(to, 0, LOWPK_MR * sizeof *to);
    memcpy(to, scales + b * h, h * sizeof *to);
  }
}

/* All tiles of sums of panels j, j + 1 (nb of them) of the group. */
static void all_rows(state *t, kind what, size_t j, int nb, const uint8_t *b0, const uint8_t *b1, ahead f) {
  size_t steps = (t->k1 - t->k0) / (what == INT8_64 ? 64 : what == BF16_32 ? 32 : 16), n = t->i1;
  size_t loops = (n - t->i0 + 1) / 2 * steps, chunk = (KC / 32) * LOWPK_TILE;
  for (int e = 0; e < 2; e++) f.lines[e] = (f.bytes[e] / 64 + loops - 1) / loops;
  bool first = t->k0 == 0;
  uint8_t *tiles[2][4], **s = tiles[0], **before = NULL;
  for (size_t i = t->i0; i < n; i += 2) {
    uint8_t *s0 = sums_of(t, j, i), *s1 = sums_of(t, j + 1, i);
    const uint8_t *a0 = what == INT8_64 ? lhs_tiles(t, i) : t->lhs_bf16 + i * chunk, *a1 = a0;
    if (i + 1 < n) a1 = what == INT8_64 ? lhs_tiles(t, i + 1) : a0 + chunk;
    s = before == tiles[0] ? tiles[1] : tiles[0];
    s[0] = s0, s[1] = s1, s[2] = s0 + LOWPK_TILE, s[3] = s1 + LOWPK_TILE;
#define CASE(what) \
  if (i + 1 < n && nb > 1) { \
    products(what, 2, 2, a0, a1, b0, b1, steps, first, s, before, &f); \
    before = s; \
  } else { /* a panel at an edge */ \
    if (before) store_tiles(2, 2, before); \
    before = NULL; \
    if (i + 1 < n) { \
      products(what, 2, 1, a0, a1, b0, b1, steps, first, s, NULL, &f); \
      store_tiles(2, 1, s); \
    } else if (nb > 1) { \
      products(what, 1, 2, a0, a1, b0, b1, steps, first, s, NULL, &f); \
      store_tiles(1, 2, s); \
    } else { \
      products(what, 1, 1, a0, a1, b0, b1, steps, first, s, NULL, &f); \
      store_tiles(1, 1, s); \
    } \
  }
    if (what == INT8_64) {
      CASE(INT8_64)
    } else if (what == BF16_32) {
      CASE(BF16_32)
    } else {
      CASE(BF16_16)
    }
#undef CASE
  }
  if (before) store_tiles(2, 2, before);
}

/* d of 16 columns with zero points, 64 bits wide, rounded once to f32. */
static __m512 with_zeros(const lowpk_gemm *g, size_t m, size_t n0, __m512i d, bool most) {
  const int64_t zx = g->lhs_zero ? g->lhs_zero[m] : 0, sum = g->w->zeros ? g->lhs_sum[m] : 0;
  __m256 half[2];
  for (int i = 0; i < 2; i++) {
    size_t n = n0 + 8 * (size_t)i;
    __m256i low = i ? _mm512_extracti64x4_epi64(d, 1) : _mm512_castsi512_si256(d);
    __m512i v = _mm512_cvtepi32_epi64(low), zw = _mm512_setzero_si512();
    if (most)
      v = _mm512_mask_mov_epi64(v, _mm512_cmpeq_epi64_mask(v, _mm512_set1_epi64(INT32_MIN)),
                                _mm512_set1_epi64((int64_t)1 << 31));
    if (g->w->zeros) {
      zw = _mm512_cvtepi32_epi64(_mm256_loadu_si256((const __m256i *)((const char *)g->w->zeros + n * 4)));
      v = _mm512_sub_epi64(v, _mm512_mullo_epi64(zw, _mm512_set1_epi64(sum)));
    }
    if (zx) {
      __m512i sw = _mm512_cvtepi32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)(g->w->row_sum + n)));
      v = _mm512_sub_epi64(v, _mm512_mullo_epi64(sw, _mm512_set1_epi64(zx)));
      v = _mm512_add_epi64(v, _mm512_mullo_epi64(zw, _mm512_set1_epi64((int64_t)(g->w->k * (uint64_t)zx))));
    }
    half[i] = _mm512_cvtepi64_ps(v);
  }
  return _mm512_insertf32x8(_mm512_castps256_ps512(half[0]), half[1], 1);
}

/*
 * Sums of the group into y; `dots`: they are integers yet. 16 rows of all panels after each other: one panel of all rows
 * would touch a page of y for each row.
 */
static void store(const state *t, size_t panel0, size_t panels, bool dots) {
  const lowpk_gemm *g = t->g;
  /* Only 2^17 products of -128 * -128 reach 2^31; the sum has then become -2^31, which no other products give. */
  const bool most = g->w->k >= (size_t)1 << 17, zeros = g->lhs_zero || g->w->zeros;
  for (size_t i = t->i0; i < t->i1; i++) {
    for (size_t j = 0; j < panels; j++) {
      const lowpk_store_avx512 to = lowpk_store_begin_avx512(g, panel0 + j);
      const uint8_t *row = sums_of(t, j, i);
      for (size_t m = i * LOWPK_MR, end = m + rows_of(g, i); m < end; m++, row += LOWPK_ROW) {
        __m512 s = _mm512_load_ps(row);
        if (dots) {
          __m512i d = _mm512_load_si512(row);
          if (zeros)
            s = with_zeros(g, m, (panel0 + j) * LOWPK_NR, d, most);
          else {
            s = _mm512_cvtepi32_ps(d);
            if (most)
              s = _mm512_mask_mov_ps(s, _mm512_cmpeq_epi32_mask(d, _mm512_set1_epi32(INT32_MIN)),
                                     _mm512_set1_ps(0x1p31f));
          }
        }
        lowpk_store_row_avx512(g, &to, m, s);
      }
    }
  }
}

/* The packed chunk after this one: of the next two panels of the group, or of the first two in the next chunk of k. */
static ahead after(const state *t, size_t panel0, size_t panels, size_t j) {
  const lowpk_rhs *w = t->g->w;
  bool wraps = j + 2 >= panels;
  size_t panel = panel0 + (wraps ? 0 : j + 2), k = wraps ? t->k1 : t->k0, end = min(k + (t->k1 - t->k0), w->kp);
  ahead f = {.from = {w->data + panel * w->panel_bytes + k / LOWPK_STEP * w->step_bytes}};
  if (k < w->kp) f.bytes[0] = (end - k) / LOWPK_STEP * w->step_bytes;
  if (panel + 1 < panel0 + panels) f.from[1] = f.from[0] + w->panel_bytes, f.bytes[1] = f.bytes[0];
  return f;
}

/*
 * Rows that are one block; the packed codes are tiles already. As with blocks, but the activations of the next chunk
 * come from memory: pair q of `pairs` fetches its share of the lines of each tile.
 */
static void whole(state *t, size_t panel0, size_t panel1) {
  const lowpk_rhs *w = t->g->w;
  use(t, &config64);
  for (t->i0 = 0; t->i0 < t->m_panels; t->i0 = t->i1) {
    t->i1 = min(t->i0 + MB_ROWS, t->m_panels);
    for (size_t panel = panel0; panel < panel1; panel += GROUP) {
      const size_t panels = min(GROUP, panel1 - panel), pairs = (panels + 1) / 2, share = (16 + pairs - 1) / pairs;
      for (t->k0 = 0; t->k0 < w->kp; t->k0 = t->k1) {
        t->k1 = min(t->k0 + KC_ROWS, w->kp);
        copy_tail(t);
        for (size_t j = 0; j < panels; j += 2) {
          const uint8_t *b = w->data + (panel + j) * w->panel_bytes + t->k0 * LOWPK_NR;
          const size_t nb = min(2, panels - j);
          ahead f = after(t, panel, panels, j);
          if (j / 2 * share < 16 && t->k1 < w->kp && rows_of(t->g, t->i1 - 1) == LOWPK_MR) {
            f.lhs = (ptrdiff_t)((t->k1 - t->k0) * LOWPK_MR + j / 2 * share * 64);
            f.lhs_lines = share;
          }
          all_rows(t, INT8_64, j, (int)nb, b, b + w->panel_bytes, f);
        }
      }
      store(t, panel, panels, true);
    }
  }
}

/* Scales of `blocks` blocks side by side, where each serves 2^shift of them, or (stride 0) one all. */
static const float *side_by_side(const float *from, size_t blocks, unsigned shift, size_t stride, float *to) {
  if (shift == 0 && stride) return from;
  for (size_t b = 0; b < blocks; b++) _mm512_store_ps(to + b * 16, _mm512_loadu_ps(from + (b >> shift) * stride));
  return to;
}

/*
 * Blocks of a chunk, each as an integer dot and vectors, for panel j of the group of `panels`. Meanwhile `f` is fetched,
 * and a share of the activations of the next chunk.
 */
static void integers(state *t, size_t panel, size_t j, size_t panels, ahead f) {
  static const float ones[LOWPK_MR] __attribute__((aligned(64))) = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const lowpk_gemm *g = t->g;
  size_t block = g->block, rhs_block = g->w->scheme->block_cols, n = (t->k1 - t->k0) / block;
  unsigned lhs_shift = 0, rhs_shift = 0; /* blocks are powers of two */
  while (g->lhs_scales && block << lhs_shift < g->lhs_block) lhs_shift++;
  while (rhs_block && block << rhs_shift < rhs_block) rhs_shift++;
  g->panel_int8(g->w, panel, t->k0, t->k1, (int8_t *)t->rhs[0], t->scales);
  const float *sw = side_by_side(rhs_block ? t->scales : ones, n, rhs_shift, rhs_block ? LOWPK_NR : 0, t->spread_rhs);
  use(t, block >= 64 ? &config64 : block == 32 ? &config32 : &config16);
  const size_t share = ((t->k1 - t->k0) * LOWPK_MR + panels * 64 - 1) / (panels * 64) * 64;
  const bool more = t->k1 + (t->k1 - t->k0) <= g->w->kp && j * share < (t->k1 - t->k0) * LOWPK_MR;
  for (int e = 0; e < 2; e++) f.lines[e] = (f.bytes[e] / 64 + t->m_panels - 1) / t->m_panels;
  for (size_t i = 0; i < t->m_panels; i++) {
    const uint8_t *a = lhs_tiles(t, i);
    const float *sx = ones;
    fetch(&f);
    if (more && a != t->tail) {
      const char *next = (const char *)a + (t->k1 - t->k0) * LOWPK_MR + j * share;
      for (size_t l = 0; l < share; l += 64) _mm_prefetch(next + l, _MM_HINT_T1);
    }
    if (g->lhs_scales && rows_of(g, i) < LOWPK_MR)
      sx = t->tail_scales;
    else if (g->lhs_scales)
      sx = g->lhs_scales + LOWPK_MR * (i * (g->w->kp / g->lhs_block) + t->k0 / g->lhs_block);
    sx = side_by_side(sx, n, lhs_shift, g->lhs_scales ? LOWPK_MR : 0, t->spread_lhs);
    float *s = (float *)(void *)sums_of(t, j, i);
#define CASE(block) integer_blocks(block, a, t->rhs[0], n, sx, sw, t->k0 == 0, s, t->buffer)
    if (block == 16)
      CASE(16);
    else if (block == 32)
      CASE(32);
    else if (block == 64)
      CASE(64);
    else
      CASE(128);
#undef CASE
  }
}

/*
 * May activations be bf16 with their scales multiplied in, and are all sums then exact? Let sx be a scale of s bits, x
 * an integer of b bits. bf16 has 8: s + b <= 8. Products of a block are multiples of one unit, sx sw of the block;
 * their number is at most 32 |x| |w| units, of sx sw with s + s' bits, s' that of the weights' scale. Any sum of
 * products is exact if that all fits the 24 bits of f32. The weights have either s' = 1 and |w| <= 128, s' = 3 and |w|
 * <= 28 (HiF4), or s' = 4 and |w| <= 12 (NVFP4). The activations:
 *   s = 1, |x| <= 128   32 * 128 * 128 = 2^19;  32 * 128 * 28 < 2^17, 2 bits more;  32 * 128 * 12 < 2^16, 3 bits more
 *   s = 3, |x| <= 31    less by 2 bits, and 2 bits more of the scale
 *   s = 4, |x| <= 15    less by 3 bits, and 3 bits more
 * Nothing may be subnormal, which tiles take for zero, nor infinite. Scales of both sides are in 2^-56..2^40, or the
 * integers of the block are zero: then all numbers but 0 are multiples of 2^-112, and with at most 2^13 blocks of |d| <
 * 2^20 below 2^113. Zeros have the right sign: S is never -0, since it begins with +0 and no product underflows.
 */
enum { LOW = 127 - 56, HIGH = 127 + 40 }; /* exponents of f32 */

/* Are the integers of the lhs zero in a block? q counts its scales as lhs_scales has them. */
static bool zero_block(const lowpk_gemm *g, size_t q) {
  size_t blocks = g->w->kp / g->lhs_block, i = q / (LOWPK_MR * blocks), h = rows_of(g, i);
  size_t b = q % (LOWPK_MR * blocks) / h, r = q % (LOWPK_MR * blocks) % h;
  const uint8_t *x = (const uint8_t *)g->lhs + i * LOWPK_MR * g->w->kp + r * 64;
  for (size_t k = b * g->lhs_block; k < (b + 1) * g->lhs_block; k++)
    if (x[k / 64 * h * 64 + k % 64]) return false;
  return true;
}

static bool bf16_lhs(const lowpk_gemm *g) {
  size_t count = g->lhs_scales ? g->m * (g->w->kp / g->lhs_block) : 0;
  __m512i bits = _mm512_setzero_si512();
  const __m512i low = _mm512_set1_epi32(LOW << 23), range = _mm512_set1_epi32((HIGH - LOW) << 23);
  for (size_t q = 0; q < count; q += 16) {
    __mmask16 live = count - q < 16 ? (__mmask16)((1u << (count - q)) - 1) : (__mmask16)-1;
    __m512i s = _mm512_and_si512(_mm512_maskz_loadu_epi32(live, g->lhs_scales + q), _mm512_set1_epi32(0x7fffffff));
    __mmask16 odd = _mm512_cmpgt_epu32_mask(_mm512_sub_epi32(s, low), range);
    bits = _mm512_mask_or_epi32(bits, (__mmask16)~odd, bits, s);
    for (odd &= _mm512_cmpneq_epi32_mask(s, _mm512_setzero_si512()); odd; odd &= (__mmask16)(odd - 1)) {
      size_t one = q + (size_t)__builtin_ctz(odd);
      if (!(g->lhs_scales[one] < 0x1p-56f && g->lhs_scales[one] > -0x1p-56f) || !zero_block(g, one)) return false;
    }
  }
  uint32_t fraction = (uint32_t)_mm512_reduce_or_epi32(bits) & 0x7fffff;
  if (fraction == 0) return true;
  if (fraction & 0xfffff) return false;
  __m512i most = _mm512_setzero_si512();
  for (size_t k = 0; k < g->m * g->w->kp; k += 64)
    most = _mm512_max_epu8(most, _mm512_abs_epi8(_mm512_load_si512((const char *)g->lhs + k)));
  return _mm512_cmpgt_epu8_mask(most, _mm512_set1_epi8(fraction & 0x1fffff ? 15 : 31)) == 0;
}

static bool bf16_rhs(const lowpk_rhs *w) {
  const lowp_scheme_info *s = w->scheme;
  return !w->irregular && (s->scale == LOWP_E8M0 || s->scale == LOWP_E4M3FN || s->scale == LOWP_E6M2 || !s->block_cols);
}

/* Does a chunk of a panel have scales that are not in range? Of E4M3 and E6M2 all are. Padding has E8M0 code 0. */
static bool suspicious(const state *t, size_t panel) {
  const lowpk_rhs *w = t->g->w;
  if (w->scheme->scale != LOWP_E8M0) return false;
  const uint8_t *step = w->data + panel * w->panel_bytes + t->k0 / LOWPK_STEP * w->step_bytes;
  __mmask64 odd = 0; /* factors of the integers are 2^-6 and more */
  for (size_t k = t->k0; k < t->k1; k += LOWPK_STEP, step += w->step_bytes)
    odd |= _mm512_cmpgt_epu8_mask(_mm512_sub_epi8(_mm512_load_si512(step), _mm512_set1_epi8(LOW + 6)),
                                  _mm512_set1_epi8(HIGH - LOW - 6));
  return odd != 0;
}

/* Then its cores must be: zero, or normal numbers between 2^-56 and 2^40. */
static bool out_of_range(const state *t, const uint8_t *cores) {
  const __m512i low = _mm512_set1_epi16((short)(LOW << 7)), range = _mm512_set1_epi16((short)((HIGH - LOW) << 7));
  for (size_t i = 0; i < (t->k1 - t->k0) * LOWPK_NR * 2; i += 64) {
    __m512i v = _mm512_and_si512(_mm512_load_si512(cores + i), _mm512_set1_epi16(0x7fff));
    if (_mm512_cmpgt_epu16_mask(_mm512_sub_epi16(v, low), range) & _mm512_test_epi16_mask(v, v)) return true;
  }
  return false;
}

/* 16 lanes of sx: of k = 64 q + 4 lane. */
static __m512 spread(const float *const s[4]) {
  __m512 v = _mm512_set1_ps(*s[0]);
  v = _mm512_mask_mov_ps(v, 0x00f0, _mm512_set1_ps(*s[1]));
  v = _mm512_mask_mov_ps(v, 0x0f00, _mm512_set1_ps(*s[2]));
  return _mm512_mask_mov_ps(v, 0xf000, _mm512_set1_ps(*s[3]));
}

/*
 * A chunk of activations as bf16. Of four bytes in a lane each is moved to the top: an integer times 2^24, exact in f32
 * as is its product with sx 2^-24. (No f32 is rounded here: all have 8 bits.)
 */
static void lhs_to_bf16(const state *t) {
  static const float one = 1;
  const lowpk_gemm *g = t->g;
  const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i second = _mm512_add_epi32(first, _mm512_set1_epi32(8)), top = _mm512_set1_epi32((int)0xff000000u);
  size_t blocks = g->w->kp / g->lhs_block;
  for (size_t i = 0; i < t->m_panels; i++) {
    size_t h = rows_of(g, i);
    const uint8_t *from = (const uint8_t *)g->lhs + i * LOWPK_MR * g->w->kp + t->k0 / 64 * h * 64;
    uint8_t *to = t->lhs_bf16 + i * (KC / 32) * LOWPK_TILE;
    for (size_t k = t->k0; k < t->k1; k += 64, from += h * 64, to += 2 * LOWPK_TILE) {
      const float *at[4] = {&one, &one, &one, &one};
      size_t next = g->lhs_scales ? 1 : 0;
      for (size_t q = 0; next && q < 4; q++)
        at[q] = g->lhs_scales + i * LOWPK_MR * blocks + (k + 16 * q) / g->lhs_block * h;
      for (size_t r = 0; r < LOWPK_MR; r++) {
        __m512i even = _mm512_setzero_si512(), odd = even;
        if (r < h) {
          const float *const s[4] = {at[0] + r * next, at[1] + r * next, at[2] + r * next, at[3] + r * next};
          __m512 scale = _mm512_mul_ps(spread(s), _mm512_set1_ps(0x1p-24f));
          __m512i x = _mm512_load_si512(from + r * 64), f[4];
          f[0] = _mm512_slli_epi32(x, 24), f[1] = _mm512_slli_epi32(x, 16), f[2] = _mm512_slli_epi32(x, 8), f[3] = x;
          for (int e = 0; e < 4; e++)
            f[e] = _mm512_castps_si512(_mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_and_si512(f[e], top)), scale));
          even = _mm512_or_si512(_mm512_srli_epi32(f[0], 16), f[2]);
          odd = _mm512_or_si512(_mm512_srli_epi32(f[1], 16), f[3]);
        }
        _mm512_store_si512(to + r * 64, _mm512_permutex2var_epi32(even, first, odd));
        _mm512_store_si512(to + LOWPK_TILE + r * 64, _mm512_permutex2var_epi32(even, second, odd));
      }
    }
  }
}

/*
 * Blocks of a group of panels. `fast`: the activations may be bf16. A panel with a chunk out of range goes on with
 * integers: its sums may now be -0 or subnormal.
 */
static void blocked(state *t, size_t panel0, size_t panels, bool fast) {
  const lowpk_gemm *g = t->g;
  bool slow[GROUP] = {0};
  const size_t chunk = fast ? KC : KC_ROWS; /* 16 KiB of integers */
  for (t->k0 = 0; t->k0 < g->w->kp; t->k0 = t->k1) {
    t->k1 = min(t->k0 + chunk, g->w->kp);
    copy_tail(t);
    if (fast) lhs_to_bf16(t);
    for (size_t j = 0; j < panels; j += 2) {
      size_t nb = min(2, panels - j);
      bool both = fast && !slow[j];
      for (size_t e = 0; e < nb && both; e++) {
        g->panel_bf16(g->w, panel0 + j + e, t->k0, t->k1, (uint16_t *)(void *)t->rhs[e]);
        if (suspicious(t, panel0 + j + e) && out_of_range(t, t->rhs[e])) both = false;
      }
      slow[j] = !both;
      if (both) {
        use(t, g->block == 16 ? &config32 : &config64);
        all_rows(t, g->block == 16 ? BF16_16 : BF16_32, j, (int)nb, t->rhs[0], t->rhs[1], after(t, panel0, panels, j));
      } else {
        for (size_t e = 0; e < nb; e++) {
          const ahead all = after(t, panel0, panels, j), f = {.from = {all.from[e]}, .bytes = {all.bytes[e]}};
          integers(t, panel0 + j + e, j + e, panels, f);
        }
      }
    }
  }
  store(t, panel0, panels, false);
}

/*
 * Tiles of one row take as long as those of 16. With FEW rows vectors are faster, and read the weights as fast as
 * memory can.
 */
enum { FEW = 8 };

void lowpk_gemm_int8_amx(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
#if LOWP_HAVE_AVX512VNNI
  if (g->m <= FEW) {
    lowpk_gemm_int8_avx512vnni(g, panel0, panel1, scratch);
    return;
  }
#endif
  bool rows = !g->lhs_scales && !g->w->scheme->block_cols;
  if (!rows && (g->lhs_zero || g->w->zeros)) { /* a row that is one block has zero points: hardly ever */
    lowpk_gemm_int8_generic(g, panel0, panel1, scratch);
    return;
  }
  state t = state_in(g, scratch);
  if (rows) {
    whole(&t, panel0, panel1);
  } else {
    bool fast = g->block <= 32 && bf16_rhs(g->w) && bf16_lhs(g);
    for (size_t panel = panel0; panel < panel1; panel += GROUP) blocked(&t, panel, min(GROUP, panel1 - panel), fast);
  }
  LOWPK_TILE_RELEASE();
}
