/* SPDX-License-Identifier: Apache-2.0 */
/*
 * each_element.h: EACH(ID), which the including file has defined, for every element that is encoded and decoded, in the order
 * of element.def. EACH ends here; to be included any number of times.
 */
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text) EACH(ID)
#define LOWP_FIXED(ID, name, bits, frac, min, max, text) EACH(ID)
#define LOWP_TAPERED(ID, name, bits, round, overflow, text) EACH(ID)
#define LOWP_NATIVE(ID, name, bits, text)
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED
#undef LOWP_NATIVE
#undef EACH
