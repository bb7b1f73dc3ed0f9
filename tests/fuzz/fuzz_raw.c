/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_raw.c: any JSON taken for the description of raw planes is refused with a message, or gives a tensor that can be
 * dequantized. Three planes lie in a folder of their own: c (16 bytes), s (1), t (2).
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <unistd.h>

#include <lowp/quant.h>

#include "io/json.h"
#include "io/layout_internal.h"

int lowpt_accepted;

static char folder[] = "/tmp/lowp-fuzz-raw.XXXXXX";
static const char planes[] = "cst";

static const char *path_of(const char *name) {
  static char path[sizeof folder + 16];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void remove_folder(void) {
  for (size_t i = 0; planes[i]; i++) unlink(path_of((const char[]){planes[i], 0}));
  rmdir(folder);
}

static void make_folder(void) {
  static const size_t sizes[] = {16, 1, 2};
  LOWPT_ALWAYS(mkdtemp(folder));
  atexit(remove_folder);
  for (size_t i = 0; planes[i]; i++) {
    FILE *f = fopen(path_of((const char[]){planes[i], 0}), "wb");
    LOWPT_ALWAYS(f && fwrite("0123456789abcdef", 1, sizes[i], f) == sizes[i] && fclose(f) == 0);
  }
}

static void use(const lowp_qtensor *q) {
  /* No more elements than the planes have codes, or none at all however many rows an empty tensor says it has. */
  LOWPT_ALWAYS(q->rows == 0 || q->cols == 0 || q->cols <= 32 / q->rows);
  float y[32];
  lowp_view view = lowp_view_of(LOWP_F32, q->rows, q->cols, y);
  if (q->rows && q->cols) LOWPT_ALWAYS(lowp_dequantize(q, &view, NULL) == LOWP_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static int ready;
  if (!ready) make_folder();
  ready = 1;
  lowpt_accepted = 0;
  json_t *root = NULL;
  lowp_error error = {LOWP_OK, ""};
  lowp_qtensor *q = NULL;
  lowp_layout_plan *plan = NULL;
  lowp_status status = lowpi_json_parse("input", "description", data, size, &root, &error);
  if (!status) status = lowpi_raw_read(path_of("d.json"), root, &plan, &q, &error);
  if (status) {
    LOWPT_ALWAYS(!q && !plan && error.status == status && error.text[0]);
  } else {
    lowpt_accepted = 1;
    LOWPT_ALWAYS(q && plan);
    use(q);
  }
  lowp_layout_plan_destroy(plan);
  lowp_qtensor_destroy(q);
  json_decref(root);
  return 0;
}
