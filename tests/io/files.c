/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "io/files.h"

#include <dirent.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[256];
static pid_t owner;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)st, (void)type, (void)ftw;
  return remove(path);
}

static void remove_all(void) {
  /* A forked child inherits this handler but not the right to it. */
  if (getpid() == owner) nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *lowpt_directory(void) {
  if (!*directory) {
    const char *base = getenv("TMPDIR");
    snprintf(directory, sizeof directory, "%s/lowp-io-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(directory)) {
      perror(directory);
      abort();
    }
    chmod(directory, 0755);
    owner = getpid();
    atexit(remove_all);
  }
  return directory;
}

const char *lowpt_path(const char *name) {
  static char ring[16][1024];
  static unsigned next;
  char *path = ring[next++ % 16];
  snprintf(path, sizeof ring[0], "%s/%s", lowpt_directory(), name);
  return path;
}

const char *lowpt_put(const char *name, const void *bytes, size_t n) {
  const char *path = lowpt_path(name);
  FILE *f = fopen(path, "wb");
  LOWP_CHECK(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0, "cannot write %s", path);
  return path;
}

const char *lowpt_put_text(const char *name, const char *text) { return lowpt_put(name, text, strlen(text)); }

void lowpt_mkdir(const char *name) { assert_int_equal(mkdir(lowpt_path(name), 0777), 0); }

uint8_t *lowpt_get(const char *path, size_t *n) {
  FILE *f = fopen(path, "rb");
  LOWP_CHECK(f, "cannot read %s", path);
  fseek(f, 0, SEEK_END);
  *n = (size_t)ftell(f);
  rewind(f);
  uint8_t *bytes = malloc(*n + 1);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, *n, f), *n);
  fclose(f);
  return bytes;
}

bool lowpt_exists(const char *name) {
  struct stat st;
  return lstat(lowpt_path(name), &st) == 0;
}

int lowpt_count(const char *name) {
  DIR *d = opendir(lowpt_path(name));
  if (!d) return -1;
  int n = -2; /* . and .. */
  while (readdir(d)) n++;
  closedir(d);
  return n;
}

void lowpt_remove(const char *name) {
  const char *path = lowpt_path(name);
  if (lowpt_exists(name)) assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

size_t lowpt_image(uint8_t *image, size_t room, const char *json, size_t payload) {
  size_t n = strlen(json);
  assert_true(8 + n + payload <= room);
  for (size_t i = 0; i < 8; i++) image[i] = (uint8_t)((uint64_t)n >> (8 * i));
  memcpy(image + 8, json, n);
  for (size_t i = 0; i < payload; i++) image[8 + n + i] = (uint8_t)i;
  return 8 + n + payload;
}

const char *lowpt_put_safetensors(const char *name, const char *json, size_t payload) {
  uint8_t image[8192];
  size_t n = lowpt_image(image, sizeof image, json, payload);
  return lowpt_put(name, image, n);
}

lowp_file *lowpt_open(const char *path, const lowp_open_options *options) {
  lowp_file *file = NULL;
  lowp_error error = {0};
  lowp_status status = lowp_file_open(path, options, &file, &error);
  LOWP_CHECK(status == LOWP_OK && file, "%s does not open: %d %s", path, (int)status, error.text);
  return file;
}

void lowpt_says(const lowp_error *error, lowp_status status, const char *word) {
  LOWP_CHECK(error->status == status, "status %d instead of %d: %s", (int)error->status, (int)status, error->text);
  LOWP_CHECK(strstr(error->text, word), "'%s' is not in the message: %s", word, error->text);
}

void lowpt_refuses(const char *path, const lowp_open_options *options, lowp_status status, ...) {
  lowp_file *const untouched = (lowp_file *)&directory, *file = untouched;
  lowp_error error = {0};
  lowp_status got = lowp_file_open(path, options, &file, &error);
  LOWP_CHECK(got == status, "%s: status %d instead of %d: %s", path, (int)got, (int)status, error.text);
  LOWP_CHECK(file == untouched, "%s: the handle was written on failure", path);
  va_list words;
  va_start(words, status);
  for (const char *word; (word = va_arg(words, const char *)) != NULL;) lowpt_says(&error, status, word);
  va_end(words);
}
