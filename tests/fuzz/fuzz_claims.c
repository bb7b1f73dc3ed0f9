/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_claims.c: whatever claims are read, every rule ends with a verdict, a reason and a finite factor. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "fuzz/fuzz.h"

#include <lowp/claim.h>
#include <string.h>

int lowpt_accepted;

#define F(value, unit) "{\"value\":" value ",\"unit\":\"" unit "\",\"grade\":\"vendor\",\"source\":\"s\"}"
#define HEAD "\"vendor\":\"v\",\"scope\":\"s\",\"status\":\"x\","

/* A chip of which much is known, one of which nothing is, a family of both, and a model. */
static const char
    profiles_text
        [] = "{\"schema\":\"lowp-profiles-1\",\"sources\":{\"s\":{\"title\":\"t\",\"date\":\"2026\"}},\"chips\":[{"
             "\"name\":"
             "\"A\"," HEAD "\"families\":[\"F\"],\"formats\":{\"names\":[\"mxfp4\"],\"grade\":\"vendor\",\"source\":"
                           "\"s\"},\"peaks\":{"
             "\"fp4\":{\"dense\":" F("1.1", "PFLOPS") ",\"sparse\":" F("2", "PFLOPS") "}},\"memory\":" F("100", "GB") ",\"bandwidth\":" F(
                 "2",
                 "TB/s") ",\"tdp\":" F("500",
                                       "W") ",\"clock\":" F("1",
                                                            "GHz") ",\"matrix_units\":{"
                                                                   "\"count\":" F(
                                                                       "100",
                                                                       "1") ",\"per_"
                                                                            "clock\":{"
                                                                            "\"fp4\""
                                                                            ":" F("1000"
                                                                                  "0",
                                                                                  "FLOP"
                                                                                  "/cl"
                                                                                  "k") "}}},{\"name\":\"B\"," HEAD
                                                                                       "\"families\":[\"F\"]}],"
                                                                                       "\"models\":[{\"name\":\"M\","
                                                                                       "\"families\":[\"G\"],"
                                                                                       "\"params\":" F("50", "Gparam") ",\"kv\":" F(
                                                                                           "2",
                                                                                           "B/token") ",\"released\":{"
                                                                                                      "\"date\":\"2026-"
                                                                                                      "04\",\"grade\":"
                                                                                                      "\"vendor\","
                                                                                                      "\"source\":"
                                                                                                      "\"s\"}}]}";

static const lowp_profiles *profiles(void) {
  static lowp_profiles *set;
  if (!set) {
    LOWPT_ALWAYS(lowp_profiles_create(&set) == LOWP_OK);
    LOWPT_ALWAYS(lowp_profiles_parse(set, "profiles", profiles_text, sizeof profiles_text - 1, NULL) == LOWP_OK);
  }
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
