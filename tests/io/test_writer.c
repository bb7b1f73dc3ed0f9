/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: what it lays out, that the reader gives it back, and that a file is there whole or not at all. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/rng.h"
#include "io/files.h"

#include <pthread.h>
#include <stdlib.h>

static lowp_writer *create(const char *path, const lowp_write_options *options, size_t count,
                           const lowp_tensor_spec *specs) {
  lowp_writer *w = NULL;
  lowp_error error = {0};
  lowp_status status = lowp_writer_create(path, options, count, specs, &w, &error);
  LOWP_CHECK(status == LOWP_OK && w, "create: %d %s", (int)status, error.text);
  return w;
}

static void write_all(lowp_writer *w, size_t i, const void *bytes, size_t n) {
  lowp_error error = {0};
  LOWP_CHECK(lowp_writer_write(w, i, 0, bytes, n, &error) == LOWP_OK, "write: %s", error.text);
}

static void commit(lowp_writer *w) {
  lowp_error error = {0};
  LOWP_CHECK(lowp_writer_commit(w, &error) == LOWP_OK, "commit: %s", error.text);
}

/* Every byte of a small file, stated. */
static void test_bytes(void **state) {
  (void)state;
  static const char json[] = "{\"__metadata__\":{\"a\":\"1\\n\",\"b\":\"\"},"
                             "\"f\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
                             "\"h\":{\"dtype\":\"BF16\",\"shape\":[1,1],\"data_offsets\":[4,6]},"
                             "\"p\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[6,8]},"
                             "\"q\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[8,8]}}";
  const size_t ones[] = {1, 1}, two[] = {2}, none[] = {0};
  const lowp_tensor_spec specs[] = {{"q", LOWP_DTYPE_U8, 1, none},
                                    {"p", LOWP_DTYPE_U8, 1, two},
                                    {"h", LOWP_DTYPE_BF16, 2, ones},
                                    {"f", LOWP_DTYPE_F32, 0, NULL}};
  const lowp_pair pairs[] = {{"b", ""}, {"a", "1\n"}};
  const lowp_write_options o = {.struct_size = sizeof o, .metadata_count = 2, .metadata = pairs};
  lowp_writer *w = create(lowpt_path("bytes.safetensors"), &o, 4, specs);
  write_all(w, 1, "pP", 2);
  write_all(w, 3, "ffff", 4);
  write_all(w, 2, "hh", 2);
  size_t n, padded = (8 + strlen(json) + 63) / 64 * 64;
  assert_int_equal(lowp_writer_size(w), padded + 8);
  assert_false(lowpt_exists("bytes.safetensors"));
  commit(w);
  assert_int_equal(lowpt_count(""), 1); /* the temporary name is gone */
  uint8_t *got = lowpt_get(lowpt_path("bytes.safetensors"), &n);
  assert_int_equal(n, padded + 8);
  uint64_t length;
  memcpy(&length, got, 8);
  assert_int_equal(length, padded - 8);
  assert_memory_equal(got + 8, json, strlen(json));
  for (size_t i = 8 + strlen(json); i < padded; i++) assert_int_equal(got[i], ' ');
  assert_memory_equal(got + padded, "ffffhhpP", 8);
  free(got);
}

/* Random tensors of every dtype, in random order and in random pieces, come back; with the hash of their bytes. */
static void test_round_trip(void **state) {
  (void)state;
  enum { COUNT = 60, DIMENSIONS = 3 };
  lowpt_rng rng = {7};
  static char names[COUNT][24];
  static size_t shapes[COUNT][DIMENSIONS];
  static uint8_t bytes[COUNT][8 * 12 * 12 * 12];
  lowp_tensor_spec specs[COUNT];
  size_t sizes[COUNT];
  for (size_t i = 0; i < COUNT; i++) {
    snprintf(names[i], sizeof names[i], "t%u.%zu", lowpt_below(&rng, 4), i);
    for (size_t k = 0; k < DIMENSIONS; k++) shapes[i][k] = 4 * lowpt_below(&rng, 4);
    specs[i] =
        (lowp_tensor_spec){names[i], (lowp_dtype)(1 + i % (LOWP_DTYPE_COUNT - 1)), lowpt_below(&rng, 4), shapes[i]};
    if (specs[i].rank == 0 && lowp_dtype_bits(specs[i].dtype) < 8) specs[i].rank = 1;
    assert_int_equal(lowp_dtype_bytes(specs[i].dtype, specs[i].rank, specs[i].shape, &sizes[i]), LOWP_OK);
    for (size_t k = 0; k < sizes[i]; k++) bytes[i][k] = (uint8_t)lowpt_u32(&rng);
  }
  lowp_writer *w = create(lowpt_path("round.safetensors"), NULL, COUNT, specs);
  for (size_t i = COUNT; i-- > 0;) {
    size_t cut = sizes[i] ? lowpt_below(&rng, (uint32_t)sizes[i] + 1) : 0;
    bool backwards = i % 2;
    for (int half = 0; half < 2; half++) {
      size_t begin = half != backwards ? cut : 0, end = half != backwards ? sizes[i] : cut;
      assert_int_equal(lowp_writer_write(w, i, begin, bytes[i] + begin, end - begin, NULL), LOWP_OK);
    }
    lowp_hash hash, want = lowp_hash_of(bytes[i], sizes[i]);
    assert_int_equal(lowp_writer_hash(w, i, &hash, NULL), LOWP_OK);
    assert_memory_equal(&hash, &want, sizeof hash);
  }
  commit(w);
  lowp_file *f = lowpt_open(lowpt_path("round.safetensors"), NULL);
  assert_int_equal(lowp_file_count(f), COUNT);
  for (size_t i = 0; i < COUNT; i++) {
    size_t found = lowp_file_find(f, names[i]);
    assert_true(found != SIZE_MAX);
    const lowp_file_tensor *t = lowp_file_get(f, found);
    assert_int_equal(t->dtype, specs[i].dtype);
    assert_int_equal(t->rank, specs[i].rank);
    assert_memory_equal(t->shape, shapes[i], t->rank * sizeof(size_t));
    assert_int_equal(t->nbytes, sizes[i]);
    assert_memory_equal(t->data, bytes[i], sizes[i]);
    if (t->nbytes && t->bits >= 8) assert_int_equal((uintptr_t)t->data % (t->bits / 8), 0);
  }
  assert_int_equal((uintptr_t)lowp_file_get(f, lowp_file_in_order(f, 0))->data % 64, 0);
  lowp_file_close(f);
}

/* Four threads, each with every fourth piece of one tensor and a tensor of its own. */
enum { THREADS = 4, PIECE = 1000, PIECES = 64 };
typedef struct job {
  lowp_writer *writer;
  const uint8_t *bytes;
  size_t number;
  lowp_status status;
} job;

static void *work(void *argument) {
  job *j = argument;
  for (size_t p = j->number; p < PIECES && !j->status; p += THREADS) {
    j->status = lowp_writer_write(j->writer, 0, p * PIECE, j->bytes + p * PIECE, PIECE, NULL);
    if (!j->status) j->status = lowp_writer_write(j->writer, 1 + j->number, p / THREADS * PIECE, j->bytes, PIECE, NULL);
  }
  return NULL;
}

static void test_threads(void **state) {
  (void)state;
  static uint8_t bytes[PIECE * PIECES];
  lowpt_rng rng = {3};
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)lowpt_u32(&rng);
  const size_t all[] = {PIECE * PIECES}, own[] = {PIECE * PIECES / THREADS};
  const lowp_tensor_spec specs[] = {{"all", LOWP_DTYPE_U8, 1, all},
                                    {"0", LOWP_DTYPE_U8, 1, own},
                                    {"1", LOWP_DTYPE_U8, 1, own},
                                    {"2", LOWP_DTYPE_U8, 1, own},
                                    {"3", LOWP_DTYPE_U8, 1, own}};
  lowp_writer *w = create(lowpt_path("threads.safetensors"), NULL, 5, specs);
  pthread_t threads[THREADS];
  job jobs[THREADS];
  for (size_t i = 0; i < THREADS; i++) {
    jobs[i] = (job){w, bytes, i, LOWP_OK};
    assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
  }
  for (size_t i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    assert_int_equal(jobs[i].status, LOWP_OK);
  }
  lowp_hash hash, want = lowp_hash_of(bytes, sizeof bytes);
  assert_int_equal(lowp_writer_hash(w, 0, &hash, NULL), LOWP_OK);
  assert_memory_equal(&hash, &want, sizeof hash);
  commit(w);
  lowp_file *f = lowpt_open(lowpt_path("threads.safetensors"), NULL);
  assert_memory_equal(lowp_file_get(f, lowp_file_find(f, "all"))->data, bytes, sizeof bytes);
  assert_memory_equal(lowp_file_get(f, lowp_file_find(f, "2"))->data, bytes, PIECE);
  lowp_file_close(f);
}

/* Bytes twice, outside, or never. */
static void test_coverage(void **state) {
  (void)state;
  const size_t ten[] = {10};
  const lowp_tensor_spec specs[] = {{"t", LOWP_DTYPE_U8, 1, ten}, {"u", LOWP_DTYPE_U8, 1, ten}};
  const lowp_write_options again = {.struct_size = sizeof again, .replace = 1};
  lowp_error error = {0};
  lowp_hash hash;
  lowp_writer *w = create(lowpt_path("cover.safetensors"), NULL, 2, specs);
  write_all(w, 1, "0123456789", 10);
  assert_int_equal(lowp_writer_write(w, 0, 4, "45", 2, &error), LOWP_OK);
  static const struct {
    size_t offset, n;
  } bad[] = {{4, 1}, {5, 1}, {3, 2}, {5, 2}, {0, 10}, {4, 2}, {3, 4}, {10, 1}, {8, 3}, {SIZE_MAX, 2}, {11, 0}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    LOWP_CHECK(lowp_writer_write(w, 0, bad[i].offset, "xxxxxxxxxx", bad[i].n, &error) == LOWP_E_RANGE, "%zu+%zu",
               bad[i].offset, bad[i].n);
    lowpt_says(&error, LOWP_E_RANGE, "'t'");
  }
  assert_int_equal(lowp_writer_write(w, 2, 0, "x", 1, &error), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_writer_write(w, 0, 0, NULL, 1, &error), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_writer_hash(w, 0, &hash, &error), LOWP_E_CONSTRAINT);
  assert_int_equal(lowp_writer_commit(w, &error), LOWP_E_CONSTRAINT);
  lowpt_says(&error, LOWP_E_CONSTRAINT, "'t' is incomplete: 2 of 10 bytes");
  /* after the end of one span, into the next */
  assert_int_equal(lowp_writer_write(w, 0, 3, "3", 1, &error), LOWP_OK);
  assert_int_equal(lowp_writer_write(w, 0, 8, "89", 2, &error), LOWP_OK);
  assert_int_equal(lowp_writer_write(w, 0, 6, "678", 3, &error), LOWP_E_RANGE);
  /* the end alone is not the whole */
  assert_int_equal(lowp_writer_write(w, 0, 6, "67", 2, &error), LOWP_OK);
  assert_int_equal(lowp_writer_commit(w, &error), LOWP_E_CONSTRAINT);
  lowpt_says(&error, LOWP_E_CONSTRAINT, "7 of 10 bytes");
  assert_int_equal(lowp_writer_write(w, 0, 0, "012", 3, &error), LOWP_OK);
  commit(w);
  assert_int_equal(lowp_writer_create(lowpt_path("cover.safetensors"), &again, 2, specs, &w, &error), LOWP_OK);
  write_all(w, 1, "0123456789", 10);
  assert_int_equal(lowp_writer_write(w, 0, 4, "45", 2, &error), LOWP_OK);
  /* pieces that leave and close gaps on both sides */
  static const struct { size_t offset, n; } good[] = {{0, 1}, {9, 1}, {7, 1}, {2, 2}, {6, 1}, {8, 1}, {1, 1}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    assert_int_equal(lowp_writer_commit(w, &error), LOWP_E_CONSTRAINT);
    assert_int_equal(lowp_writer_write(w, 0, good[i].offset, &"0123456789"[good[i].offset], good[i].n, &error),
                     LOWP_OK);
  }
  assert_int_equal(lowp_writer_hash(w, 0, &hash, &error), LOWP_OK);
  lowp_hash want = lowp_hash_of("0123456789", 10);
  assert_memory_equal(&hash, &want, sizeof hash);
  commit(w);
  lowp_file *f = lowpt_open(lowpt_path("cover.safetensors"), NULL);
  assert_memory_equal(lowp_file_get(f, 0)->data, "0123456789", 10);
  lowp_file_close(f);
}

/* Many tensors: more than fits one block of the reader's memory, and names that sort otherwise than they are given. */
static void test_many(void **state) {
  (void)state;
  enum { MANY = 3000 };
  static char names[MANY][16];
  static lowp_tensor_spec specs[MANY];
  for (size_t i = 0; i < MANY; i++) {
    snprintf(names[i], sizeof names[i], "%04zx", (i * 7919) % MANY);
    specs[i] = (lowp_tensor_spec){names[i], LOWP_DTYPE_I32, 0, NULL};
  }
  lowp_writer *w = create(lowpt_path("many.safetensors"), NULL, MANY, specs);
  for (uint32_t i = 0; i < MANY; i++) write_all(w, i, &i, sizeof i);
  commit(w);
  lowp_file *f = lowpt_open(lowpt_path("many.safetensors"), NULL);
  assert_int_equal(lowp_file_count(f), MANY);
  for (uint32_t i = 0; i < MANY; i++) {
    size_t found = lowp_file_find(f, names[i]);
    assert_int_equal(found, (i * 7919) % MANY);
    assert_memory_equal(lowp_file_get(f, found)->data, &i, sizeof i);
    assert_int_equal(lowp_file_in_order(f, i), i);
  }
  lowp_file_close(f);
}

static void test_arguments(void **state) {
  (void)state;
  const size_t huge[] = {SIZE_MAX / 2, 3}, three[] = {3};
  const lowp_tensor_spec twice[] = {{"t", LOWP_DTYPE_U8, 1, three}, {"t", LOWP_DTYPE_I8, 1, three}},
                         large[] = {{"t", LOWP_DTYPE_U8, 2, huge}}, nibble[] = {{"t", LOWP_DTYPE_F4, 1, three}},
                         latin[] = {{"\xe9", LOWP_DTYPE_U8, 1, three}}, nameless[] = {{NULL, LOWP_DTYPE_U8, 1, three}},
                         meta[] = {{"__metadata__", LOWP_DTYPE_U8, 1, three}}, typeless[] = {{"t", 0, 1, three}},
                         brain[] = {{"t", LOWP_DTYPE_BF16, 1, three}};
  const lowp_pair pairs[] = {{"k", "1"}, {"k", "2"}};
  const struct {
    const lowp_tensor_spec *specs;
    size_t count, pairs;
    lowp_container container;
    lowp_status status;
    const char *word;
  } cases[] = {
      {twice, 2, 0, 0, LOWP_E_ARGUMENT, "'t' is given twice"},
      {large, 1, 0, 0, LOWP_E_SHAPE, "'t': too large"},
      {nibble, 1, 0, 0, LOWP_E_SHAPE, "whole number of bytes"},
      {latin, 1, 0, 0, LOWP_E_ARGUMENT, "not UTF-8"},
      {nameless, 1, 0, 0, LOWP_E_ARGUMENT, "no name"},
      {meta, 1, 0, 0, LOWP_E_ARGUMENT, "__metadata__"},
      {typeless, 1, 0, 0, LOWP_E_ARGUMENT, "dtype"},
      {NULL, 1, 0, 0, LOWP_E_ARGUMENT, "NULL"},
      {NULL, 0, 2, 0, LOWP_E_ARGUMENT, "'k' is given twice"},
      {twice, 2, 0, LOWP_CONTAINER_NPY, LOWP_E_ARGUMENT, "one tensor"},
      {twice, 1, 1, LOWP_CONTAINER_RAW, LOWP_E_ARGUMENT, "no metadata"},
      {twice, 1, 0, LOWP_CONTAINER_GGUF, LOWP_E_ARGUMENT, "container"},
      {twice, 1, 0, LOWP_CONTAINER_DIRECTORY, LOWP_E_ARGUMENT, "container"},
      {brain, 1, 0, LOWP_CONTAINER_NPY, LOWP_E_UNSUPPORTED, "numpy has no type for BF16"},
  };
  int before = lowpt_count("");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const lowp_write_options o = {
        .struct_size = sizeof o, .container = cases[i].container, .metadata_count = cases[i].pairs, .metadata = pairs};
    lowp_writer *w;
    lowp_error error = {0};
    LOWP_CHECK(lowp_writer_create(lowpt_path("bad.out"), &o, cases[i].count, cases[i].specs, &w, &error) != LOWP_OK,
               "case %zu was accepted", i);
    lowpt_says(&error, cases[i].status, cases[i].word);
  }
  assert_int_equal(lowpt_count(""), before);
}

static void test_npy_and_raw(void **state) {
  (void)state;
  const size_t shape[] = {2, 3};
  const lowp_tensor_spec spec = {"ignored", LOWP_DTYPE_F16, 2, shape};
  lowp_write_options o = {.struct_size = sizeof o, .container = LOWP_CONTAINER_NPY};
  lowp_writer *w = create(lowpt_path("a.npy"), &o, 1, &spec);
  write_all(w, 0, "abcdefghijkl", 12);
  commit(w);
  static const char start[] = "\x93NUMPY\1\0\x76\0{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }";
  size_t n;
  uint8_t *got = lowpt_get(lowpt_path("a.npy"), &n);
  assert_int_equal(n, 128 + 12);
  assert_memory_equal(got, start, sizeof start - 1);
  assert_int_equal(got[126], ' ');
  assert_int_equal(got[127], '\n');
  assert_memory_equal(got + 128, "abcdefghijkl", 12);
  free(got);
  lowp_file *f = lowpt_open(lowpt_path("a.npy"), NULL);
  assert_int_equal(lowp_file_get(f, 0)->shape[1], 3);
  lowp_file_close(f);
  /* every dtype that numpy has, ranks 0, 1 and 64 */
  size_t many[64];
  for (size_t i = 0; i < 64; i++) many[i] = i ? 1 : SIZE_MAX / 16;
  many[63] = 0;
  for (int d = 1; d < LOWP_DTYPE_COUNT; d++)
    for (size_t rank = 0; rank <= 64; rank += rank ? 63 : 1) {
      const lowp_tensor_spec each = {"x", (lowp_dtype)d, rank, rank == 64 ? many : shape};
      lowp_error error;
      o.replace = 1;
      lowp_status status = lowp_writer_create(lowpt_path("b.npy"), &o, 1, &each, &w, &error);
      if (status == LOWP_E_UNSUPPORTED || (status == LOWP_E_SHAPE && lowp_dtype_bits(each.dtype) < 8)) continue;
      assert_int_equal(status, LOWP_OK);
      if (rank < 64) write_all(w, 0, "0123456789abcdef", (rank ? 2 : 1) * (size_t)lowp_dtype_bits(each.dtype) / 8);
      commit(w);
      f = lowpt_open(lowpt_path("b.npy"), NULL);
      assert_int_equal(lowp_file_get(f, 0)->dtype, d);
      assert_int_equal(lowp_file_get(f, 0)->rank, rank);
      lowp_file_close(f);
    }
  o = (lowp_write_options){.struct_size = sizeof o, .container = LOWP_CONTAINER_RAW};
  w = create(lowpt_path("plane.bin"), &o, 1, &spec);
  write_all(w, 0, "abcdefghijkl", 12);
  commit(w);
  got = lowpt_get(lowpt_path("plane.bin"), &n);
  assert_int_equal(n, 12);
  assert_memory_equal(got, "abcdefghijkl", 12);
  free(got);
}

static void test_hash(void **state) {
  (void)state;
  /* xxhsum -H2 of nothing */
  char text[33];
  lowp_hash_text(lowp_hash_of(NULL, 0), text);
  assert_string_equal(text, "99aa06d3014798d86001c324468d497f");
  static uint8_t bytes[100000];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7);
  lowp_hash a = lowp_hash_of(bytes, sizeof bytes), b;
  assert_int_equal(lowp_hash_file(lowpt_put("hash", bytes, sizeof bytes), &b, NULL), LOWP_OK);
  assert_memory_equal(&a, &b, sizeof a);
  bytes[50000] ^= 1;
  b = lowp_hash_of(bytes, sizeof bytes);
  assert_memory_not_equal(&a, &b, sizeof a);
  assert_int_equal(lowp_hash_file(lowpt_path("absent"), &b, NULL), LOWP_E_IO);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bytes),       cmocka_unit_test(test_round_trip), cmocka_unit_test(test_threads),
      cmocka_unit_test(test_coverage),    cmocka_unit_test(test_many),       cmocka_unit_test(test_arguments),
      cmocka_unit_test(test_npy_and_raw), cmocka_unit_test(test_hash),
  };
  return LOWP_SUITE_RUN("writer", tests);
}
