/* SPDX-License-Identifier: Apache-2.0 */
/* raw.c: a headerless array, described by the caller alone; so the size of the file is the only check there is. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/io_internal.h"

/* What would fit instead: another number of rows, or another width of the elements. */
static void suggest(const lowp_file_tensor *t, size_t have, char *text, size_t room) {
  size_t row = 1;
  text[0] = '\0';
  for (size_t i = 1; i < t->rank; i++) row *= t->shape[i]; /* divides t->count, which did not overflow; or is 0 */
  size_t row_bits = row * t->bits;
  if (t->rank > 1 && row_bits && row_bits % 8 == 0 && have % (row_bits / 8) == 0)
    snprintf(text, room, "; %zu in place of %zu as the first dimension would fit", have / (row_bits / 8), t->shape[0]);
  else if (t->count && have && have % t->count == 0 && have / t->count <= 8)
    snprintf(text, room, "; elements of %zu bits would fit", have / t->count * 8);
}

static lowp_status check_size(const char *path, size_t size, uint64_t offset, const lowp_file_tensor *t,
                              lowp_error *error) {
  char shape[LOWPI_SHAPE_TEXT], hint[100];
  size_t have = size - (size_t)offset;
  if (have == t->nbytes) return LOWP_OK;
  suggest(t, have, hint, sizeof hint);
  return lowpi_fail(error, LOWP_E_SHAPE, "%s: %s %s takes %zu bytes, but the file holds %zu%s%s", lowpi_shown(path),
                    t->dtype_name, lowpi_shape_text(t->rank, t->shape, shape), t->nbytes, have,
                    offset ? " after the offset" : "", hint);
}

/* No shape: all there is, as one row. */
static lowp_status assume_row(const char *path, size_t have, lowpi_arena *arena, lowp_file_tensor *t, const char **note,
                              lowp_error *error) {
  size_t *shape = lowpi_arena_alloc(arena, 2, sizeof *shape), bits;
  char *text = lowpi_arena_alloc(arena, 80, 1);
  if (!shape || !text) return lowpi_no_memory(path, error);
  if (!lowpi_mul(have, 8, &bits) || bits % t->bits != 0)
    return lowpi_fail(error, LOWP_E_SHAPE,
                      "%s: %zu bytes are not a whole number of %s; give the dtype, shape or offset", lowpi_shown(path),
                      have, t->dtype_name);
  shape[0] = 1;
  shape[1] = bits / t->bits;
  t->rank = 2;
  t->shape = shape;
  snprintf(text, 80, "no shape given: taken as one row of %zu %s", shape[1], t->dtype_name);
  *note = text;
  return LOWP_OK;
}

static lowp_status copy_shape(const char *path, const lowp_open_options *options, lowpi_arena *arena,
                              lowp_file_tensor *t, lowp_error *error) {
  size_t *shape = lowpi_arena_alloc(arena, options->rank, sizeof *shape);
  if (!shape) return lowpi_no_memory(path, error);
  if (options->rank) memcpy(shape, options->shape, options->rank * sizeof *shape);
  t->rank = options->rank;
  t->shape = shape;
  return LOWP_OK;
}

lowp_status lowpi_raw_parse(const char *path, const uint8_t *bytes, size_t size, const lowp_open_options *options,
                            const char *name, lowpi_arena *arena, lowp_file_tensor *t, const char **note,
                            lowp_error *error) {
  memset(t, 0, sizeof *t);
  *note = NULL;
  t->name = name;
  t->dtype = options->dtype ? options->dtype : LOWP_DTYPE_F32;
  t->dtype_name = lowp_dtype_name(t->dtype);
  t->element = lowp_dtype_element(t->dtype);
  t->bits = lowp_dtype_bits(t->dtype);
  if (options->offset > size)
    return lowpi_fail(error, LOWP_E_SHAPE, "%s: the offset %" PRIu64 " lies beyond the end of the file (%zu bytes)",
                      lowpi_shown(path), options->offset, size);
  size_t have = size - (size_t)options->offset;
  lowp_status status =
      options->shape ? copy_shape(path, options, arena, t, error) : assume_row(path, have, arena, t, note, error);
  if (status) return status;
  char text[LOWPI_SHAPE_TEXT];
  if (lowp_dtype_bytes(t->dtype, t->rank, t->shape, &t->nbytes))
    return lowpi_fail(error, LOWP_E_SHAPE, "%s: %s %s is too large or not a whole number of bytes", lowpi_shown(path),
                      t->dtype_name, lowpi_shape_text(t->rank, t->shape, text));
  t->count = 1;
  for (size_t i = 0; i < t->rank; i++) t->count *= t->shape[i];
  t->data = bytes + options->offset;
  t->offset = options->offset;
  return check_size(path, size, options->offset, t, error);
}
