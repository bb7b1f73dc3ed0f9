/* SPDX-License-Identifier: Apache-2.0 */
/* The safetensors reader: what is legal is read as it is, what is not is refused with its reason. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/guard.h"
#include "io/files.h"
#include "io/io_internal.h"

#include <sys/stat.h>
#include <unistd.h>

/* Three tensors, out of order of names and offsets, one empty, one scalar, with metadata. */
static const char three[] = "{\"b\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                            "\"__metadata__\":{\"k\":\"v\",\"format\":\"pt\"},"
                            "\"a\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[24,26]},"
                            "\"z/\xc3\xa9\":{\"dtype\":\"U8\",\"shape\":[0,7],\"data_offsets\":[24,24]}}";
enum { THREE_PAYLOAD = 26 };

static void check_three(const lowp_file *f, const char *path) {
  assert_int_equal(lowp_file_container(f), LOWP_CONTAINER_SAFETENSORS);
  assert_int_equal(lowp_file_count(f), 3);
  const lowp_file_tensor *a = lowp_file_get(f, 0), *b = lowp_file_get(f, 1), *z = lowp_file_get(f, 2);
  assert_string_equal(a->name, "a");
  assert_string_equal(b->name, "b");
  assert_string_equal(z->name, "z/\xc3\xa9");
  assert_null(lowp_file_get(f, 3));
  assert_int_equal(a->rank, 0);
  assert_int_equal(a->count, 1);
  assert_int_equal(a->nbytes, 2);
  assert_int_equal(a->element, LOWP_BF16);
  assert_memory_equal(a->data, "\x18\x19", 2);
  assert_int_equal(b->rank, 2);
  assert_int_equal(b->shape[0], 2);
  assert_int_equal(b->shape[1], 3);
  assert_string_equal(b->dtype_name, "F32");
  assert_int_equal(b->bits, 32);
  assert_int_equal(((const uint8_t *)b->data)[23], 23);
  assert_int_equal(b->offset, 8 + strlen(three));
  assert_int_equal(z->count, 0);
  assert_int_equal(z->element, LOWP_ELEMENT_NONE);
  assert_non_null(z->data);
  /* b at 0, then the empty one and the scalar at 24 */
  assert_int_equal(lowp_file_in_order(f, 0), 1);
  assert_int_equal(lowp_file_in_order(f, 1), 2);
  assert_int_equal(lowp_file_in_order(f, 2), 0);
  assert_true(lowp_file_in_order(f, 3) == SIZE_MAX);
  assert_int_equal(lowp_file_find(f, "b"), 1);
  assert_true(lowp_file_find(f, "c") == SIZE_MAX);
  assert_true(lowp_file_find(f, "") == SIZE_MAX);
  assert_int_equal(lowp_file_metadata_count(f), 2);
  assert_string_equal(lowp_file_metadata_get(f, 0)->key, "format");
  assert_string_equal(lowp_file_metadata_find(f, "k"), "v");
  assert_null(lowp_file_metadata_find(f, "v"));
  assert_null(lowp_file_metadata_get(f, 2));
  assert_int_equal(lowp_file_shard_count(f), 1);
  assert_string_equal(lowp_file_shard_path(f, 0), path);
  assert_int_equal(lowp_file_shard_size(f, 0), 8 + strlen(three) + THREE_PAYLOAD);
  assert_string_equal(lowp_file_directory(f), lowpt_directory());
  assert_null(lowp_file_note(f));
}

static void test_reads(void **state) {
  (void)state;
  const char *path = lowpt_put_safetensors("three.safetensors", three, THREE_PAYLOAD);
  lowp_file *f = lowpt_open(path, NULL);
  check_three(f, path);
  assert_true(lowp_file_is_input(f, path));
  assert_int_equal(link(path, lowpt_path("same")), 0);
  assert_true(lowp_file_is_input(f, lowpt_path("same")));
  assert_false(lowp_file_is_input(f, lowpt_path("other")));
  for (size_t i = 0; i < 4; i++) lowp_file_release(f, i); /* a hint: everything is still there */
  check_three(f, path);
  lowp_file_close(f);
  lowp_file_close(NULL);
}

/* Without a known extension the contents decide. */
static void test_any_name(void **state) {
  (void)state;
  lowp_file *f = lowpt_open(lowpt_put_safetensors("blob", three, THREE_PAYLOAD), NULL);
  assert_int_equal(lowp_file_count(f), 3);
  lowp_file_close(f);
  lowp_open_options as = {.struct_size = sizeof as, .container = LOWP_CONTAINER_SAFETENSORS};
  f = lowpt_open(lowpt_put_safetensors("three.bin", three, THREE_PAYLOAD), &as);
  assert_int_equal(lowp_file_count(f), 3);
  lowp_file_close(f);
}

/* Name and width of every dtype of the format, stated again. */
static void test_dtypes(void **state) {
  (void)state;
  static const struct {
    const char *name;
    unsigned bits;
    lowp_element element;
  } all[] = {{"BOOL", 8, 0},
             {"F4", 4, LOWP_E2M1},
             {"F6_E2M3", 6, LOWP_E2M3},
             {"F6_E3M2", 6, LOWP_E3M2},
             {"U8", 8, 0},
             {"I8", 8, LOWP_INT8},
             {"F8_E5M2", 8, LOWP_E5M2},
             {"F8_E4M3", 8, LOWP_E4M3FN},
             {"F8_E8M0", 8, LOWP_E8M0},
             {"F8_E4M3FNUZ", 8, LOWP_E4M3FNUZ},
             {"F8_E5M2FNUZ", 8, LOWP_E5M2FNUZ},
             {"I16", 16, 0},
             {"U16", 16, 0},
             {"F16", 16, LOWP_FP16},
             {"BF16", 16, LOWP_BF16},
             {"I32", 32, 0},
             {"U32", 32, 0},
             {"F32", 32, LOWP_F32},
             {"C64", 64, 0},
             {"F64", 64, LOWP_F64},
             {"I64", 64, 0},
             {"U64", 64, 0}};
  assert_int_equal(sizeof all / sizeof *all, LOWP_DTYPE_COUNT - 1);
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    char json[200];
    size_t bytes = 12 * all[i].bits / 8;
    snprintf(json, sizeof json, "{\"t\":{\"dtype\":\"%s\",\"shape\":[3,4],\"data_offsets\":[0,%zu]}}", all[i].name,
             bytes);
    lowp_file *f = lowpt_open(lowpt_put_safetensors("dtype.safetensors", json, bytes), NULL);
    const lowp_file_tensor *t = lowp_file_get(f, 0);
    assert_string_equal(t->dtype_name, all[i].name);
    assert_int_equal(t->bits, all[i].bits);
    assert_int_equal(t->nbytes, bytes);
    assert_int_equal(t->element, all[i].element);
    assert_int_equal(lowp_dtype_from_name(all[i].name), t->dtype);
    if (all[i].element) assert_int_equal(lowp_dtype_of_element(all[i].element), t->dtype);
    lowp_file_close(f);
  }
  assert_int_equal(lowp_dtype_from_name("bf16"), LOWP_DTYPE_BF16);
  assert_int_equal(lowp_dtype_from_name("fp16"), LOWP_DTYPE_F16);
  assert_int_equal(lowp_dtype_from_name("E4M3FN"), LOWP_DTYPE_F8_E4M3);
  assert_int_equal(lowp_dtype_from_name("hif8"), LOWP_DTYPE_NONE);
  assert_int_equal(lowp_dtype_from_name("f33"), LOWP_DTYPE_NONE);
  assert_int_equal(lowp_dtype_of_element(LOWP_ELEMENT_NONE), LOWP_DTYPE_NONE);
  assert_int_equal(lowp_dtype_bits((lowp_dtype)99), 0);
}

/* A tensor entry as JSON. */
#define T(name, dtype, shape, begin, end) \
  "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" #begin "," #end "]}"

/* Legal, if unusual: header, bytes of payload, number of tensors. */
static void test_legal(void **state) {
  (void)state;
  static const struct {
    const char *json;
    size_t payload, count;
  } cases[] = {
      {"{}", 0, 0},
      {"  \n\t{}  \n ", 0, 0},
      {"{\"__metadata__\":{}}", 0, 0},
      {" {" T("w", "F32", "1", 0, 4) "}   ", 4, 1},
      {"{" T("", "F32", "1", 0, 4) "}", 4, 1},
      {"{" T("w", "F32", "0", 0, 0) "}", 0, 1},
      {"{" T("w", "F32", "", 0, 4) "}", 4, 1},
      {"{" T("w", "F32", "1,1,1,1,1,1,1,1,1,1", 0, 4) "}", 4, 1},
      {"{" T("w", "F32", "0,9223372036854775807", 0, 0) "}", 0, 1},
      {"{" T("w", "F4", "2,3", 0, 3) "}", 3, 1},
      {"{" T("w", "F6_E3M2", "4", 0, 3) "}", 3, 1},
      {"{" T("y", "U8", "4", 4, 8) "," T("x", "U8", "4", 0, 4) "}", 8, 2},
      {"{" T("y", "U8", "0", 4, 4) "," T("x", "U8", "4", 0, 4) "," T("a", "U8", "0", 0, 0) "}", 4, 3},
      {"{\"w\":{\"data_offsets\":[0,1],\"shape\":[1],\"dtype\":\"U8\"}}", 1, 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    lowp_file *f = lowpt_open(lowpt_put_safetensors("legal.safetensors", cases[i].json, cases[i].payload), NULL);
    LOWP_CHECK(lowp_file_count(f) == cases[i].count, "%s: %zu tensors", cases[i].json, lowp_file_count(f));
    lowp_file_close(f);
  }
}

/* Illegal: header, bytes of payload, and what the message must say besides the name of the file. */
static void test_hostile(void **state) {
  (void)state;
  static const struct {
    const char *json;
    size_t payload;
    const char *tensor, *reason;
  } cases[] = {
      /* JSON itself */
      {"", 0, "header", "not valid JSON"},
      {"{", 0, "header", "not valid JSON"},
      {"[]", 0, "header", "not a JSON object"},
      {"3", 0, "header", "JSON"},
      {"{} x", 0, "header", "not valid JSON"},
      {"{}{}", 0, "header", "not valid JSON"},
      {"{\"\xff\":{}}", 0, "header", "not valid JSON"},
      {"{\"a\\u0000b\":{}}", 0, "header", "not valid JSON"},
      {"{" T("w", "F32", "1", 0, 4) "," T("w", "F32", "1", 4, 8) "}", 8, "\"w\"", "duplicate"},
      {"{\"w\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "dtype", "duplicate"},
      {"{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "\"a\"", "duplicate"},
      {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__", "duplicate"},
      /* metadata */
      {"{\"__metadata__\":{\"a\":1}}", 0, "'a'", "not a string"},
      {"{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", 0, "'a'", "not a string"},
      {"{\"__metadata__\":[]}", 0, "__metadata__", "not a JSON object"},
      {"{\"__metadata__\":null}", 0, "__metadata__", "not a JSON object"},
      /* entries */
      {"{\"w\":3}", 0, "'w'", "not a JSON object"},
      {"{\"w\":{}}", 0, "'w'", "dtype is missing"},
      {"{\"w\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "'w'", "dtype is missing or not a string"},
      {"{\"w\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, "'w'", "shape is missing"},
      {"{\"w\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "'w'", "data_offsets is missing"},
      {"{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"strides\":[1]}}", 1, "'w'", "'strides'"},
      {"{" T("w", "F7", "1", 0, 1) "}", 1, "'w'", "unknown dtype 'F7'"},
      {"{" T("w", "f32", "1", 0, 4) "}", 4, "'w'", "unknown dtype 'f32'"},
      {"{" T("w", "", "1", 0, 4) "}", 4, "'w'", "unknown dtype"},
      {"{" T("w", "?", "1", 0, 0) "}", 0, "'w'", "unknown dtype"},
      /* shapes */
      {"{" T("w", "U8", "-1", 0, 1) "}", 1, "'w'", "dimension 0 of the shape"},
      {"{" T("w", "U8", "1,1.0", 0, 1) "}", 1, "'w'", "dimension 1 of the shape"},
      {"{" T("w", "U8", "\"1\"", 0, 1) "}", 1, "'w'", "dimension 0 of the shape"},
      {"{" T("w", "U8", "null", 0, 1) "}", 1, "'w'", "dimension 0 of the shape"},
      {"{" T("w", "U8", "18446744073709551616", 0, 1) "}", 1, "header", "not valid JSON"},
      {"{" T("w", "U8", "4294967296,4294967296", 0, 0) "}", 0, "'w'", "product of its shape overflows"},
      {"{" T("w", "U8", "4294967296,4294967296,0", 0, 0) "}", 0, "'w'", "product of its shape overflows"},
      {"{" T("w", "F64", "4611686018427387904", 0, 0) "}", 0, "'w'", "size in bits overflows"},
      /* sizes */
      {"{" T("w", "F32", "2", 0, 4) "}", 4, "'w'", "span 4 bytes, but F32 [2] takes 8"},
      {"{" T("w", "F32", "2", 0, 12) "}", 12, "'w'", "span 12 bytes"},
      {"{" T("w", "F4", "3", 0, 1) "}", 1, "'w'", "not a whole number of bytes"},
      {"{" T("w", "F4", "3", 0, 2) "}", 2, "'w'", "not a whole number of bytes"},
      {"{" T("w", "F6_E2M3", "2", 0, 2) "}", 2, "'w'", "not a whole number of bytes"},
      /* offsets */
      {"{" T("w", "U8", "1", 1, 0) "}", 1, "'w'", "end (0) before they begin (1)"},
      {"{" T("w", "U8", "1", -1, 0) "}", 1, "'w'", "non-negative"},
      {"{" T("w", "U8", "1", 0.0, 1) "}", 1, "'w'", "data_offsets"},
      {"{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1, "'w'", "data_offsets"},
      {"{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,1]}}", 1, "'w'", "data_offsets"},
      {"{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":\"01\"}}", 1, "'w'", "data_offsets"},
      /* tiling */
      {"{" T("w", "U8", "4", 1, 5) "}", 5, "'w'", "hole from byte 0"},
      {"{" T("v", "U8", "2", 0, 2) "," T("w", "U8", "2", 3, 5) "}", 5, "'w'", "hole from byte 2"},
      {"{" T("v", "U8", "4", 0, 4) "," T("w", "U8", "4", 2, 6) "}", 6, "'w'", "overlaps 'v'"},
      {"{" T("v", "U8", "4", 0, 4) "," T("w", "U8", "4", 0, 4) "}", 4, "'w'", "overlaps 'v'"},
      {"{" T("v", "U8", "4", 0, 4) "," T("w", "U8", "0", 2, 2) "}", 4, "'w'", "overlaps 'v'"},
      {"{" T("w", "U8", "4", 0, 4) "}", 3, "'w'", "truncated"},
      {"{" T("w", "U8", "4", 0, 4) "}", 5, "'w'", "1 bytes after the last tensor"},
      {"{}", 1, "none", "1 bytes after the last tensor"},
      {"{" T("w", "U8", "9223372036854775807", 0, 9223372036854775807) "}", 1, "'w'", ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    lowpt_refuses(lowpt_put_safetensors("hostile.safetensors", cases[i].json, cases[i].payload), NULL, LOWP_E_FORMAT,
                  "hostile.safetensors", cases[i].tensor, cases[i].reason, NULL);
}

/* The length field: too large for the format, too large for the file, and what wraps around. */
static void test_header_length(void **state) {
  (void)state;
  static const struct {
    uint64_t length;
    const char *reason;
  } cases[] = {
      {100000001, "exceeds 100000000"}, {UINT64_MAX, "exceeds"},          {UINT64_MAX - 7, "exceeds"},
      {100000000, "truncated"},         {sizeof three, "not valid JSON"}, {0, "not valid JSON"},
  };
  uint8_t image[1024];
  size_t n = lowpt_image(image, sizeof image, three, THREE_PAYLOAD);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    memcpy(image, &cases[i].length, 8);
    lowpt_refuses(lowpt_put("length.safetensors", image, n), NULL, LOWP_E_FORMAT, cases[i].reason, NULL);
  }
  lowpt_refuses(lowpt_put("empty.safetensors", "", 0), NULL, LOWP_E_FORMAT, "0 bytes are too few", NULL);
}

/* A file cut anywhere, or one byte longer, is an error, and nothing beyond its end is looked at. */
static void test_truncation(void **state) {
  (void)state;
  uint8_t image[1024];
  size_t size = lowpt_image(image, sizeof image, three, THREE_PAYLOAD);
  for (size_t n = 0; n <= size + 1; n++) {
    lowpt_guard g = lowpt_guard_copy(image, n, LOWPT_UPPER, 0);
    lowpi_arena arena = {NULL};
    lowpi_header header;
    lowp_error error = {0};
    lowp_status status = lowpi_safetensors_parse("cut", g.data, n, &arena, &header, &error);
    LOWP_CHECK(status == (n == size ? LOWP_OK : LOWP_E_FORMAT), "%zu of %zu bytes: %d", n, size, (int)status);
    LOWP_CHECK(n == size || strlen(error.text) > 10, "no message for %zu bytes", n);
    lowpi_arena_free(&arena);
    lowpt_guard_free(&g);
    if (n % 16 == 0 && n < size)
      lowpt_refuses(lowpt_put("cut.safetensors", image, n), NULL, LOWP_E_FORMAT, "cut.safetensors", NULL);
  }
}

/* Deep nesting, a very long name, control characters in a name: the right answer, and a message of one clean line. */
static void test_extremes(void **state) {
  (void)state;
  enum { DEEP = 4000, LONG = 3000 };
  static char json[2 * DEEP];
  memset(json, '[', DEEP);
  lowpt_refuses(lowpt_put_safetensors("deep.safetensors", json, 0), NULL, LOWP_E_FORMAT, "not valid JSON", NULL);
  static char name[LONG + 1];
  memset(name, 'n', LONG);
  snprintf(json, sizeof json, "{\"%s\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", name);
  lowp_file *f = lowpt_open(lowpt_put_safetensors("long.safetensors", json, 2), NULL);
  assert_int_equal(strlen(lowp_file_get(f, 0)->name), LONG);
  lowp_file_close(f);
  lowpt_refuses(lowpt_put_safetensors("long.safetensors", json, 3), NULL, LOWP_E_FORMAT, "nnnn", "1 bytes after", NULL);
  lowp_file *none;
  lowp_error error;
  const char *path = lowpt_put_safetensors("esc.safetensors", "{" T("a\\u001b[2J\\n\\u009b", "U8", "2", 0, 3) "}", 3);
  assert_int_equal(lowp_file_open(path, NULL, &none, &error), LOWP_E_FORMAT);
  for (const unsigned char *c = (const unsigned char *)error.text; *c; c++)
    LOWP_CHECK(*c >= 0x20 && *c != 0x7f && *c != 0x9b, "control character in: %s", error.text);
}

/* Things that are no readable file. */
static void test_not_files(void **state) {
  (void)state;
  lowpt_refuses(lowpt_path("absent.safetensors"), NULL, LOWP_E_IO, "absent.safetensors", "cannot open",
                "check the path", NULL);
  assert_int_equal(mkfifo(lowpt_path("fifo.safetensors"), 0666), 0);
  lowpt_refuses(lowpt_path("fifo.safetensors"), NULL, LOWP_E_IO, "neither a regular file nor a directory", NULL);
  lowpt_mkdir("folder.safetensors");
  lowpt_refuses(lowpt_path("folder.safetensors"), NULL, LOWP_E_FORMAT, "no *.safetensors in this directory", NULL);
  lowp_open_options as = {.struct_size = sizeof as, .container = LOWP_CONTAINER_SAFETENSORS};
  lowpt_refuses(lowpt_path("folder.safetensors"), &as, LOWP_E_FORMAT, "a directory", NULL);
  as.struct_size = 3;
  lowpt_refuses(lowpt_path("three.safetensors"), &as, LOWP_E_ARGUMENT, "option", NULL);
  lowpt_refuses(NULL, NULL, LOWP_E_ARGUMENT, "NULL", NULL);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reads),      cmocka_unit_test(test_any_name), cmocka_unit_test(test_dtypes),
      cmocka_unit_test(test_legal),      cmocka_unit_test(test_hostile),  cmocka_unit_test(test_header_length),
      cmocka_unit_test(test_truncation), cmocka_unit_test(test_extremes), cmocka_unit_test(test_not_files),
  };
  return LOWP_SUITE_RUN("safetensors reader", tests);
}
