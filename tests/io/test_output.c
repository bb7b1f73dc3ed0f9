/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs are there whole or not at all: killed writers, full disks, names that are taken, directories of shards. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "io/files.h"
#include "io/json.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const size_t eight[] = {8}, megabyte[] = {1 << 20};
static const lowp_tensor_spec small = {"t", LOWP_DTYPE_U8, 1, eight}, big = {"t", LOWP_DTYPE_U8, 1, megabyte};
static const lowp_write_options replace = {.struct_size = sizeof replace, .replace = 1};

/* Runs `body` in a child and returns its exit status; 100 says that the child did not end by itself. */
static int in_child(int (*body)(int), int argument) {
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) _exit(body(argument));
  int status = 0;
  assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

/* --- one file --- */

static int die_after(int steps) {
  lowp_writer *w;
  if (lowp_writer_create(lowpt_path("killed/out.safetensors"), NULL, 1, &small, &w, NULL)) return 1;
  if (steps > 0 && lowp_writer_write(w, 0, 0, "1234", 4, NULL)) return 2;
  if (steps > 1 && lowp_writer_write(w, 0, 4, "5678", 4, NULL)) return 3;
  if (steps > 2 && lowp_writer_commit(w, NULL)) return 4;
  raise(SIGKILL);
  return 5;
}

static void test_killed(void **state) {
  (void)state;
  lowpt_mkdir("killed");
  /* like a temporary file, but not one of this output */
  static const char *const others[] = {".out.safetensors.tmp-", ".out.safetensors.tmp-1x", ".out2.safetensors.tmp-1",
                                       "out.safetensors.tmp-1"};
  for (size_t i = 0; i < 4; i++) {
    char name[64];
    snprintf(name, sizeof name, "killed/%s", others[i]);
    lowpt_put_text(name, "");
  }
  for (int steps = 0; steps < 4; steps++) {
    assert_int_equal(in_child(die_after, steps), 100);
    assert_int_equal(lowpt_exists("killed/out.safetensors"), steps == 3);
    assert_int_equal(lowpt_count("killed"), 4 + 1); /* the file, or what this run left: the next removes it */
  }
  lowp_file *f = lowpt_open(lowpt_path("killed/out.safetensors"), NULL);
  assert_memory_equal(lowp_file_get(f, 0)->data, "12345678", 8);
  lowp_file_close(f);
}

static void test_taken(void **state) {
  (void)state;
  lowp_writer *w, *v;
  lowp_error error = {0};
  lowpt_mkdir("taken");
  const char *path = lowpt_put_text("taken/out.safetensors", "old");
  assert_int_equal(lowp_writer_create(path, NULL, 1, &small, &w, &error), LOWP_E_CONSTRAINT);
  lowpt_says(&error, LOWP_E_CONSTRAINT, "already there");
  assert_int_equal(lowp_writer_create(path, &replace, 1, &small, &w, &error), LOWP_OK);
  assert_int_equal(lowp_writer_write(w, 0, 0, "12345678", 8, &error), LOWP_OK);
  size_t n;
  uint8_t *got = lowpt_get(path, &n);
  assert_memory_equal(got, "old", 3); /* until the commit */
  free(got);
  assert_int_equal(lowp_writer_commit(w, &error), LOWP_OK);
  lowp_file_close(lowpt_open(path, NULL));
  /* a file that appears while another is written */
  lowpt_remove("taken/out.safetensors");
  assert_int_equal(lowp_writer_create(path, NULL, 1, &small, &w, &error), LOWP_OK);
  assert_int_equal(lowp_writer_create(path, NULL, 1, &small, &v, &error), LOWP_OK);
  assert_int_equal(lowp_writer_write(w, 0, 0, "12345678", 8, &error), LOWP_OK);
  assert_int_equal(lowp_writer_write(v, 0, 0, "abcdefgh", 8, &error), LOWP_OK);
  assert_int_equal(lowp_writer_commit(w, &error), LOWP_OK);
  assert_int_equal(lowp_writer_commit(v, &error), LOWP_E_CONSTRAINT);
  lowpt_says(&error, LOWP_E_CONSTRAINT, "has appeared meanwhile");
  lowp_writer_abort(v);
  lowp_writer_abort(NULL);
  lowp_file *f = lowpt_open(path, NULL);
  assert_memory_equal(lowp_file_get(f, 0)->data, "12345678", 8);
  lowp_file_close(f);
  /* replacing a file that is mapped leaves the map as it was */
  f = lowpt_open(path, NULL);
  assert_int_equal(lowp_writer_create(path, &replace, 1, &small, &w, &error), LOWP_OK);
  assert_int_equal(lowp_writer_write(w, 0, 0, "abcdefgh", 8, &error), LOWP_OK);
  assert_int_equal(lowp_writer_commit(w, &error), LOWP_OK);
  assert_memory_equal(lowp_file_get(f, 0)->data, "12345678", 8);
  assert_false(lowp_file_is_input(f, path));
  lowp_file_close(f);
  assert_int_equal(lowpt_count("taken"), 1);
  assert_int_equal(lowp_writer_create(lowpt_path("taken"), &replace, 1, &small, &w, &error), LOWP_E_IO);
  assert_int_equal(lowp_writer_create(lowpt_path("taken/"), &replace, 1, &small, &w, &error), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_writer_create(lowpt_path("nowhere/x"), NULL, 1, &small, &w, &error), LOWP_E_IO);
  lowpt_says(&error, LOWP_E_IO, "nowhere/x");
  lowpt_says(&error, LOWP_E_IO, "check the path");
}

static void limit(rlim_t bytes) {
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit r = {bytes, RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &r);
}

static int no_room_at_first(int unused) {
  (void)unused;
  lowp_writer *w;
  lowp_error error = {0};
  limit(65536);
  if (lowp_writer_create(lowpt_path("full/out.safetensors"), NULL, 1, &big, &w, &error) != LOWP_E_IO) return 1;
  return strstr(error.text, "out.safetensors") && strstr(error.text, "bytes wanted") && strstr(error.text, "free") ? 0
                                                                                                                   : 2;
}

static int no_room_later(int unused) {
  (void)unused;
  static uint8_t bytes[1 << 20];
  lowp_writer *w;
  lowp_error error = {0};
  if (lowp_writer_create(lowpt_path("full/out.safetensors"), NULL, 1, &big, &w, &error)) return 1;
  limit(65536);
  if (lowp_writer_write(w, 0, 0, bytes, sizeof bytes, &error) != LOWP_E_IO) return 2;
  if (!strstr(error.text, "cannot write")) return 3;
  if (lowp_writer_commit(w, &error) != LOWP_E_IO || !strstr(error.text, "an earlier write to it failed")) return 4;
  lowp_writer_abort(w);
  return 0;
}

static int no_room_for_a_copy(int unused) {
  (void)unused;
  limit(4096);
  return lowp_copy_file(lowpt_path("source"), lowpt_path("full/copy"), NULL, NULL) == LOWP_E_IO ? 0 : 1;
}

static void test_full(void **state) {
  (void)state;
  static uint8_t bytes[10000];
  lowpt_mkdir("full");
  lowpt_put("source", bytes, sizeof bytes);
  assert_int_equal(in_child(no_room_at_first, 0), 0);
  assert_int_equal(in_child(no_room_later, 0), 0);
  assert_int_equal(in_child(no_room_for_a_copy, 0), 0);
  assert_int_equal(lowpt_count("full"), 0);
}

static bool tell(const char *path, const char *format, long id) {
  FILE *f = fopen(path, "w");
  return f && fprintf(f, format, id) > 0 && fclose(f) == 0;
}

/* A file system of 64 KiB, in a mount namespace of this child alone. */
static int on_a_full_disk(int unused) {
  (void)unused;
  long user = geteuid(), group = getegid();
  if (unshare(user == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) return 77;
  if (user != 0 && !(tell("/proc/self/uid_map", "0 %ld 1\n", user) && tell("/proc/self/setgroups", "deny\n", 0) &&
                     tell("/proc/self/gid_map", "0 %ld 1\n", group)))
    return 77;
  if (mount("none", "/", "none", MS_REC | MS_PRIVATE, "") != 0) return 77;
  if (mount("tmpfs", lowpt_path("full"), "tmpfs", 0, "size=64k") != 0) return 77;
  lowp_writer *w;
  lowp_error error = {0};
  if (lowp_writer_create(lowpt_path("full/out.safetensors"), NULL, 1, &big, &w, &error) != LOWP_E_IO) return 1;
  if (!strstr(error.text, "out.safetensors") || !strstr(error.text, "65536 free") || !strstr(error.text, "free some"))
    return 2;
  if (lowpt_count("full") != 0) return 3;
  if (lowp_writer_create(lowpt_path("full/out.safetensors"), NULL, 1, &small, &w, &error)) return 4;
  lowp_writer_abort(w);
  return lowpt_count("full") == 0 ? 0 : 5;
}

static void test_full_disk(void **state) {
  (void)state;
  if (!lowpt_exists("full")) lowpt_mkdir("full");
  int result = in_child(on_a_full_disk, 0);
  if (result == 77) LOWP_SKIP("this user may not mount a small file system");
  assert_int_equal(result, 0);
}

/* Root may do everything, so as nobody. */
static int without_rights(int unused) {
  (void)unused;
  lowp_file *f;
  lowp_writer *w;
  lowp_error error = {0};
  if (geteuid() == 0 && setuid(65534) != 0) return 77;
  if (access(lowpt_path("secret.safetensors"), R_OK) == 0) return 77;
  if (lowp_file_open(lowpt_path("secret.safetensors"), NULL, &f, &error) != LOWP_E_IO) return 1;
  if (!strstr(error.text, "secret.safetensors") || !strstr(error.text, "check the permissions")) return 2;
  if (lowp_writer_create(lowpt_path("locked/out"), NULL, 1, &small, &w, &error) != LOWP_E_IO) return 3;
  return strstr(error.text, "locked/out") && strstr(error.text, "check the permissions") ? 0 : 4;
}

static void test_rights(void **state) {
  (void)state;
  lowpt_put_safetensors("secret.safetensors", "{}", 0);
  lowpt_mkdir("locked");
  assert_int_equal(chmod(lowpt_path("secret.safetensors"), 0), 0);
  assert_int_equal(chmod(lowpt_path("locked"), 0500), 0);
  int result = in_child(without_rights, 0);
  chmod(lowpt_path("locked"), 0700);
  if (result == 77) LOWP_SKIP("permissions mean nothing to this user");
  assert_int_equal(result, 0);
}

static void test_small_files(void **state) {
  (void)state;
  lowp_error error = {0};
  size_t n;
  lowpt_mkdir("small");
  assert_int_equal(lowp_write_file(lowpt_path("small/a"), NULL, "text", 4, &error), LOWP_OK);
  assert_int_equal(lowp_write_file(lowpt_path("small/a"), NULL, "more", 4, &error), LOWP_E_CONSTRAINT);
  assert_int_equal(lowp_write_file(lowpt_path("small/none"), NULL, NULL, 0, &error), LOWP_OK);
  assert_int_equal(lowp_copy_file(lowpt_path("small/a"), lowpt_path("small/b"), NULL, &error), LOWP_OK);
  assert_int_equal(lowp_copy_file(lowpt_path("small/none"), lowpt_path("small/b"), NULL, &error), LOWP_E_CONSTRAINT);
  uint8_t *got = lowpt_get(lowpt_path("small/b"), &n);
  assert_int_equal(n, 4);
  assert_memory_equal(got, "text", 4);
  free(got);
  assert_int_equal(lowp_copy_file(lowpt_path("small/none"), lowpt_path("small/b"), &replace, &error), LOWP_OK);
  free(lowpt_get(lowpt_path("small/b"), &n));
  assert_int_equal(n, 0);
  assert_int_equal(lowp_copy_file(lowpt_path("small/a"), lowpt_path("small/a"), &replace, &error), LOWP_E_ARGUMENT);
  lowpt_says(&error, LOWP_E_ARGUMENT, "onto itself");
  assert_int_equal(lowp_copy_file(lowpt_path("small/c"), lowpt_path("small/d"), NULL, &error), LOWP_E_IO);
  assert_int_equal(lowp_copy_file(lowpt_path("small"), lowpt_path("small/d"), NULL, &error), LOWP_E_IO);
  assert_int_equal(lowpt_count("small"), 3);
  /* a name that leaves no room for the temporary one's ending */
  char name[252] = "small/";
  memset(name + 6, 'n', 245);
  assert_int_equal(lowp_write_file(lowpt_path(name), NULL, "x", 1, &error), LOWP_OK);
  assert_true(lowpt_exists(name));
}

static void test_json(void **state) {
  (void)state;
  lowp_error error = {0};
  json_t *value = json_pack("{s:[i,s], s:b}", "z", 1, "\xc3\xa9", "a", 1), *back = NULL;
  assert_int_equal(lowpi_json_save(lowpt_path("x.json"), value, true, false, &error), LOWP_OK);
  assert_int_equal(lowpi_json_save(lowpt_path("x.json"), value, true, false, &error), LOWP_E_CONSTRAINT);
  size_t n;
  uint8_t *got = lowpt_get(lowpt_path("x.json"), &n);
  static const char text[] = "{\n  \"a\": true,\n  \"z\": [\n    1,\n    \"\xc3\xa9\"\n  ]\n}\n";
  assert_int_equal(n, sizeof text - 1);
  assert_memory_equal(got, text, n);
  free(got);
  assert_int_equal(lowpi_json_load(lowpt_path("x.json"), "file", 100, &back, &error), LOWP_OK);
  assert_true(json_equal(value, back));
  json_decref(back);
  assert_int_equal(lowpi_json_load(lowpt_path("x.json"), "file", n - 1, &back, &error), LOWP_E_FORMAT);
  lowpt_says(&error, LOWP_E_FORMAT, "may have at most");
  assert_int_equal(lowpi_json_load(lowpt_path("y.json"), "file", 100, &back, &error), LOWP_E_IO);
  json_decref(value);
}

/* --- a directory of shards --- */

static void add_shard(lowp_shards *s, const char *name, const char *tensor, const char *bytes) {
  const lowp_tensor_spec spec = {tensor, LOWP_DTYPE_U8, 1, eight};
  lowp_writer *w;
  lowp_error error = {0};
  LOWP_CHECK(lowp_shards_writer(s, name, NULL, 1, &spec, &w, &error) == LOWP_OK, "%s", error.text);
  assert_int_equal(lowp_writer_write(w, 0, 0, bytes, 8, &error), LOWP_OK);
  assert_false(lowp_shards_has(s, name));
  assert_int_equal(lowp_writer_commit(w, &error), LOWP_OK);
  assert_true(lowp_shards_has(s, name));
}

static lowp_shards *start(const char *name, const lowp_write_options *options, lowp_partial partial) {
  lowp_shards *s = NULL;
  lowp_error error = {0};
  lowp_status status = lowp_shards_create(lowpt_path(name), options, partial, &s, &error);
  LOWP_CHECK(status == LOWP_OK, "%d %s", (int)status, error.text);
  return s;
}

static lowp_status refused(const char *name, const lowp_write_options *options, lowp_partial partial,
                           const char *word) {
  lowp_shards *s;
  lowp_error error = {0};
  lowp_status status = lowp_shards_create(lowpt_path(name), options, partial, &s, &error);
  lowpt_says(&error, status, word);
  return status;
}

static void finish(lowp_shards *s) {
  lowp_error error = {0};
  LOWP_CHECK(lowp_shards_commit(s, &error) == LOWP_OK, "%s", error.text);
}

static void test_shards(void **state) {
  (void)state;
  lowp_shards *s = start("model/", NULL, LOWP_PARTIAL_REFUSE);
  assert_string_equal(lowp_shards_directory(s), lowpt_path("model.partial"));
  for (int i = LOWP_PARTIAL_REFUSE; i <= LOWP_PARTIAL_DISCARD; i++)
    assert_int_equal(refused("model", NULL, (lowp_partial)i, "another run is writing there"), LOWP_E_CONSTRAINT);
  add_shard(s, "model-00002-of-00002.safetensors", "b", "bbbbbbbb");
  add_shard(s, "model-00001-of-00002.safetensors", "a", "aaaaaaaa");
  assert_int_equal(lowp_write_file(lowpt_path("model.partial/config.json"), NULL, "{}", 2, NULL), LOWP_OK);
  assert_false(lowpt_exists("model"));
  finish(s);
  assert_false(lowpt_exists("model.partial"));
  assert_int_equal(lowpt_count("model"), 4);
  size_t n;
  uint8_t *got = lowpt_get(lowpt_path("model/model.safetensors.index.json"), &n);
  got[n] = '\0';
  assert_string_equal((char *)got, "{\n  \"metadata\": {\n    \"total_size\": 16\n  },\n  \"weight_map\": {\n"
                                   "    \"a\": \"model-00001-of-00002.safetensors\",\n"
                                   "    \"b\": \"model-00002-of-00002.safetensors\"\n  }\n}\n");
  free(got);
  lowp_file *f = lowpt_open(lowpt_path("model"), NULL);
  assert_int_equal(lowp_file_container(f), LOWP_CONTAINER_INDEX);
  assert_int_equal(lowp_file_count(f), 2);
  lowp_file_close(f);
  /* one file of the plain name needs no index */
  s = start("single", NULL, LOWP_PARTIAL_REFUSE);
  add_shard(s, "model.safetensors", "a", "aaaaaaaa");
  finish(s);
  assert_int_equal(lowpt_count("single"), 1);
}

static void test_shards_resume(void **state) {
  (void)state;
  lowp_shards *s = start("resumed", NULL, LOWP_PARTIAL_RESUME);
  add_shard(s, "x-1.safetensors", "a", "aaaaaaaa");
  lowpt_put_text("resumed.partial/.x-2.safetensors.tmp-12345", "half");
  lowp_shards_abort(s, 1);
  assert_int_equal(lowpt_count("resumed.partial"), 2);
  assert_int_equal(refused("resumed", NULL, LOWP_PARTIAL_REFUSE, "left by an interrupted run"), LOWP_E_CONSTRAINT);
  s = start("resumed", NULL, LOWP_PARTIAL_RESUME);
  assert_int_equal(lowpt_count("resumed.partial"), 1); /* what was not whole is gone */
  assert_true(lowp_shards_has(s, "x-1.safetensors"));
  assert_false(lowp_shards_has(s, "x-2.safetensors"));
  assert_false(lowp_shards_has(s, "../resumed.partial"));
  add_shard(s, "x-2.safetensors", "b", "bbbbbbbb");
  finish(s);
  lowp_file *f = lowpt_open(lowpt_path("resumed"), NULL);
  assert_memory_equal(lowp_file_get(f, 0)->data, "aaaaaaaa", 8);
  assert_memory_equal(lowp_file_get(f, 1)->data, "bbbbbbbb", 8);
  lowp_file_close(f);
  /* discarded, and aborted without a trace */
  s = start("other", NULL, LOWP_PARTIAL_REFUSE);
  add_shard(s, "x-1.safetensors", "a", "aaaaaaaa");
  lowp_shards_abort(s, 1);
  s = start("other", NULL, LOWP_PARTIAL_DISCARD);
  assert_int_equal(lowpt_count("other.partial"), 0);
  add_shard(s, "x-1.safetensors", "a", "aaaaaaaa");
  lowp_shards_abort(s, 0);
  assert_int_equal(lowpt_count("other.partial"), -1);
  lowp_shards_abort(NULL, 0);
}

static void test_shards_refuse(void **state) {
  (void)state;
  lowp_error error = {0};
  lowp_writer *w;
  lowp_shards *s = start("r", NULL, LOWP_PARTIAL_REFUSE);
  assert_int_equal(lowp_shards_commit(s, &error), LOWP_E_CONSTRAINT);
  lowpt_says(&error, LOWP_E_CONSTRAINT, "no shard");
  static const char *const names[] = {"../x.safetensors", "a/b.safetensors", "x.bin", ".x.safetensors", ""};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    assert_int_equal(lowp_shards_writer(s, names[i], NULL, 1, &small, &w, &error), LOWP_E_ARGUMENT);
  add_shard(s, "1.safetensors", "a", "aaaaaaaa");
  assert_int_equal(lowp_shards_writer(s, "2.safetensors", NULL, 1, &small, &w, &error), LOWP_OK);
  assert_int_equal(lowp_shards_commit(s, &error), LOWP_E_CONSTRAINT);
  lowpt_says(&error, LOWP_E_CONSTRAINT, "still being written");
  lowp_writer_abort(w);
  add_shard(s, "2.safetensors", "a", "bbbbbbbb");
  assert_int_equal(lowp_shards_commit(s, &error), LOWP_E_FORMAT);
  lowpt_says(&error, LOWP_E_FORMAT, "'a' is in two shards");
  add_shard(s, "3.safetensors", "c", "cccccccc");
  lowpt_remove("r.partial/2.safetensors");
  lowpt_put_text("r", "a file in the way");
  assert_int_equal(lowp_shards_commit(s, &error), LOWP_E_CONSTRAINT);
  lowpt_remove("r");
  lowpt_mkdir("r"); /* an empty directory is as good as none */
  finish(s);
  assert_int_equal(lowpt_count("r"), 3);
  assert_int_equal(refused(".", NULL, LOWP_PARTIAL_REFUSE, "not the name"), LOWP_E_ARGUMENT);
  assert_int_equal(refused("none/r", NULL, LOWP_PARTIAL_REFUSE, "cannot create"), LOWP_E_IO);
  lowpt_put_text("q.partial", "a file in the way");
  assert_int_equal(refused("q", NULL, LOWP_PARTIAL_RESUME, "in the way"), LOWP_E_CONSTRAINT);
}

static void test_shards_replace(void **state) {
  (void)state;
  lowp_shards *s = start("p", NULL, LOWP_PARTIAL_REFUSE);
  add_shard(s, "model.safetensors", "old", "oooooooo");
  finish(s);
  lowpt_put_text("p/tokenizer.json", "{}");
  assert_int_equal(refused("p", NULL, LOWP_PARTIAL_REFUSE, "not empty"), LOWP_E_CONSTRAINT);
  s = start("p", &replace, LOWP_PARTIAL_REFUSE);
  add_shard(s, "model.safetensors", "new", "nnnnnnnn");
  lowp_file *f = lowpt_open(lowpt_path("p"), NULL);
  assert_string_equal(lowp_file_get(f, 0)->name, "old");
  int before = lowpt_count("");
  finish(s);
  assert_int_equal(lowpt_count(""), before - 1); /* p.partial became p, and the old one is gone */
  assert_memory_equal(lowp_file_get(f, 0)->data, "oooooooo", 8);
  lowp_file_close(f);
  f = lowpt_open(lowpt_path("p"), NULL);
  assert_string_equal(lowp_file_get(f, 0)->name, "new");
  lowp_file_close(f);
  assert_int_equal(lowpt_count("p"), 1);
  lowpt_mkdir("p/photos");
  assert_int_equal(refused("p", &replace, LOWP_PARTIAL_REFUSE, "has subdirectories"), LOWP_E_CONSTRAINT);
  lowpt_mkdir("home");
  lowpt_put_text("home/letter.txt", "dear");
  assert_int_equal(refused("home", &replace, LOWP_PARTIAL_REFUSE, "holds no safetensors"), LOWP_E_CONSTRAINT);
  assert_false(lowpt_exists("home.partial"));
}

int main(void) {
  lowpt_directory();
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_killed),        cmocka_unit_test(test_taken),          cmocka_unit_test(test_full),
      cmocka_unit_test(test_full_disk),     cmocka_unit_test(test_rights),         cmocka_unit_test(test_small_files),
      cmocka_unit_test(test_json),          cmocka_unit_test(test_shards),         cmocka_unit_test(test_shards_resume),
      cmocka_unit_test(test_shards_refuse), cmocka_unit_test(test_shards_replace),
  };
  return LOWP_SUITE_RUN("output", tests);
}
