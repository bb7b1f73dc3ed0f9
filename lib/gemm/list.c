/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.c: multiplications in rounds. A round prepares at most 512 rows of activations, of one entry of the list or of several, and
 * multiplies them with all weights that want them: two parallel loops, whatever the number of entries.
 *
 * Rows come in chunks of 512 from the first row of an entry, and no chunk is cut to fill a round: so an entry is multiplied in the
 * same pieces whether it runs alone or in a list, and with any number of threads.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"

/*
 * What a thread should have to do at least, so that starting it pays: about 20 us. A panel costs 16 + m for each of its steps:
 * reading and decoding it takes about as long as multiplying it with 16 rows.
 */
enum { CHUNK = LOWPK_GEMM_MC, MIN_PANEL_COST = 4096, MIN_ROW_STEPS = 256 };

/* Prepared rows times the weights of one entry. */
typedef struct product {
  lowpk_rhs w;
  lowpk_gemm gemm;
  const lowp_gemm_plan *plan;
  size_t panels, panel_cost, cost_before; /* the last: of the products before it in the round */
} product;

/* Where a task met what its policy refuses. */
typedef struct failure {
  lowp_status status;
  size_t entry, row, column;
} failure;

/* A run: what is asked for, the parts of its workspace, and the round that is going on. */
typedef struct region {
  const lowp_gemm_args *args;
  size_t count, threads;
  const lowp_threads *pool;
  product *products;
  lowpi_lhs *pieces;
  failure *failures;
  float *outers; /* room for the factors of all columns */
  char *lhs, *rooms;
  size_t room; /* bytes of a thread */
  size_t product_count, piece_count, rows, row_tasks, row_steps, cost, panel_tasks;
} region;

/* Sizes of the parts of a workspace. */
typedef struct parts {
  size_t products, pieces, outers, lhs; /* bytes, multiples of 64 */
  size_t failure, room;                 /* bytes for each thread, multiples of 64 */
} parts;

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static bool parts_of(size_t count, const lowp_gemm_args *args, parts *p) {
  size_t rows = 0, most = 0;
  *p = (parts){.failure = 64};
  _Static_assert(sizeof(failure) <= 64, "room of a failure");
  for (size_t i = 0; i < count; i++) {
    size_t m = smaller(lowpi_args_m(&args[i]), CHUNK);
    rows = smaller(rows + m, CHUNK);
    if (m > most) most = m;
  }
  for (size_t i = 0; i < count; i++) {
    const lowp_gemm_plan *plan = args[i].plan;
    lowpi_lhs unplaced = {0};
    size_t lhs = lowpi_lhs_place(&unplaced, plan, rows, NULL), row = lowpi_lhs_row_bytes(plan);
    if (lhs > p->lhs) p->lhs = lhs;
    if (row > p->room) p->room = row;
    if (!lowpi_add_aligned(&p->outers, plan->blob.panels, LOWPK_NR * sizeof(float))) return false;
  }
  if (lowpk_gemm_scratch(most) > p->room) p->room = lowpk_gemm_scratch(most);
  p->room = (p->room + 63) & ~(size_t)63;
  /* Each of several pieces begins each of its five parts at a multiple of 64. */
  return lowpi_add_aligned(&p->lhs, smaller(count, rows), 5 * 64) &&
         lowpi_add_aligned(&p->products, count, sizeof(product)) &&
         lowpi_add_aligned(&p->pieces, smaller(count, CHUNK), sizeof(lowpi_lhs));
}

/* Bytes of the parts that there are once, and of those for each thread; with 63 for alignment. */
static bool total_of(const parts *p, size_t threads, size_t *bytes) {
  size_t total = 63, each;
  return lowpi_add(total, p->products, &total) && lowpi_add(total, p->pieces, &total) &&
         lowpi_add(total, p->outers, &total) && lowpi_add(total, p->lhs, &total) &&
         lowpi_mul(threads, p->failure + p->room, &each) && lowpi_add(total, each, bytes);
}

lowp_status lowp_gemm_workspace(size_t count, const lowp_gemm_args *args, const lowp_threads *threads, size_t *bytes) {
  parts p;
  if ((count && !args) || !bytes || (threads && threads->struct_size != sizeof *threads)) return LOWP_E_ARGUMENT;
  for (size_t i = 0; i < count; i++)
    if (args[i].struct_size != sizeof *args || !args[i].plan) return LOWP_E_ARGUMENT;
  if (!parts_of(count, args, &p) || !total_of(&p, lowpi_threads_count(threads), bytes)) return LOWP_E_SHAPE;
  return LOWP_OK;
}

/* Cuts the workspace. With the number of threads left open, as many as it has room for. */
static lowp_status place(region *r, void *workspace, size_t bytes, lowp_error *error) {
  parts p;
  size_t need = SIZE_MAX;
  if (!parts_of(r->count, r->args, &p)) return lowpi_fail(error, LOWP_E_SHAPE, "the workspace would be too large");
  r->threads = lowpi_threads_count(r->pool);
  while (total_of(&p, r->threads, &need) && need > bytes && r->threads > 1 && !(r->pool && r->pool->count))
    r->threads--;
  if (!total_of(&p, r->threads, &need) || need > bytes)
    return lowpi_fail(error, LOWP_E_RANGE, "a workspace of %zu bytes; %zu are needed", bytes, need);
  if (!workspace) return lowpi_fail(error, LOWP_E_ARGUMENT, "no workspace");
  char *base = (char *)workspace + (63 - ((uintptr_t)workspace + 63) % 64);
  r->products = (product *)(void *)base;
  base += p.products;
  r->pieces = (lowpi_lhs *)(void *)base;
  base += p.pieces;
  r->outers = (float *)(void *)base;
  base += p.outers;
  r->lhs = base;
  base += p.lhs;
  r->failures = (failure *)(void *)base;
  base += p.failure * r->threads;
  r->rooms = base;
  r->room = p.room;
  return LOWP_OK;
}

/* The factors of the columns: the blob's own, or those times the caller's, padded with zeros. */
static const float *column_factors(const lowp_gemm_args *a, float *room) {
  const lowpi_blob *b = &a->plan->blob;
  const float *own = b->outer ? (const float *)(const void *)((const char *)a->packed + b->outer) : NULL;
  if (!a->rhs_scale) return own;
  for (size_t n = 0; n < b->panels * LOWPK_NR; n++)
    room[n] = n < a->plan->n ? (own ? own[n] : 1.0f) * a->rhs_scale[n] : 0;
  return room;
}

static void add_product(region *r, const lowp_gemm_args *a, const lowpi_lhs *piece, float **outers) {
  const lowp_gemm_plan *plan = a->plan;
  product *p = &r->products[r->product_count++];
  *p = (product){.w = lowpi_blob_rhs(plan, a->packed), .plan = plan, .panels = plan->blob.panels};
  p->panel_cost = plan->blob.kp / LOWPK_STEP * (16 + piece->m);
  p->cost_before = r->cost;
  r->cost += p->panels * p->panel_cost;
  p->gemm = (lowpk_gemm){
      .w = &p->w,
      .m = piece->m,
      .lhs = piece->data,
      .lhs_scales = piece->scales,
      .lhs_block = plan->lhs_block,
      .lhs_element = plan->lhs ? plan->lhs->element : LOWP_ELEMENT_NONE,
      .block = plan->block,
      .lhs_zero = piece->zero,
      .lhs_sum = piece->sum,
      .lhs_outer = piece->outer,
      .rhs_outer = column_factors(a, *outers),
      .bias = a->bias,
      .y = (char *)a->y.data + (ptrdiff_t)piece->row0 * a->y.stride,
      .y_stride = a->y.stride,
      .y_element = a->y.element,
      .panel_f32 = plan->ops->panel_f32,
      .panel_bf16 = plan->ops->panel_bf16,
      .panel_int8 = plan->ops->panel_int8,
  };
  *outers += p->panels * LOWPK_NR;
}

/* Entries first..end-1 are those that may share what is prepared for the first. */
static size_t group_end(const region *r, size_t first) {
  size_t end = first + 1;
  while (end < r->count && (lowpi_args_m(&r->args[end]) == 0 || lowpi_lhs_same(&r->args[first], &r->args[end]))) end++;
  return end;
}

/* What is left to do: from this row of this entry on; `limit`: rows of each entry from there on are left out. */
typedef struct position {
  size_t entry, row, first_row, limit;
} position;

/* Fills the next round; false if nothing is left. */
static bool next_round(region *r, position *at) {
  float *outers = r->outers;
  char *lhs = r->lhs;
  r->product_count = r->piece_count = r->rows = r->row_steps = r->cost = 0;
  while (at->entry < r->count) {
    const lowp_gemm_args *a = &r->args[at->entry];
    const size_t m = smaller(lowpi_args_m(a), at->limit), rows = at->row < m ? smaller(m - at->row, CHUNK) : 0;
    const size_t end = rows ? group_end(r, at->entry) : at->entry + 1;
    if (r->rows + rows > CHUNK) break;
    if (rows) {
      lowpi_lhs *piece = &r->pieces[r->piece_count++];
      *piece = (lowpi_lhs){.args = a, .row0 = at->row};
      lhs += lowpi_lhs_place(piece, a->plan, rows, lhs);
      for (size_t i = at->entry; i < end; i++)
        if (lowpi_args_m(&r->args[i])) add_product(r, &r->args[i], piece, &outers);
      r->rows += rows;
      r->row_steps += rows * (a->plan->blob.kp / LOWPK_STEP);
    }
    at->row += rows;
    if (at->row >= m) {
      at->entry = end;
      at->row = at->first_row;
    }
  }
  return r->rows > 0;
}

/* The share of task i of `tasks` in `total`: begins here, ends where that of i + 1 begins. */
static size_t share(size_t total, size_t tasks, size_t i) { return total / tasks * i + smaller(total % tasks, i); }

static void prepare_task(void *context, size_t task) {
  region *r = context;
  failure *f = &r->failures[task];
  void *room = r->rooms + task * r->room;
  size_t row = share(r->rows, r->row_tasks, task), end = share(r->rows, r->row_tasks, task + 1), before = 0;
  *f = (failure){.status = LOWP_OK};
  for (size_t i = 0; i < r->piece_count && row < end; i++) {
    const lowpi_lhs *piece = &r->pieces[i];
    for (; row < end && row < before + piece->m; row++) {
      f->status = lowpi_lhs_prepare(piece, row - before, room, &f->column);
      f->entry = (size_t)(piece->args - r->args);
      f->row = piece->row0 + row - before;
      if (f->status != LOWP_OK) return;
    }
    before += piece->m;
  }
}

/* How many panels of a product come before this cost. Large shares are cut at pairs of panels, which kernels like. */
static size_t panels_before(const region *r, const product *p, size_t cost) {
  if (cost <= p->cost_before) return 0;
  if (cost >= p->cost_before + p->panels * p->panel_cost) return p->panels;
  size_t panels = lowpi_ceil_div(cost - p->cost_before, p->panel_cost);
  if (p->panels / r->panel_tasks >= 8) panels += panels & 1;
  return smaller(panels, p->panels);
}

static void multiply_task(void *context, size_t task) {
  region *r = context;
  const size_t from = share(r->cost, r->panel_tasks, task), to = share(r->cost, r->panel_tasks, task + 1);
  for (size_t i = 0; i < r->product_count; i++) {
    const product *p = &r->products[i];
    size_t panel0 = panels_before(r, p, from), panel1 = panels_before(r, p, to);
    if (panel0 < panel1) p->plan->kernel(&p->gemm, panel0, panel1, r->rooms + task * r->room);
  }
}

/* Tasks for an amount of work, at least `least` for each. */
static size_t tasks_for(const region *r, size_t work, size_t least) {
  size_t tasks = smaller(r->threads, work / least);
  return tasks ? tasks : 1;
}

static lowp_status run_round(region *r, lowp_error *error) {
  r->row_tasks = smaller(r->rows, tasks_for(r, r->row_steps, MIN_ROW_STEPS));
  r->panel_tasks = tasks_for(r, r->cost, MIN_PANEL_COST);
  lowpi_threads_run(r->pool, r->row_tasks, prepare_task, r);
  for (size_t i = 0; i < r->row_tasks; i++) {
    const failure *f = &r->failures[i];
    if (f->status != LOWP_OK)
      return lowpi_fail(error, f->status, "entry %zu: x (%zu, %zu) is NaN or infinite", f->entry, f->row, f->column);
  }
  lowpi_threads_run(r->pool, r->panel_tasks, multiply_task, r);
  return LOWP_OK;
}

lowp_status lowpi_gemm_run(size_t count, const lowp_gemm_args *args, size_t m0, size_t m1, const lowp_threads *threads,
                           void *workspace, size_t bytes, lowp_error *error) {
  region r = {.args = args, .count = count, .pool = threads};
  position at = {.row = m0, .first_row = m0, .limit = m1};
  if (count && !args) return lowpi_fail(error, LOWP_E_ARGUMENT, "no arguments");
  if (threads && threads->struct_size != sizeof *threads)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "the threads are not initialised (struct_size)");
  lowp_status status = LOWP_OK;
  for (size_t i = 0; i < count && status == LOWP_OK; i++) status = lowpi_args_check(&args[i], i, error);
  if (status == LOWP_OK) status = place(&r, workspace, bytes, error);
  while (status == LOWP_OK && next_round(&r, &at)) status = run_round(&r, error);
  return status;
}
