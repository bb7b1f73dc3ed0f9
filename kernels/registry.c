/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry.c: every kernel of kernels.def, and for each set of enabled ISAs the best kernel of each op. A set, once
 * built, is never changed or freed: whoever holds a pointer to one may go on using it after the limit has changed.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/kernel.h"
#include "cpu/cpu.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const lowpk_entry entries[] = {
#define LOWP_KERNEL(op, ISA, isa, numerics)                                                                           \
  {#op, #isa, "lowpk_" #op "_" #isa, #numerics, LOWPI_ISA_##ISA, offsetof(lowpk_ops, op),                              \
   (void (*)(void))lowpk_##op##_##isa},
#include "kernels/kernels.def"
#undef LOWP_KERNEL
};
enum { ENTRY_COUNT = sizeof entries / sizeof entries[0] };

typedef struct set {
  uint32_t mask; /* the ISAs it was built for */
  lowpk_ops ops;
  struct set *next;
} set;

static set generic = {
    1u << LOWPI_ISA_GENERIC,
    {
#define LOWP_KERNELS_GENERIC_ONLY
#define LOWP_KERNEL(op, ISA, isa, numerics) .op = lowpk_##op##_##isa,
#include "kernels/kernels.def"
#undef LOWP_KERNEL
#undef LOWP_KERNELS_GENERIC_ONLY
    },
    NULL};

static _Atomic(set *) sets = &generic;    /* all that were built, latest first */
static _Atomic(set *) current = &generic; /* the one used last */

const lowpk_entry *lowpk_entries(size_t *count) {
  *count = ENTRY_COUNT;
  return entries;
}

const lowpk_entry *lowpk_entry_for(uint32_t isas, size_t slot) {
  const lowpk_entry *best = NULL;
  for (size_t i = 0; i < ENTRY_COUNT; i++) {
    const lowpk_entry *e = &entries[i];
    if (e->slot != slot || !((isas | 1u << LOWPI_ISA_GENERIC) >> e->isa_index & 1)) continue;
    if (!best || e->isa_index > best->isa_index) best = e;
  }
  return best;
}

static void fill(lowpk_ops *ops, uint32_t mask) {
  for (size_t slot = 0; slot < sizeof *ops; slot += sizeof(void (*)(void))) {
    const lowpk_entry *e = lowpk_entry_for(mask, slot);
    if (e) memcpy((char *)ops + slot, &e->function, sizeof e->function);
  }
}

static set *set_of(uint32_t mask) {
  set *head = atomic_load_explicit(&sets, memory_order_acquire);
  for (set *s = head; s; s = s->next)
    if (s->mask == mask) return s;
  set *s = malloc(sizeof *s);
  if (!s) return &generic; /* slower, the same results */
  s->mask = mask;
  s->ops = generic.ops;
  fill(&s->ops, mask);
  /* Two threads may build the same set; both stay, and either serves. */
  s->next = head;
  while (!atomic_compare_exchange_weak(&sets, &s->next, s)) continue;
  return s;
}

const lowpk_ops *lowpk_ops_get(void) {
  uint32_t mask = lowpi_cpu_enabled();
  set *s = atomic_load_explicit(&current, memory_order_acquire);
  if (s->mask != mask) {
    s = set_of(mask);
    atomic_store_explicit(&current, s, memory_order_release);
  }
  return &s->ops;
}

const lowpk_ops *lowpk_ops_for(uint32_t isas) { return &set_of(isas | 1u << LOWPI_ISA_GENERIC)->ops; }
