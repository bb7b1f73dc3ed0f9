/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_int8_loops.h: the loops around int8_tile; see gemm_int8.h, which says what the including file has defined. */
#include "kernels/arm/gemm_int8.h"

typedef struct state {
  const lowpk_gemm *g;
  bool rows;     /* a block is a row */
  bool packed;   /* tiles read packed codes */
  bool arranged; /* tiles read what arrange() made of the integers */
  lowpk_neon_integers scheme;
  int8_t *integers; /* [PANELS][CHUNK / 4][16][4] */
  float *scales;    /* [PANELS][CHUNK / 16][16] */
  float *sums;      /* [PANELS][m][16] */
} state;

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* A chunk of up to four panels times all rows. */
static void chunk_rows(const state *t, size_t panel, size_t panels, size_t k0, size_t k) {
  const lowpk_gemm *g = t->g;
  const lowpk_rhs *w = g->w;
  const size_t lhs_blocks = w->kp / g->lhs_block, rhs_block = w->scheme->block_cols;
  int8_work a = {.table = t->packed && t->scheme.codes == LOWPK_NEON_NIBBLES ? t->scheme.table : NULL,
                 .wide = t->scheme.codes == LOWPK_NEON_COPY || t->scheme.codes == LOWPK_NEON_NONE,
                 .arranged = t->arranged,
                 .w_stride = t->packed ? w->step_bytes : (size_t)LOWPK_STEP * LOWPK_NR,
                 .steps = k / LOWPK_STEP,
                 .block = t->rows ? (size_t)LOWPK_STEP : g->block,
                 .rows = t->rows};
  while (g->lhs_scales && g->block << a.sx_shift < g->lhs_block) a.sx_shift++;
  while (rhs_block && g->block << a.sw_shift < rhs_block) a.sw_shift++;
  size_t count;
  for (size_t m = 0; m < g->m; m += count) {
    const size_t i = m / LOWPK_MR, r = m % LOWPK_MR, h = least(LOWPK_MR, g->m - i * LOWPK_MR);
    count = least(h - r, TILE_ROWS);
    a.x = (const int8_t *)g->lhs + i * LOWPK_MR * w->kp + k0 / 64 * h * 64 + r * 64;
    a.x_tile = h * 64;
    a.sx_stride = h;
    a.sx = g->lhs_scales ? g->lhs_scales + i * LOWPK_MR * lhs_blocks + k0 / g->lhs_block * h + r : NULL;
    for (size_t p = 0; p < panels; p++) {
      a.w = t->packed ? w->data + (panel + p) * w->panel_bytes + k0 / LOWPK_STEP * w->step_bytes + w->step_scale_bytes
                      : (const uint8_t *)t->integers + p * CHUNK * LOWPK_NR;
      a.sw = rhs_block ? t->scales + p * (CHUNK / 16) * LOWPK_NR : NULL;
      a.sums = t->sums + (p * g->m + m) * LOWPK_NR;
      int8_tile(count, &a);
    }
  }
}

static void some_panels(const state *t, size_t panel, size_t panels) {
  const lowpk_gemm *g = t->g;
  const lowpk_rhs *w = g->w;
  memset(t->sums, 0, panels * g->m * LOWPK_NR * sizeof *t->sums);
  for (size_t k = 0; k < w->kp; k += CHUNK) {
    const size_t end = least(k + CHUNK, w->kp);
    for (size_t p = 0; p < panels; p++) {
      float *scales = t->scales + p * (CHUNK / 16) * LOWPK_NR;
      if (!t->packed) {
        int8_t *integers = t->integers + p * CHUNK * LOWPK_NR;
        g->panel_int8(w, panel + p, k, end, integers, scales);
#if defined(LOWPK_ARRANGE)
        if (t->arranged) arrange(integers, end - k);
#endif
        continue;
      }
      const uint8_t *step = w->data + (panel + p) * w->panel_bytes + k / LOWPK_STEP * w->step_bytes;
      for (size_t j = k; j < end && t->scheme.blocks; j += LOWPK_STEP, step += w->step_bytes) {
        lowpk_neon_int8_scales(t->scheme.scale, t->scheme.blocks, t->scheme.factor, step, scales);
        scales += t->scheme.blocks * LOWPK_NR;
      }
    }
    chunk_rows(t, panel, panels, k, end - k);
  }
  for (size_t p = 0; p < panels; p++) {
    float *sums = t->sums + p * g->m * LOWPK_NR;
    const lowpk_neon_store to = lowpk_neon_store_begin(g, panel + p);
    for (size_t m = 0; m < g->m; m++, sums += LOWPK_NR) {
      if (t->rows) lowpk_finish_row(g, panel + p, m, sums);
      lowpk_neon_store_row(g, &to, m, sums);
    }
  }
}

void LOWPK_GEMM_INT8(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  state t = {.g = g, .rows = !g->lhs_scales && !g->w->scheme->block_cols};
  if (!t.rows && (g->lhs_zero || g->w->zeros)) { /* a row that is one block has zero points: hardly ever */
    lowpk_gemm_int8_generic(g, panel0, panel1, scratch);
    return;
  }
  t.scheme = lowpk_neon_integers_of(g->w->scheme->id);
  const bool copy = t.scheme.codes == LOWPK_NEON_COPY, nibbles = t.scheme.codes == LOWPK_NEON_NIBBLES;
#if defined(LOWPK_ARRANGE)
  t.arranged = g->m > FEW;
#endif
  t.packed = !g->w->irregular && !t.arranged && (copy || (nibbles && g->m <= FEW));
  char *p = scratch;
  t.integers = (int8_t *)p, p += PANELS * CHUNK * LOWPK_NR;
  t.scales = (float *)(void *)p, p += PANELS * (CHUNK / 16) * LOWPK_NR * sizeof(float);
  t.sums = (float *)(void *)p; /* 4 x 512 x 16 floats: an eighth of the 1 MiB that scratch has besides */
  for (size_t panel = panel0; panel < panel1; panel += PANELS) some_panels(&t, panel, least(PANELS, panel1 - panel));
}
