# SPDX-License-Identifier: Apache-2.0
# Audit: part of liblowp-io. Files of pure arithmetic include no jansson.
libiocore_la_SOURCES += \
	%D%/model_shape.c \
	%D%/model_shape_json.c \
	%D%/model_shape_table.c \
	%D%/roofline.c %D%/roofline_internal.h \
	%D%/roofline_model.c
libiocore_la_SOURCES += \
  %D%/audit_internal.h \
  %D%/claim_read.c \
  %D%/claims.c \
  %D%/keys.h \
  %D%/keys_claim.c \
  %D%/keys_profile.c \
  %D%/profile_read.c \
  %D%/profile_write.c \
  %D%/profiles.c \
  %D%/read.c %D%/read.h \
  %D%/read_kinds.c %D%/read_kinds.h \
  %D%/restate.c \
  %D%/rule_arithmetic.c \
  %D%/rule_capacity.c \
  %D%/rule_cause.c \
  %D%/rule_figure.c \
  %D%/rule_peak.c \
  %D%/rule_ratio.c \
  %D%/rule_speed.c \
  %D%/rules.h \
  %D%/schema.c \
  %D%/subject.c \
  %D%/unit.def \
  %D%/units.c \
  %D%/verdict.c

libiocore_la_SOURCES += \
  %D%/measured_accum.c \
  %D%/measured_blocks.c \
  %D%/measured_check.c \
  %D%/measured_internal.h \
  %D%/measured_log.c %D%/measured_log.h \
  %D%/measured_operand.c \
  %D%/measured_outside.c \
  %D%/measured_product.c \
  %D%/measured_rate.c \
  %D%/measured_row.c \
  %D%/measured_search.c
