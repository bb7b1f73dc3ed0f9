/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stdlib.h>

#include "tools/analyze.h"

lowp_view analyze_view(const analyze_job *job, const analyze_tensor *t) {
  const lowp_model_tensor *m = t->tensor;
  const lowp_file_tensor *source = lowp_file_get(job->sources[t->source].file, m->parts[0].file_index);
  bool plain = m->scheme == LOWP_SCHEME_NONE && lowp_element_info_of(source->element) != NULL;
  return lowp_view_of(plain ? source->element : LOWP_ELEMENT_NONE, m->rows, m->cols, source->data);
}

/* What is found of the columns, by each thread for itself. */
typedef struct columns {
  float *amax;
  uint32_t *large;
} columns;

static void join(columns *into, const columns *from, size_t cols) {
  for (size_t c = 0; c < cols; c++) {
    if (from->amax[c] > into->amax[c]) into->amax[c] = from->amax[c];
    into->large[c] += from->large[c];
  }
}

static void summarize(analyze_tensor *t, const lowp_description *d, const columns *c, const float *row_amax) {
  const lowp_model_tensor *m = t->tensor;
  analyze_description *a = &t->description;
  double finite = (double)(d->count - d->nan - d->inf);
  a->known = true;
  a->amax = (double)d->amax;
  a->rms = sqrt(lowp_description_mean_square(d));
  a->kurtosis = lowp_description_kurtosis(d);
  a->max_over_median = lowp_description_max_over_median(d);
  a->mu = lowp_description_incoherence(d);
  double *const crest[LOWP_DESCRIBE_BLOCKS] = {&a->crest16, &a->crest32, &a->crest64, &a->crest128};
  for (size_t i = 0; i < LOWP_DESCRIBE_BLOCKS; i++)
    *crest[i] = d->crest[i].blocks != 0 ? d->crest[i].sum / (double)d->crest[i].blocks : 0;
  a->zeros = finite > 0 ? (double)d->zeros / finite : 0;
  a->nonfinite = d->nan + d->inf;
  a->massive = lowp_description_is_massive(d) != 0;
  /* A test of positions: one row has none. */
  a->int8_outliers = m->rows < 2 ? 0 : lowp_outlier_features(m->rows, m->cols, c->large, NULL);
  if (lowp_channel_amax_ratio(m->rows, row_amax, &a->row_ratio) != LOWP_OK) a->row_ratio = NAN;
  if (lowp_channel_amax_ratio(m->cols, c->amax, &a->col_ratio) != LOWP_OK) a->col_ratio = NAN;
  t->amax = d->amax;
}

/* Rows that the library decodes, where they cannot be read in place; the model takes one call at a time. */
static lowp_status load(analyze_job *job, const analyze_tensor *t, size_t row0, size_t row1, float *buffer,
                        lowp_error *error) {
  lowp_status status;
  TOOL_OMP(omp critical(lowp_analyze_load))
  status = lowp_model_load_rows(job->sources[t->source].model, t->index, row0, row1, buffer, error);
  return status;
}

lowp_status analyze_describe(analyze_job *job, analyze_tensor *t, lowp_error *error) {
  lowp_view x = analyze_view(job, t);
  bool in_place = x.element != LOWP_ELEMENT_NONE;
  size_t cols = x.cols, rows = lowp_error_chunk_rows(cols);
  if (x.rows == 0 || cols == 0 || (!in_place && t->tensor->scheme == LOWP_SCHEME_NONE)) return LOWP_OK;
  if (rows > x.rows) rows = x.rows;
  long count = (long)((x.rows + rows - 1) / rows);
  float *row_amax = tool_alloc(x.rows, sizeof *row_amax);
  columns all = {tool_alloc(cols, sizeof *all.amax), tool_alloc(cols, sizeof *all.large)};
  lowp_description *total = tool_alloc(1, sizeof *total);
  lowp_status status = LOWP_OK;
  lowp_description_init(total);
  TOOL_OMP(omp parallel num_threads((int)job->options.quant.threads)) {
    columns own = {tool_alloc(cols, sizeof *own.amax), tool_alloc(cols, sizeof *own.large)};
    lowp_description *part = tool_alloc(1, sizeof *part);
    float *buffer = in_place ? NULL : tool_alloc(rows * cols, sizeof *buffer);
    TOOL_OMP(omp for ordered schedule(dynamic))
    for (long i = 0; i < count; i++) {
      size_t row0 = (size_t)i * rows, row1 = row0 + rows < x.rows ? row0 + rows : x.rows;
      lowp_error reason = {0};
      lowp_status one = in_place ? LOWP_OK : load(job, t, row0, row1, buffer, &reason);
      lowp_view piece = in_place ? x : lowp_view_of(LOWP_F32, row1 - row0, cols, buffer);
      size_t first = in_place ? row0 : 0;
      lowp_describe_channels channels = {sizeof channels, in_place ? row_amax : row_amax + row0, own.amax, own.large};
      lowp_description_init(part);
      if (one == LOWP_OK) one = lowp_describe_rows(part, &piece, first, first + row1 - row0, &channels);
      TOOL_OMP(omp ordered) {
        if (status == LOWP_OK && one != LOWP_OK) {
          status = one;
          *error = reason;
        }
        if (status == LOWP_OK) lowp_describe_merge(total, part);
      }
    }
    TOOL_OMP(omp critical(lowp_analyze_columns))
    join(&all, &own, cols);
    free(buffer);
    free(part);
    free(own.amax);
    free(own.large);
  }
  if (status == LOWP_OK) summarize(t, total, &all, row_amax);
  free(total);
  free(all.amax);
  free(all.large);
  free(row_amax);
  return status;
}
