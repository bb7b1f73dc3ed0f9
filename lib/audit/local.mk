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
  %D%/profile_read.c \
  %D%/profile_write.c \
  %D%/profiles.c \
  %D%/read.c %D%/read.h \
  %D%/restate.c \
  %D%/unit.def \
  %D%/units.c
