/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout_gptoss.c: gpt-oss. Codes U8 [..., N, K/32, 16], scales U8 [..., N, K/32]. The tensor E.gate_up_proj becomes
 * E.gate_up_proj_blocks and E.gate_up_proj_scales; in the naming of the original checkpoint, where names end in
 * "_weight", block.0.mlp.mlp1_weight becomes block.0.mlp.mlp1_weight.blocks and .scales.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <string.h>

#include "io/layout_internal.h"

static bool supports(lowp_scheme scheme) { return scheme == LOWP_SCHEME_MXFP4; }

static lowp_status draft(lowpi_draft *d, lowp_error *error) {
  const bool original = lowpi_path_has_suffix(d->name, "_weight");
  lowp_status status = lowpi_draft_whole_blocks(d, error);
  if (status) return status;
  size_t shape[LOWPI_PART_MAX_RANK];
  memcpy(shape, d->shape, d->rank * sizeof *shape);
  shape[d->rank - 1] = d->planes.scale_cols;
  shape[d->rank] = 16; /* bytes of a block */
  status = lowpi_draft_add(d, LOWP_PART_CODES, original ? ".blocks" : "_blocks", LOWP_DTYPE_U8, d->rank + 1, shape,
                           d->rank - 1, error);
  if (!status) status = lowpi_draft_scales(d, original ? ".scales" : "_scales", error);
  return status;
}

const lowpi_layout lowpi_layout_gptoss = {supports, draft, LOWPI_DECODE, 2, "", true};
