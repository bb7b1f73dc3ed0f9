/* SPDX-License-Identifier: Apache-2.0 */
/* compat.c: the presets of compat.def, and their names. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/quant_internal.h"

static const lowpi_compat_row rows[] = {
#define GRADE_RUN 1
#define GRADE_READ 0
#define LOWP_COMPAT_ROW(compat, scheme, round, rule, range, tensor, max, target, hif8, grade, text)                   \
  {LOWP_COMPAT_##compat, LOWP_SCHEME_##scheme, LOWP_ROUND_##round, LOWP_SCALE_##rule, LOWP_INT_RANGE_##range,         \
   LOWP_TENSOR_SCALE_##tensor, max, target, hif8, GRADE_##grade, text},
#include "quant/compat.def"
#undef LOWP_COMPAT_ROW
};

const lowpi_compat_row *lowpi_compat_rows(size_t *count) {
  *count = sizeof rows / sizeof rows[0];
  return rows;
}

const lowpi_compat_row *lowpi_compat_row_of(lowp_compat compat, lowp_scheme scheme) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].compat == compat && rows[i].scheme == scheme) return &rows[i];
  return NULL;
}

static const char *const names[LOWP_COMPAT_COUNT] = {
    [LOWP_COMPAT_LOWP] = "lowp",
    [LOWP_COMPAT_OCP] = "ocp",
    [LOWP_COMPAT_TORCHAO] = "torchao",
    [LOWP_COMPAT_MICROXCALING] = "microxcaling",
    [LOWP_COMPAT_MODELOPT] = "modelopt",
    [LOWP_COMPAT_TRANSFORMER_ENGINE] = "transformer-engine",
    [LOWP_COMPAT_VLLM] = "vllm",
    [LOWP_COMPAT_COMPRESSED_TENSORS] = "compressed-tensors",
    [LOWP_COMPAT_GGML] = "ggml",
    [LOWP_COMPAT_FOUROVERSIX] = "fouroversix",
    [LOWP_COMPAT_AMCT] = "amct",
    [LOWP_COMPAT_HIF4_AUTHORS] = "hif4-authors",
    [LOWP_COMPAT_CANN] = "cann",
    [LOWP_COMPAT_SMOOTHQUANT] = "smoothquant",
};

const char *lowp_compat_name(lowp_compat compat) {
  return (unsigned)compat < LOWP_COMPAT_COUNT ? names[compat] : NULL;
}

lowp_status lowp_compat_from_name(const char *name, lowp_compat *compat) {
  for (unsigned i = 0; name && compat && i < LOWP_COMPAT_COUNT; i++)
    if (strcmp(name, names[i]) == 0) {
      *compat = (lowp_compat)i;
      return LOWP_OK;
    }
  return LOWP_E_ARGUMENT;
}
