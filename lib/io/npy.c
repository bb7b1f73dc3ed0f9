/* SPDX-License-Identifier: Apache-2.0 */
/*
 * npy.c: numpy's array files.
 *
 *   | \x93NUMPY | major, minor | header length: u16 (1.0) or u32 (2.0, 3.0), little-endian | header | payload |
 *
 * The header is the text of a Python dict with the keys 'descr', 'fortran_order' and 'shape'. Only such a dict of
 * literals is accepted; structured types, which are lists, are not.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "io/npy.h"

#include <stdio.h>
#include <string.h>

#include "io/dtype.h"
#include "io/io_internal.h"

#define MAX_RANK 64 /* that of numpy 2 */

/* --- the dict literal --- */

typedef struct scan {
  const char *p, *end;
} scan;

typedef struct fields {
  char descr[16];
  bool have_descr, have_order, have_shape, fortran;
  size_t rank, shape[MAX_RANK];
} fields;

static void skip_space(scan *s) {
  while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r')) s->p++;
}

static bool take(scan *s, char c) {
  skip_space(s);
  if (s->p == s->end || *s->p != c) return false;
  s->p++;
  return true;
}

static bool take_word(scan *s, const char *word) {
  size_t n = strlen(word);
  skip_space(s);
  if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0) return false;
  s->p += n;
  return true;
}

/* A string without escapes, in either kind of quotes; `room` includes the terminator. */
static bool take_string(scan *s, char *text, size_t room) {
  skip_space(s);
  if (s->p == s->end || (*s->p != '\'' && *s->p != '"')) return false;
  char quote = *s->p++;
  size_t n = 0;
  for (; s->p < s->end && *s->p != quote; s->p++) {
    if (*s->p == '\\' || *s->p == '\0' || n + 1 == room) return false;
    text[n++] = *s->p;
  }
  if (s->p == s->end) return false;
  s->p++;
  text[n] = '\0';
  return true;
}

static bool take_size(scan *s, size_t *out) {
  skip_space(s);
  const char *first = s->p;
  size_t value = 0;
  for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++)
    if (!lowpi_mul(value, 10, &value) || !lowpi_add(value, (size_t)(*s->p - '0'), &value)) return false;
  if (s->p == first) return false;
  take_word(s, "L"); /* Python 2 wrote long integers so */
  *out = value;
  return true;
}

/* (), (3,) or (3, 4) or (3, 4,). A lone (3) is no tuple. */
static bool take_shape(scan *s, fields *f) {
  if (!take(s, '(')) return false;
  bool comma = true;
  while (!take(s, ')')) {
    if (!comma || f->rank == MAX_RANK || !take_size(s, &f->shape[f->rank])) return false;
    f->rank++;
    comma = take(s, ',');
  }
  return comma || f->rank != 1;
}

static bool take_field(scan *s, fields *f) {
  char key[16];
  if (!take_string(s, key, sizeof key) || !take(s, ':')) return false;
  if (strcmp(key, "descr") == 0 && !f->have_descr) return f->have_descr = take_string(s, f->descr, sizeof f->descr);
  if (strcmp(key, "shape") == 0 && !f->have_shape) return f->have_shape = take_shape(s, f);
  if (strcmp(key, "fortran_order") == 0 && !f->have_order) {
    f->fortran = take_word(s, "True");
    return f->have_order = f->fortran || take_word(s, "False");
  }
  return false;
}

static bool take_dict(scan *s, fields *f) {
  if (!take(s, '{')) return false;
  bool comma = true;
  while (!take(s, '}')) {
    if (!comma || !take_field(s, f)) return false;
    comma = take(s, ',');
  }
  skip_space(s);
  return s->p == s->end && f->have_descr && f->have_order && f->have_shape;
}

/* --- the type --- */

/* Types that carry bits without saying what they mean, so that the caller's dtype may. */
static bool is_opaque(const char *kind) {
  static const char *const opaque[] = {"V1", "V2", "u1", "u2", "i1", "i2", "f1"};
  for (size_t i = 0; i < sizeof opaque / sizeof *opaque; i++)
    if (strcmp(kind, opaque[i]) == 0) return true;
  return false;
}

static lowp_status read_descr(const char *path, const char *descr, lowp_dtype as, lowp_file_tensor *t, bool *big_endian,
                              lowp_error *error) {
  const char *kind = descr + (*descr != '\0');
  bool order = *kind && strchr("<>=|", *descr), opaque = is_opaque(kind);
  unsigned bits = opaque ? (unsigned)(kind[1] - '0') * 8 : 0;
  lowp_dtype own = LOWP_DTYPE_NONE;
  for (int d = 1; order && d < LOWP_DTYPE_COUNT; d++)
    if (strcmp(kind, lowpi_dtypes[d].npy) == 0) own = (lowp_dtype)d;
  if (!order || (!own && !opaque))
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: arrays of type '%s' are not read; convert to f4, f2, f8, i1 or u1",
                      lowpi_shown(path), descr);
  if (!own && !as)
    return lowpi_fail(error, LOWP_E_FORMAT,
                      "%s: type '%s' does not say what its %u bits mean; give the dtype (for example %s)",
                      lowpi_shown(path), descr, bits, bits == 16 ? "bf16" : "f8_e4m3");
  if (as && as != own && (!opaque || lowp_dtype_bits(as) != bits))
    return lowpi_fail(error, LOWP_E_SHAPE, "%s: the array is of type '%s', which cannot be read as %s",
                      lowpi_shown(path), descr, lowp_dtype_name(as));
  t->dtype = as ? as : own;
  t->dtype_name = lowp_dtype_name(t->dtype);
  t->element = lowp_dtype_element(t->dtype);
  t->bits = lowp_dtype_bits(t->dtype);
  *big_endian = *descr == '>';
  return LOWP_OK;
}

/* --- the file --- */

/* Finds the header's text. Every length is checked against `size`. */
static lowp_status find_header(const char *path, const uint8_t *bytes, size_t size, scan *s, lowp_error *error) {
  const size_t fixed = sizeof LOWPI_NPY_MAGIC - 1 + 2;
  size_t length;
  if (size < fixed + 2 || memcmp(bytes, LOWPI_NPY_MAGIC, fixed - 2) != 0)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: not a .npy file, or truncated", lowpi_shown(path));
  uint8_t major = bytes[fixed - 2], minor = bytes[fixed - 1];
  if (major < 1 || major > 3 || minor != 0)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: .npy version %u.%u is unknown", lowpi_shown(path), major, minor);
  size_t start = fixed + (major == 1 ? 2 : 4);
  if (size < start) return lowpi_fail(error, LOWP_E_FORMAT, "%s: the .npy header is truncated", lowpi_shown(path));
  length = bytes[fixed] | (size_t)bytes[fixed + 1] << 8;
  if (major > 1) length |= (size_t)bytes[fixed + 2] << 16 | (size_t)bytes[fixed + 3] << 24;
  if (length > size - start)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: the .npy header is truncated: %zu bytes of %zu", lowpi_shown(path),
                      size - start, length);
  *s = (scan){(const char *)bytes + start, (const char *)bytes + start + length};
  return LOWP_OK;
}

lowp_status lowpi_npy_parse(const char *path, const uint8_t *bytes, size_t size, lowp_dtype as, const char *name,
                            lowpi_arena *arena, lowp_file_tensor *t, bool *big_endian, lowp_error *error) {
  scan s = {NULL, NULL};
  fields f = {.rank = 0};
  char text[LOWPI_SHAPE_TEXT];
  memset(t, 0, sizeof *t);
  lowp_status status = find_header(path, bytes, size, &s, error);
  if (status) return status;
  const char *text_start = s.p, *payload = s.end;
  if (!take_dict(&s, &f))
    return lowpi_fail(
        error, LOWP_E_FORMAT,
        "%s: the .npy header is not a dict of a simple 'descr', 'fortran_order' and 'shape' (byte %zu of it)",
        lowpi_shown(path), (size_t)(s.p - text_start));
  status = read_descr(path, f.descr, as, t, big_endian, error);
  if (status) return status;
  if (f.fortran && f.rank > 1)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: the array is in Fortran order; save numpy.ascontiguousarray(array)",
                      lowpi_shown(path));
  size_t *shape = lowpi_arena_alloc(arena, f.rank, sizeof *shape);
  if (!shape) return lowpi_no_memory(path, error);
  memcpy(shape, f.shape, f.rank * sizeof *shape);
  t->name = name;
  t->rank = f.rank;
  t->shape = shape;
  if (lowp_dtype_bytes(t->dtype, t->rank, t->shape, &t->nbytes))
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: %s %s is too large or not a whole number of bytes", lowpi_shown(path),
                      t->dtype_name, lowpi_shape_text(t->rank, t->shape, text));
  t->count = t->nbytes * 8 / t->bits; /* whole and in range: lowp_dtype_bytes() checked the bits */
  t->data = payload;
  t->offset = (uint64_t)(payload - (const char *)bytes);
  size_t have = size - (size_t)t->offset;
  if (have != t->nbytes)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: %s %s takes %zu bytes, but %zu follow the header; it is %s",
                      lowpi_shown(path), t->dtype_name, lowpi_shape_text(t->rank, t->shape, text), t->nbytes, have,
                      have < t->nbytes ? "truncated" : "more than one array");
  return LOWP_OK;
}

/* --- writing --- */

lowp_status lowpi_npy_header(const char *path, const lowp_tensor_spec *t, char *text, size_t room, size_t *length,
                             lowp_error *error) {
  const char *kind = lowpi_dtypes[t->dtype].npy;
  const size_t start = sizeof LOWPI_NPY_MAGIC - 1 + 4;
  if (!*kind)
    return lowpi_fail(error, LOWP_E_UNSUPPORTED,
                      "%s: numpy has no type for %s; write safetensors, or its codes as U8 or U16", lowpi_shown(path),
                      lowp_dtype_name(t->dtype));
  if (t->rank > MAX_RANK)
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, "%s: numpy arrays have at most %d dimensions", lowpi_shown(path),
                      MAX_RANK);
  int used = snprintf(text, room, "%s%c%c%c%c{'descr': '%c%s', 'fortran_order': False, 'shape': (", LOWPI_NPY_MAGIC, 1,
                      ' ', ' ', ' ', kind[1] == '1' ? '|' : '<', kind);
  for (size_t i = 0; i < t->rank; i++)
    used += snprintf(text + used, room - (size_t)used, "%zu%s", t->shape[i],
                     t->rank == 1      ? ","
                     : i + 1 < t->rank ? ", "
                                       : "");
  used += snprintf(text + used, room - (size_t)used, "), }");
  /* Spaces and a newline up to a multiple of 64, as numpy's own files have for the sake of mapping them. */
  size_t total = ((size_t)used + 1 + 63) / 64 * 64, header = total - start;
  memset(text + used, ' ', total - (size_t)used);
  text[total - 1] = '\n';
  text[start - 3] = 0; /* minor version */
  text[start - 2] = (char)(header & 0xff);
  text[start - 1] = (char)(header >> 8);
  *length = total;
  return LOWP_OK;
}
