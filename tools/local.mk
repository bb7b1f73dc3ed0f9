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
TOOL_LIBS = liblowp-io.la liblowp.la $(JANSSON_LIBS) $(PCRE2_LIBS) $(LIBM)
