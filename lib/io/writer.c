/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer.c: tensors into a file whose layout is known before the first byte.
 *
 * Each tensor keeps the spans of it that are written, sorted and disjoint. Written front to back that is one span, and
 * the hash runs along; written otherwise the hash is taken from the file afterwards.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/hash.h"
#include "io/io_internal.h"
#include "io/npy.h"
#include "io/safetensors_write.h"

typedef struct span {
  size_t begin, end;
} span;

typedef struct writer_tensor {
  const char *name;
  uint64_t begin; /* in the file */
  size_t nbytes;
  pthread_mutex_t lock; /* of what follows */
  size_t span_count, span_room;
  span *spans;
  XXH3_state_t *state; /* of bytes [0, hashed) while 0 < hashed < nbytes */
  size_t hashed;
  lowp_hash hash; /* valid when hashed == nbytes */
} writer_tensor;

struct lowp_writer {
  lowpi_output output;
  lowpi_arena arena;
  size_t count;
  writer_tensor *tensors;
  uint64_t size;
  atomic_bool failed; /* a write was refused: what is in the file is not what the spans say */
};

/* --- creation --- */

static lowp_status check_arguments(const char *path, const lowp_write_options *o, size_t count,
                                   const lowp_tensor_spec *tensors, lowp_error *error) {
  const char *what = NULL;
  if (!path || (count && !tensors) || o->struct_size != sizeof *o || (o->metadata_count && !o->metadata))
    what = "a pointer is NULL or struct_size unknown";
  else if (o->container > LOWP_CONTAINER_RAW || o->container == LOWP_CONTAINER_INDEX ||
           o->container == LOWP_CONTAINER_DIRECTORY)
    what = "the container is not one that is written";
  else if (o->container > LOWP_CONTAINER_SAFETENSORS && (count != 1 || o->metadata_count))
    what = ".npy and raw files hold one tensor and no metadata";
  for (size_t i = 0; !what && i < count; i++) {
    const lowp_tensor_spec *t = &tensors[i];
    if (!t->name || (t->rank && !t->shape) || lowp_dtype_bits(t->dtype) == 0)
      what = "a tensor has no name, shape or dtype";
    else if (strcmp(t->name, "__metadata__") == 0)
      what = "no tensor may be called __metadata__";
  }
  for (size_t i = 0; !what && i < o->metadata_count; i++)
    if (!o->metadata[i].key || !o->metadata[i].value) what = "a metadata pair is NULL";
  return what ? lowpi_fail(error, LOWP_E_ARGUMENT, "%s: %s", path ? lowpi_shown(path) : "lowp_writer_create", what)
              : LOWP_OK;
}

/* One tensor after a header that is empty for RAW. */
static lowp_status layout_array(const char *path, lowp_container container, const lowp_tensor_spec *t, uint64_t *begin,
                                size_t *nbytes, char **header, size_t *header_size, uint64_t *end, lowp_error *error) {
  if (lowp_dtype_bytes(t->dtype, t->rank, t->shape, nbytes))
    return lowpi_fail(error, LOWP_E_SHAPE, "%s: too large, or not a whole number of bytes", lowpi_shown(path));
  *header = malloc(LOWPI_NPY_HEADER);
  if (!*header) return lowpi_no_memory(path, error);
  *header_size = 0;
  if (container == LOWP_CONTAINER_NPY) {
    lowp_status status = lowpi_npy_header(path, t, *header, LOWPI_NPY_HEADER, header_size, error);
    if (status) return status;
  }
  *begin = *header_size;
  *end = *header_size + (uint64_t)*nbytes;
  return LOWP_OK;
}

static lowp_status lay_out(lowp_writer *w, const char *path, const lowp_write_options *o,
                           const lowp_tensor_spec *tensors, char **header, size_t *header_size, lowp_error *error) {
  uint64_t *begins = lowpi_arena_alloc(&w->arena, w->count, sizeof *begins);
  size_t *nbytes = lowpi_arena_alloc(&w->arena, w->count, sizeof *nbytes);
  if (!begins || !nbytes) return lowpi_no_memory(path, error);
  lowp_status status =
      o->container > LOWP_CONTAINER_SAFETENSORS
          ? layout_array(path, o->container, tensors, begins, nbytes, header, header_size, &w->size, error)
          : lowpi_safetensors_layout(path, w->count, tensors, o->metadata_count, o->metadata, begins, nbytes, header,
                                     header_size, &w->size, error);
  for (size_t i = 0; !status && i < w->count; i++) {
    writer_tensor *t = &w->tensors[i];
    t->begin = begins[i];
    t->nbytes = nbytes[i];
    t->hash = lowp_hash_of(NULL, 0);
    t->name = lowpi_arena_copy(&w->arena, tensors[i].name, strlen(tensors[i].name));
    if (!t->name) status = lowpi_no_memory(path, error);
  }
  return status;
}

static void free_writer(lowp_writer *w) {
  for (size_t i = 0; i < w->count; i++) {
    pthread_mutex_destroy(&w->tensors[i].lock);
    XXH3_freeState(w->tensors[i].state);
    free(w->tensors[i].spans);
  }
  lowpi_arena_free(&w->arena);
  free(w);
}

lowp_status lowp_writer_create(const char *path, const lowp_write_options *options, size_t count,
                               const lowp_tensor_spec *tensors, lowp_writer **out, lowp_error *error) {
  const lowp_write_options none = {.struct_size = sizeof none};
  if (!options) options = &none;
  if (!out) return lowpi_fail(error, LOWP_E_ARGUMENT, "lowp_writer_create: out is NULL");
  lowp_status status = check_arguments(path, options, count, tensors, error);
  if (status) return status;
  lowp_writer *w = calloc(1, sizeof *w);
  if (!w) return lowpi_no_memory(path, error);
  w->tensors = lowpi_arena_alloc(&w->arena, count, sizeof *w->tensors);
  if (!w->tensors) {
    free(w);
    return lowpi_no_memory(path, error);
  }
  w->count = count;
  w->output.fd = -1;
  for (size_t i = 0; i < count; i++) pthread_mutex_init(&w->tensors[i].lock, NULL);
  char *header = NULL;
  size_t header_size = 0;
  status = lay_out(w, path, options, tensors, &header, &header_size, error);
  if (!status) status = lowpi_output_open(&w->output, path, options->replace, w->size, error);
  if (!status) status = lowpi_output_write(&w->output, 0, header, header_size, error);
  free(header);
  if (status)
    lowp_writer_abort(w);
  else
    *out = w;
  return status;
}

/* --- payloads --- */

/* Adds [begin, end), begin < end, to the spans of t. LOWP_E_RANGE if it meets one of them, LOWP_E_NOMEM. */
static lowp_status claim(writer_tensor *t, size_t begin, size_t end) {
  size_t at = 0;
  while (at < t->span_count && t->spans[at].end < begin) at++;
  /* the first span that touches or follows */
  if (at < t->span_count && t->spans[at].end == begin) {
    bool next = at + 1 < t->span_count;
    if (next && t->spans[at + 1].begin < end) return LOWP_E_RANGE;
    t->spans[at].end = end;
    if (next && t->spans[at + 1].begin == end) {
      t->spans[at].end = t->spans[at + 1].end;
      t->span_count--;
      memmove(&t->spans[at + 1], &t->spans[at + 2], (t->span_count - at - 1) * sizeof *t->spans);
    }
    return LOWP_OK;
  }
  if (at < t->span_count && t->spans[at].begin < end) return LOWP_E_RANGE;
  if (at < t->span_count && t->spans[at].begin == end) {
    t->spans[at].begin = begin;
    return LOWP_OK;
  }
  if (t->span_count == t->span_room) {
    size_t room = t->span_room ? t->span_room * 2 : 4;
    span *grown = realloc(t->spans, room * sizeof *grown);
    if (!grown) return LOWP_E_NOMEM;
    t->spans = grown;
    t->span_room = room;
  }
  memmove(&t->spans[at + 1], &t->spans[at], (t->span_count - at) * sizeof *t->spans);
  t->spans[at] = (span){begin, end};
  t->span_count++;
  return LOWP_OK;
}

/* Lets the hash run along if these bytes follow those hashed so far. */
static void hash_along(writer_tensor *t, size_t offset, const void *bytes, size_t n) {
  if (offset != t->hashed) return;
  if (offset == 0 && n == t->nbytes) {
    t->hash = lowp_hash_of(bytes, n);
    t->hashed = n;
    return;
  }
  if (!t->state) {
    t->state = XXH3_createState();
    if (!t->state) return; /* then the file is read for it */
    XXH3_128bits_reset(t->state);
  }
  XXH3_128bits_update(t->state, bytes, n);
  t->hashed += n;
  if (t->hashed < t->nbytes) return;
  t->hash = lowpi_hash_canonical(XXH3_128bits_digest(t->state));
  XXH3_freeState(t->state);
  t->state = NULL;
}

lowp_status lowp_writer_write(lowp_writer *w, size_t i, size_t offset, const void *bytes, size_t n, lowp_error *error) {
  size_t end;
  if (!w || (n && !bytes)) return lowpi_fail(error, LOWP_E_ARGUMENT, "lowp_writer_write: a pointer is NULL");
  if (i >= w->count)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "%s: there is no tensor %zu", lowpi_shown(w->output.path), i);
  writer_tensor *t = &w->tensors[i];
  if (!lowpi_add(offset, n, &end) || end > t->nbytes)
    return lowpi_fail(error, LOWP_E_RANGE, "%s: tensor '" LOWPI_NAME "' has %zu bytes; cannot write %zu at %zu",
                      lowpi_shown(w->output.path), t->name, t->nbytes, n, offset);
  if (n == 0) return LOWP_OK;
  pthread_mutex_lock(&t->lock);
  lowp_status status = claim(t, offset, end);
  if (!status) hash_along(t, offset, bytes, n);
  pthread_mutex_unlock(&t->lock);
  if (status == LOWP_E_NOMEM) return lowpi_no_memory(w->output.path, error);
  if (status)
    return lowpi_fail(error, status, "%s: tensor '" LOWPI_NAME "': some of bytes %zu to %zu were written before",
                      lowpi_shown(w->output.path), t->name, offset, end);
  status = lowpi_output_write(&w->output, t->begin + offset, bytes, n, error);
  if (status) atomic_store(&w->failed, true);
  return status;
}

static bool is_whole(const writer_tensor *t) {
  return t->nbytes == 0 || (t->span_count == 1 && t->spans[0].begin == 0 && t->spans[0].end == t->nbytes);
}

static lowp_status incomplete(const lowp_writer *w, const writer_tensor *t, lowp_error *error) {
  size_t done = 0;
  for (size_t i = 0; i < t->span_count; i++) done += t->spans[i].end - t->spans[i].begin;
  return lowpi_fail(error, LOWP_E_CONSTRAINT, "%s: tensor '" LOWPI_NAME "' is incomplete: %zu of %zu bytes written",
                    lowpi_shown(w->output.path), t->name, done, t->nbytes);
}

/* The hash of a tensor that was not written front to back. */
static lowp_status hash_again(const lowp_writer *w, writer_tensor *t, lowp_error *error) {
  enum { ROOM = 1 << 18 };
  XXH3_state_t *state = XXH3_createState();
  void *buffer = malloc(ROOM);
  lowp_status status = state && buffer ? LOWP_OK : lowpi_no_memory(w->output.path, error);
  if (!status) XXH3_128bits_reset(state);
  for (size_t done = 0; !status && done < t->nbytes;) {
    size_t n = t->nbytes - done < ROOM ? t->nbytes - done : ROOM;
    ssize_t got = pread(w->output.fd, buffer, n, (off_t)(t->begin + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      status = lowpi_io_error(error, "cannot read back", w->output.path, got < 0 ? errno : EIO, 0);
    } else {
      XXH3_128bits_update(state, buffer, (size_t)got);
      done += (size_t)got;
    }
  }
  if (!status) {
    t->hash = lowpi_hash_canonical(XXH3_128bits_digest(state));
    t->hashed = t->nbytes;
  }
  free(buffer);
  XXH3_freeState(state);
  return status;
}

lowp_status lowp_writer_hash(lowp_writer *w, size_t i, lowp_hash *hash, lowp_error *error) {
  if (!w || !hash || i >= w->count)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "lowp_writer_hash: a pointer is NULL or the index out of range");
  writer_tensor *t = &w->tensors[i];
  pthread_mutex_lock(&t->lock);
  lowp_status status = is_whole(t) ? LOWP_OK : incomplete(w, t, error);
  if (!status && t->hashed != t->nbytes) status = hash_again(w, t, error);
  if (!status) *hash = t->hash;
  pthread_mutex_unlock(&t->lock);
  return status;
}

uint64_t lowp_writer_size(const lowp_writer *w) { return w->size; }

/* --- the end --- */

lowp_status lowp_writer_commit(lowp_writer *w, lowp_error *error) {
  if (!w) return lowpi_fail(error, LOWP_E_ARGUMENT, "lowp_writer_commit: writer is NULL");
  if (atomic_load(&w->failed))
    return lowpi_fail(error, LOWP_E_IO, "%s: not completed, because an earlier write to it failed",
                      lowpi_shown(w->output.path));
  for (size_t i = 0; i < w->count; i++)
    if (!is_whole(&w->tensors[i])) return incomplete(w, &w->tensors[i], error);
  lowp_status status = lowpi_output_commit(&w->output, error);
  if (!status) free_writer(w);
  return status;
}

void lowp_writer_abort(lowp_writer *w) {
  if (!w) return;
  lowpi_output_abort(&w->output);
  free_writer(w);
}
