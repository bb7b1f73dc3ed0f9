/* SPDX-License-Identifier: Apache-2.0 */
/* .npy files, raw files, and files that are not what they are called. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/guard.h"
#include "io/files.h"
#include "io/io_internal.h"

/* magic, version, length of the dict in 2 or 4 bytes, dict, payload 0, 1, 2 ... */
static size_t npy_image(uint8_t *image, int major, const char *dict, size_t payload) {
  size_t n = strlen(dict), at = 8;
  memcpy(image, "\x93NUMPY", 6);
  image[6] = (uint8_t)major;
  image[7] = 0;
  for (int i = 0; i < (major == 1 ? 2 : 4); i++) image[at++] = (uint8_t)(n >> (8 * i));
  memcpy(image + at, dict, n);
  for (size_t i = 0; i < payload; i++) image[at + n + i] = (uint8_t)i;
  return at + n + payload;
}

static const char *put_npy(const char *name, int major, const char *dict, size_t payload) {
  uint8_t image[4096];
  return lowpt_put(name, image, npy_image(image, major, dict, payload));
}

#define DICT(descr, shape) "{'descr': '" descr "', 'fortran_order': False, 'shape': (" shape "), }          \n"

static void test_npy_reads(void **state) {
  (void)state;
  static const struct {
    int major;
    const char *dict;
    size_t payload;
    lowp_dtype dtype;
    size_t rank, shape[3];
  } cases[] = {
      {1, DICT("<f4", "2, 3"), 24, LOWP_DTYPE_F32, 2, {2, 3}},
      {2, DICT("<f4", "2, 3"), 24, LOWP_DTYPE_F32, 2, {2, 3}},
      {3, DICT("<f4", "2, 3"), 24, LOWP_DTYPE_F32, 2, {2, 3}},
      {1, DICT("<f2", "5,"), 10, LOWP_DTYPE_F16, 1, {5}},
      {1, DICT("=f8", "1, 1, 2"), 16, LOWP_DTYPE_F64, 3, {1, 1, 2}},
      {1, DICT("|i1", "4,"), 4, LOWP_DTYPE_I8, 1, {4}},
      {1, DICT("|u1", ""), 1, LOWP_DTYPE_U8, 0, {0}},
      {1, DICT("|b1", "0, 9"), 0, LOWP_DTYPE_BOOL, 2, {0, 9}},
      {1, DICT("<i2", "2,"), 4, LOWP_DTYPE_I16, 1, {2}},
      {1, DICT("<u2", "2L,"), 4, LOWP_DTYPE_U16, 1, {2}},
      {1, DICT("<i4", "2,"), 8, LOWP_DTYPE_I32, 1, {2}},
      {1, DICT("<u4", "2,"), 8, LOWP_DTYPE_U32, 1, {2}},
      {1, DICT("<i8", "2,"), 16, LOWP_DTYPE_I64, 1, {2}},
      {1, DICT("<u8", "2,"), 16, LOWP_DTYPE_U64, 1, {2}},
      {1, DICT("<c8", "2,"), 16, LOWP_DTYPE_C64, 1, {2}},
      /* other orders of keys and spaces, other quotes, no comma at the end, Fortran order of one dimension */
      {1, "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}", 24, LOWP_DTYPE_F32, 2, {2, 3}},
      {1, "  {'shape' : ( 6 , ) , 'descr':'<f4','fortran_order' : True}\n", 24, LOWP_DTYPE_F32, 1, {6}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    lowp_file *f = lowpt_open(put_npy("x.y.npy", cases[i].major, cases[i].dict, cases[i].payload), NULL);
    const lowp_file_tensor *t = lowp_file_get(f, 0);
    assert_int_equal(lowp_file_container(f), LOWP_CONTAINER_NPY);
    assert_int_equal(lowp_file_count(f), 1);
    assert_int_equal(lowp_file_in_order(f, 0), 0);
    assert_string_equal(t->name, "x.y");
    assert_int_equal(t->dtype, cases[i].dtype);
    assert_int_equal(t->rank, cases[i].rank);
    for (size_t k = 0; k < t->rank; k++) assert_int_equal(t->shape[k], cases[i].shape[k]);
    assert_int_equal(t->nbytes, cases[i].payload);
    assert_int_equal(t->count * t->bits, t->nbytes * 8);
    for (size_t k = 0; k < t->nbytes; k++) assert_int_equal(((const uint8_t *)t->data)[k], k);
    lowp_file_release(f, 0);
    lowp_file_close(f);
  }
}

/* Types that numpy has no name for come as bytes, and the caller says what they are. */
static void test_npy_dtype(void **state) {
  (void)state;
  static const struct {
    const char *dict;
    size_t payload;
    lowp_dtype as;
  } good[] = {
      {DICT("<V2", "3,"), 6, LOWP_DTYPE_BF16},    {DICT("|V2", "3,"), 6, LOWP_DTYPE_F16},
      {DICT("<u2", "3,"), 6, LOWP_DTYPE_BF16},    {DICT("<i2", "3,"), 6, LOWP_DTYPE_BF16},
      {DICT("|V1", "3,"), 3, LOWP_DTYPE_F8_E4M3}, {DICT("|u1", "3,"), 3, LOWP_DTYPE_F8_E8M0},
      {DICT("<f1", "3,"), 3, LOWP_DTYPE_F8_E5M2}, {DICT("<f4", "3,"), 12, LOWP_DTYPE_F32},
  };
  lowp_open_options as = {.struct_size = sizeof as, .name = "weight"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    as.dtype = good[i].as;
    lowp_file *f = lowpt_open(put_npy("v.npy", 1, good[i].dict, good[i].payload), &as);
    assert_int_equal(lowp_file_get(f, 0)->dtype, good[i].as);
    assert_string_equal(lowp_file_get(f, 0)->name, "weight");
    lowp_file_close(f);
  }
  lowpt_refuses(put_npy("v.npy", 1, DICT("<V2", "3,"), 6), NULL, LOWP_E_FORMAT, "V2", "give the dtype", "bf16", NULL);
  lowpt_refuses(put_npy("v.npy", 1, DICT("<f1", "3,"), 3), NULL, LOWP_E_FORMAT, "f1", "give the dtype", NULL);
  as.dtype = LOWP_DTYPE_F8_E4M3;
  lowpt_refuses(put_npy("v.npy", 1, DICT("<V2", "3,"), 6), &as, LOWP_E_SHAPE, "<V2", "F8_E4M3", NULL);
  lowpt_refuses(put_npy("v.npy", 1, DICT("<f4", "3,"), 12), &as, LOWP_E_SHAPE, "<f4", "F8_E4M3", NULL);
  as.dtype = LOWP_DTYPE_I32;
  lowpt_refuses(put_npy("v.npy", 1, DICT("<f4", "3,"), 12), &as, LOWP_E_SHAPE, "<f4", "I32", NULL);
}

static void test_npy_refuses(void **state) {
  (void)state;
  static const struct {
    int major;
    const char *dict;
    size_t payload;
    const char *reason;
  } cases[] = {
      {1, DICT("<f4", "2, 3"), 23, "truncated"},
      {1, DICT("<f4", "2, 3"), 25, "more than one array"},
      {1, DICT("<f4", "99999999999999999999,"), 4, "not a dict"},
      {1, DICT("<f4", "4294967296,4294967296"), 4, "too large"},
      {1, DICT("<f16", "1,"), 16, "not read"},
      {1, DICT("<U4", "1,"), 16, "'<U4' are not read"},
      {1, DICT("|O", "1,"), 8, "'|O' are not read"},
      {1, DICT("f4", "1,"), 4, "'f4' are not read"},
      {1, DICT("", "1,"), 4, "not read"},
      {1, DICT("<", "1,"), 4, "not read"},
      {1, DICT("<V3", "1,"), 3, "not read"},
      {1, DICT("<f4", "2"), 8, "not a dict"},
      {1, DICT("<f4", "-2,"), 8, "not a dict"},
      {1, DICT("<f4", "2 3"), 24, "not a dict"},
      {1, DICT("<f4", ",2"), 8, "not a dict"},
      {1, DICT("<f4", "0x2,"), 8, "not a dict"},
      {1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", 8, "not a dict"},
      {1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}", 24, "Fortran order"},
      {1, "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", 8, "not a dict"},
      {1, "{'descr': '<f4', 'shape': (2,)}", 8, "not a dict"},
      {1, "{'fortran_order': False, 'shape': (2,)}", 8, "not a dict"},
      {1, "{'descr': '<f4', 'fortran_order': False}", 8, "not a dict"},
      {1, "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 8, "not a dict"},
      {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", 8, "not a dict"},
      {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} + 1", 8, "not a dict"},
      {1, "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}", 8, "not a dict"},
      {1, "{'descr': '<f\\x34', 'fortran_order': False, 'shape': (2,)}", 8, "not a dict"},
      {1, "{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}", 8, "not a dict"},
      {1, "{'descr': '<ffffffffffffffffffffffffff4', 'fortran_order': False, 'shape': (2,)}", 8, "not a dict"},
      {1, "{'descr': '<234567890123456', 'fortran_order': False, 'shape': (2,)}", 8, "not a dict"},
      {1, "{'descr': '<23456789012345', 'fortran_order': False, 'shape': (2,)}", 8, "not read"},
      {1, "__import__('os').system('true')", 8, "not a dict"},
      {1, "", 8, "not a dict"},
      {4, DICT("<f4", "2,"), 8, "version 4.0 is unknown"},
      {0, DICT("<f4", "2,"), 8, "version 0.0 is unknown"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    lowpt_refuses(put_npy("bad.npy", cases[i].major, cases[i].dict, cases[i].payload), NULL, LOWP_E_FORMAT, "bad.npy",
                  cases[i].reason, NULL);
}

static void test_npy_truncation(void **state) {
  (void)state;
  for (int major = 1; major <= 2; major++) {
    uint8_t image[512];
    size_t size = npy_image(image, major, DICT("<f4", "2, 3"), 24);
    for (size_t n = 0; n <= size; n++) {
      lowpt_guard g = lowpt_guard_copy(image, n, LOWPT_UPPER, 0);
      lowpi_arena arena = {NULL};
      lowp_file_tensor t;
      bool swap;
      lowp_status status = lowpi_npy_parse("cut", g.data, n, LOWP_DTYPE_NONE, "x", &arena, &t, &swap, NULL);
      LOWP_CHECK(status == (n == size ? LOWP_OK : LOWP_E_FORMAT), "%zu of %zu bytes: %d", n, size, (int)status);
      lowpi_arena_free(&arena);
      lowpt_guard_free(&g);
    }
  }
}

/* Big-endian files give the numbers that were stored. */
static void test_big_endian(void **state) {
  (void)state;
  static const uint8_t big[16] = {0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0, 0, 0, 0, 1, 0x7f, 0x80, 0, 0};
  static const uint32_t bits[4] = {0x3f800000, 0xc0200000, 1, 0x7f800000};
  uint8_t image[256];
  size_t n = npy_image(image, 1, DICT(">f4", "4,"), 16);
  memcpy(image + n - 16, big, 16);
  lowp_file *f = lowpt_open(lowpt_put("big.npy", image, n), NULL);
  assert_memory_equal(lowp_file_get(f, 0)->data, bits, 16);
  lowp_file_release(f, 0);
  assert_memory_equal(lowp_file_get(f, 0)->data, bits, 16);
  lowp_file_close(f);
  lowp_open_options raw = {.struct_size = sizeof raw, .big_endian = 1};
  f = lowpt_open(lowpt_put("big.bin", big, 16), &raw);
  assert_memory_equal(lowp_file_get(f, 0)->data, bits, 16);
  lowp_file_close(f);
  raw.dtype = LOWP_DTYPE_U8;
  f = lowpt_open(lowpt_path("big.bin"), &raw);
  assert_memory_equal(lowp_file_get(f, 0)->data, big, 16);
  lowp_file_close(f);
  raw.dtype = LOWP_DTYPE_C64; /* each half by itself */
  f = lowpt_open(lowpt_path("big.bin"), &raw);
  assert_memory_equal(lowp_file_get(f, 0)->data, bits, 16);
  lowp_file_close(f);
  raw.dtype = LOWP_DTYPE_F16;
  f = lowpt_open(lowpt_path("big.bin"), &raw);
  assert_memory_equal(lowp_file_get(f, 0)->data, "\x80\x3f\0\0\x20\xc0", 6);
  lowp_file_close(f);
}

static void test_raw(void **state) {
  (void)state;
  uint8_t bytes[100];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i + 1);
  const char *path = lowpt_put("w.bin", bytes, sizeof bytes);
  lowp_file *f = lowpt_open(path, NULL);
  const lowp_file_tensor *t = lowp_file_get(f, 0);
  assert_int_equal(lowp_file_container(f), LOWP_CONTAINER_RAW);
  assert_string_equal(t->name, "w");
  assert_int_equal(t->dtype, LOWP_DTYPE_F32);
  assert_int_equal(t->rank, 2);
  assert_int_equal(t->shape[0], 1);
  assert_int_equal(t->shape[1], 25);
  assert_string_equal(lowp_file_note(f), "no shape given: taken as one row of 25 F32");
  assert_memory_equal(t->data, bytes, sizeof bytes);
  lowp_file_close(f);

  const size_t shape[] = {4, 12};
  lowp_open_options o = {.struct_size = sizeof o, .dtype = LOWP_DTYPE_BF16, .rank = 2, .shape = shape, .offset = 4};
  f = lowpt_open(path, &o);
  t = lowp_file_get(f, 0);
  assert_null(lowp_file_note(f));
  assert_int_equal(t->shape[1], 12);
  assert_int_equal(t->count, 48);
  assert_int_equal(t->offset, 4);
  assert_memory_equal(t->data, bytes + 4, 96);
  lowp_file_release(f, 0);
  assert_memory_equal(t->data, bytes + 4, 96);
  lowp_file_close(f);

  o.offset = 0;
  lowpt_refuses(path, &o, LOWP_E_SHAPE, "w.bin", "BF16 [4, 12] takes 96 bytes", "holds 100", NULL);
  o.offset = 101;
  lowpt_refuses(path, &o, LOWP_E_SHAPE, "w.bin", "offset 101", NULL);
  const size_t tall[] = {7, 10}, square[] = {5, 5}, wide[] = {(size_t)1 << 40, (size_t)1 << 40}, odd[] = {3};
  o = (lowp_open_options){.struct_size = sizeof o, .dtype = LOWP_DTYPE_I8, .rank = 2, .shape = tall};
  lowpt_refuses(path, &o, LOWP_E_SHAPE, "10 in place of 7", NULL);
  o = (lowp_open_options){.struct_size = sizeof o, .dtype = LOWP_DTYPE_BF16, .rank = 2, .shape = square};
  lowpt_refuses(path, &o, LOWP_E_SHAPE, "10 in place of 5", NULL);
  o = (lowp_open_options){.struct_size = sizeof o, .dtype = LOWP_DTYPE_F64, .rank = 2, .shape = square};
  lowpt_refuses(path, &o, LOWP_E_SHAPE, "elements of 32 bits would fit", NULL);
  o.shape = wide;
  lowpt_refuses(path, &o, LOWP_E_SHAPE, "too large", NULL);
  o = (lowp_open_options){.struct_size = sizeof o, .dtype = LOWP_DTYPE_F4, .rank = 1, .shape = odd};
  lowpt_refuses(path, &o, LOWP_E_SHAPE, "whole number of bytes", NULL);
  o = (lowp_open_options){.struct_size = sizeof o, .dtype = LOWP_DTYPE_F64};
  lowpt_refuses(path, &o, LOWP_E_SHAPE, "100 bytes are not a whole number of F64", NULL);
  o = (lowp_open_options){.struct_size = sizeof o, .rank = 2};
  lowpt_refuses(path, &o, LOWP_E_ARGUMENT, "NULL", NULL);

  const size_t none[] = {0, 4};
  o = (lowp_open_options){.struct_size = sizeof o, .rank = 2, .shape = none};
  f = lowpt_open(lowpt_put("none.bin", "", 0), &o);
  assert_int_equal(lowp_file_get(f, 0)->nbytes, 0);
  assert_non_null(lowp_file_get(f, 0)->data);
  lowp_file_release(f, 0);
  lowp_file_close(f);

  /* a name that says nothing is raw only if the caller describes it */
  lowpt_put("unnamed", bytes, sizeof bytes);
  lowpt_refuses(lowpt_path("unnamed"), NULL, LOWP_E_FORMAT, "not recognised", "give a dtype and a shape", NULL);
  o = (lowp_open_options){.struct_size = sizeof o, .dtype = LOWP_DTYPE_F32};
  lowp_file_close(lowpt_open(lowpt_path("unnamed"), &o));
}

/* Contents that are known, under every name. */
static void test_sniff(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t n;
    lowp_container container;
    const char *hint;
  } cases[] = {
      {"GGUF\3\0\0\0\0\0\0\0", 12, LOWP_CONTAINER_GGUF, "GGUF"},
      {"PK\3\4\24\0\0\0\0\0\0\0", 12, LOWP_CONTAINER_ZIP, "unzip an .npz"},
      {"PK\5\6\0\0\0\0\0\0\0\0", 12, LOWP_CONTAINER_ZIP, "unzip an .npz"},
      {"\x80\2\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8", 12, LOWP_CONTAINER_PICKLE, "would run code"},
      {"\x80\4\x95\x10\0\0\0\0\0\0\0.", 12, LOWP_CONTAINER_PICKLE, "would run code"},
      {"\x80\2}q\0X\1\0\0\0a.", 12, LOWP_CONTAINER_PICKLE, "would run code"},
      {"24ka\1\0\0\0\0\0\0\0", 12, LOWP_CONTAINER_LLAMA2C, "llama2.c"},
  };
  static const char *const names[] = {"s.safetensors", "s.bin", "s.npy", "s.json", "s.dat", "s.raw", "s.gguf", "s"};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
      const char *path = lowpt_put(names[k], cases[i].bytes, cases[i].n);
      lowp_container found = LOWP_CONTAINER_UNKNOWN;
      lowp_error error;
      assert_int_equal(lowp_sniff(path, &found, &error), LOWP_OK);
      assert_int_equal(found, cases[i].container);
      lowpt_refuses(path, NULL, LOWP_E_FORMAT, names[k], cases[i].hint, NULL);
      lowp_open_options raw = {.struct_size = sizeof raw, .container = LOWP_CONTAINER_RAW};
      lowpt_refuses(path, &raw, LOWP_E_FORMAT, cases[i].hint, NULL);
    }
  /* numbers that merely begin like one of these */
  static const char *const numbers[] = {"\x80\2\1\0\0\0\0\0", "\x80\x7f}q\0\0\0\0", "GGUG\0\0\0\0", "{\"\0\0\0\0\0\0",
                                        "\x80\5}q\0\0\0\0"};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    lowp_file_close(lowpt_open(lowpt_put("numbers.bin", numbers[i], 8), NULL));
}

/* A good file under a wrong name is refused with the right one. */
static void test_renamed(void **state) {
  (void)state;
  lowp_container found;
  lowp_error error;
  lowpt_put_safetensors("st.bin", "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4);
  assert_int_equal(lowp_sniff(lowpt_path("st.bin"), &found, &error), LOWP_OK);
  assert_int_equal(found, LOWP_CONTAINER_SAFETENSORS);
  lowpt_refuses(lowpt_path("st.bin"), NULL, LOWP_E_FORMAT, "contents are safetensors, not a raw array", "rename", NULL);
  lowpt_put_safetensors("st.npy", "  {\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4);
  lowpt_refuses(lowpt_path("st.npy"), NULL, LOWP_E_FORMAT, "contents are safetensors, not a numpy array", NULL);
  put_npy("np.bin", 1, DICT("<f4", "1,"), 4);
  lowpt_refuses(lowpt_path("np.bin"), NULL, LOWP_E_FORMAT, "contents are a numpy array", "rename", NULL);
  put_npy("np.safetensors", 1, DICT("<f4", "1,"), 4);
  lowpt_refuses(lowpt_path("np.safetensors"), NULL, LOWP_E_FORMAT, "contents are a numpy array", "rename", NULL);
  lowp_open_options as = {.struct_size = sizeof as, .container = LOWP_CONTAINER_NPY};
  lowp_file_close(lowpt_open(lowpt_path("np.bin"), &as));
  lowpt_mkdir("dir");
  assert_int_equal(lowp_sniff(lowpt_path("dir"), &found, &error), LOWP_OK);
  assert_int_equal(found, LOWP_CONTAINER_DIRECTORY);
  assert_int_equal(lowp_sniff(lowpt_path("absent"), &found, &error), LOWP_E_IO);
  assert_string_equal(lowp_container_hint(LOWP_CONTAINER_NPY), "");
  assert_string_equal(lowp_container_name((lowp_container)77), lowp_container_name(LOWP_CONTAINER_UNKNOWN));
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_npy_reads),      cmocka_unit_test(test_npy_dtype),  cmocka_unit_test(test_npy_refuses),
      cmocka_unit_test(test_npy_truncation), cmocka_unit_test(test_big_endian), cmocka_unit_test(test_raw),
      cmocka_unit_test(test_sniff),          cmocka_unit_test(test_renamed),
  };
  return LOWP_SUITE_RUN("npy and raw arrays", tests);
}
