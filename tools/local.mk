# SPDX-License-Identifier: Apache-2.0
# For each program:
#   bin_PROGRAMS += %D%/lowp-x
#   %C%_lowp_x_SOURCES = %D%/lowp-x.c
#   %C%_lowp_x_CPPFLAGS = $(TOOL_CPPFLAGS)
#   %C%_lowp_x_CFLAGS = $(TOOL_CFLAGS)
#   %C%_lowp_x_LDADD = $(TOOL_LIBS)
# Programs link the public libraries, as any user's would; OpenMP is used here and not in the libraries.
TOOL_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(PCRE2_CFLAGS)
TOOL_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
TOOL_LIBS = libtools.la liblowp-io.la liblowp-calib.la liblowp.la $(JANSSON_LIBS) $(PCRE2_LIBS) $(LIBM)

# What several of them share, compiled once.
noinst_LTLIBRARIES += libtools.la
libtools_la_SOURCES = \
  %D%/aside.c %D%/aside.h \
  %D%/common.c %D%/common.h \
  %D%/guard.c %D%/guard.h \
  %D%/options.c %D%/options.h \
  %D%/page.c %D%/page.h \
  %D%/source.c %D%/source.h \
  %D%/svg.c %D%/svg.h %D%/svg_names.c \
  %D%/json_out.h \
  %D%/table.c %D%/table.h \
  %D%/transform.c %D%/transform.h
libtools_la_CPPFLAGS = $(TOOL_CPPFLAGS)
libtools_la_CFLAGS = $(TOOL_CFLAGS)
libtools_la_LIBTOOLFLAGS = --tag=disable-shared

bin_PROGRAMS += %D%/lowp-quant %D%/lowp-synth
%C%_lowp_quant_SOURCES = \
  %D%/lowp-quant.c \
  %D%/progress.c %D%/progress.h \
  %D%/quant.h \
  %D%/quant_calib.c \
  %D%/quant_fuse.c \
  %D%/quant_gptq.c \
  %D%/quant_guard.c \
  %D%/quant_guard_columns.c \
  %D%/quant_item.c \
  %D%/quant_options.c \
  %D%/quant_output.c \
  %D%/quant_plan.c \
  %D%/quant_recipe.c \
  %D%/quant_rules.c %D%/quant_rules.h \
  %D%/quant_run.c \
  %D%/quant_verify.c \
  %D%/report_files.c \
  %D%/report_json.c \
  %D%/report_text.c
%C%_lowp_quant_CPPFLAGS = $(TOOL_CPPFLAGS)
%C%_lowp_quant_CFLAGS = $(TOOL_CFLAGS)
%C%_lowp_quant_LDADD = $(TOOL_LIBS)
%C%_lowp_synth_SOURCES = %D%/lowp-synth.c
%C%_lowp_synth_CPPFLAGS = $(TOOL_CPPFLAGS)
%C%_lowp_synth_CFLAGS = $(TOOL_CFLAGS)
%C%_lowp_synth_LDADD = $(TOOL_LIBS)

bin_PROGRAMS += %D%/lowp-analyze
%C%_lowp_analyze_SOURCES = \
  %D%/analyze.h \
  %D%/analyze_baseline.c %D%/analyze_baseline.h \
  %D%/analyze_check.c \
  %D%/analyze_check_report.c \
  %D%/analyze_describe.c \
  %D%/analyze_detail.c \
  %D%/analyze_files.c \
  %D%/analyze_guard.c \
  %D%/analyze_html.c %D%/analyze_html.h \
  %D%/analyze_html_causes.c \
  %D%/analyze_html_codes.c \
  %D%/analyze_html_detail.c \
  %D%/analyze_html_formats.c \
  %D%/analyze_html_tables.c \
  %D%/analyze_measure.c \
  %D%/analyze_mitigations.c \
  %D%/analyze_options.c \
  %D%/analyze_plan.c \
  %D%/analyze_probe.c \
  %D%/analyze_rank.c \
  %D%/analyze_reproduce.c \
  %D%/analyze_text.c \
  %D%/lowp-analyze.c \
  %D%/progress.c %D%/progress.h \
  %D%/quant.h \
  %D%/quant_recipe.c \
  %D%/quant_rules.c %D%/quant_rules.h \
  %D%/reproduce.h \
  %D%/reproduce_accumulate.c \
  %D%/reproduce_measure.c \
  %D%/reproduce_rounding.c \
  %D%/reproduce_rows.c \
  %D%/reproduce_sim.c
%C%_lowp_analyze_CPPFLAGS = $(TOOL_CPPFLAGS)
%C%_lowp_analyze_CFLAGS = $(TOOL_CFLAGS)
%C%_lowp_analyze_LDADD = $(TOOL_LIBS)

bin_PROGRAMS += %D%/lowp-inspect %D%/lowp-diff %D%/lowp-dequant
%C%_lowp_inspect_SOURCES = %D%/lowp-inspect.c
%C%_lowp_inspect_CPPFLAGS = $(TOOL_CPPFLAGS)
%C%_lowp_inspect_CFLAGS = $(TOOL_CFLAGS)
%C%_lowp_inspect_LDADD = $(TOOL_LIBS)
%C%_lowp_diff_SOURCES = %D%/lowp-diff.c
%C%_lowp_diff_CPPFLAGS = $(TOOL_CPPFLAGS)
%C%_lowp_diff_CFLAGS = $(TOOL_CFLAGS)
%C%_lowp_diff_LDADD = $(TOOL_LIBS)
%C%_lowp_dequant_SOURCES = %D%/lowp-dequant.c
%C%_lowp_dequant_CPPFLAGS = $(TOOL_CPPFLAGS)
%C%_lowp_dequant_CFLAGS = $(TOOL_CFLAGS)
%C%_lowp_dequant_LDADD = $(TOOL_LIBS)

bin_PROGRAMS += %D%/lowp-audit
%C%_lowp_audit_SOURCES = \
  %D%/audit.h \
  %D%/audit_accuracy.c %D%/audit_accuracy.h \
  %D%/audit_chip.c \
  %D%/audit_claims.c \
  %D%/audit_claims_html.c \
  %D%/audit_compare.c %D%/audit_compare.h \
  %D%/audit_compare_html.c \
  %D%/audit_compare_json.c \
  %D%/audit_compare_run.c \
  %D%/audit_compare_text.c \
  %D%/audit_data.c \
  %D%/audit_html.c %D%/audit_html.h \
  %D%/audit_measured.c \
  %D%/audit_schema.c \
  %D%/lowp-audit.c \
  %D%/quant_rules.c %D%/quant_rules.h
%C%_lowp_audit_CPPFLAGS = $(TOOL_CPPFLAGS) -DLOWP_DATADIR='"$(pkgdatadir)"'
%C%_lowp_audit_CFLAGS = $(TOOL_CFLAGS)
%C%_lowp_audit_LDADD = $(TOOL_LIBS)
