/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/vectors.h"
#include "harness/suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *lowpt_vectors_root(void) {
  const char *root = getenv("LOWP_VECTORS");
  return root && *root ? root : NULL;
}

static const char *vectors_root_or_skip(void) {
  const char *root = lowpt_vectors_root();
  if (!root) LOWP_SKIP("LOWP_VECTORS is not set");
  return root;
}

/* automake exports srcdir; a program started by hand in the source tree finds the folder without it. */
static const char *golden_root(char *buffer, size_t size) {
  const char *srcdir = getenv("srcdir");
  snprintf(buffer, size, "%s/tests/golden", srcdir && *srcdir ? srcdir : ".");
  return buffer;
}

/* Reads root/name into malloc'ed memory with a NUL behind it. */
static char *read_file(const char *root, const char *name, size_t *size) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s/%s", root, name) >= (int)sizeof path) fail_msg("path too long: %s", name);
  FILE *file = fopen(path, "rb");
  if (!file) fail_msg("%s: %s", path, strerror(errno));
  char *data = NULL;
  long length = -1;
  if (fseek(file, 0, SEEK_END) == 0) length = ftell(file);
  if (length >= 0 && fseek(file, 0, SEEK_SET) == 0) data = malloc((size_t)length + 1);
  bool whole = data && fread(data, 1, (size_t)length, file) == (size_t)length;
  fclose(file);
  if (!whole) {
    free(data);
    fail_msg("%s: cannot be read", path);
    return NULL;
  }
  data[length] = '\0';
  *size = (size_t)length;
  return data;
}

static void *load_items(const char *root, const char *name, size_t item, size_t *count) {
  size_t size = 0;
  char *data = read_file(root, name, &size);
  if (size % item != 0 || size == 0 || (*count && size / item != *count)) {
    free(data);
    fail_msg("%s/%s: %zu bytes, not %zu items of %zu", root, name, size, *count, item);
  }
  *count = size / item;
  return data;
}

void *lowpt_vectors_load(const char *name, size_t item, size_t *count) {
  return load_items(vectors_root_or_skip(), name, item, count);
}

void *lowpt_golden_load(const char *name, size_t item, size_t *count) {
  char root[4096];
  return load_items(golden_root(root, sizeof root), name, item, count);
}

char *lowpt_vectors_text(const char *name, size_t *size) { return read_file(vectors_root_or_skip(), name, size); }

char *lowpt_golden_text(const char *name, size_t *size) {
  char root[4096];
  return read_file(golden_root(root, sizeof root), name, size);
}

bool lowpt_vectors_exists(const char *name) {
  const char *root = lowpt_vectors_root();
  char path[4096];
  if (!root || snprintf(path, sizeof path, "%s/%s", root, name) >= (int)sizeof path) return false;
  FILE *file = fopen(path, "rb");
  if (file) fclose(file);
  return file != NULL;
}

void lowpt_vectors_report(const char *group, size_t compared, size_t different) {
  print_message("# vectors: %s: %zu compared, %zu different\n", group, compared, different);
  LOWP_CHECK(compared > 0, "%s: nothing was compared", group);
  LOWP_CHECK(different == 0, "%s: %zu of %zu differ", group, different, compared);
}
