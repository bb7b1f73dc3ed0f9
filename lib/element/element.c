/* SPDX-License-Identifier: Apache-2.0 */
/* element.c: the descriptions of the elements, derived from element.def by constant expressions. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/element.h>
#include <float.h>

/* 2^e for |e| < 189, exact in double, as a constant expression: three shifts of at most 63 multiplied together. */
#define PART(e, k) ((e) <= (k) ? 0 : (e) - (k) > 63 ? 63 : (e) - (k))
#define POW2_UP(e) ((double)(1ull << PART(e, 0)) * (double)(1ull << PART(e, 63)) * (double)(1ull << PART(e, 126)))
#define POW2(e) ((e) >= 0 ? POW2_UP(e) : 1.0 / POW2_UP(-(e)))

/* Magnitude codes that are not finite, counted from the top: see lowp_specials. */
#define LOST_NONE(m) 0
#define LOST_IEEE(m) (1 << (m))
#define LOST_FN(m) 1
#define LOST_FNUZ(m) 0
#define LOST_P3109(m) 1
#define LOST_SCALE(m) 1

#define MAX_CODE(e, m, specials) ((1 << ((e) + (m))) - 1 - LOST_##specials(m))
#define MAX(e, m, bias, specials)                                                                                     \
  (((1 << (m)) + (MAX_CODE(e, m, specials) & ((1 << (m)) - 1))) *                                                     \
   POW2((MAX_CODE(e, m, specials) >> (m)) - (bias) - (m)))
#define IS(specials, which) (LOWP_SPECIALS_##specials == LOWP_SPECIALS_##which)
/* A scale's code 0 is its smallest power; elsewhere exponent field 0 holds the subnormals. */
#define MIN_NORMAL(bias, specials) POW2((IS(specials, SCALE) ? 0 : 1) - (bias))
#define MIN_POSITIVE(m, bias, specials) (MIN_NORMAL(bias, specials) / (IS(specials, SCALE) ? 1 : 1 << (m)))
#define HAS_INF(specials) (IS(specials, IEEE) || IS(specials, P3109))
#define HAS_NEGATIVE_ZERO(s, specials) ((s) && !IS(specials, FNUZ) && !IS(specials, P3109))

static const lowp_element_info infos[LOWP_ELEMENT_COUNT] = {
    {sizeof(lowp_element_info), LOWP_ELEMENT_NONE, "none", "no element", {0}, 0, 0, 0, 0, 0, 0, 0},
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text)                                      \
  {sizeof(lowp_element_info),                                                                                         \
   LOWP_##ID,                                                                                                         \
   #name,                                                                                                             \
   text,                                                                                                              \
   LOWP_DETAIL_ROW_MINIFLOAT(s, e, m, bias, specials, round, overflow),                                               \
   (float)MAX(e, m, bias, specials),                                                                                  \
   (float)MIN_NORMAL(bias, specials),                                                                                 \
   (float)MIN_POSITIVE(m, bias, specials),                                                                            \
   !IS(specials, NONE),                                                                                               \
   HAS_INF(specials),                                                                                                 \
   HAS_NEGATIVE_ZERO(s, specials),                                                                                    \
   s},
#define LOWP_FIXED(ID, name, bits, frac, min, max, text)                                                              \
  {sizeof(lowp_element_info),                                                                                         \
   LOWP_##ID,                                                                                                         \
   #name,                                                                                                             \
   text,                                                                                                              \
   LOWP_DETAIL_ROW_FIXED(bits, frac, min, max),                                                                       \
   (float)((max) / POW2(frac)),                                                                                       \
   (float)POW2(-(frac)),                                                                                              \
   (float)POW2(-(frac)),                                                                                              \
   0,                                                                                                                 \
   0,                                                                                                                 \
   0,                                                                                                                 \
   (min) < 0},
/* HiFloat8 is the only tapered format: exponents -22..15, mantissa bits from -15 on; 1.5 * 2^15 is Inf. */
#define LOWP_TAPERED(ID, name, bits, round, overflow, text)                                                           \
  {sizeof(lowp_element_info), LOWP_##ID, #name, text, LOWP_DETAIL_ROW_TAPERED(bits, round, overflow),                 \
   0x1p15f, 0x1p-15f, 0x1p-22f, 1, 1, 0, 1},
/* F64 reaches beyond f32; what an f32 can say of it is the range of f32. */
#define LOWP_NATIVE(ID, name, bits, text)                                                                             \
  {sizeof(lowp_element_info), LOWP_##ID, #name, text, LOWP_DETAIL_ROW_NATIVE(bits),                                   \
   FLT_MAX, FLT_MIN, 0x1p-149f, 1, 1, 1, 1},
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED
#undef LOWP_NATIVE
};

const lowp_element_info *lowp_element_info_of(lowp_element id) {
  return id > LOWP_ELEMENT_NONE && id < LOWP_ELEMENT_COUNT ? &infos[id] : NULL;
}

size_t lowp_element_size(lowp_element id) {
  return id > LOWP_ELEMENT_NONE && id < LOWP_ELEMENT_COUNT ? (infos[id].row.bits + 7u) / 8u : 0;
}

/* Not tolower: names are ASCII, whatever the locale. */
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

lowp_element lowp_element_from_name(const char *name) {
  for (int id = LOWP_ELEMENT_NONE + 1; name && id < LOWP_ELEMENT_COUNT; id++) {
    size_t i = 0;
    while (name[i] && lower(name[i]) == infos[id].name[i]) i++;
    if (name[i] == '\0' && infos[id].name[i] == '\0') return (lowp_element)id;
  }
  return LOWP_ELEMENT_NONE;
}
