/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file hifloat4.h  HiFloat4 (HiF4): 64 elements under three levels of scale; 4.5 bits per value.
 *
 *   value[i] = e6m2 * 2^(e1_8[i / 8] + e1_16[i / 4]) * s1p2(code[i])
 *
 *   word    bits 0..7    eeeeee mm   E6M2, unsigned: 2^(e - 48) * (1 + m/4), 2^-48 .. 49152; FF is NaN; no zero
 *           bits 8..15   e1_8[0..7]     bit 8 + j belongs to elements 8 j .. 8 j + 7
 *           bits 16..31  e1_16[0..15]   bit 16 + j belongs to elements 4 j .. 4 j + 3
 *   codes   c1 c0 | c3 c2 | ... | c63 c62    a nibble s mmm each, the even element low; magnitude mmm / 4: 0 .. 1.75
 *
 * The word is little-endian, four bytes to a group, with group 0 of each level in the lowest bit: the order of CANN.
 * AMCT has the same bytes but group 0 in the HIGHEST bit of a byte; lowp_hif4_word_to_amct() converts. Large values
 * need no tensor scale: the range is 2^-50 .. 344064 (49152 * 4 * 1.75).
 *
 * By default the arithmetic of Huawei's AMCT, with amax over 64 elements, max8 over 8, max4 over 4:
 *
 *   e6m2  = bf16(f32(amax * 0.142578125)), clamped to the range and rounded to nearest even     (bf16(1/7))
 *   R     = bf16(1 / e6m2)
 *   e1_8  = f32(max8 * R) >= 4         e1_16 = f32(max4 * R) * 2^-e1_8 >= 2
 *   code  = min(round(4 * bf16(f32(|x| * R) * 2^-(e1_8 + e1_16))), 7), ties away from zero; the sign of x, none for -0
 *
 * Presets: LOWP_COMPAT_AMCT is the default but for groups with NaN or Inf, where it keeps what the other elements give;
 * LOWP_COMPAT_HIF4_AUTHORS has exact products in place of f32 and bf16; LOWP_COMPAT_CANN rounds the input and every
 * product to bf16 and breaks ties to even. They agree in all but a percent of codes, and in error to 0.2 %.
 * LOWP_SCALE_MSE tries E6M2 within three steps of the above: NMSE on Gaussian data 6.2e-3 in place of 6.9e-3.
 * NaN or Inf in a group make its E6M2 FF and all 64 values NaN, unless opts.nan_policy says otherwise.
 *
 * @code
 * float x[64], y[64];
 * lowp_hif4_group group;
 * for (int i = 0; i < 64; i++) x[i] = 2.0f;
 * if (lowp_hif4_quantize(64, x, group.codes, group.word, NULL) != LOWP_OK) return 1;
 * if (lowp_hif4_dequantize(64, group.codes, group.word, y) != LOWP_OK) return 1;
 * uint32_t word = lowp_hif4_word_load(group.word);
 * @endcode
 * 2 * bf16(1/7) is rounded to E6M2 0.3125 (B9); R = 3.203125 and 2 * R >= 4, so that all e1_8 and then all e1_16 are 1,
 * word = FFFFFFB9; 2 * R / 4 is 1.6015625, nearest to 6/4: every code is 6, and every value 0.3125 * 4 * 1.5 = 1.875.
 *
 * Sources: arXiv 2602.11287, arXiv 2604.08826; AMCT and PTO-ISA (hicann) for the bit orders and the arithmetic in use.
 */
#ifndef LOWP_HIFLOAT4_H
#define LOWP_HIFLOAT4_H

#include <lowp/fp4.h>
#include <lowp/quant.h>

LOWP_BEGIN_DECLS

#define LOWP_HIF4_GROUP 64                       /**< values that share a word */
#define LOWP_HIF4_E6M2_NAN 0xff                  /**< makes its whole group NaN */
#define LOWP_HIF4_E6M2_MAX 49152.0f              /**< 2^15 * 1.5, the code FE */
#define LOWP_HIF4_E6M2_MIN 3.552713678800501e-15f /**< 2^-48, the code 00 */
#define LOWP_HIF4_MAX 344064.0f                  /**< 49152 * 2^2 * 1.75 */
/** Bytes of the planes of n values: whole groups of 32 bytes of codes and a word of four. */
#define LOWP_HIF4_GROUPS(n) ((n) / LOWP_HIF4_GROUP + ((n) % LOWP_HIF4_GROUP != 0))
#define LOWP_HIF4_CODES_BYTES(n) (LOWP_HIF4_GROUPS(n) * 32)
#define LOWP_HIF4_SCALES_BYTES(n) (LOWP_HIF4_GROUPS(n) * 4)

/** One group by itself. */
typedef struct lowp_hif4_group {
  uint8_t word[4];   /**< little-endian, see lowp_hif4_word_load() */
  uint8_t codes[32]; /**< element 2 i in the low nibble of byte i, 2 i + 1 in the high one */
} lowp_hif4_group;
LOWP_STATIC_ASSERT(sizeof(lowp_hif4_group) == 36, "no padding: 32 + 64 * 4 bits");

/** The word of a group from its four bytes, and back. */
static inline uint32_t lowp_hif4_word_load(const uint8_t bytes[4]) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}
static inline void lowp_hif4_word_store(uint32_t word, uint8_t bytes[4]) {
  for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(word >> 8 * i);
}

/** The parts of a word: the E6M2 code; the bits of eight and of four elements, bit j for group j. */
static inline uint8_t lowp_hif4_word_e6m2(uint32_t word) { return (uint8_t)word; }
static inline uint8_t lowp_hif4_word_e1_8(uint32_t word) { return (uint8_t)(word >> 8); }
static inline uint16_t lowp_hif4_word_e1_16(uint32_t word) { return (uint16_t)(word >> 16); }
static inline uint32_t lowp_hif4_word_make(uint8_t e6m2, uint8_t e1_8, uint16_t e1_16) {
  return (uint32_t)e6m2 | (uint32_t)e1_8 << 8 | (uint32_t)e1_16 << 16;
}

/** What codes of element i, 0..63, are multiplied with: e6m2 * 2^(e1_8 + e1_16), exact; NaN for E6M2 FF. */
static inline float lowp_hif4_scale(uint32_t word, size_t i) {
  uint32_t exponent = (word >> (8 + i / 8) & 1u) + (word >> (16 + i / 4) & 1u);
  return lowp_decode(LOWP_E6M2, word & 0xffu) * (float)(1u << exponent);
}

/** The value of element i, 0..63, of a group, exact. */
static inline float lowp_hif4_decode(uint8_t code, uint32_t word, size_t i) {
  return lowp_decode(LOWP_S1P2, code) * lowp_hif4_scale(word, i);
}
static inline float lowp_hif4_group_get(const lowp_hif4_group *group, size_t i) {
  return lowp_hif4_decode(lowp_fp4_get(group->codes, i), lowp_hif4_word_load(group->word), i);
}

/**
 * The four scale bytes of AMCT: E6M2, e1_8, e1_16 of groups 0..7, e1_16 of groups 8..15, group 0 (or 8) in bit 7 of its
 * byte. Codes are the same in both. The two functions are inverses.
 */
static inline uint8_t lowp_detail_reverse8(uint8_t b) {
  uint32_t v = b;
  v = (v & 0x0fu) << 4 | v >> 4;
  v = (v & 0x33u) << 2 | (v >> 2 & 0x33u);
  v = (v & 0x55u) << 1 | (v >> 1 & 0x55u);
  return (uint8_t)v;
}
static inline void lowp_hif4_word_to_amct(uint32_t word, uint8_t amct[4]) {
  amct[0] = (uint8_t)word;
  for (int i = 1; i < 4; i++) amct[i] = lowp_detail_reverse8((uint8_t)(word >> 8 * i));
}
static inline uint32_t lowp_hif4_word_from_amct(const uint8_t amct[4]) {
  uint32_t word = amct[0];
  for (int i = 1; i < 4; i++) word |= (uint32_t)lowp_detail_reverse8(amct[i]) << 8 * i;
  return word;
}

/**
 * n contiguous values into planes: LOWP_HIF4_CODES_BYTES(n) of codes, LOWP_HIF4_SCALES_BYTES(n) of words; the last
 * group is filled up with zeros. opts NULL: the defaults above. The same bytes on every CPU; safe from any thread.
 * LOWP_E_ARGUMENT: NULL with n > 0, or options that are not for this scheme; LOWP_E_NONFINITE if that is the policy;
 * LOWP_E_NOMEM. On failure the planes are unspecified. Matrices with strides: lowp_quantize().
 */
static inline LOWP_CHECKED lowp_status lowp_hif4_quantize(size_t n, const float *x, uint8_t *codes, uint8_t *words,
                                                          const lowp_quant_opts *opts) {
  return lowp_quantize_planes(LOWP_SCHEME_HIF4, opts, n, x, codes, words, NULL);
}

/** The values of the first n codes, exact. */
static inline LOWP_CHECKED lowp_status lowp_hif4_dequantize(size_t n, const uint8_t *codes, const uint8_t *words,
                                                            float *x) {
  return lowp_dequantize_planes(LOWP_SCHEME_HIF4, n, codes, words, 1.0f, x);
}

LOWP_END_DECLS
#endif
