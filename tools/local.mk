# SPDX-License-Identifier: Apache-2.0
# Programs link the public libraries, as any user's would; OpenMP is used here and not in the libraries.
TOOL_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(PCRE2_CFLAGS)
TOOL_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
TOOL_LIBS = liblowp-io.la liblowp.la $(JANSSON_LIBS) $(PCRE2_LIBS) $(LIBM)
