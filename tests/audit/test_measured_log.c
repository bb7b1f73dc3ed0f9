/* SPDX-License-Identifier: Apache-2.0 */
/* Logs of measurements: what is read, where errors are, and rows checked with files and checksums. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"

#include <lowp/gemm.h>
#include <lowp/measured.h>
#include <lowp/random.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static lowp_measured_log *parse(const char *text) {
  lowp_measured_log *log = NULL;
  lowp_error error = {.status = LOWP_OK};
  LOWP_CHECK(lowp_measured_log_parse("a/log.csv", text, strlen(text), &log, &error) == LOWP_OK, "%s", error.text);
  return log;
}

static void rows(void **state) {
  (void)state;
  const char *texts[] = {"# by hand\nk,device,m,n,lhs,rhs,seconds,sparsity,peak_tflops,name\n\n 3 ,\"B200, "
                         "\"\"x\"\"\",1,2,f32,NVFP4,1.5e-3,2:4,9000,\n"
                         "6,,4,5,mxfp4,fp8,2,dense,,last\n",
                         "{\"results\": [{\"k\": 3, \"device\": \"B200, \\\"x\\\"\", \"m\": 1, \"n\": 2, \"lhs\": "
                         "\"f32\", \"rhs\": \"nvfp4\", \"seconds\": "
                         "1.5e-3, \"sparsity\": \"2:4\", \"peak_tflops\": 9000}, {\"m\": 4, \"n\": 5, \"k\": 6, "
                         "\"lhs\": \"mxfp4\", \"rhs\": "
                         "\"fp8\", \"seconds\": 2, \"name\": \"last\"}]}"};
  const size_t lines[][2] = {{4, 5}, {1, 2}};
  for (int i = 0; i < 2; i++) {
    lowp_measured_log *log = parse(texts[i]);
    assert_int_equal(lowp_measured_log_count(log), 2);
    const lowp_measured_row *a = lowp_measured_log_get(log, 0), *b = lowp_measured_log_get(log, 1);
    assert_true(a->m == 1 && a->n == 2 && a->k == 3 && a->lhs == LOWP_SCHEME_NONE && a->rhs == LOWP_SCHEME_NVFP4);
    assert_true(a->seconds == 1.5e-3 && a->sparse && a->peak_tflops == 9000 && !a->name && a->line == lines[i][0]);
    assert_string_equal(a->device, "B200, \"x\"");
    assert_true(b->m == 4 && b->n == 5 && b->k == 6 && b->lhs == LOWP_SCHEME_MXFP4 &&
                b->rhs == LOWP_SCHEME_FP8_CHANNEL);
    assert_true(b->seconds == 2 && !b->sparse && b->peak_tflops == 0 && !b->device && b->line == lines[i][1]);
    assert_string_equal(b->name, "last");
    assert_null(lowp_measured_log_get(log, 2));
    lowp_measured_log_free(log);
  }
}

static void errors(void **state) {
  (void)state;
  const char *const cases[][2] = {
      {"m,n,k,lhs,rhs,ms\n", "line 1: unknown column 'ms'; time goes into 'seconds'"},
      {"#\nm,n,k,lhs,rhs,peak_flops\n", "line 2: unknown column 'peak_flops'; a claimed peak goes into 'peak_tflops'"},
      {"m,n,k,lhs,rhs\n", "line 1: there is no column 'seconds'"},
      {"m,n,k,lhs,rhs,m\n", "line 1: column 'm' is there twice"},
      {"m,n,k,lhs,rhs,seconds\n1,1,1,f32,f32,1\n1,1,1,f32,f32,2ms\n",
       "line 3, column 'seconds': '2ms' is not a plain number of seconds"},
      {"m,n,k,lhs,rhs,seconds\n1,1,1,f32,f32,0x1p3\n", "line 2, column 'seconds': '0x1p3' is not a plain number"},
      {"m,n,k,lhs,rhs,seconds\n1,1,1,f32,f32,0.0\n", "line 2, column 'seconds': '0.0' is not above 0"},
      {"m,n,k,lhs,rhs,seconds\n1,1,1.5,f32,f32,1\n", "line 2, column 'k': '1.5' is not a whole number"},
      {"m,n,k,lhs,rhs,seconds\n1,1,0,f32,f32,1\n", "line 2, column 'k': '0' is not from 1 to 2^40"},
      {"m,n,k,lhs,rhs,seconds\n1099511627776,1,1099511627776,f32,f32,1\n",
       "line 2, column 'k': 1099511627776 x 1099511627776 overflows"},
      {"m,n,k,lhs,rhs,seconds\n1,1,,f32,f32,1\n", "line 2, column 'k': a value is required"},
      {"m,n,k,lhs,rhs,seconds\n1,1,1,f32,fp5,1\n",
       "line 2, column 'rhs': 'fp5' is neither f32 nor the name of a scheme"},
      {"m,n,k,lhs,rhs,seconds\n1,1,1,f32,f32\n", "line 2: there are fewer cells"},
      {"m,n,k,lhs,rhs,seconds\n1,1,1,f32,f32,1,\n", "line 2: there are more cells"},
      {"m,n,k,lhs,rhs,seconds\n1,1,1,\"f32,f32,1\n", "line 2: a quote is misplaced"},
      {"m,n,k,lhs,rhs,seconds,accumulator\n1,1,1,f32,f32,1,fp13\n", "column 'accumulator': 'fp13' is no accumulator"},
      {"m,n,k,lhs,rhs,seconds,compute\n1,1,1,f32,f32,1,int8\n", "column 'compute': 'int8' is not reproducible"},
      {"{\"results\": [{\"m\": 1, \"n\": 1, \"k\": 1, \"lhs\": \"f32\", \"rhs\": \"f32\", \"time_us\": 3}]}",
       "result 1: unknown key 'time_us'; time goes into 'seconds'"},
      {"{\"results\": [{\"m\": 1, \"n\": 1, \"k\": 1, \"lhs\": \"f32\", \"rhs\": \"f32\", \"seconds\": \"3 us\"}]}",
       "result 1, column 'seconds': '3 us' is not a number"},
      {"{\"results\": [], \"unit\": \"ms\"}", "one key 'results'"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    lowp_measured_log *log = NULL;
    lowp_error error = {.status = LOWP_OK};
    assert_int_equal(lowp_measured_log_parse("a/log.csv", cases[i][0], strlen(cases[i][0]), &log, &error),
                     LOWP_E_FORMAT);
    LOWP_CHECK(strstr(error.text, cases[i][1]) && strstr(error.text, "log.csv"), "case %zu: '%s' lacks '%s'", i,
               error.text, cases[i][1]);
    assert_null(log);
  }
}

static char folder[] = "/tmp/lowp-measured-XXXXXX";

static const char *at(const char *name) {
  static char paths[4][256];
  static int turn;
  char *path = paths[turn++ % 4];
  snprintf(path, 256, "%s/%s", folder, name);
  return path;
}

static void write_npy(const char *name, size_t rows, size_t cols, const float *x) {
  const size_t shape[] = {rows, cols};
  const lowp_tensor_spec spec = {.name = "y", .dtype = LOWP_DTYPE_F32, .rank = 2, .shape = shape};
  const lowp_write_options options = {.struct_size = sizeof options, .container = LOWP_CONTAINER_NPY, .replace = 1};
  lowp_writer *w;
  assert_int_equal(lowp_writer_create(at(name), &options, 1, &spec, &w, NULL), LOWP_OK);
  assert_int_equal(lowp_writer_write(w, 0, 0, x, rows * cols * 4, NULL), LOWP_OK);
  assert_int_equal(lowp_writer_commit(w, NULL), LOWP_OK);
}

enum { M = 12, N = 32, K = 320 };

/* The honest product of the matrices "normal:1" and "normal:2:0.5" in mxfp4, by the library's reproducible class. */
static void product(float *y, float *x, float *w) {
  lowp_gemm_desc desc;
  lowp_gemm_plan *plan;
  lowp_gemm_args args;
  lowp_qtensor *q;
  size_t bytes, work;
  void *packed;
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 1, 0, M * K, x), LOWP_OK);
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 2, 0, N * K, w), LOWP_OK);
  for (size_t i = 0; i < N * K; i++) w[i] *= 0.5f;
  const lowp_view view = lowp_view_of(LOWP_F32, N, K, w);
  lowp_gemm_desc_init(&desc, LOWP_SCHEME_MXFP4, N, K);
  desc.lhs = LOWP_SCHEME_MXFP4, desc.compute = LOWP_COMPUTE_REPRODUCIBLE;
  assert_int_equal(lowp_gemm_plan_create(&plan, &desc, NULL), LOWP_OK);
  assert_int_equal(lowp_qtensor_create(&q, LOWP_SCHEME_MXFP4, N, K), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
  assert_int_equal(lowp_gemm_pack_size(plan, &bytes), LOWP_OK);
  assert_int_equal(posix_memalign(&packed, 64, bytes), 0);
  assert_int_equal(lowp_gemm_pack(plan, q, packed, bytes, NULL), LOWP_OK);
  lowp_gemm_args_init(&args, plan, packed, M, LOWP_F32, x, LOWP_F32, y);
  assert_int_equal(lowp_gemm_workspace(1, &args, NULL, &work), LOWP_OK);
  void *workspace = malloc(work + 1);
  assert_int_equal(lowp_gemm_run(&args, NULL, workspace, work, NULL), LOWP_OK);
  free(workspace), free(packed);
  lowp_qtensor_destroy(q);
  lowp_gemm_plan_destroy(plan);
}

static lowp_measured_report check(const char *columns, const char *cells, lowp_status wanted, const char *message) {
  char text[1024];
  lowp_measured_log *log;
  lowp_error error = {.status = LOWP_OK};
  lowp_measured_report r;
  snprintf(text, sizeof text, "m,n,k,seconds,%s\n%d,%d,%d,1e-3,%s\n", columns, M, N, K, cells);
  FILE *f = fopen(at("log.csv"), "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
  LOWP_CHECK(lowp_measured_log_load(at("log.csv"), &log, &error) == LOWP_OK, "%s", error.text);
  lowp_measured_report_init(&r);
  LOWP_CHECK(lowp_measured_check_row(log, 0, NULL, &r, &error) == wanted, "%s: %s", cells, error.text);
  LOWP_CHECK(wanted == LOWP_OK || strstr(error.text, message), "'%s' lacks '%s'", error.text, message);
  lowp_measured_log_free(log);
  return r;
}

static void checked_rows(void **state) {
  (void)state;
  float *y = malloc(M * N * 4), *x = malloc(M * K * 4), *w = malloc(N * K * 4);
  char sum[48] = "xxh3-128:", cells[512], text[33];
  assert_non_null(mkdtemp(folder));
  product(y, x, w);
  lowp_hash_text(lowp_hash_of(y, M * N * 4), text);
  strcat(sum, text);
  write_npy("y.npy", M, N, y), write_npy("x.npy", M, K, x), write_npy("w.npy", N, K, w);

  /* An output; inputs from files and from the generator are the same. */
  const char *const inputs[] = {"normal:1,normal:2:0.5", "x.npy,w.npy"};
  for (int i = 0; i < 2; i++) {
    snprintf(cells, sizeof cells, "mxfp4,mxfp4,%s,y.npy,%s,4", inputs[i], sum);
    lowp_measured_report r = check("lhs,rhs,x,w,output,checksum,peak_tflops", cells, LOWP_OK, NULL);
    assert_true(r.verdict == LOWP_VERDICT_CONSISTENT && r.count == 3);
    assert_true(r.finding[0].kind == LOWP_MEASURED_CHECKSUM && r.finding[1].kind == LOWP_MEASURED_FORMAT);
    assert_true(r.finding[2].kind == LOWP_MEASURED_RATE && r.rate == 2.0 * M * N * K / 1e-3);
  }
  /* A checksum that can be repeated, and one digit of it wrong, in a class that promises bits and one that does not. */
  snprintf(cells, sizeof cells, "mxfp4,mxfp4,%s,%s,reproducible", inputs[0], sum);
  lowp_measured_report r = check("lhs,rhs,x,w,checksum,compute", cells, LOWP_OK, NULL);
  assert_true(r.verdict == LOWP_VERDICT_CONSISTENT && r.finding[0].kind == LOWP_MEASURED_CHECKSUM);
  assert_true(r.finding[1].kind == LOWP_MEASURED_FORMAT);
  sum[20] = sum[20] == '0' ? '1' : '0';
  snprintf(cells, sizeof cells, "mxfp4,mxfp4,%s,%s,reproducible", inputs[0], sum);
  r = check("lhs,rhs,x,w,checksum,compute", cells, LOWP_OK, NULL);
  assert_true(r.verdict == LOWP_VERDICT_INCONSISTENT && r.finding[0].kind == LOWP_MEASURED_CHECKSUM);
  snprintf(cells, sizeof cells, "mxfp4,mxfp4,%s,%s,bf16", inputs[0], sum);
  r = check("lhs,rhs,x,w,checksum,compute", cells, LOWP_OK, NULL);
  assert_true(r.verdict == LOWP_VERDICT_UNVERIFIABLE && r.finding[0].kind == LOWP_MEASURED_CHECKSUM);
  snprintf(cells, sizeof cells, "mxfp4,mxfp4,%s,y.npy,%s", inputs[0], sum);
  r = check("lhs,rhs,x,w,output,checksum", cells, LOWP_OK, NULL);
  assert_true(r.verdict == LOWP_VERDICT_INCONSISTENT && r.finding[0].kind == LOWP_MEASURED_CHECKSUM);

  /* Another format, nothing to go by, and 2:4 weights that are not declared. */
  r = check("lhs,rhs,x,w,output", "mxfp8,mxfp8,normal:1,normal:2:0.5,y.npy", LOWP_OK, NULL);
  assert_true(r.verdict == LOWP_VERDICT_MISLABELLED && r.finding[0].kind == LOWP_MEASURED_OTHER_FORMAT);
  r = check("lhs,rhs", "mxfp4,mxfp4", LOWP_OK, NULL);
  assert_true(r.verdict == LOWP_VERDICT_UNVERIFIABLE && r.finding[0].kind == LOWP_MEASURED_NO_OUTPUT);
  for (size_t i = 0; i < N * K; i += 4) w[i + i / 4 % 2] = w[i + 3] = 0;
  write_npy("w.npy", N, K, w);
  r = check("lhs,rhs,x,w,output", "mxfp4,mxfp4,x.npy,w.npy,y.npy", LOWP_OK, NULL);
  assert_true(r.verdict == LOWP_VERDICT_INCONSISTENT && r.finding[0].kind == LOWP_MEASURED_PRUNED_WEIGHTS);

  check("lhs,rhs,x,w,output", "mxfp4,mxfp4,w.npy,w.npy,y.npy", LOWP_E_SHAPE,
        "column 'x': 'w.npy' is not of shape [12, 320]");
  check("lhs,rhs,x,w,output", "mxfp4,mxfp4,normal:,w.npy,y.npy", LOWP_E_FORMAT, "column 'x': 'normal:' has no seed");
  check("lhs,rhs,x,w,output", "mxfp4,mxfp4,x.npy,normal:1:-2,y.npy", LOWP_E_FORMAT,
        "column 'w': 'normal:1:-2' has a sigma");
  check("lhs,rhs,x,w,output", "mxfp4,mxfp4,x.npy,w.npy#other,y.npy", LOWP_E_FORMAT, "has no such tensor");
  check("lhs,rhs,x,w,output", "mxfp4,mxfp4,x.npy,w.npy,normal:3", LOWP_E_FORMAT, "column 'output'");
  check("lhs,rhs,x,w,output", "mxfp4,mxfp4,x.npy,w.npy,none.npy", LOWP_E_IO, "none.npy");
  const char *const files[] = {"log.csv", "x.npy", "w.npy", "y.npy"};
  for (int i = 0; i < 4; i++) unlink(at(files[i]));
  rmdir(folder);
  free(y), free(x), free(w);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(errors),
                                            cmocka_unit_test(checked_rows)};
  return LOWP_SUITE_RUN("measured logs", tests);
}
