/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_log.c: what was multiplied, how long it took, and the hash of what came out. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "bench/gemm_log.h"

#include <lowp/io.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common.h"

int bench_log_open(bench_log *log) {
  if (!log->path) return TOOL_OK;
  if (log->outputs) { /* a log names files as seen from itself: absolute is right from everywhere */
    char *folder = realpath(log->outputs, NULL);
    if (!folder) return tool_fail(TOOL_IO, "there is no folder '%s'", tool_safe(log->outputs));
    log->outputs = folder;
  }
  log->stream = open_memstream(&log->text, &log->size);
  if (!log->stream) return tool_fail(TOOL_IO, "no memory for a log");
  fprintf(log->stream, "name,device,m,n,k,lhs,rhs,seconds,x,w,compute,checksum,output\n");
  return TOOL_OK;
}

static int write_output(const bench_log *log, const char *name, size_t m, size_t n, const float *y) {
  char *path = tool_format("%s/%s", log->outputs, name);
  const size_t shape[] = {m, n};
  const lowp_tensor_spec spec = {.name = "y", .dtype = LOWP_DTYPE_F32, .rank = 2, .shape = shape};
  const lowp_write_options options = {.struct_size = sizeof options, .container = LOWP_CONTAINER_NPY, .replace = 1};
  lowp_writer *w = NULL;
  lowp_error error = {.status = LOWP_OK};
  lowp_status status = lowp_writer_create(path, &options, 1, &spec, &w, &error);
  if (status == LOWP_OK) status = lowp_writer_write(w, 0, 0, y, m * n * sizeof *y, &error);
  if (status == LOWP_OK) status = lowp_writer_commit(w, &error);
  if (status != LOWP_OK) lowp_writer_abort(w);
  free(path);
  return status == LOWP_OK ? TOOL_OK : tool_fail_status(status, &error);
}

/* A text as a cell: in quotes, quotes doubled. */
static void print_quoted(FILE *stream, const char *text) {
  putc('"', stream);
  for (; *text; text++) {
    if (*text == '"') putc('"', stream);
    putc(*text, stream);
  }
  putc('"', stream);
}

int bench_log_add(bench_log *log, size_t m, size_t n, size_t k, const char *lhs, const char *rhs, const char *compute,
                  double seconds, const float *y) {
  char hash[33], name[64];
  lowp_hash_text(lowp_hash_of(y, m * n * sizeof *y), hash);
  snprintf(name, sizeof name, "y%zu.npy", ++log->rows);
  fprintf(log->stream, "%s x %s %s %zux%zux%zu,", lhs, rhs, compute, m, n, k);
  if (log->device) print_quoted(log->stream, log->device);
  fprintf(log->stream, ",%zu,%zu,%zu,%s,%s,%.9g,normal:%d,normal:%d:%g,%s,xxh3-128:%s,", m, n, k, lhs, rhs, seconds,
          BENCH_SEED_X, BENCH_SEED_W, BENCH_SIGMA, compute, hash);
  if (log->outputs) {
    char *path = tool_format("%s/%s", log->outputs, name);
    print_quoted(log->stream, path);
    free(path);
  }
  putc('\n', log->stream);
  return log->outputs ? write_output(log, name, m, n, y) : TOOL_OK;
}

int bench_log_close(bench_log *log, int code) {
  if (!log->stream) return code;
  const bool failed = fclose(log->stream) != 0;
  if (failed && code == TOOL_OK) code = tool_fail(TOOL_IO, "no memory for a log");
  if (code == TOOL_OK) {
    const lowp_write_options options = {.struct_size = sizeof options, .replace = 1};
    lowp_error error = {.status = LOWP_OK};
    const lowp_status status = lowp_write_file(log->path, &options, log->text, log->size, &error);
    if (status != LOWP_OK) code = tool_fail_status(status, &error);
  }
  free(log->text);
  free((void *)(uintptr_t)log->outputs);
  return code;
}
