/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm.h: the kernels of y[m,n] = x[m,k] w[n,k]^T: how weights are packed, how activations are laid out for each of the three
 * engines, what is computed. kernels/generic/gemm_*.c and panel_*.c are the specification.
 *
 * Words. core: the value of an element times its block scale, without the factors that hold for a whole row or tensor:
 *   MX f32(element * 2^e), NVFP4 element * E4M3, HiF4 E6M2 * 2^e * S1P2, all of them exact; SCALED with blocks along k
 *   f32(code * scale), as lowp_dequantize has it; other SCALED code - zero (f32(code - zero) for float zeros); CAST the element
 * outer: what is left: the scale of the row, times the tensor scale; one f32 for each n (weights) or m (activations)
 * step: 128 consecutive k. k is padded with zeros to kp, the next multiple of it: zeros are added like any other product
 * panel: 16 consecutive n (or m), the last one padded with zeros
 *
 * PACKED WEIGHTS, one layout for all kernels and ISAs: panels, one after the other; a panel is kp / 128 steps; a step is
 *   [scales: 128 / block_cols rows of 16 block scales, padded with zeros to 64 bytes; nothing where blocks are whole rows]
 *   [codes: 16 lanes of 32 bits (lane = n), so that a 64-byte word serves 16 rows]
 *     8 bits   word k/4: byte b of lane n = code of k + b
 *     4 bits   word k/8: byte b of lane n = code of k + b in the low nibble, of k + 4 + b in the high one
 *     6 bits   for 16 k three words: the low nibbles of k..k+7, those of k+8..k+15 as with 4 bits; then the high bits:
 *              bits 2j, 2j+1 of byte b = the top two bits of the code of k + 4j + b
 *     16 bits  for 4 k two words: halves of a lane = codes of k, k+2; then of k+1, k+3
 * HiF4 scales are its 32-bit words, FP16 and F32 scales as they are. All of it begins at 64 bytes and has 64-byte steps.
 *
 * bf16 ORDER: within each four consecutive k a pair of bf16 is (k, k+2), then (k+1, k+3): the order in which 4- and 8-bit codes
 * come out of a 32-bit lane. Weights and activations both have it.
 */
#ifndef LOWPK_GEMM_H
#define LOWPK_GEMM_H

#include <lowp/scheme.h>
#include <stdbool.h>
#include <string.h>

enum {
  LOWPK_NR = 16,       /* n of a panel */
  LOWPK_MR = 16,       /* m of a panel of activations */
  LOWPK_STEP = 128,    /* k of a step */
  LOWPK_GEMM_MC = 512, /* largest m of one kernel call */
  LOWPK_GEMM_NC = 512  /* n that a kernel may keep f32 sums for, in scratch */
};

/* Packed weights, ready to be read. Filled by lib/gemm from the header of the packed blob. */
typedef struct lowpk_rhs {
  const lowp_scheme_info *scheme;
  size_t n, k, kp;
  size_t step_bytes, step_scale_bytes; /* of a step; of its scales */
  size_t panel_bytes;                  /* kp / 128 * step_bytes */
  const uint8_t *data;                 /* 64-byte aligned; panel p at data + p * panel_bytes */
  const void *zeros;                   /* int32_t or float for each n, padded to panels; NULL without zero points */
  const int32_t *row_sum;              /* sum of the integer codes of row n over k, padded; NULL unless INT8 */
  /*
   * 1 if some scale or code is NaN or infinite, or some core that is not zero lies outside the normal range of bf16, or an
   * integer zero point outside -128..127: so rare that fast decoders leave the whole tensor to the generic ones.
   * Those take the core behind k as 0 then, where a scale or zero point that is not finite would make it NaN.
   */
  int irregular;
} lowpk_rhs;

/*
 * Decoding k0..k1-1 (multiples of 128) of a panel. All EXACT: the bits of generic. `out` is 64-byte aligned.
 *   f32   out[k - k0][n] = core
 *   bf16  out[(k - k0) / 2][n][2] in bf16 order = core rounded to bf16, RNE (exact unless FP16 or F32 scales, FP16, or irregular)
 *   int8  out[(k - k0) / 4][n][4] = integer, scales[(k - k0) / block_cols][n] = f32 block scale, so that core = integer * scale:
 *         E2M1 doubled, scale / 2; E2M3 times 8, scale / 8; S1P2 times 4 times its powers of two, E6M2 / 4; MXINT8 the code,
 *         scale / 64; INT8 and INT4 the code. Only for schemes of lowpk_is_integer_dot(). scales is left alone where blocks are
 *         whole rows. Zero points are not subtracted.
 */
typedef void lowpk_panel_f32_fn(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, float *out);
typedef void lowpk_panel_bf16_fn(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, uint16_t *out);
typedef void lowpk_panel_int8_fn(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, int8_t *out, float *scales);

/* The checksum of a panel, of which some multiple of 64 bytes has been seen. */
typedef struct lowpk_checksum {
  uint64_t lane[8];
  bool odd; /* an odd number of 64 bytes so far */
} lowpk_checksum;

/* What is to be known of a panel once its codes are packed. The last two of 8-bit codes alone. */
typedef struct lowpk_seen {
  lowpk_checksum checksum;
  uint8_t most;            /* the largest code & 0x7f */
  uint32_t sums[LOWPK_NR]; /* of the codes of a row as signed integers, modulo 2^32 */
} lowpk_seen;

/*
 * The codes of one step of packed weights: 16 rows of 128 codes in canonical order, `stride` bytes apart, to lanes as said above.
 * `words` is 64-byte aligned. bits: 4, 6, 8 or 16; 16 bits bytes of each row are read. What is written is added to *seen: while it is
 * in registers, that costs little. EXACT.
 */
typedef void lowpk_pack_codes_fn(unsigned bits, const uint8_t *rows, size_t stride, uint8_t *words, lowpk_seen *seen);

/* The reverse: to rows of 16 bits bytes, as canonical ones, and nothing between them. EXACT. */
typedef void lowpk_unpack_codes_fn(unsigned bits, const uint8_t *words, uint8_t *rows, size_t stride);

/*
 * One row of activations into tile order: for bf16, tile t holds k = 32 t .. 32 t + 31 of up to 16 rows, 32 values a row; for int8
 * 64 t .. 64 t + 63, 64 bytes a row. dst: this row in tile 0; tile_stride: elements from tile to tile (rows of the tile * 32 or 64).
 *   bf16  kp floats to bf16 (RNE, Inf and NaN as lowp_encode), in bf16 order
 *   int8  a quantized row (kp codes in canonical order, padded with zeros) to integers and f32 scales as in lowpk_panel_int8_fn;
 *         the scale of block b goes to dst_scales[b * scale_stride] (NULL where blocks are whole rows); *sum receives the sum of
 *         all integers. codes and scales: those of cols_padded columns; what is missing up to kp becomes zero.
 */
typedef void lowpk_lhs_bf16_fn(size_t kp, const float *x, uint16_t *dst, size_t tile_stride);
typedef void lowpk_lhs_int8_fn(const lowp_scheme_info *scheme, size_t cols_padded, size_t kp, const uint8_t *codes,
                               const uint8_t *scales, int8_t *dst, size_t tile_stride, float *dst_scales,
                               size_t scale_stride, int32_t *sum);

/* A multiplication of at most LOWPK_GEMM_MC rows. */
typedef struct lowpk_gemm {
  const lowpk_rhs *w;
  size_t m;
  /*
   * f32:  float [m][kp]
   * bf16: tiles: value (r, k) of row panel i = m / 16, which has h = min(16, m - 16 i) rows, at
   *       16 i kp + (k / 32) h 32 + r 32 + place of k % 32 in bf16 order
   * int8: the same with 64 for 32 and k in its own order; scales of block b at lhs_scales[16 i blocks + b h + r],
   *       blocks = kp / lhs_block
   * 64-byte aligned.
   */
  const void *lhs;
  const float *lhs_scales; /* int8: NULL if blocks of the lhs are whole rows (lhs_block = kp) */
  size_t lhs_block;        /* int8: k of one lhs scale, or kp */
  size_t block;            /* int8: k of one integer dot: the smaller of both blocks, or kp; 16, 32, 64, 128 or kp */
  const int32_t *lhs_zero; /* int8, block == kp: zero point of each m, or NULL for zeros */
  const int32_t *lhs_sum;  /* int8: sum of the integers of each m; needed with zero points of the weights */
  const float *lhs_outer;  /* [m], or NULL for ones */
  const float *rhs_outer;  /* [n], padded to panels with zeros, or NULL for ones */
  const float *bias;       /* [n] or NULL */
  void *y;                 /* (0, 0); stores rows 0..m-1 of the n of its panels */
  ptrdiff_t y_stride;      /* bytes */
  lowp_element y_element;  /* F32, BF16 or FP16 */
  /* int8: what the integers of the lhs are, which bounds them. */
  lowp_element lhs_element;
  /* Decoders of the same set of kernels, for use inside. */
  lowpk_panel_f32_fn *panel_f32;
  lowpk_panel_bf16_fn *panel_bf16;
  lowpk_panel_int8_fn *panel_int8;
} lowpk_gemm;

/*
 * Computes S[m, n] for panels panel0..panel1-1 and all m, and stores
 *   y = convert(f32(f32(S * lhs_outer[m]) * rhs_outer[n]) + bias[n])      (what is NULL is left out; RNE to y_element, to Inf)
 *
 *   gemm_f32   S = fma(x[k], core[k], S), k ascending, S = +0 at first. EXACT.
 *   gemm_int8  for each block, ascending: d = integer dot (exact), p = f32(lhs scale * rhs scale) (a missing one is 1),
 *              S = fma(f32(d), p, S), S = +0 at first; with zero points (block == kp):
 *              d = sum x w - zw[n] sum x - zx[m] sum w + k zx zw modulo 2^64, rounded once to f32. EXACT.
 *   gemm_bf16  generic: as gemm_f32 on bf16 values, core rounded as panel_bf16 does. Others: MODEL, the model of the instruction,
 *              which is in the file of the kernel and in tests/oracle.
 * scratch: lowpk_gemm_scratch(m) bytes, 64-byte aligned, private to the call. Needs round to nearest and no flushing to zero.
 */
typedef void lowpk_gemm_fn(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch);

/* Room for decoded panels, and for the sums of LOWPK_GEMM_NC columns. */
static inline size_t lowpk_gemm_scratch(size_t m) {
  size_t rows = (m + LOWPK_MR - 1) / LOWPK_MR * LOWPK_MR;
  return ((size_t)1 << 20) + rows * LOWPK_GEMM_NC * sizeof(float);
}

/* Do the elements of the scheme fit int8 exactly, so that a block is an integer dot? Float zero points do not. */
static inline int lowpk_is_integer_dot(const lowp_scheme_info *s) {
  switch (s->element) {
  case LOWP_E2M1:
  case LOWP_E2M3:
  case LOWP_S1P2:
  case LOWP_MXINT8:
  case LOWP_INT8:
  case LOWP_INT4:
    return s->zero != LOWP_ZERO_F32;
  default:
    return 0;
  }
}

/* core = integer * f32(block scale * this). */
static inline float lowpk_integer_factor(lowp_element element) {
  switch (element) {
  case LOWP_E2M1:
    return 0.5f;
  case LOWP_E2M3:
    return 0.125f;
  case LOWP_S1P2:
    return 0.25f;
  case LOWP_MXINT8:
    return 0x1p-6f;
  default:
    return 1.0f;
  }
}

/*
 * d = sum x w of whole rows, sum_x and sum_w the sums of x and w, becomes sum (x - zx)(w - zw) over k. Modulo 2^64, so exact where
 * k |zx zw| is below 2^62; zero points may be any 32 bits.
 */
static inline int64_t lowpk_with_zeros(int64_t d, size_t k, int32_t zx, int32_t zw, int32_t sum_x, int32_t sum_w) {
  const uint64_t x = (uint64_t)(int64_t)zx, w = (uint64_t)(int64_t)zw;
  return (int64_t)((uint64_t)d - w * (uint64_t)(int64_t)sum_x - x * (uint64_t)(int64_t)sum_w + k * x * w);
}

/*
 * Dots of row m with the 16 columns of a panel, 32-bit integers that lie where the sums will, become these: with zero points in 64
 * bits, then rounded once. Only 2^17 products of -128 * -128 reach 2^31, as -2^31.
 */
static inline void lowpk_finish_row(const lowpk_gemm *g, size_t panel, size_t m, float *sums) {
  const int32_t zx = g->lhs_zero ? g->lhs_zero[m] : 0;
  for (size_t lane = 0; lane < LOWPK_NR; lane++) {
    const size_t n = panel * LOWPK_NR + lane;
    int32_t d, zw = 0;
    memcpy(&d, sums + lane, sizeof d);
    if (g->w->zeros) memcpy(&zw, (const char *)g->w->zeros + n * sizeof zw, sizeof zw);
    const int64_t v = d == INT32_MIN ? (int64_t)1 << 31 : d;
    sums[lane] = (float)lowpk_with_zeros(v, g->w->k, zx, zw, zw ? g->lhs_sum[m] : 0, zx ? g->w->row_sum[n] : 0);
  }
}

/* Bytes of the codes, and of the scales, of one step. */
static inline size_t lowpk_step_code_bytes(const lowp_scheme_info *s) {
  return (size_t)LOWPK_STEP * LOWPK_NR * lowp_element_row_of(s->element).bits / 8;
}
static inline size_t lowpk_step_scale_bytes(const lowp_scheme_info *s) {
  if (s->block_cols == 0) return 0;
  return ((size_t)LOWPK_STEP / s->block_cols * LOWPK_NR * s->scale_bytes + 63) / 64 * 64;
}

#endif
