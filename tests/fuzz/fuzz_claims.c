/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_claims.c: whatever claims are read, every rule ends with a verdict, a reason and a finite factor. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <lowp/claim.h>
#include <string.h>

int lowpt_accepted;

/* A chip of which much is known, one of which nothing is, a family of both, and a model; ' stands for ". */
static const char profiles_text[] =
    "{'schema': 'lowp-profiles-1', 'sources': {'s': {'title': 't', 'date': '2026'}}, 'chips': ["
    "{'name': 'A', 'vendor': 'v', 'scope': 's', 'status': 'x', 'families': ['F'],"
    " 'formats': {'names': ['mxfp4'], 'grade': 'vendor', 'source': 's'},"
    " 'peaks': {'fp4': {'dense': {'value': 1.1, 'unit': 'PFLOPS', 'grade': 'vendor', 'source': 's'},"
    "                   'sparse': {'value': 2, 'unit': 'PFLOPS', 'grade': 'vendor', 'source': 's'}}},"
    " 'memory': {'value': 100, 'unit': 'GB', 'grade': 'vendor', 'source': 's'},"
    " 'bandwidth': {'value': 2, 'unit': 'TB/s', 'grade': 'vendor', 'source': 's'},"
    " 'tdp': {'value': 500, 'unit': 'W', 'grade': 'vendor', 'source': 's'},"
    " 'clock': {'value': 1, 'unit': 'GHz', 'grade': 'vendor', 'source': 's'},"
    " 'matrix_units': {'count': {'value': 100, 'unit': '1', 'grade': 'vendor', 'source': 's'},"
    "  'per_clock': {'fp4': {'value': 10000, 'unit': 'FLOP/clk', 'grade': 'vendor', 'source': 's'}}}},"
    "{'name': 'B', 'vendor': 'v', 'scope': 's', 'status': 'x', 'families': ['F']}],"
    " 'models': [{'name': 'M', 'families': ['G'],"
    "  'params': {'value': 50, 'unit': 'Gparam', 'grade': 'vendor', 'source': 's'},"
    "  'kv': {'value': 2, 'unit': 'B/token', 'grade': 'vendor', 'source': 's'},"
    "  'released': {'date': '2026-04', 'grade': 'vendor', 'source': 's'}}]}";

static const lowp_profiles *profiles(void) {
  static lowp_profiles *set;
  char text[sizeof profiles_text];
  if (set) return set;
  for (size_t i = 0; i < sizeof text; i++) text[i] = (char)(profiles_text[i] == '\'' ? '"' : profiles_text[i]);
  LOWPT_ALWAYS(lowp_profiles_create(&set) == LOWP_OK);
  LOWPT_ALWAYS(lowp_profiles_parse(set, "profiles", text, sizeof text - 1, NULL) == LOWP_OK);
  return set;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lowp_claims *set = NULL;
  lowp_error error = {LOWP_OK, ""};
  lowpt_accepted = 0;
  LOWPT_ALWAYS(lowp_claims_create(&set) == LOWP_OK);
  const lowp_status status = lowp_claims_parse(set, "input", data, size, &error);
  if (status) {
    LOWPT_ALWAYS(status == LOWP_E_FORMAT && error.status == status && strncmp(error.text, "input: ", 7) == 0);
    LOWPT_ALWAYS(lowp_claims_count(set) == 0);
  } else {
    lowpt_accepted = 1;
  }
  for (size_t i = 0; i < lowp_claims_count(set); i++) {
    lowp_finding *finding = NULL;
    LOWPT_ALWAYS(lowp_audit_claim(profiles(), lowp_claims_get(set, i), &finding, &error) == LOWP_OK);
    LOWPT_ALWAYS((unsigned)finding->verdict < LOWP_VERDICT_COUNT && finding->reason && finding->reason[0]);
    LOWPT_ALWAYS(finding->factor >= 0 && finding->factor <= 1e300);
    for (size_t k = 0; k < finding->line_count; k++) LOWPT_ALWAYS(finding->lines[k]);
    lowp_finding_destroy(finding);
  }
  lowp_claims_destroy(set);
  return 0;
}
