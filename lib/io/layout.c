/* SPDX-License-Identifier: Apache-2.0 */
/* layout.c: the table of layouts, and the plan of one tensor. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/layout_internal.h"

static const lowp_layout_info infos[LOWP_LAYOUT_COUNT] = {
    {sizeof(lowp_layout_info), LOWP_LAYOUT_NONE, "none", "a plain tensor", 0},
#define LOWP_LAYOUT(ID, name, writes, text) {sizeof(lowp_layout_info), LOWP_LAYOUT_##ID, #name, text, writes},
#include <lowp/layout.def>
#undef LOWP_LAYOUT
};

static const lowpi_layout *const layouts[LOWP_LAYOUT_COUNT] = {
    NULL,
#define LOWP_LAYOUT(ID, name, writes, text) &lowpi_layout_##name,
#include <lowp/layout.def>
#undef LOWP_LAYOUT
};

const lowpi_layout *lowpi_layout_of(lowp_layout id) {
  return id > LOWP_LAYOUT_NONE && id < LOWP_LAYOUT_COUNT ? layouts[id] : NULL;
}

const lowp_layout_info *lowp_layout_info_of(lowp_layout id) { return lowpi_layout_of(id) ? &infos[id] : NULL; }

lowp_layout lowp_layout_from_name(const char *name) {
  for (int id = LOWP_LAYOUT_NONE + 1; name && id < LOWP_LAYOUT_COUNT; id++)
    if (strcasecmp(name, infos[id].name) == 0) return (lowp_layout)id;
  return LOWP_LAYOUT_NONE;
}

static bool drafts(lowp_layout id, const lowp_scheme_info *scheme) {
  const lowpi_layout *layout = lowpi_layout_of(id);
  return layout && scheme && (scheme->family == LOWP_FAMILY_CAST || layout->supports(scheme->id));
}

int lowp_layout_supports(lowp_layout layout, lowp_scheme scheme) {
  return drafts(layout, lowp_scheme_info_of(scheme)) && infos[layout].writes;
}

lowp_status lowpi_draft_make(lowp_layout layout, lowp_scheme scheme, const char *name, size_t rank, const size_t *shape,
                             lowpi_draft *draft, lowp_error *error) {
  const lowpi_layout *l = lowpi_layout_of(layout);
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  if (!l || !info || !name || (rank && !shape))
    return lowpi_fail(error, LOWP_E_ARGUMENT, LOWPI_NAME ": %s", name ? name : "?",
                      !l      ? "unknown layout"
                      : !info ? "unknown scheme"
                              : "no name or shape given");
  if (!drafts(layout, info))
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, LOWPI_NAME ": layout %s has no form for %s; use --layout lowp", name,
                      infos[layout].name, info->name);
  if (rank == 0 || rank > LOWP_LAYOUT_MAX_RANK)
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, LOWPI_NAME ": rank %zu cannot be quantized, only 1 to %d", name, rank,
                      LOWP_LAYOUT_MAX_RANK);
  *draft = (lowpi_draft){.layout = layout, .scheme = info, .name = name, .rank = rank, .rows = 1};
  memcpy(draft->shape, shape, rank * sizeof *shape);
  draft->cols = shape[rank - 1];
  bool fits = true;
  for (size_t i = 0; i + 1 < rank; i++) fits = fits && lowpi_mul(draft->rows, shape[i], &draft->rows);
  if (!fits || lowp_scheme_planes(scheme, draft->rows, draft->cols, &draft->planes)) {
    char text[LOWPI_SHAPE_TEXT];
    return lowpi_fail(error, LOWP_E_SHAPE, LOWPI_NAME ": the size of %s overflows", name,
                      lowpi_shape_text(rank, shape, text));
  }
  if (info->family == LOWP_FAMILY_CAST)
    return lowpi_draft_codes(draft, l->plain_suffix, lowp_dtype_of_element(info->element), draft->cols, error);
  return l->draft(draft, error);
}

/* --- plans --- */

typedef struct plan {
  lowp_layout_plan pub; /* first: the public pointer is this one */
  lowpi_draft draft;
  lowp_part parts[LOWP_PARTS_MAX];
  char text[];
} plan;

/* "4096x14336" into text, or nothing into NULL; returns the length. */
static size_t shape_text(size_t rank, const size_t *shape, char *text, size_t room) {
  size_t used = 0;
  for (size_t i = 0; i < rank; i++) {
    int n = snprintf(text ? text + used : NULL, text ? room - used : 0, "%s%zu", i ? "x" : "", shape[i]);
    used += (size_t)n;
  }
  return used;
}

/* Copies a piece of text to *end and advances it. */
static void put(char **end, const char *text, size_t n) {
  memcpy(*end, text, n);
  *end += n;
}

lowp_status lowp_layout_plan_create(lowp_layout layout, lowp_scheme scheme, const char *name, size_t rank,
                                    const size_t *shape, const char *rules, lowp_layout_plan **out, lowp_error *error) {
  if (!out) return lowpi_fail(error, LOWP_E_ARGUMENT, "no place for the plan given");
  if (name && lowpi_layout_of(layout) && !infos[layout].writes)
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, LOWPI_NAME ": layout %s is read, not written", name,
                      infos[layout].name);
  lowpi_draft draft;
  lowp_status status = lowpi_draft_make(layout, scheme, name, rank, shape, &draft, error);
  if (status) return status;
  if (rules && rules[strcspn(rules, "\r\n")])
    return lowpi_fail(error, LOWP_E_ARGUMENT, LOWPI_NAME ": the rules have more than one line", name);

  const char *scheme_name = draft.scheme->name, *layout_name = infos[layout].name;
  size_t name_length = strlen(name), rules_length = rules ? strlen(rules) : 0;
  size_t shape_length = shape_text(rank, shape, NULL, 0);
  /* The name, each part's, the key, and the value with its three spaces. */
  size_t total = sizeof(plan) + name_length + 1 + sizeof LOWP_TENSOR_KEY + name_length + strlen(layout_name) +
                 strlen(scheme_name) + shape_length + rules_length + 4;
  for (size_t i = 0; i < draft.count; i++) total += name_length + strlen(draft.parts[i].suffix) + 1;
  plan *p = calloc(1, total);
  if (!p) return lowpi_fail(error, LOWP_E_NOMEM, LOWPI_NAME ": not enough memory", name);

  char *end = p->text;
  const char *own_name = end;
  put(&end, name, name_length + 1);
  draft.name = own_name;
  p->draft = draft;
  p->pub = (lowp_layout_plan){.struct_size = sizeof p->pub,
                              .layout = layout,
                              .scheme = scheme,
                              .name = own_name,
                              .rank = rank,
                              .shape = p->draft.shape,
                              .rows = draft.rows,
                              .cols = draft.cols,
                              .count = draft.count,
                              .parts = p->parts};
  for (size_t i = 0; i < draft.count; i++) {
    const lowpi_part *from = &p->draft.parts[i];
    p->parts[i] = (lowp_part){.role = from->role,
                              .name = end,
                              .dtype = from->dtype,
                              .rank = from->rank,
                              .shape = from->shape,
                              .rows = from->rows,
                              .row_bytes = from->row_bytes,
                              .nbytes = from->rows * from->row_bytes};
    put(&end, name, name_length);
    put(&end, from->suffix, strlen(from->suffix) + 1);
    p->pub.nbytes += p->parts[i].nbytes;
  }
  if (draft.scheme->family != LOWP_FAMILY_CAST) {
    p->pub.metadata_key = end;
    put(&end, LOWP_TENSOR_KEY, sizeof LOWP_TENSOR_KEY - 1);
    put(&end, name, name_length + 1);
    p->pub.metadata_value = end;
    put(&end, layout_name, strlen(layout_name));
    put(&end, " ", 1);
    put(&end, scheme_name, strlen(scheme_name));
    put(&end, " ", 1);
    end += shape_text(rank, shape, end, shape_length + 1);
    if (rules_length) put(&end, " ", 1);
    if (rules_length) put(&end, rules, rules_length);
  }
  *out = &p->pub;
  return LOWP_OK;
}

void lowp_layout_plan_destroy(lowp_layout_plan *pub) { free(pub); }

/* --- the planes of a plan --- */

static lowp_status check(const lowp_layout_plan *pub, const lowp_qtensor *q, lowp_error *error) {
  if (!pub || !q) return lowpi_fail(error, LOWP_E_ARGUMENT, "no plan or no tensor given");
  if (q->scheme != pub->scheme || q->rows != pub->rows || q->cols != pub->cols)
    return lowpi_fail(error, LOWP_E_SHAPE, LOWPI_NAME ": planned as %s [%zu, %zu], given %s [%zu, %zu]", pub->name,
                      lowp_scheme_info_of(pub->scheme)->name, pub->rows, pub->cols,
                      lowp_scheme_info_of(q->scheme) ? lowp_scheme_info_of(q->scheme)->name : "?", q->rows, q->cols);
  return LOWP_OK;
}

lowp_status lowp_layout_export(const lowp_layout_plan *pub, size_t part, const lowp_qtensor *q, size_t row0,
                               size_t row1, void *dst, lowp_error *error) {
  lowp_status status = check(pub, q, error);
  if (status) return status;
  if (part >= pub->count || row0 > row1 || row1 > pub->parts[part].rows)
    return lowpi_fail(error, LOWP_E_RANGE, LOWPI_NAME ": no rows %zu to %zu in part %zu", pub->name, row0, row1, part);
  size_t nbytes = (row1 - row0) * pub->parts[part].row_bytes;
  if (!dst && nbytes) return lowpi_fail(error, LOWP_E_ARGUMENT, LOWPI_NAME ": no buffer given", pub->name);
  return nbytes ? lowpi_part_export(&((const plan *)(const void *)pub)->draft, part, q, row0, row1, dst, error)
                : LOWP_OK;
}

lowp_status lowp_layout_import(const lowp_layout_plan *pub, const void *const *bytes, lowp_qtensor *q,
                               lowp_error *error) {
  lowp_status status = check(pub, q, error);
  if (status) return status;
  for (size_t i = 0; i < pub->count; i++)
    if (!bytes || (!bytes[i] && pub->parts[i].nbytes))
      return lowpi_fail(error, LOWP_E_ARGUMENT, LOWPI_NAME ": no bytes given", pub->parts[i].name);
  for (size_t i = 0; !status && i < pub->count; i++)
    status = lowpi_part_import(&((const plan *)(const void *)pub)->draft, i, bytes[i], q, error);
  return status;
}
