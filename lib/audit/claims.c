/* SPDX-License-Identifier: Apache-2.0 */
/* claims.c: sets of claims from files. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "audit/read.h"
#include "io/json.h"

struct lowp_claims {
  lowpi_arena arena;
  size_t count, room;
  const lowp_claim **claims;
};

lowp_status lowp_claims_create(lowp_claims **out) {
  if (!out) return LOWP_E_ARGUMENT;
  lowp_claims *set = calloc(1, sizeof *set);
  if (!set) return LOWP_E_NOMEM;
  *out = set;
  return LOWP_OK;
}

void lowp_claims_destroy(lowp_claims *set) {
  if (!set) return;
  lowpi_arena_free(&set->arena);
  free(set->claims);
  free(set);
}

size_t lowp_claims_count(const lowp_claims *set) { return set ? set->count : 0; }
const lowp_claim *lowp_claims_get(const lowp_claims *set, size_t i) {
  return set && i < set->count ? set->claims[i] : NULL;
}

const lowp_claim *lowp_claims_find(const lowp_claims *set, const char *id) {
  for (size_t i = 0; set && id && i < set->count; i++)
    if (strcmp(set->claims[i]->id, id) == 0) return set->claims[i];
  return NULL;
}

static bool read_all(lowpi_reader *r, lowp_claims *set, json_t *root) {
  const lowpi_place top = {NULL, NULL, 0}, claims = {&top, "claims", 0};
  lowpi_head head = {0};
  json_t *list;
  size_t n, bytes;
  if (!lowpi_read_keys(r, &top, root, lowpi_claims_keys, NULL, &head) ||
      !lowpi_read_list(r, &top, root, lowpi_claims_keys, "claims", &list, &n))
    return false;
  lowp_article *article = lowpi_arena_alloc(r->arena, 1, sizeof *article);
  if (!article) return lowpi_out_of_memory(r);
  *article = head.article;
  if (!lowpi_add(set->count, n, &set->room) || !lowpi_mul(set->room, sizeof *set->claims, &bytes))
    return lowpi_out_of_memory(r);
  const lowp_claim **grown = realloc(set->claims, bytes ? bytes : 1);
  if (!grown) return lowpi_out_of_memory(r);
  set->claims = grown;
  for (size_t i = 0; i < n; i++) {
    const lowpi_place at = {&claims, NULL, i};
    lowp_claim *claim = lowpi_arena_alloc(r->arena, 1, sizeof *claim);
    if (!claim) return lowpi_out_of_memory(r);
    if (!lowpi_read_claim(r, &at, json_array_get(list, i), article, claim)) return false;
    if (lowp_claims_find(set, claim->id)) return lowpi_refuse(r, &at, "there is already a claim '%.120s'", claim->id);
    set->claims[set->count++] = claim;
  }
  return true;
}

static lowp_status add(lowp_claims *set, const char *path, json_t *root, lowp_error *error) {
  lowpi_reader r = {path, &set->arena, NULL, error, LOWP_OK};
  const size_t count = set->count;
  if (!read_all(&r, set, root)) set->count = count;
  json_decref(root);
  return r.status;
}

lowp_status lowp_claims_load(lowp_claims *set, const char *path, lowp_error *error) {
  json_t *root = NULL;
  if (!set || !path) return lowpi_fail(error, LOWP_E_ARGUMENT, "no set or no path given");
  lowp_status status = lowpi_json_load(path, "file of claims", LOWPI_AUDIT_FILE, &root, error);
  return status ? status : add(set, path, root, error);
}

lowp_status lowp_claims_parse(lowp_claims *set, const char *name, const void *bytes, size_t n, lowp_error *error) {
  json_t *root = NULL;
  if (!set || !name || (n && !bytes)) return lowpi_fail(error, LOWP_E_ARGUMENT, "no set, name or text given");
  if (n > LOWPI_AUDIT_FILE) return lowpi_fail(error, LOWP_E_FORMAT, "%s: %zu bytes are too many", lowpi_shown(name), n);
  lowp_status status = lowpi_json_parse(name, "text", bytes, n, &root, error);
  return status ? status : add(set, name, root, error);
}
