/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob.c: the frame of packed weights: header, panels, a record for each panel, then what there is for each row. Panels have
 * their own checksums, taken while they are still in the cache; those, and the rest, make the one of the header.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"
#include "kernels/generic/seen.h"

static const char magic[8] = {'l', 'o', 'w', 'p', 'g', 'e', 'm', 'm'};

_Static_assert(sizeof(lowpi_header) == 128 && sizeof(lowpi_record) == 16, "the layout of files");

/* Room for count items of a size, at the next multiple of 64. */
static bool add_part(size_t *total, size_t count, size_t size, size_t *offset) {
  *offset = *total;
  return lowpi_add_aligned(total, count, size);
}

static bool has_outer(const lowp_scheme_info *s) {
  return s->tensor_scale || (s->family == LOWP_FAMILY_SCALED && s->block_cols == 0);
}

lowp_status lowpi_blob_of(const lowp_scheme_info *rhs, size_t n, size_t k, lowpi_blob *blob) {
  lowpi_blob b = {0};
  lowp_planes planes;
  size_t rows, total = sizeof(lowpi_header);
  lowp_status status = lowp_scheme_planes(rhs->id, n, k, &planes);
  if (status != LOWP_OK) return status;
  if (!lowpi_mul(lowpi_ceil_div(k, LOWPK_STEP), LOWPK_STEP, &b.kp)) return LOWP_E_SHAPE;
  b.panels = lowpi_ceil_div(n, LOWPK_NR);
  b.step_scale_bytes = lowpk_step_scale_bytes(rhs);
  b.step_bytes = b.step_scale_bytes + lowpk_step_code_bytes(rhs);
  if (!lowpi_mul(b.panels, LOWPK_NR, &rows) || !lowpi_mul(b.kp / LOWPK_STEP, b.step_bytes, &b.panel_bytes) ||
      !add_part(&total, b.panels, b.panel_bytes, &b.data) ||
      !add_part(&total, b.panels, sizeof(lowpi_record), &b.records) ||
      (has_outer(rhs) && !add_part(&total, rows, sizeof(float), &b.outer)) ||
      (rhs->zero != LOWP_ZERO_NONE && !add_part(&total, rows, sizeof(int32_t), &b.zeros)) ||
      (rhs->element == LOWP_INT8 && !add_part(&total, rows, sizeof(int32_t), &b.sums)) || total > PTRDIFF_MAX)
    return LOWP_E_SHAPE;
  b.bytes = total;
  *blob = b;
  return LOWP_OK;
}

/*
 * Eight lanes of 64 bits. A step takes two words: each enters by a bijection, and what it enters is a bijection of the state, so
 * no change within one word is lost; one product, which is the cost, spreads both. The rotation brings the high bits of
 * a product back to where the next one spreads them. Constants: odd, with mixed bits. The steps: kernels/generic/seen.h.
 */
void lowpi_checksum_begin(lowpk_checksum *c) {
  *c = (lowpk_checksum){.odd = false};
  for (unsigned i = 0; i < 8; i++) c->lane[i] = (i + 1) * 0x9e3779b97f4a7c15u;
}
uint64_t lowpi_checksum_end(const lowpk_checksum *c, size_t bytes) {
  const uint64_t b = 0xbf58476d1ce4e5b9u;
  uint64_t all = bytes * b;
  for (size_t i = 0; i < 8; i++) {
    all = (all ^ c->lane[i]) * b;
    all ^= all >> 31;
  }
  return all;
}
uint64_t lowpi_blob_hash(const void *bytes, size_t count) {
  lowpk_checksum c;
  lowpi_checksum_begin(&c);
  lowpk_checksum_add(&c, bytes, count);
  return lowpi_checksum_end(&c, count);
}

void lowpi_header_init(lowpi_header *h, const lowp_gemm_plan *plan) {
  *h = (lowpi_header){.version = LOWPI_BLOB_VERSION,
                      .scheme = (uint32_t)plan->rhs->id,
                      .n = plan->n,
                      .k = plan->k,
                      .bytes = plan->blob.bytes};
  memcpy(h->magic, magic, sizeof magic);
}

/* Over the header with its last field as zero. */
static uint64_t header_checksum(const lowpi_header *h) {
  lowpi_header copy = *h;
  copy.header_checksum = 0;
  return lowpi_blob_hash(&copy, sizeof copy);
}

void lowpi_header_seal(lowpi_header *h) {
  h->sealed = 1;
  h->header_checksum = header_checksum(h);
}

lowp_status lowpi_header_check(const lowp_gemm_plan *plan, const void *packed, lowp_error *error) {
  lowpi_header h;
  if (!packed) return lowpi_fail(error, LOWP_E_ARGUMENT, "packed weights are missing");
  if ((uintptr_t)packed % 64) return lowpi_fail(error, LOWP_E_LAYOUT, "packed weights must lie at a multiple of 64");
  memcpy(&h, packed, sizeof h);
  if (memcmp(h.magic, magic, sizeof magic) != 0)
    return lowpi_fail(error, LOWP_E_LAYOUT, "these are not packed weights");
  if (h.version != LOWPI_BLOB_VERSION)
    return lowpi_fail(error, LOWP_E_LAYOUT, "packed weights of version %u", (unsigned)h.version);
  if (h.sealed != 1) return lowpi_fail(error, LOWP_E_LAYOUT, "packing was begun, but not ended");
  if (h.header_checksum != header_checksum(&h))
    return lowpi_fail(error, LOWP_E_LAYOUT, "the header of the packed weights is damaged");
  if (h.scheme != (uint32_t)plan->rhs->id || h.n != plan->n || h.k != plan->k || h.bytes != plan->blob.bytes) {
    const lowp_scheme_info *info = h.scheme < LOWP_SCHEME_COUNT ? lowp_scheme_info_of((lowp_scheme)h.scheme) : NULL;
    return lowpi_fail(error, LOWP_E_LAYOUT, "packed weights are %s %llu x %llu, the plan has %s %zu x %zu",
                      info ? info->name : "of an unknown scheme,", (unsigned long long)h.n, (unsigned long long)h.k,
                      plan->rhs->name, plan->n, plan->k);
  }
  return LOWP_OK;
}

uint64_t lowpi_blob_checksum(const lowpi_blob *blob, const uint8_t *packed) {
  return lowpi_blob_hash(packed + blob->records, blob->bytes - blob->records);
}

lowpk_rhs lowpi_blob_rhs(const lowp_gemm_plan *plan, const uint8_t *packed) {
  const lowpi_blob *b = &plan->blob;
  lowpi_header h;
  memcpy(&h, packed, sizeof h);
  return (lowpk_rhs){
      .scheme = plan->rhs,
      .n = plan->n,
      .k = plan->k,
      .kp = b->kp,
      .step_bytes = b->step_bytes,
      .step_scale_bytes = b->step_scale_bytes,
      .panel_bytes = b->panel_bytes,
      .data = packed + b->data,
      .zeros = b->zeros ? packed + b->zeros : NULL,
      .row_sum = b->sums ? (const int32_t *)(const void *)(packed + b->sums) : NULL,
      .irregular = h.irregular != 0,
  };
}

lowp_status lowp_gemm_pack_size(const lowp_gemm_plan *plan, size_t *bytes) {
  if (!plan || !bytes) return LOWP_E_ARGUMENT;
  *bytes = plan->blob.bytes;
  return LOWP_OK;
}

lowp_status lowp_gemm_verify(const lowp_gemm_plan *plan, const void *packed, size_t bytes, lowp_error *error) {
  if (!plan) return lowpi_fail(error, LOWP_E_ARGUMENT, "no plan");
  const lowpi_blob *b = &plan->blob;
  const uint8_t *p = packed;
  if (bytes < b->bytes)
    return lowpi_fail(error, LOWP_E_LAYOUT, "%zu bytes of packed weights, the plan's have %zu", bytes, b->bytes);
  lowp_status status = lowpi_header_check(plan, packed, error);
  if (status != LOWP_OK) return status;
  lowpi_header h;
  memcpy(&h, p, sizeof h);
  bool good = h.checksum == lowpi_blob_checksum(b, p);
  for (size_t panel = 0; panel < b->panels && good; panel++) {
    lowpi_record r;
    memcpy(&r, p + b->records + panel * sizeof r, sizeof r);
    good = r.packed == 1 && r.checksum == lowpi_blob_hash(p + b->data + panel * b->panel_bytes, b->panel_bytes);
  }
  return good ? LOWP_OK : lowpi_fail(error, LOWP_E_LAYOUT, "the packed weights are damaged");
}
