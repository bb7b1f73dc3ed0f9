/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_activations FILE NAME:TOKENSxCOLS:KIND...: a safetensors file of f32 matrices; KIND is correlated (power law),
 * outliers (four channels times 30), white, or weights (Laplace).
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/analysis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what) {
  fprintf(stderr, "make_activations: %s\n", what);
  return 1;
}

static int describe(const char *kind, lowp_distribution_desc *d) {
  if (strcmp(kind, "correlated") == 0) {
    d->correlation = LOWP_CORRELATION_POWER;
    d->correlation_a = 1.2;
  } else if (strcmp(kind, "outliers") == 0) {
    d->channels = 4;
    d->channel_factor = 30;
  } else if (strcmp(kind, "weights") == 0) {
    d->body = LOWP_DISTRIBUTION_LAPLACE;
  } else {
    return strcmp(kind, "white") == 0;
  }
  return 1;
}

typedef struct entry {
  char name[64], kind[16];
  unsigned rows, cols;
} entry;

static int write_one(FILE *out, const entry *e, unsigned seed) {
  lowp_distribution_desc d;
  const size_t n = (size_t)e->rows * e->cols;
  float *x = malloc(n * sizeof *x);
  lowp_distribution_desc_init(&d);
  d.cols = e->cols;
  int good = x != NULL && describe(e->kind, &d) && lowp_random_matrix(&d, seed, 0, n, x) == LOWP_OK &&
             fwrite(x, sizeof *x, n, out) == n;
  free(x);
  return good;
}

int main(int argc, char **argv) {
  enum { MOST = 16 };
  entry entries[MOST];
  char header[4096] = "{";
  size_t used = 1, at = 0;
  if (argc < 3 || argc - 2 > MOST) return fail("usage: make_activations FILE NAME:TOKENSxCOLS:KIND...");
  for (int i = 2; i < argc; i++) {
    entry *e = &entries[i - 2];
    if (sscanf(argv[i], "%63[^:]:%ux%u:%15s", e->name, &e->rows, &e->cols, e->kind) != 4) return fail(argv[i]);
    const size_t bytes = (size_t)e->rows * e->cols * 4;
    used += (size_t)snprintf(header + used, sizeof header - used,
                             "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%u,%u],\"data_offsets\":[%zu,%zu]}", i > 2 ? "," : "",
                             e->name, e->rows, e->cols, at, at + bytes);
    at += bytes;
  }
  used += (size_t)snprintf(header + used, sizeof header - used, "}");
  FILE *out = fopen(argv[1], "wb");
  if (out == NULL) return fail("cannot write");
  for (int i = 0; i < 8; i++) fputc((int)(used >> 8 * i & 255), out);
  fwrite(header, 1, used, out);
  for (int i = 2; i < argc; i++)
    if (!write_one(out, &entries[i - 2], (unsigned)i)) return fail(argv[i]);
  return fclose(out) == 0 ? 0 : fail("cannot write");
}
