/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c: runs one fuzz target over its corpus, without a fuzzer. Every file is tried whole, then cut at every byte.
 * Files called ok-* must be accepted when whole, bad-* refused; others, which a search has found, need only not fail.
 *
 * The corpus of replay_X is the folder tests/fuzz/corpus/X of the source tree.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <string.h>

/* A copy of its own size, so that checkers of memory see every access beyond it. */
static void run(const uint8_t *bytes, size_t n) {
  uint8_t *copy = malloc(n ? n : 1);
  if (!copy) abort();
  if (n) memcpy(copy, bytes, n);
  LLVMFuzzerTestOneInput(copy, n);
  free(copy);
}

static size_t load(const char *path, uint8_t *bytes, size_t room) {
  FILE *f = fopen(path, "rb");
  if (!f) {
    perror(path);
    exit(1);
  }
  size_t n = fread(bytes, 1, room, f);
  fclose(f);
  return n;
}

/* 1 if the file is accepted or refused as its name says. */
static int replay(const char *folder, const char *name) {
  static uint8_t bytes[1 << 16];
  char path[2048];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  size_t n = load(path, bytes, sizeof bytes);
  for (size_t cut = 0; cut < n; cut++) run(bytes, cut);
  run(bytes, n);
  int wrong = (strncmp(name, "ok-", 3) == 0 && !lowpt_accepted) || (strncmp(name, "bad-", 4) == 0 && lowpt_accepted);
  if (wrong) printf("%s: %s\n", path, lowpt_accepted ? "accepted" : "refused");
  return !wrong;
}

int main(int argc, char **argv) {
  const char *source = getenv("LOWP_SRCDIR"), *name = argc > 0 ? strrchr(argv[0], '_') : NULL;
  char folder[1024];
  int passed = 0, failed = 0;
  snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", source ? source : ".", name ? name + 1 : "");
  DIR *d = opendir(folder);
  if (!d) {
    perror(folder);
    return 1;
  }
  for (struct dirent *entry; (entry = readdir(d)) != NULL;)
    if (entry->d_name[0] != '.') {
      if (replay(folder, entry->d_name))
        passed++;
      else
        failed++;
    }
  closedir(d);
  if (passed == 0) failed++; /* an empty corpus shows nothing */
  printf("# checks: %d passed, %d failed, 0 skipped\n", passed, failed);
  return failed != 0;
}
