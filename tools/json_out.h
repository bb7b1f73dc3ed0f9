/* SPDX-License-Identifier: Apache-2.0 */
/* json_out.h: what reports in JSON share, beside jansson's own interface. */
#ifndef LOWP_TOOLS_JSON_OUT_H
#define LOWP_TOOLS_JSON_OUT_H

#include <jansson.h>
#include <math.h>
#include <stdint.h>

/* JSON has no infinities: an exact tensor has "qsnr_db": null and "nmse": 0. Nor has jansson integers beyond 2^63. */
static inline json_t *tool_number(double value) { return isfinite(value) ? json_real(value) : json_null(); }
static inline json_t *tool_count(uint64_t value) {
  return value <= INT64_MAX ? json_integer((json_int_t)value) : json_null();
}

/* Takes `value` over. */
static inline void tool_set(json_t *object, const char *key, json_t *value) { json_object_set_new(object, key, value); }

#endif
