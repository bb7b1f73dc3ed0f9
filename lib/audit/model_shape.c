/* SPDX-License-Identifier: Apache-2.0 */
/* model_shape.c: parameters, cache and FLOP that follow from the sizes of a model. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/model_shape.h>

#include <stdbool.h>
#include <string.h>

#include "audit/roofline_internal.h"
#include "internal.h"

/* Who needs a size: bits of `need` below. */
enum { ALL = 1, GROUPED = 2, MLA = 4, DENSE = 8, MOE = 16 };

static const struct {
  size_t offset;
  const char *name;
  unsigned need; /* the size must be positive where one of these holds; 0: it may be 0 */
} sizes[] = {
#define SIZE(member, need) \
  { offsetof(lowp_model_shape, member), #member, need }
    SIZE(layers, ALL),         SIZE(hidden, ALL),       SIZE(vocab, ALL),      SIZE(heads, ALL),
    SIZE(kv_heads, GROUPED),   SIZE(head_dim, GROUPED), SIZE(q_lora, 0),       SIZE(kv_lora, MLA),
    SIZE(nope_dim, MLA),       SIZE(rope_dim, MLA),     SIZE(v_dim, MLA),      SIZE(window, 0),
    SIZE(window_layers, 0),    SIZE(ffn, DENSE),        SIZE(dense_layers, 0), SIZE(experts, MOE),
    SIZE(experts_active, MOE), SIZE(expert_ffn, MOE),   SIZE(shared_ffn, 0)};

static uint32_t size_of(const lowp_model_shape *s, size_t i) {
  uint32_t value;
  memcpy(&value, (const char *)s + sizes[i].offset, sizeof value);
  return value;
}

lowp_status lowp_model_shape_check(const lowp_model_shape *s, lowp_error *error) {
  if (!s) return lowpi_fail(error, LOWP_E_ARGUMENT, "no shape given");
  if (s->struct_size != sizeof *s || (unsigned)s->attention > LOWP_ATTENTION_MLA)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "unknown struct_size or attention of a shape");
  unsigned holds = ALL | (s->attention == LOWP_ATTENTION_MLA ? MLA : GROUPED);
  if (s->dense_layers) holds |= DENSE;
  if (s->dense_layers < s->layers) holds |= MOE;
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    const uint32_t value = size_of(s, i);
    if (value > LOWPI_SIZE_MAX || (value == 0 && (sizes[i].need & holds)))
      return lowpi_fail(error, LOWP_E_RANGE, "%s is %u, must be 1 to 2^24", sizes[i].name, (unsigned)value);
  }
  if (s->attention == LOWP_ATTENTION_GROUPED && s->heads % s->kv_heads != 0)
    return lowpi_fail(error, LOWP_E_RANGE, "kv_heads is %u, does not divide %u heads", (unsigned)s->kv_heads,
                      (unsigned)s->heads);
  if (s->attention == LOWP_ATTENTION_MLA && s->window_layers)
    return lowpi_fail(error, LOWP_E_RANGE, "window_layers is %u, but MLA has no window here",
                      (unsigned)s->window_layers);
  if (s->window_layers > s->layers || s->dense_layers > s->layers)
    return lowpi_fail(error, LOWP_E_RANGE, "%s is %u, more than the %u layers",
                      s->dense_layers > s->layers ? "dense_layers" : "window_layers",
                      (unsigned)(s->dense_layers > s->layers ? s->dense_layers : s->window_layers),
                      (unsigned)s->layers);
  if ((s->window == 0) != (s->window_layers == 0))
    return lowpi_fail(error, LOWP_E_RANGE, "window is %u, window_layers %u: both or none", (unsigned)s->window,
                      (unsigned)s->window_layers);
  if (s->experts_active > s->experts || (s->experts && !(holds & MOE)))
    return lowpi_fail(error, LOWP_E_RANGE, "experts is %u, with %u active in %u layers", (unsigned)s->experts,
                      (unsigned)s->experts_active, (unsigned)(s->layers - s->dense_layers));
  return LOWP_OK;
}

/* --- one layer --- */

typedef struct layer {
  double matrices, small; /* values */
  double kv;              /* cache values of a token */
  double pair_decode, pair_prefill;
} layer;

static layer grouped(const lowp_model_shape *s) {
  const double d = s->hidden, q = (double)s->heads * s->head_dim, kv = (double)s->kv_heads * s->head_dim;
  layer l = {.matrices = d * (q + 2 * kv) + q * d, .kv = 2 * kv, .pair_decode = 4 * q, .pair_prefill = 4 * q};
  if (s->qkv_bias) l.small += q + 2 * kv;
  if (s->o_bias) l.small += d;
  if (s->qk_norm) l.small += 2.0 * s->head_dim;
  if (s->sinks) l.small += s->heads;
  return l;
}

static layer latent(const lowp_model_shape *s) {
  const double d = s->hidden, heads = s->heads, qk = (double)s->nope_dim + s->rope_dim;
  const double compressed = (double)s->kv_lora + s->rope_dim;
  layer l = {.matrices = d * compressed + s->kv_lora * heads * ((double)s->nope_dim + s->v_dim) + heads * s->v_dim * d,
             .small = (double)s->kv_lora + s->q_lora,
             .kv = compressed,
             .pair_decode = 2 * heads * (compressed + s->kv_lora),
             .pair_prefill = 2 * heads * (qk + s->v_dim)};
  l.matrices += s->q_lora ? s->q_lora * (d + heads * qk) : d * heads * qk;
  return l;
}

/* --- the whole --- */

lowp_status lowp_model_shape_roofline(const lowp_model_shape *s, lowp_roofline_model *model, lowp_error *error) {
  const lowp_status status = lowp_model_shape_check(s, error);
  if (status) return status;
  if (!model) return lowpi_fail(error, LOWP_E_ARGUMENT, "no place for the counts given");
  const layer attention = s->attention == LOWP_ATTENTION_MLA ? latent(s) : grouped(s);
  const double d = s->hidden, layers = s->layers, dense = s->dense_layers, moe = layers - dense;
  const double windowed = s->window_layers, full = layers - windowed, table = s->vocab * d;
  lowp_roofline_model m = {.struct_size = sizeof m, .hidden = d, .head = table, .embedding = s->tied ? 0 : table};
  m.linear = layers * attention.matrices + dense * 3 * d * s->ffn + moe * d * (3.0 * s->shared_ffn + s->experts);
  m.small = layers * (attention.small + 2 * d) + d;
  if (s->ffn_bias) m.small += dense * (2.0 * s->ffn + d) + (s->shared_ffn ? moe * (2.0 * s->shared_ffn + d) : 0);
  if (s->router_bias) m.small += moe * s->experts;
  m.expert = moe * (3 * d * s->expert_ffn + (s->ffn_bias ? 2.0 * s->expert_ffn + d : 0));
  m.experts = s->experts;
  m.experts_active = s->experts_active;
  m.kv = full * attention.kv;
  m.kv_window = windowed * attention.kv;
  m.window = s->window;
  m.pair_decode = full * attention.pair_decode;
  m.pair_prefill = full * attention.pair_prefill;
  m.pair_window = windowed * attention.pair_decode;
  *model = m;
  return LOWP_OK;
}
