# SPDX-License-Identifier: Apache-2.0
# Audit: part of liblowp-io. Files of pure arithmetic include no jansson.
libiocore_la_SOURCES += \
	%D%/roofline.c %D%/roofline_internal.h \
	%D%/roofline_model.c
