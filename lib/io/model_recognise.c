/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model_recognise.c: which file tensors are one quantized tensor. Metadata first; then every tensor that may be codes,
 * with the tensors whose names say that they belong to it; then what is left over, which is plain or an error.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/model_internal.h"

/* What a name of codes may end with beyond the logical name. The empty one fits all and is last. */
static const char *const code_suffixes[] = {"_packed", "_blocks", ".blocks", ""};
enum { CODE_SUFFIXES = sizeof code_suffixes / sizeof *code_suffixes };

/* What else may belong to a logical tensor. "_shape" and "_g_idx" are of packings that are not read. */
static const char *const aux_suffixes[] = {"_scale",  "_scale_inv", "_scale_2",      "_global_scale", "_zero_point",
                                           "_scales", ".scales",    "_tensor_scale", "_shape",        "_g_idx"};
enum { AUX_SUFFIXES = sizeof aux_suffixes / sizeof *aux_suffixes };

/* Ends of names that only other quantizers write. */
static const struct {
  const char *suffix, *maker;
} foreign[] = {{".qweight", "GPTQ or AWQ"}, {".absmax", "bitsandbytes"}, {"_weight_qdata", "torchao"}};
enum { FOREIGN = sizeof foreign / sizeof *foreign };

typedef struct recogniser {
  lowp_model *model;
  bool *claimed; /* per file tensor */
  char *name;    /* room for the longest name and a suffix */
} recogniser;

/* A tensor that may be codes, and its siblings. */
typedef struct group {
  const char *name; /* logical; valid until r->name is written again, copied when an entry is made */
  size_t length;
  const char *suffix; /* of the codes */
  size_t codes;
  size_t count, siblings[AUX_SUFFIXES];
} group;

static const lowp_file_tensor *tensor_at(const recogniser *r, size_t i) { return lowp_file_get(r->model->file, i); }

static bool ends(const char *name, size_t n, const char *suffix) {
  const size_t s = strlen(suffix);
  return n >= s && memcmp(name + n - s, suffix, s) == 0;
}

/* The file tensor called name[0..n) + suffix, or SIZE_MAX. Names from metadata may be longer than any of those. */
static size_t find(recogniser *r, const char *name, size_t n, const char *suffix) {
  if (n > r->model->longest) return SIZE_MAX;
  memmove(r->name, name, n);
  strcpy(r->name + n, suffix);
  return lowp_file_find(r->model->file, r->name);
}

/* --- entries --- */

static lowp_status no_memory(lowp_error *error) {
  return lowpi_fail(error, LOWP_E_NOMEM, "not enough memory for the model");
}

static lowpi_entry *new_entry(recogniser *r, const char *name, size_t n, lowp_error *error) {
  lowpi_entry *e = &r->model->entries[r->model->count];
  e->tensor.name = lowpi_arena_copy(&r->model->arena, name, n);
  if (e->tensor.name)
    r->model->count++;
  else
    (void)no_memory(error);
  return e->tensor.name ? e : NULL;
}

static void claim(recogniser *r, lowp_model_tensor *t, lowp_part_role role, size_t index) {
  r->claimed[index] = true;
  if (t->count == LOWP_PARTS_MAX) return;
  t->parts[t->count++] = (lowp_model_part){role, index};
  t->nbytes += tensor_at(r, index)->nbytes;
}

/* Sets shape, rows and cols; the shape is borrowed. */
static void set_shape(lowp_model_tensor *t, size_t rank, const size_t *shape) {
  t->rank = rank;
  t->shape = shape;
  t->rows = t->cols = 1;
  if (rank) t->cols = shape[rank - 1];
  /* The header was checked, so a product overflows only if some other dimension is 0; then there are no elements. */
  for (size_t i = 0; i + 1 < rank; i++)
    if (!lowpi_mul(t->rows, shape[i], &t->rows)) t->rows = 0;
}

static void finish(lowp_model_tensor *t) {
  const double n = (double)t->rows * (double)t->cols;
  t->bits_per_weight = n > 0 ? 8.0 * (double)t->nbytes / n : 0.0;
}

static lowp_status plain(recogniser *r, size_t index, lowp_error *error) {
  const lowp_file_tensor *f = tensor_at(r, index);
  lowpi_entry *e = new_entry(r, f->name, strlen(f->name), error);
  if (!e) return LOWP_E_NOMEM;
  e->tensor.dtype = f->dtype;
  set_shape(&e->tensor, f->rank, f->shape);
  claim(r, &e->tensor, LOWP_PART_CODES, index);
  finish(&e->tensor);
  return LOWP_OK;
}

/* Fails, or with keep_problems lists the group with the text as its problem. */
static lowp_status LOWP_PRINTF(5, 6)
    problem(recogniser *r, const group *g, lowp_status status, lowp_error *error, const char *format, ...) {
  char text[400];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  const int n = g->length < 120 ? (int)g->length : 120;
  if (!r->model->keep_problems) return lowpi_fail(error, status, "%.*s: %s", n, g->name, text);
  lowpi_entry *e = new_entry(r, g->name, g->length, error);
  if (!e) return LOWP_E_NOMEM;
  e->tensor.problem = lowpi_arena_copy(&r->model->arena, text, strlen(text));
  if (!e->tensor.problem) return no_memory(error);
  if (g->codes != SIZE_MAX && !r->claimed[g->codes]) {
    const lowp_file_tensor *f = tensor_at(r, g->codes);
    e->tensor.dtype = f->dtype;
    set_shape(&e->tensor, f->rank, f->shape);
    claim(r, &e->tensor, LOWP_PART_CODES, g->codes);
  }
  for (size_t i = 0; i < g->count; i++)
    if (!r->claimed[g->siblings[i]]) claim(r, &e->tensor, LOWP_PART_SCALES, g->siblings[i]);
  finish(&e->tensor);
  return LOWP_OK;
}

/* --- parts --- */

/* [N] for [N, 1], and a scalar for [1]. */
static bool same_shape(const lowpi_part *part, const lowp_file_tensor *t) {
  size_t rank = part->rank;
  if (part->role != LOWP_PART_CODES && t->rank + 1 == rank && part->shape[rank - 1] == 1) rank--;
  return t->rank == rank && memcmp(t->shape, part->shape, rank * sizeof *t->shape) == 0;
}

bool lowpi_part_matches(const lowpi_draft *draft, size_t index, const lowp_file_tensor *t) {
  const lowpi_part *part = &draft->parts[index];
  bool dtype = t->dtype == part->dtype;
  if (part->role == LOWP_PART_SCALES) {
    if (draft->scheme->scale == LOWP_F32) dtype |= t->dtype == LOWP_DTYPE_BF16 || t->dtype == LOWP_DTYPE_F16;
    if (draft->scheme->scale == LOWP_E8M0) dtype |= t->dtype == LOWP_DTYPE_F8_E8M0;
  }
  return dtype && same_shape(part, t);
}

static lowp_status quantized(recogniser *r, const lowpi_draft *draft, const size_t *indices, const char *rules,
                             lowp_error *error) {
  lowpi_entry *e = new_entry(r, draft->name, strlen(draft->name), error);
  size_t *shape = e ? lowpi_arena_alloc(&r->model->arena, draft->rank, sizeof *shape) : NULL;
  if (!shape) return no_memory(error);
  memcpy(shape, draft->shape, draft->rank * sizeof *shape);
  lowp_model_tensor *t = &e->tensor;
  t->scheme = draft->scheme->id;
  t->layout = draft->layout;
  t->dtype = draft->parts[0].dtype;
  t->rules = rules;
  set_shape(t, draft->rank, shape);
  for (size_t i = 0; i < draft->count; i++) claim(r, t, draft->parts[i].role, indices[i]);
  finish(t);
  return LOWP_OK;
}

/* --- by metadata --- */

static void find_siblings(recogniser *r, group *g) {
  for (int i = 0; i < AUX_SUFFIXES; i++) {
    const size_t at = find(r, g->name, g->length, aux_suffixes[i]);
    if (at != SIZE_MAX && !r->claimed[at]) g->siblings[g->count++] = at;
  }
}

/* Everything that may belong to a name, so that what is wrong with it is said once. */
static void gather(recogniser *r, group *g) {
  for (int i = CODE_SUFFIXES; i-- > 0 && g->codes == SIZE_MAX;) {
    const size_t at = find(r, g->name, g->length, code_suffixes[i]);
    if (at != SIZE_MAX && !r->claimed[at]) g->codes = at;
  }
  find_siblings(r, g);
}

static lowp_status by_pair(recogniser *r, const lowp_file_pair *pair, lowp_error *error) {
  const char *name = pair->key + sizeof LOWP_TENSOR_KEY - 1, *rules;
  group g = {.name = name, .length = strlen(name), .codes = SIZE_MAX};
  gather(r, &g);
  lowp_layout layout;
  lowp_scheme scheme;
  size_t rank, shape[LOWP_LAYOUT_MAX_RANK], indices[LOWP_PARTS_MAX];
  lowp_error why = {LOWP_OK, ""};
  lowpi_draft draft;
  lowp_status status = lowpi_metadata_parse(pair->key, pair->value, &layout, &scheme, &rank, shape, &rules, &why);
  if (!status) status = lowpi_draft_make(layout, scheme, name, rank, shape, &draft, &why);
  if (status) return problem(r, &g, LOWP_E_FORMAT, error, "%.300s", why.text);
  for (size_t i = 0; i < draft.count; i++) {
    const lowpi_part *part = &draft.parts[i];
    const size_t at = indices[i] = find(r, name, g.length, part->suffix);
    if (at == SIZE_MAX)
      return problem(r, &g, LOWP_E_FORMAT, error,
                     "the metadata says \"%.60s\", but there is no tensor " LOWPI_NAME "%s", pair->value, name,
                     part->suffix);
    const lowp_file_tensor *t = tensor_at(r, at);
    char have[LOWPI_SHAPE_TEXT], want[LOWPI_SHAPE_TEXT];
    if (r->claimed[at]) return problem(r, &g, LOWP_E_FORMAT, error, LOWPI_NAME " belongs to two tensors", t->name);
    if (!lowpi_part_matches(&draft, i, t))
      return problem(r, &g, LOWP_E_FORMAT, error,
                     "the metadata says \"%.60s\", but " LOWPI_NAME " is %s %s instead of %s %s", pair->value, t->name,
                     t->dtype_name, lowpi_shape_text(t->rank, t->shape, have), lowp_dtype_name(part->dtype),
                     lowpi_shape_text(part->rank, part->shape, want));
  }
  return quantized(r, &draft, indices, rules, error);
}

static lowp_status by_metadata(recogniser *r, lowp_error *error) {
  const lowp_file *file = r->model->file;
  const char *version = lowp_file_metadata_find(file, LOWP_FORMAT_KEY);
  if (version && strcmp(version, LOWP_FORMAT_VERSION) != 0)
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, "metadata " LOWP_FORMAT_KEY " is \"%.40s\"; this version reads \"%s\"",
                      version, LOWP_FORMAT_VERSION);
  lowp_status status = LOWP_OK;
  for (size_t i = 0; !status && i < lowp_file_metadata_count(file); i++) {
    const lowp_file_pair *pair = lowp_file_metadata_get(file, i);
    if (strncmp(pair->key, LOWP_TENSOR_KEY, sizeof LOWP_TENSOR_KEY - 1) != 0) continue;
    status = version ? by_pair(r, pair, error)
                     : lowpi_fail(error, LOWP_E_FORMAT, "metadata " LOWPI_NAME " without " LOWP_FORMAT_KEY, pair->key);
  }
  return status;
}

/* --- by name, dtype and shape --- */

static bool is_weight(const group *g) { return ends(g->name, g->length, "weight"); }

/* Fills *draft and *indices if the group is exactly what the layout writes for the scheme. */
static bool fits(recogniser *r, const group *g, const char *name, lowp_layout layout, lowp_scheme scheme,
                 lowpi_draft *draft, size_t *indices) {
  const lowpi_layout *l = lowpi_layout_of(layout);
  const lowp_file_tensor *codes = tensor_at(r, g->codes);
  const unsigned bits = lowp_element_row_of(lowp_scheme_info_of(scheme)->element).bits;
  if (!l->by_pattern || !l->supports(scheme) || codes->rank < l->row_dims) return false;
  const size_t lead = codes->rank - l->row_dims;
  size_t shape[LOWP_LAYOUT_MAX_RANK], row_bytes;
  if (lead >= LOWP_LAYOUT_MAX_RANK || lowp_dtype_bytes(codes->dtype, l->row_dims, codes->shape + lead, &row_bytes) ||
      !lowpi_mul(row_bytes, 8, &row_bytes) || row_bytes % bits)
    return false;
  memcpy(shape, codes->shape, lead * sizeof *shape);
  shape[lead] = row_bytes / bits;
  if (lowpi_draft_make(layout, scheme, name, lead + 1, shape, draft, NULL)) return false;
  if (strcmp(draft->parts[0].suffix, g->suffix) != 0 || draft->count != g->count + 1) return false;
  indices[0] = g->codes;
  for (size_t i = 0; i < draft->count; i++) {
    if (i) indices[i] = find(r, name, g->length, draft->parts[i].suffix);
    if (indices[i] == SIZE_MAX || r->claimed[indices[i]]) return false;
    if (!lowpi_part_matches(draft, i, tensor_at(r, indices[i]))) return false;
  }
  return true;
}

/* "X.weight_packed U8 [2, 8], X.weight_scale F32 [3]" without the common X. */
static void group_text(const recogniser *r, const group *g, char *text, size_t room) {
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i <= g->count && used < room; i++) {
    const lowp_file_tensor *t = tensor_at(r, i ? g->siblings[i - 1] : g->codes);
    char shape[LOWPI_SHAPE_TEXT];
    used += (size_t)snprintf(text + used, room - used, "%s%s %s %s", i ? ", " : "",
                             strlen(t->name) > g->length ? t->name + g->length : "codes", t->dtype_name,
                             lowpi_shape_text(t->rank, t->shape, shape));
  }
}

static lowp_status match(recogniser *r, const group *g, lowp_error *error) {
  const lowpi_config *config = &r->model->config;
  char *name = lowpi_arena_copy(&r->model->arena, g->name, g->length);
  if (!name) return no_memory(error);
  lowpi_draft draft, best;
  size_t indices[LOWP_PARTS_MAX], best_indices[LOWP_PARTS_MAX];
  bool found = false;
  for (int layout = LOWP_LAYOUT_NONE + 1; layout < LOWP_LAYOUT_COUNT; layout++) {
    for (int scheme = LOWP_SCHEME_NONE + 1; scheme < LOWP_SCHEME_COUNT; scheme++) {
      if (!fits(r, g, name, (lowp_layout)layout, (lowp_scheme)scheme, &draft, indices)) continue;
      if (found && !(config->named[scheme] && !config->named[best.scheme->id])) continue;
      best = draft;
      memcpy(best_indices, indices, sizeof indices);
      found = true;
    }
  }
  if (found) return quantized(r, &best, best_indices, NULL, error);
  char text[280];
  group_text(r, g, text, sizeof text);
  if (tensor_at(r, g->codes)->dtype == LOWP_DTYPE_I32)
    return problem(r, g, LOWP_E_UNSUPPORTED, error, "%s: integers packed into 32-bit words are not read", text);
  if (g->count == 0) return problem(r, g, LOWP_E_FORMAT, error, "%s without its scale", text);
  return problem(r, g, LOWP_E_FORMAT, error, "%s: these dtypes and shapes fit no known layout", text);
}

static bool quantized_type(const lowp_file_tensor *t) { return t->bits <= 8 && t->dtype != LOWP_DTYPE_BOOL; }

/* Does the tensor look like codes of a group? */
static bool suspicious(const recogniser *r, const group *g) {
  const lowp_file_tensor *t = tensor_at(r, g->codes);
  if (strcmp(g->suffix, "_packed") == 0) return is_weight(g) || g->count;
  if (*g->suffix) return g->count || (t->dtype == LOWP_DTYPE_U8 && t->rank >= 2 && t->shape[t->rank - 1] == 16);
  return g->count && (quantized_type(t) || is_weight(g));
}

static lowp_status by_pattern(recogniser *r, size_t index, lowp_error *error) {
  const lowp_file_tensor *t = tensor_at(r, index);
  const size_t n = strlen(t->name);
  const lowpi_config *config = &r->model->config;
  group g = {.name = t->name, .codes = index};
  for (int i = 0; i < CODE_SUFFIXES; i++) {
    g.suffix = code_suffixes[i];
    if (!ends(t->name, n, g.suffix)) continue;
    g.length = n - strlen(g.suffix);
    g.count = 0;
    find_siblings(r, &g);
    if (suspicious(r, &g)) return match(r, &g, error);
  }
  /* g is now the tensor itself, without siblings. */
  for (int i = 0; i < FOREIGN; i++)
    if (ends(t->name, n, foreign[i].suffix))
      return problem(r, &g, LOWP_E_UNSUPPORTED, error, "a packing of %s, which is not read", foreign[i].maker);
  if (!is_weight(&g) || t->rank < 2 || !quantized_type(t)) return LOWP_OK;
  const size_t module_scale = ends(t->name, n, ".weight") ? find(r, t->name, n - strlen("weight"), "scale") : SIZE_MAX;
  if (module_scale != SIZE_MAX && tensor_at(r, module_scale)->dtype == LOWP_DTYPE_F8_E8M0) {
    g.siblings[g.count++] = module_scale;
    return problem(r, &g, LOWP_E_UNSUPPORTED, error, "weight and scale as in DeepSeek V4, which is not read");
  }
  if (config->quantized && config->understood)
    return problem(r, &g, LOWP_E_FORMAT, error, "%s without a scale in a model that config.json says is quantized (%s)",
                   t->dtype_name, config->method);
  return LOWP_OK;
}

/* What no group took is plain, unless its name says that it is part of one. */
static lowp_status left_over(recogniser *r, size_t index, lowp_error *error) {
  const lowp_file_tensor *t = tensor_at(r, index);
  group g = {.name = t->name, .length = strlen(t->name), .suffix = "", .codes = index};
  for (int i = 0; i < AUX_SUFFIXES; i++) {
    const char *suffix = aux_suffixes[i];
    if (!ends(t->name, g.length, suffix)) continue;
    const group owner = {.name = t->name, .length = g.length - strlen(suffix)};
    const bool scales = suffix[strlen(suffix) - 1] == 's' && quantized_type(t) && t->rank >= 2;
    if (is_weight(&owner) || scales)
      return problem(r, &g, LOWP_E_FORMAT, error, "%s without the quantized tensor that it belongs to", t->dtype_name);
  }
  return plain(r, index, error);
}

static lowp_status check_method(const lowp_model *model, lowp_error *error) {
  if (!model->config.quantized || model->config.understood || model->keep_problems) return LOWP_OK;
  return lowpi_fail(
      error, LOWP_E_UNSUPPORTED,
      "config.json: quant_method \"%s\" is not read; known are compressed-tensors, mxfp4, modelopt and fp8",
      model->config.method);
}

static lowp_status run(recogniser *r, lowp_error *error) {
  const size_t n = lowp_file_count(r->model->file);
  lowp_status status = check_method(r->model, error);
  if (!status) status = by_metadata(r, error);
  for (size_t i = 0; !status && i < n; i++)
    if (!r->claimed[i]) status = by_pattern(r, i, error);
  for (size_t i = 0; !status && i < n; i++)
    if (!r->claimed[i]) status = left_over(r, i, error);
  return status;
}

lowp_status lowpi_model_recognise(lowp_model *model, lowp_error *error) {
  const size_t n = lowp_file_count(model->file), pairs = lowp_file_metadata_count(model->file);
  for (size_t i = 0; i < n; i++) {
    const size_t length = strlen(lowp_file_get(model->file, i)->name);
    if (length > model->longest) model->longest = length;
  }
  recogniser r = {.model = model, .claimed = calloc(n + 1, sizeof *r.claimed), .name = calloc(model->longest + 32, 1)};
  model->entries = calloc(n + pairs + 1, sizeof *model->entries);
  lowp_status status = r.claimed && r.name && model->entries ? run(&r, error) : no_memory(error);
  free(r.claimed);
  free(r.name);
  return status;
}
