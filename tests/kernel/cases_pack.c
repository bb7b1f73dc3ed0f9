/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases_pack.c: cases of pack_codes and unpack_codes, for each width of codes: any bytes, rows as far apart as they like. What
 * is seen of them is taken here from the bytes that the reference writes, one at a time.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernel/checker.h"
#include <stdio.h>

enum { MOST = LOWPK_STEP * 2, APART = 80 };
static const unsigned widths[] = {4, 6, 8, 16};
static const char *const names[] = {"4 bits", "6 bits", "8 bits", "16 bits"};

static bool always(const char *op, int subject) { return op && subject >= 0; }
static const char *name_of(int subject) { return names[subject]; }

static uint64_t word_at(const uint8_t *p) {
  uint64_t v = 0;
  for (size_t b = 0; b < 8; b++) v |= (uint64_t)p[b] << 8 * b;
  return v;
}

static void see(lowpk_seen *seen, unsigned bits, const uint8_t *words, size_t bytes) {
  for (size_t at = 0; at < bytes; at += 64, seen->checksum.odd = !seen->checksum.odd)
    for (size_t i = 0; i < 8; i++) {
      uint64_t *lane = &seen->checksum.lane[i], product = (*lane ^ word_at(words + at + 8 * i)) * 0x9e3779b97f4a7c15u;
      *lane = seen->checksum.odd ? *lane + word_at(words + at + 8 * i) : product << 29 | product >> 35;
    }
  for (size_t i = 0; i < bytes && bits == 8; i++) {
    if ((words[i] & 0x7f) > seen->most) seen->most = words[i] & 0x7f;
    seen->sums[i / 4 % LOWPK_NR] += words[i] < 128 ? words[i] : words[i] - 256u;
  }
}

static bool same_seen(const lowpk_seen *a, const lowpk_seen *b) {
  return memcmp(a->checksum.lane, b->checksum.lane, sizeof a->checksum.lane) == 0 &&
         a->checksum.odd == b->checksum.odd && a->most == b->most && memcmp(a->sums, b->sums, sizeof a->sums) == 0;
}

/* Any bytes; but often all alike, the least or the largest, so that sums are extreme; and often no large one. */
static void fill(lowpt_case *c, uint8_t *p, size_t size) {
  static const uint8_t alike[] = {0x00, 0x7f, 0x80, 0xff};
  const uint32_t kind = lowpt_below(&c->rng, 8);
  for (size_t i = 0; i < size; i++)
    p[i] = kind < 4 ? alike[kind] : (uint8_t)(lowpt_u32(&c->rng) & (kind == 4 ? 0x8f : kind == 5 ? 0xbf : 0xff));
}

static bool run_pack_codes(lowpt_case *c) {
  static uint8_t rows[LOWPK_NR * (MOST + APART)], want[LOWPK_NR * MOST];
  const unsigned bits = widths[c->subject];
  const size_t bytes = (size_t)LOWPK_STEP / 8 * bits, stride = bytes + lowpt_below(&c->rng, APART);
  const size_t size = (LOWPK_NR - 1) * stride + bytes;
  lowpk_seen before = {.most = (uint8_t)lowpt_below(&c->rng, 128)}, unused, seen, want_seen;
  for (size_t i = 0; i < 8; i++) before.checksum.lane[i] = lowpt_u32(&c->rng) | (uint64_t)lowpt_u32(&c->rng) << 32;
  for (size_t i = 0; i < LOWPK_NR; i++) before.sums[i] = lowpt_u32(&c->rng);
  before.checksum.odd = lowpt_below(&c->rng, 2);
  unused = seen = want_seen = before;
  fill(c, rows, size);
  ((lowpk_pack_codes_fn *)c->reference)(bits, rows, stride, want, &unused);
  see(&want_seen, bits, want, LOWPK_NR * bytes);
  lowpt_guard in = lowpt_case_buffer(c, rows, size, 1);
  lowpt_guard out = lowpt_case_output(c, want, LOWPK_NR * bytes, 64);
  lowpt_guard_protect(&in, false);
  snprintf(c->text, sizeof c->text, "%s, stride %zu", names[c->subject], stride);
  ((lowpk_pack_codes_fn *)c->candidate)(bits, in.data, stride, out.data, &seen);
  bool ok = lowpt_case_same(&out, want);
  if (ok && !same_seen(&seen, &want_seen)) {
    snprintf(c->text, sizeof c->text, "%s, stride %zu: checksum, largest code or sums", names[c->subject], stride);
    ok = false;
  }
  lowpt_guard_free(&in);
  lowpt_guard_free(&out);
  return ok;
}

/* What lies between rows stays as it is. */
static bool run_unpack_codes(lowpt_case *c) {
  static uint8_t words[LOWPK_NR * MOST], want[LOWPK_NR * (MOST + APART)];
  const unsigned bits = widths[c->subject];
  const size_t bytes = (size_t)LOWPK_STEP / 8 * bits, stride = bytes + lowpt_below(&c->rng, APART);
  const size_t size = (LOWPK_NR - 1) * stride + bytes;
  fill(c, words, LOWPK_NR * bytes);
  for (size_t i = 0; i < size; i++) want[i] = (uint8_t)lowpt_u32(&c->rng);
  ((lowpk_unpack_codes_fn *)c->reference)(bits, words, want, stride);
  lowpt_guard in = lowpt_case_buffer(c, words, LOWPK_NR * bytes, 64);
  lowpt_guard out = lowpt_case_output(c, want, size, 1);
  for (size_t r = 0; r + 1 < LOWPK_NR; r++)
    memcpy(out.data + r * stride + bytes, want + r * stride + bytes, stride - bytes);
  lowpt_guard_protect(&in, false);
  snprintf(c->text, sizeof c->text, "%s, stride %zu", names[c->subject], stride);
  ((lowpk_unpack_codes_fn *)c->candidate)(bits, in.data, out.data, stride);
  bool ok = lowpt_case_same(&out, want);
  lowpt_guard_free(&in);
  lowpt_guard_free(&out);
  return ok;
}

const lowpt_op lowpt_op_unpack_codes = {"unpack_codes", 4, always, name_of, 64, run_unpack_codes};
const lowpt_op lowpt_op_pack_codes = {"pack_codes", 4, always, name_of, 64, run_pack_codes};
