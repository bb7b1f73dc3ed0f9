# SPDX-License-Identifier: Apache-2.0
# cli_tests += %D%/x.sh
cli_tests += %D%/audit_claims.sh
cli_tests += \
  %D%/analyze_baseline.sh \
  %D%/analyze_html.sh \
  %D%/analyze_mitigations.sh \
  %D%/analyze_probe.sh \
  %D%/analyze_reasons.sh \
  %D%/analyze_reproduce.sh \
  %D%/analyze_tables.sh \
  %D%/analyze_workflow.sh
cli_tests += %D%/audit_compare.sh %D%/audit_docs.sh %D%/audit_html.sh %D%/audit_measured.sh %D%/audit_schema.sh
cli_tests += %D%/test_companions.sh
cli_tests += \
  %D%/quant_docs.sh \
  %D%/quant_errors.sh \
  %D%/quant_formats.sh \
  %D%/quant_mitigations.sh \
  %D%/quant_rules.sh \
  %D%/quant_same.sh
EXTRA_DIST += %D%/audit_schema.py %D%/make_inputs.sh %D%/page_checks.sh
check_PROGRAMS += %D%/json_get
%C%_json_get_SOURCES = %D%/json_get.c
%C%_json_get_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_json_get_LDADD = $(JANSSON_LIBS)
check_PROGRAMS += %D%/make_activations
%C%_make_activations_SOURCES = %D%/make_activations.c
%C%_make_activations_CPPFLAGS = $(AM_CPPFLAGS)
%C%_make_activations_LDADD = liblowp.la
check_PROGRAMS += %D%/answer_probe
%C%_answer_probe_SOURCES = %D%/answer_probe.c
%C%_answer_probe_CPPFLAGS = $(AM_CPPFLAGS)
%C%_answer_probe_LDADD = liblowp-io.la liblowp.la $(LIBM)
