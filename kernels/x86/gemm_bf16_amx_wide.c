/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_bf16_amx_wide.c: gemm_bf16_amx for more than 16 rows.
 *
 * Two panels of activations times two of weights are a block: four tiles of sums, and four tile loads for four products
 * of 16 cycles. A chunk is 384 k of two panels of weights, decoded once (24 KiB, half of L1) and multiplied with all
 * rows; activations stream by from L2, 32 bytes a cycle, with loads that are told not to displace the weights (without
 * that hint the same loop runs at three quarters of the speed). The sums of a block are loaded and stored once a chunk:
 * each tile is stored, loaded and used in one go, so that products wait for one tile and not for four, and the sums of
 * the next block are fetched to L1 meanwhile (for 512 rows they come from L2; this is worth a sixth there).
 *
 * Chunks of 384 k were the best for many rows by a little more than noise: 512 take two thirds of L1, with less the
 * sums cost more. With up to 64 rows 256 k do: 4-bit formats of quick decoders are as fast either way, HiF4 and FP8
 * gain up to a tenth.
 *
 * Decoding comes on top of the products, 12 to 15 cycles for each 64 bytes of 4-bit codes. Decoding the next chunk
 * between the products of this one, a word at a time into a second buffer, was no faster: neither with two chunks that
 * fit L1 together nor, far slower in all, with two that do not.
 *
 * Where the activations fit half of L2 a pair of panels is done over all k before the next. Where they do not, a block
 * of k (384 KiB of activations for 512 rows) is done for 16 pairs of panels before the next block of k, with the sums
 * of these pairs (1 MiB) in scratch, and what comes next is fetched meanwhile.
 */
#include "kernels/x86/gemm_bf16_amx.h"

enum {
  KC = 3 * LOWPK_STEP,                                 /* k of a chunk, at most */
  KC_FEW = 2 * LOWPK_STEP,                             /* the same for few rows */
  FEW = 4,                                             /* panels of rows */
  PAIR = 2 * LOWPK_NR,                                 /* n of a chunk */
  PAIRS = LOWPK_GEMM_NC / PAIR,                        /* of panels, whose sums are kept */
  DECODED = KC * LOWPK_NR * 2,                         /* bytes of a decoded panel */
  SUMS = 4 * LOWPK_TILE_BYTES,                         /* of a block */
  FETCHED = SUMS / (KC / LOWPK_TILE_K) / 64 * 64 + 64, /* of them, with each step of products */
  SUMS_AT = 1 << 20, /* where in scratch: behind what lowpk_gemm_scratch() has for decoded panels */
  LHS_IN_L2 = 1 << 20
};
_Static_assert(2 * DECODED <= SUMS_AT, "room for a chunk");

/* Two panels of weights and a range of k; slot: which place the sums of these panels have. */
typedef struct chunk {
  size_t panel, panels, k0, k1, slot;
} chunk;

/* 32 rows, or what is left of them, of a chunk. */
typedef struct block {
  char *sums; /* of its four tiles; NULL: no block */
  size_t panel, panels, row_panel, row_panels;
  int last; /* with these k its sums are complete */
} block;

typedef struct work {
  const lowpk_gemm *g;
  char *decoded;
  block held, complete; /* sums still in tiles; sums stored, and complete, but not in y yet */
  /*
   * Lines to fetch, some with every step of products: packed weights of the next chunk, activations of the next block
   * of k.
   */
  const char *w, *w_end, *x[2];
  size_t w_stride, w_lines;
} work;

#define INLINE static inline __attribute__((always_inline))

INLINE void fetch_some(work *w) {
  if (w->x[0]) {
    _mm_prefetch(w->x[0], _MM_HINT_T1);
    _mm_prefetch(w->x[1], _MM_HINT_T1);
    w->x[0] += 64;
    w->x[1] += 64;
  }
  for (size_t i = 0; i < w->w_lines && w->w < w->w_end; i++, w->w += 64) {
    _mm_prefetch(w->w, _MM_HINT_T0);
    _mm_prefetch(w->w + w->w_stride, _MM_HINT_T0);
  }
}

/* Four products. */
INLINE void product(const int mp, const int np, const char *x0, const char *x1, const char *decoded) {
  LOWPK_TILE_LOAD_ONCE(4, x0, LOWPK_TILE_ROW);
  LOWPK_TILE_LOAD(6, decoded, LOWPK_TILE_ROW);
  LOWPK_TILE_DOT_BF16(0, 4, 6);
  if (np > 1) {
    LOWPK_TILE_LOAD(7, decoded + DECODED, LOWPK_TILE_ROW);
    LOWPK_TILE_DOT_BF16(1, 4, 7);
  }
  if (mp > 1) {
    LOWPK_TILE_LOAD_ONCE(5, x1, LOWPK_TILE_ROW);
    LOWPK_TILE_DOT_BF16(2, 5, 6);
    if (np > 1) LOWPK_TILE_DOT_BF16(3, 5, 7);
  }
}

/*
 * Tile t of the sums of a block. The sums of a block are 4 KiB: were all blocks alike, each tile would be loaded from
 * the place in its page that the same tile of the block before is being stored to, and loads may wait for stores whose
 * low 12 bits are theirs. So every other block has its tiles in another order. Products alone at 64 rows gained a
 * twelfth by this where each tile moves just before its product; where all four move at once, nothing for certain.
 * (A block of one panel of rows has no more than two tiles.)
 */
INLINE char *tile_of(const block *b, size_t t) {
  size_t other = b->row_panels > 1 ? b->row_panel & 2 : 0;
  return b->sums + (t ^ other) * LOWPK_TILE_BYTES;
}

/* Tile t of sums: those of `held` out, those of b in, or zeros where its first k begin. */
#define OUT(t) LOWPK_TILE_STORE(t, tile_of(held, t), LOWPK_TILE_ROW)
#define IN(t) LOWPK_TILE_LOAD(t, c->k0 ? tile_of(b, t) : (const char *)lowpk_tile_zeros, LOWPK_TILE_ROW)

/* Stores the sums in tiles; what is complete of them will go to y later, under products. */
static void flush(work *w) {
  const block *held = &w->held;
  if (!held->sums) return;
  OUT(0);
  if (held->panels > 1) OUT(1);
  if (held->row_panels > 1) OUT(2);
  if (held->row_panels > 1 && held->panels > 1) OUT(3);
}

/* Four products, the first of a block: its sums take the place of the held ones, each just before its product. */
INLINE void swap_product(const block *held, const chunk *c, const block *b, const char *x0, const char *x1,
                         const char *decoded) {
  LOWPK_TILE_LOAD_ONCE(4, x0, LOWPK_TILE_ROW);
  LOWPK_TILE_LOAD(6, decoded, LOWPK_TILE_ROW);
  OUT(0);
  IN(0);
  LOWPK_TILE_DOT_BF16(0, 4, 6);
  LOWPK_TILE_LOAD(7, decoded + DECODED, LOWPK_TILE_ROW);
  OUT(1);
  IN(1);
  LOWPK_TILE_DOT_BF16(1, 4, 7);
  LOWPK_TILE_LOAD_ONCE(5, x1, LOWPK_TILE_ROW);
  OUT(2);
  IN(2);
  LOWPK_TILE_DOT_BF16(2, 5, 6);
  OUT(3);
  IN(3);
  LOWPK_TILE_DOT_BF16(3, 5, 7);
}

static void finish(work *w) {
  const block *b = &w->complete;
  for (size_t i = 0; b->sums && i < b->row_panels; i++) {
    size_t h;
    lowpk_lhs_panel(w->g, b->row_panel + i, &h);
    for (size_t j = 0; j < b->panels; j++)
      lowpk_tile_finish(w->g, b->panel + j, (b->row_panel + i) * LOWPK_MR, h,
                        (const float *)(const void *)tile_of(b, 2 * i + j));
  }
  w->complete.sums = NULL;
}

/* held: is there a block in the tiles, of two by two panels as this one? */
INLINE void multiply(const int mp, const int np, const int held, work *w, const chunk *c, const block *b) {
  const size_t row = LOWPK_STEP / LOWPK_TILE_K * LOWPK_TILE_ROW; /* of a step */
  const char *decoded = w->decoded, *sums = b->sums + SUMS;
  size_t h0, h1 = 0;
  const char *x0 = lowpk_lhs_panel(w->g, b->row_panel, &h0), *x1 = x0;
  if (mp > 1) x1 = lowpk_lhs_panel(w->g, b->row_panel + 1, &h1);
  x0 += c->k0 * 2 * h0;
  x1 += c->k0 * 2 * h1;
  if (!held) {
    IN(0);
    if (np > 1) IN(1);
    if (mp > 1) IN(2);
    if (mp > 1 && np > 1) IN(3);
  }
  const block before = w->held;
  if (before.last) w->complete = before;
  w->held = *b;
  for (size_t k = c->k0; k < c->k1; k += LOWPK_STEP) {
    for (size_t t = 0; t < LOWPK_STEP / LOWPK_TILE_K; t++) {
      const char *x0t = x0 + t * h0 * LOWPK_TILE_ROW, *x1t = x1 + t * h1 * LOWPK_TILE_ROW;
      if (held && k == c->k0 && t == 0)
        swap_product(&before, c, b, x0t, x1t, decoded);
      else
        product(mp, np, x0t, x1t, decoded + t * LOWPK_TILE_BYTES);
      fetch_some(w);
      for (size_t i = 0; i < FETCHED; i += 64) _mm_prefetch(sums + i, _MM_HINT_T0); /* of the next block */
      sums += FETCHED;
    }
    x0 += row * h0;
    x1 += row * h1;
    decoded += LOWPK_STEP / LOWPK_TILE_K * LOWPK_TILE_BYTES;
    if (w->complete.sums) finish(w);
  }
}

static void multiply_block(work *w, const chunk *c, const block *b) {
  const lowpk_gemm *g = w->g;
  size_t tail = g->m % LOWPK_MR, panels = (g->m + LOWPK_MR - 1) / LOWPK_MR;
  int odd = tail && b->row_panel + b->row_panels == panels; /* the tiles of the last panel are smaller */
  int held_odd = w->held.sums && tail && w->held.row_panel + w->held.row_panels == panels;
  int whole = !odd && b->row_panels > 1 && b->panels > 1;
  int same = whole && w->held.sums && !held_odd && w->held.row_panels > 1 && w->held.panels > 1;
  if (!same) {
    flush(w);
    if (odd) lowpk_tiles_configure(b->row_panels > 1 ? LOWPK_MR : tail, tail);
    if (!odd && held_odd) lowpk_tiles_configure(LOWPK_MR, LOWPK_MR);
  }
  if (same)
    multiply(2, 2, 1, w, c, b);
  else if (b->row_panels > 1 && b->panels > 1)
    multiply(2, 2, 0, w, c, b);
  else if (b->row_panels > 1)
    multiply(2, 1, 0, w, c, b);
  else if (b->panels > 1)
    multiply(1, 2, 0, w, c, b);
  else
    multiply(1, 1, 0, w, c, b);
}

/* The chunk after c: the next panels of the group, else the next k of it, else the next group; 0 if there is none. */
static int advance(const lowpk_gemm *g, size_t panel1, size_t pairs, size_t kc, chunk *c) {
  size_t group = c->panel - 2 * c->slot, end = panel1 - group < 2 * pairs ? panel1 : group + 2 * pairs;
  c->panel += 2;
  c->slot++;
  if (c->panel >= end) {
    c->slot = 0;
    c->panel = group;
    c->k0 = c->k1;
    if (c->k0 == g->w->kp) {
      c->k0 = 0;
      c->panel = end;
    }
  }
  if (c->panel >= panel1) return 0;
  c->panels = panel1 - c->panel < 2 ? 1 : 2;
  c->k1 = g->w->kp - c->k0 < kc ? g->w->kp : c->k0 + kc;
  return 1;
}

/*
 * What the products of c fetch: the packed weights of `next`; with each block of rows, a share of its activations of
 * the next k.
 */
static void plan_weights(work *w, const chunk *c, const chunk *next, size_t row_panels) {
  const lowpk_rhs *r = w->g->w;
  size_t bytes = (next->k1 - next->k0) / LOWPK_STEP * r->step_bytes;
  size_t steps = (row_panels + 1) / 2 * (c->k1 - c->k0) / LOWPK_TILE_K;
  w->w = (const char *)r->data + next->panel * r->panel_bytes + next->k0 / LOWPK_STEP * r->step_bytes;
  w->w_end = w->w + bytes;
  w->w_stride = next->panels > 1 ? r->panel_bytes : 0;
  w->w_lines = (bytes / 64 + steps - 1) / steps;
}
static void plan_activations(work *w, const chunk *c, const block *b) {
  size_t k = c->k1 < w->g->w->kp ? c->k1 : 0, h;
  for (size_t i = 0; i < 2; i++) {
    const char *x = lowpk_lhs_panel(w->g, b->row_panel + (i < b->row_panels ? i : 0), &h);
    w->x[i] = x + (k + (c->k1 - c->k0) * c->slot / PAIRS) * 2 * h;
  }
}

void lowpk_gemm_bf16_amx_wide(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  const size_t row_panels = (g->m + LOWPK_MR - 1) / LOWPK_MR;
  const int big = g->m * g->w->kp * 2 > LHS_IN_L2;
  const size_t kc = row_panels > FEW ? KC : KC_FEW;
  work w = {.g = g, .decoded = scratch};
  char *sums = (char *)scratch + SUMS_AT;
  chunk c = {panel0, panel1 - panel0 < 2 ? 1 : 2, 0, g->w->kp < kc ? g->w->kp : kc, 0}, next = c;
  lowpk_tiles_configure(LOWPK_MR, LOWPK_MR);
  for (int more = 1; more; c = next) {
    for (size_t j = 0; j < c.panels; j++)
      g->panel_bf16(g->w, c.panel + j, c.k0, c.k1, (uint16_t *)(void *)(w.decoded + j * DECODED));
    more = advance(g, panel1, big ? PAIRS : 1, kc, &next);
    if (more) plan_weights(&w, &c, &next, row_panels);
    for (size_t i = 0; i < row_panels; i += 2) {
      block b = {sums + (c.slot * row_panels + i) * (SUMS / 2),
                 c.panel,
                 c.panels,
                 i,
                 row_panels - i < 2 ? 1 : 2,
                 c.k1 == g->w->kp};
      if (big) plan_activations(&w, &c, &b);
      multiply_block(&w, &c, &b);
    }
  }
  flush(&w);
  if (w.complete.sums) finish(&w);
  w.complete = w.held;
  finish(&w);
}
