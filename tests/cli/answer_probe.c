/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer_probe PLAN.safetensors ACCUMULATOR OUT.bin: stands for a device: computes the dot products of a plan with an
 * accumulator of accumulate.def, or with a loop of FMAs in C (loop), and writes the results as raw f32.
 */
#include <lowp/accumulate.h>
#include <lowp/io.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float loop(size_t n, const float *x, const float *w) {
  float s = 0;
  for (size_t i = 0; i < n; i++) s = fmaf(x[i], w[i], s);
  return s;
}

int main(int argc, char **argv) {
  lowp_file *file;
  lowp_accum accum;
  if (argc != 4 || lowp_file_open(argv[1], NULL, &file, NULL) != LOWP_OK) return 1;
  int by_loop = strcmp(argv[2], "loop") == 0;
  if (!by_loop && lowp_accum_from_name(argv[2], &accum) != LOWP_OK) return 1;
  size_t ix = lowp_file_find(file, "x"), iw = lowp_file_find(file, "w");
  if (ix == SIZE_MAX || iw == SIZE_MAX) return 1;
  const lowp_file_tensor *x = lowp_file_get(file, ix), *w = lowp_file_get(file, iw);
  if (x->rank != 2 || x->element != LOWP_F32 || w->rank != 2 || w->shape[0] != x->shape[0]) return 1;
  const size_t n = x->shape[1];
  lowp_view vx = lowp_view_of(LOWP_F32, x->shape[0], n, x->data), vw = lowp_view_of(LOWP_F32, x->shape[0], n, w->data);
  float *row = malloc(2 * n * sizeof *row);
  FILE *out = fopen(argv[3], "wb");
  if (row == NULL || out == NULL) return 1;
  for (size_t i = 0; i < vx.rows; i++) {
    float y;
    lowp_view_load_row(&vx, i, row);
    lowp_view_load_row(&vw, i, row + n);
    if (by_loop)
      y = loop(n, row, row + n);
    else if (lowp_accum_dot(&accum, n, row, row + n, &y) != LOWP_OK)
      return 1;
    fwrite(&y, sizeof y, 1, out);
  }
  free(row);
  lowp_file_close(file);
  return fclose(out) != 0;
}
