/* SPDX-License-Identifier: Apache-2.0 */
/* cpu.c: detection of ISA bundles, and the limit set by LOWP_ISA or lowp_cpu_limit. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cpu/cpu.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name, *text;
  bool built;
  bool (*available)(void);
} isas[LOWPI_ISA_COUNT] = {
#define LOWP_ISA(ID, name, built, available, text) {name, text, built, available},
#include "cpu/isa.def"
#undef LOWP_ISA
};

_Static_assert(LOWPI_ISA_GENERIC == 0 && LOWPI_ISA_COUNT <= 32, "generic is bit 0, and a mask has 32 bits");

bool lowpi_cpu_always(void) { return true; }

/* 0, which no mask is, until the environment has been read. */
static _Atomic uint32_t enabled;

static uint32_t all_available(void) {
  uint32_t mask = 0;
  for (size_t i = 0; i < LOWPI_ISA_COUNT; i++) mask |= (uint32_t)(isas[i].built && isas[i].available()) << i;
  return mask;
}

static size_t find(const char *name, size_t length) {
  size_t i = 0;
  while (i < LOWPI_ISA_COUNT && (strlen(isas[i].name) != length || memcmp(isas[i].name, name, length) != 0)) i++;
  return i;
}

/* The mask of a comma separated list; *unknown tells whether it held a name that isa.def lacks. */
static uint32_t parse(const char *names, bool *unknown) {
  uint32_t mask = 1u << LOWPI_ISA_GENERIC;
  *unknown = false;
  while (*names) {
    size_t length = strcspn(names, ","), i = find(names, length);
    if (i < LOWPI_ISA_COUNT)
      mask |= 1u << i;
    else if (length > 0)
      *unknown = true;
    names += length;
    if (*names) names++;
  }
  return mask;
}

uint32_t lowpi_cpu_enabled(void) {
  uint32_t mask = atomic_load_explicit(&enabled, memory_order_acquire);
  if (mask) return mask;
  const char *names = secure_getenv("LOWP_ISA");
  bool unknown;
  uint32_t wanted = all_available();
  if (names && *names) wanted &= parse(names, &unknown);
  /* A limit that another thread has set meanwhile stays. */
  return atomic_compare_exchange_strong(&enabled, &mask, wanted) ? wanted : mask;
}

lowp_status lowp_cpu_limit(const char *names) {
  uint32_t mask = all_available();
  if (names) {
    bool unknown;
    mask &= parse(names, &unknown);
    if (unknown) return LOWP_E_ARGUMENT;
  }
  atomic_store_explicit(&enabled, mask, memory_order_release);
  return LOWP_OK;
}

uint32_t lowpi_cpu_slow_bf16_isas(void) { return lowpi_cpu_slow_bf16_dot() ? 1u << LOWPI_ISA_AVX512BF16 : 0; }

size_t lowp_cpu_isa_count(void) { return LOWPI_ISA_COUNT; }

const char *lowp_cpu_isa_name(size_t i) { return i < LOWPI_ISA_COUNT ? isas[i].name : NULL; }

const char *lowp_cpu_isa_text(size_t i) { return i < LOWPI_ISA_COUNT ? isas[i].text : NULL; }

int lowp_cpu_isa_available(size_t i) { return i < LOWPI_ISA_COUNT && isas[i].built && isas[i].available(); }

int lowp_cpu_isa_enabled(size_t i) { return i < LOWPI_ISA_COUNT && (lowpi_cpu_enabled() >> i & 1); }
