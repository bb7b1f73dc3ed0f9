/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernel/checker.h"
#include "element/edges.h"
#include "harness/suite.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const lowpt_op *const ops[] = {
    &lowpt_op_encode,     &lowpt_op_decode,       &lowpt_op_amax,       &lowpt_op_stream,     &lowpt_op_measure,
    &lowpt_op_describe,   &lowpt_op_quantize,     &lowpt_op_dequantize, &lowpt_op_panel_f32,  &lowpt_op_panel_bf16,
    &lowpt_op_panel_int8, &lowpt_op_lhs_bf16,     &lowpt_op_lhs_int8,   &lowpt_op_gemm_int8,  &lowpt_op_gemm_f32,
    &lowpt_op_pack_codes, &lowpt_op_dequantize16, &lowpt_op_amax16,     &lowpt_op_quantize16, &lowpt_op_unpack_codes};

static const lowpt_op *find_op(const char *name) {
  for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
    size_t length = strlen(ops[i]->name);
    bool prefix = ops[i]->name[length - 1] == '_';
    if (prefix ? strncmp(ops[i]->name, name, length) == 0 : strcmp(ops[i]->name, name) == 0) return ops[i];
  }
  return NULL;
}

static lowpt_function *generic_of(const char *op) {
  size_t count;
  const lowpk_entry *e = lowpk_entries(&count);
  for (; count--; e++)
    if (strcmp(e->op, op) == 0 && strcmp(e->isa, "generic") == 0) return e->function;
  return NULL;
}

/* What a child tells its parent; still there after a crash. */
typedef struct progress {
  size_t cases, failed;
  char now[256], first[256];
} progress;

/* The edges of every format, found once: a process for each subject would do it again for each. */
static lowpt_edges edges[LOWP_ELEMENT_COUNT];
static void find_edges(void) {
  size_t count;
  const lowpt_format *f = lowpt_formats(&count);
  if (edges[f->id].bits) return;
  for (; count--; f++) edges[f->id] = lowpt_edges_of(f, false);
}

static void run_subject(size_t every, const lowpt_op *op, lowpt_case *c, progress *p) {
  /* cmocka's handlers, inherited, would go on with the next test in this process. */
  const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) signal(signals[i], SIG_DFL);
  alarm(120);
  lowpt_rng start = c->rng;
  /* Odd steps meet all places of lowpt_case_buffer. */
  const size_t step = every * lowpt_stride();
  for (size_t k = lowpt_first(step); k < op->cases; k += step) {
    c->number = k;
    c->rng.counter = start.counter + ((uint64_t)k << 32);
    bool ok = op->run(c);
    p->cases++;
    if (!ok && p->failed++ == 0) memcpy(p->first, c->text, sizeof p->first);
  }
  _exit(0);
}

lowpt_outcome lowpt_check_kernel(const char *name, int only, lowpt_function *candidate, uint32_t seed) {
  return lowpt_check_kernel_every(1, name, only, candidate, seed);
}

lowpt_outcome lowpt_check_kernel_every(size_t n, const char *name, int only, lowpt_function *candidate, uint32_t seed) {
  lowpt_outcome out = {0};
  const lowpt_op *op = find_op(name);
  lowpt_function *reference = generic_of(name);
  progress *p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  find_edges();
  if (!op || !reference || p == MAP_FAILED) {
    snprintf(out.first, sizeof out.first, "%s: the checker knows no such op, or has no memory", name);
    out.failed = 1;
    return out;
  }
  for (int subject = 0; subject < op->subjects; subject++) {
    if (!op->applies(name, subject) || (only != LOWPT_ALL && only != subject)) continue;
    memset(p, 0, sizeof *p);
    /* The text of the case in hand lies in shared memory, so that it outlives a crash. */
    lowpt_case *c = mmap(NULL, sizeof *c, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (c == MAP_FAILED) abort();
    *c = (lowpt_case){reference, candidate, subject, 0, {(uint64_t)seed << 8 | (uint64_t)subject}, ""};
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) run_subject(n, op, c, p);
    int status = 0;
    bool waited = child > 0 && waitpid(child, &status, 0) == child;
    out.subjects++;
    out.cases += p->cases;
    bool crashed = !waited || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    if (crashed || p->failed) {
      if (out.failed++ == 0) {
        if (crashed)
          snprintf(out.first, sizeof out.first, "%s: signal %d in case %zu: %s", op->subject_name(subject),
                   waited && WIFSIGNALED(status) ? WTERMSIG(status) : 0, p->cases, c->text);
        else
          snprintf(out.first, sizeof out.first, "%s: %zu of %zu cases differ, first: %s", op->subject_name(subject),
                   p->failed, p->cases, p->first);
      }
    }
    munmap(c, sizeof *c);
  }
  munmap(p, sizeof *p);
  return out;
}

size_t lowpt_case_size(lowpt_case *c) {
  static const size_t large[] = {256, 257, 1000, 4095, 4099};
  size_t k = c->number / LOWPT_PLACES;
  return k <= LOWPT_TAIL ? k : large[lowpt_below(&c->rng, sizeof large / sizeof large[0])];
}

/* Of the places of a case half touch a page; the others walk through the offsets 0..63. */
lowpt_guard lowpt_case_buffer(lowpt_case *c, const void *source, size_t size, size_t alignment) {
  size_t place = c->number % LOWPT_PLACES;
  lowpt_edge edge = (place ^ lowpt_below(&c->rng, 2)) & 1 ? LOWPT_LOWER : LOWPT_UPPER;
  size_t offset = place < LOWPT_PLACES / 2 ? 0 : lowpt_below(&c->rng, 64);
  offset -= offset % alignment;
  lowpt_guard g = lowpt_guard_copy(source, size, edge, offset);
  return g;
}

lowpt_guard lowpt_case_output(lowpt_case *c, const void *expected, size_t size, size_t alignment) {
  lowpt_guard g = lowpt_case_buffer(c, expected, size, alignment);
  for (size_t i = 0; i < size; i++) g.data[i] = (uint8_t)~g.data[i];
  return g;
}

bool lowpt_case_same(const lowpt_guard *output, const void *expected) {
  return (output->size == 0 || memcmp(output->data, expected, output->size) == 0) && lowpt_guard_intact(output);
}

bool lowpt_case_same_floats(const lowpt_guard *output, const void *expected) {
  for (size_t i = 0; i < output->size; i += sizeof(float)) {
    uint32_t got, want;
    memcpy(&got, output->data + i, sizeof got);
    memcpy(&want, (const char *)expected + i, sizeof want);
    bool both_nan = (got & 0x7fffffffu) > 0x7f800000u && (want & 0x7fffffffu) > 0x7f800000u;
    if (got != want && !both_nan) return false;
  }
  return lowpt_guard_intact(output);
}

static float power(int e) { return ldexpf(1.0f, e); }

void lowpt_case_floats(lowpt_case *c, lowp_element id, bool finite, size_t n, float *x) {
  lowpt_rng *rng = &c->rng;
  uint32_t kind = lowpt_below(rng, 8);
  float scale = power((int)lowpt_below(rng, 250) - 130), constant = lowpt_any_f32(rng);
  /* both ends of f32: blocks of subnormals, blocks whose scale is the largest */
  float extreme = power(lowpt_below(rng, 2) ? (int)lowpt_below(rng, 24) - 149 : (int)lowpt_below(rng, 6) + 122);
  for (size_t i = 0; i < n; i++) {
    float edge = lowp_f32_from_bits(edges[id].bits[lowpt_below(rng, (uint32_t)edges[id].count)]);
    switch (kind) {
    case 0:
      x[i] = lowpt_any_f32(rng);
      break;
    case 1:
      x[i] = (float)lowpt_normal(rng);
      break;
    case 2:
      x[i] = (float)lowpt_normal(rng) * scale;
      break;
    case 3:
      x[i] = edge;
      break;
    case 4:
      x[i] = edge * scale;
      break;
    case 5:
      x[i] = (float)lowpt_normal(rng) * extreme;
      break;
    case 6:
      x[i] = lowpt_below(rng, 16) ? (lowpt_below(rng, 2) ? 0.0f : -0.0f) : edge;
      break;
    default:
      x[i] = lowpt_below(rng, 32) ? constant : lowpt_any_f32(rng);
      break;
    }
    if (finite && !isfinite(x[i])) x[i] = 0.75f;
  }
}
