/* SPDX-License-Identifier: Apache-2.0 */
/* Sharded checkpoints: through an index, through a directory, and all the ways in which these disagree. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/guard.h"
#include "io/files.h"
#include "io/io_internal.h"

#define TENSOR(name, end) "\"" name "\":{\"dtype\":\"U8\",\"shape\":[" #end "],\"data_offsets\":[0," #end "]}"
#define INDEX "model.safetensors.index.json"
#define ONE "model-00001-of-00002.safetensors"
#define TWO "model-00002-of-00002.safetensors"

/* A fresh folder m with two shards: a and c in the first, b in the second. */
static void make_shards(void) {
  lowpt_remove("m");
  lowpt_mkdir("m");
  lowpt_put_safetensors("m/" ONE,
                        "{\"__metadata__\":{\"format\":\"pt\"}," TENSOR(
                            "c", 3) ","
                                    "\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[3,5]}}",
                        5);
  lowpt_put_safetensors("m/" TWO, "{\"__metadata__\":{\"format\":\"np\",\"x\":\"y\"}," TENSOR("b", 4) "}", 4);
}

static const char good[] =
    "{\"metadata\":{\"total_size\":9},\"weight_map\":{\"c\":\"" ONE "\",\"a\":\"" ONE "\",\"b\":\"" TWO "\"}}";

static void check_shards(lowp_file *f, lowp_container container) {
  assert_int_equal(lowp_file_container(f), container);
  assert_int_equal(lowp_file_count(f), 3);
  assert_int_equal(lowp_file_shard_count(f), 2);
  assert_string_equal(lowp_file_get(f, 0)->name, "a");
  assert_string_equal(lowp_file_get(f, 1)->name, "b");
  assert_string_equal(lowp_file_get(f, 2)->name, "c");
  assert_int_equal(lowp_file_get(f, 0)->shard, 0);
  assert_int_equal(lowp_file_get(f, 1)->shard, 1);
  assert_memory_equal(lowp_file_get(f, 0)->data, "\3\4", 2);
  assert_memory_equal(lowp_file_get(f, 1)->data, "\0\1\2\3", 4);
  /* by shard, then offset: c, a, b */
  assert_int_equal(lowp_file_in_order(f, 0), 2);
  assert_int_equal(lowp_file_in_order(f, 1), 0);
  assert_int_equal(lowp_file_in_order(f, 2), 1);
  assert_int_equal(lowp_file_metadata_count(f), 3);
  assert_string_equal(lowp_file_metadata_find(f, "format"), "pt");
  assert_string_equal(lowp_file_metadata_find(f, "x"), "y");
  assert_int_equal(lowp_file_metadata_get(f, 2)->shard, 1);
  assert_string_equal(lowp_file_shard_path(f, 1), lowpt_path("m/" TWO));
  assert_string_equal(lowp_file_directory(f), lowpt_path("m"));
  assert_true(lowp_file_is_input(f, lowpt_path("m/" TWO)));
  lowp_file_close(f);
}

static void test_index(void **state) {
  (void)state;
  make_shards();
  const char *path = lowpt_put_text("m/" INDEX, good);
  check_shards(lowpt_open(path, NULL), LOWP_CONTAINER_INDEX);
  check_shards(lowpt_open(lowpt_path("m"), NULL), LOWP_CONTAINER_INDEX);
  /* what the index does not name is left alone, even if broken */
  lowpt_put_text("m/consolidated.safetensors", "not even a file");
  check_shards(lowpt_open(lowpt_path("m"), NULL), LOWP_CONTAINER_INDEX);
  /* an index under another name, and without metadata */
  lowpt_remove("m/" INDEX);
  lowpt_put_text("m/diffusion.safetensors.index.json",
                 "{\"weight_map\":{\"a\":\"" ONE "\",\"b\":\"" TWO "\",\"c\":\"" ONE "\"}}");
  check_shards(lowpt_open(lowpt_path("m"), NULL), LOWP_CONTAINER_INDEX);
  lowpt_put_text("m/" INDEX, good);
  lowpt_refuses(lowpt_path("m"), NULL, LOWP_E_FORMAT, "2 indexes", NULL);
}

static void test_directory(void **state) {
  (void)state;
  make_shards();
  lowpt_put_text("m/config.json", "{}");
  lowpt_put_text("m/.hidden.safetensors", "half a file");
  lowp_file *f = lowpt_open(lowpt_path("m"), NULL);
  check_shards(f, LOWP_CONTAINER_DIRECTORY);
  lowpt_remove("m/" TWO);
  lowpt_refuses(lowpt_path("m"), NULL, LOWP_E_FORMAT, "1 of the 2 shards", ONE, NULL);
  /* a lone file goes before whatever else is there */
  lowpt_put_safetensors("m/model.safetensors", "{" TENSOR("q", 1) "}", 1);
  f = lowpt_open(lowpt_path("m"), NULL);
  assert_int_equal(lowp_file_count(f), 1);
  assert_string_equal(lowp_file_get(f, 0)->name, "q");
  lowp_file_close(f);
  lowpt_remove("m");
  lowpt_mkdir("m");
  lowpt_refuses(lowpt_path("m"), NULL, LOWP_E_FORMAT, "no *.safetensors", NULL);
  lowpt_put_safetensors("m/x.safetensors", "{" TENSOR("q", 1) "}", 1);
  lowpt_put_safetensors("m/y.safetensors", "{" TENSOR("r", 1) "}", 1);
  f = lowpt_open(lowpt_path("m"), NULL);
  assert_int_equal(lowp_file_count(f), 2);
  lowp_file_close(f);
  lowpt_put_safetensors("m/z.safetensors", "{" TENSOR("r", 1) "}", 1);
  lowpt_refuses(lowpt_path("m"), NULL, LOWP_E_FORMAT, "'r' is in two shards", "'y.safetensors'", "'z.safetensors'",
                NULL);
}

static void test_bad_index(void **state) {
  (void)state;
  static const struct {
    const char *json;
    lowp_status status;
    const char *first, *second;
  } cases[] = {
      {"", LOWP_E_FORMAT, "index", "not valid JSON"},
      {"[]", LOWP_E_FORMAT, "weight_map", "not a safetensors index"},
      {"{}", LOWP_E_FORMAT, "weight_map", "not a safetensors index"},
      {"{\"weight_map\":[]}", LOWP_E_FORMAT, "weight_map", "not a safetensors index"},
      {"{\"weight_map\":{\"a\":1}}", LOWP_E_FORMAT, "'a'", "not a string"},
      {"{\"weight_map\":{\"a\":\"" ONE "\",\"a\":\"" ONE "\"}}", LOWP_E_FORMAT, "\"a\"", "duplicate"},
      {"{\"weight_map\":{\"a\":\"" ONE "\"},\"weight_map\":{}}", LOWP_E_FORMAT, "weight_map", "duplicate"},
      {"{\"weight_map\":{\"a\":\"../m/" ONE "\"}}", LOWP_E_FORMAT, "'a'", "not a plain file name"},
      {"{\"weight_map\":{\"a\":\"/etc/passwd\"}}", LOWP_E_FORMAT, "'a'", "not a plain file name"},
      {"{\"weight_map\":{\"a\":\"..\"}}", LOWP_E_FORMAT, "'a'", "not a plain file name"},
      {"{\"weight_map\":{\"a\":\".\"}}", LOWP_E_FORMAT, "'a'", "not a plain file name"},
      {"{\"weight_map\":{\"a\":\"\"}}", LOWP_E_FORMAT, "'a'", "not a plain file name"},
      {"{\"weight_map\":{\"a\":\"gone.safetensors\"}}", LOWP_E_IO, "gone.safetensors", "cannot open"},
      /* missing from the index, missing from the shards, in the other shard */
      {"{\"weight_map\":{\"a\":\"" ONE "\",\"c\":\"" ONE "\"}}", LOWP_E_FORMAT, NULL, NULL},
      {"{\"weight_map\":{\"a\":\"" ONE "\",\"b\":\"" TWO "\"}}", LOWP_E_FORMAT, "'c'", "not in the index"},
      {"{\"weight_map\":{\"a\":\"" ONE "\",\"b\":\"" TWO "\",\"c\":\"" ONE "\",\"d\":\"" TWO "\"}}", LOWP_E_FORMAT,
       "'d'", "does not hold it"},
      {"{\"weight_map\":{\"a\":\"" ONE "\",\"aa\":\"" ONE "\",\"b\":\"" TWO "\",\"c\":\"" ONE "\"}}", LOWP_E_FORMAT,
       "'aa'", "does not hold it"},
      {"{\"weight_map\":{\"a\":\"" ONE "\",\"b\":\"" TWO "\",\"c\":\"" TWO "\"}}", LOWP_E_FORMAT, "'c'",
       "but it is in"},
  };
  make_shards();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char *path = lowpt_put_text("m/" INDEX, cases[i].json);
    if (cases[i].first) {
      lowpt_refuses(path, NULL, cases[i].status, cases[i].first, cases[i].second, NULL);
      lowpt_refuses(lowpt_path("m"), NULL, cases[i].status, cases[i].first, cases[i].second, NULL);
    } else { /* an index of the first shard alone is whole in itself */
      lowp_file_close(lowpt_open(path, NULL));
    }
  }
  /* a broken shard is named */
  lowpt_put_text("m/" INDEX, good);
  lowpt_put_safetensors("m/" TWO, "{" TENSOR("b", 4) "}", 3);
  lowpt_refuses(lowpt_path("m"), NULL, LOWP_E_FORMAT, TWO, "'b'", "truncated", NULL);
  lowpt_refuses(lowpt_put_text("m/config.json", "{\"a\":1}"), NULL, LOWP_E_FORMAT, "not a safetensors index", NULL);
}

/* The index parser alone, cut anywhere. */
static void test_index_truncation(void **state) {
  (void)state;
  for (size_t n = 0; n < sizeof good; n++) {
    lowpt_guard g = lowpt_guard_copy(good, n, LOWPT_UPPER, 0);
    lowpi_arena arena = {NULL};
    lowpi_index index;
    lowp_status status = lowpi_index_parse("cut", g.data, n, &arena, &index, NULL);
    LOWP_CHECK(status == (n == sizeof good - 1 ? LOWP_OK : LOWP_E_FORMAT), "%zu bytes: %d", n, (int)status);
    if (!status) {
      assert_int_equal(index.count, 3);
      assert_int_equal(index.shard_count, 2);
      assert_string_equal(index.shards[1], TWO);
      assert_string_equal(index.entries[1].tensor, "b");
      assert_int_equal(index.entries[1].shard, 1);
    }
    lowpi_arena_free(&arena);
    lowpt_guard_free(&g);
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_index),
      cmocka_unit_test(test_directory),
      cmocka_unit_test(test_bad_index),
      cmocka_unit_test(test_index_truncation),
  };
  return LOWP_SUITE_RUN("shards", tests);
}
