/* SPDX-License-Identifier: Apache-2.0 */
/* metadata.c: reads the "lowp.tensor." pairs of a file. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <string.h>

#include "io/layout_internal.h"

/* Copies the word at *text, which a space or the end closes, and moves *text behind the space. Empty if it is too long.
*/
static void word(const char **text, char *out, size_t room) {
  size_t n = strcspn(*text, " ");
  out[0] = '\0';
  if (n < room) {
    memcpy(out, *text, n);
    out[n] = '\0';
  }
  *text += n + ((*text)[n] == ' ');
}

/* "4096x14336"; false if it is anything else or does not fit. */
static bool sizes(const char *text, size_t *rank, size_t shape[LOWP_LAYOUT_MAX_RANK]) {
  for (*rank = 0; *rank < LOWP_LAYOUT_MAX_RANK; text++) {
    if (*text < '0' || *text > '9') return false;
    size_t n = 0;
    for (; *text >= '0' && *text <= '9'; text++)
      if (!lowpi_mul(n, 10, &n) || !lowpi_add(n, (size_t)(*text - '0'), &n)) return false;
    shape[(*rank)++] = n;
    if (*text != 'x') return *text == '\0';
  }
  return false;
}

lowp_status lowpi_metadata_parse(const char *key, const char *value, lowp_layout *layout, lowp_scheme *scheme,
                                 size_t *rank, size_t shape[LOWP_LAYOUT_MAX_RANK], const char **rules,
                                 lowp_error *error) {
  char layout_name[24], scheme_name[40], shape_name[24 * LOWP_LAYOUT_MAX_RANK];
  const char *rest = value;
  word(&rest, layout_name, sizeof layout_name);
  word(&rest, scheme_name, sizeof scheme_name);
  word(&rest, shape_name, sizeof shape_name);
  *layout = lowp_layout_from_name(layout_name);
  *scheme = lowp_scheme_from_name(scheme_name);
  *rules = *rest ? rest : NULL;
  if (!*layout || *layout == LOWP_LAYOUT_RAW || !*scheme || !sizes(shape_name, rank, shape))
    return lowpi_fail(error, LOWP_E_FORMAT, "metadata " LOWPI_NAME ": \"%.80s\" is no layout, scheme and shape", key,
                      value);
  return LOWP_OK;
}
