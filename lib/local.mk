# SPDX-License-Identifier: Apache-2.0
# libbase: internal functions that all libraries need a copy of, because hidden symbols do not cross shared objects.
noinst_LTLIBRARIES += libbase.la
libbase_la_SOURCES = %D%/internal.h %D%/error.c

# libcore, libiocore and libcalibcore hold all code; tests link them, so that internal functions are within reach.
noinst_LTLIBRARIES += libcore.la libiocore.la libcalibcore.la
libcore_la_SOURCES = %D%/status.c %D%/version.c
libcore_la_CPPFLAGS = $(AM_CPPFLAGS) $(SLEEF_CFLAGS)
libcore_la_LIBADD = libbase.la
libiocore_la_SOURCES =
libiocore_la_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(XXHASH_CFLAGS)
libiocore_la_LIBADD = libbase.la
libcalibcore_la_SOURCES =
libcalibcore_la_CPPFLAGS = $(AM_CPPFLAGS) $(LAPACK_CFLAGS)
libcalibcore_la_LIBADD = libbase.la

# The public libraries are those three with a soname.
# VERSION_INFO is current:revision:age of libtool; it follows the ABI, not the release.
VERSION_INFO = 0:0:0
lib_LTLIBRARIES += liblowp.la liblowp-io.la liblowp-calib.la
liblowp_la_SOURCES =
liblowp_la_LIBADD = libcore.la $(CORE_LIBS)
liblowp_la_LDFLAGS = -version-info $(VERSION_INFO) -no-undefined -Wl,-z,defs \
  -Wl,--version-script=$(top_srcdir)/%D%/lowp.map
EXTRA_liblowp_la_DEPENDENCIES = $(top_srcdir)/%D%/lowp.map
liblowp_io_la_SOURCES =
liblowp_io_la_LIBADD = libiocore.la liblowp.la $(IO_LIBS)
liblowp_io_la_LDFLAGS = -version-info $(VERSION_INFO) -no-undefined -Wl,-z,defs \
  -Wl,--version-script=$(top_srcdir)/%D%/lowp-io.map
EXTRA_liblowp_io_la_DEPENDENCIES = $(top_srcdir)/%D%/lowp-io.map
liblowp_calib_la_SOURCES =
liblowp_calib_la_LIBADD = libcalibcore.la liblowp.la $(CALIB_LIBS)
liblowp_calib_la_LDFLAGS = -version-info $(VERSION_INFO) -no-undefined -Wl,-z,defs \
  -Wl,--version-script=$(top_srcdir)/%D%/lowp-calib.map
EXTRA_liblowp_calib_la_DEPENDENCIES = $(top_srcdir)/%D%/lowp-calib.map
EXTRA_DIST += %D%/lowp.map %D%/lowp-io.map %D%/lowp-calib.map

# What a program that links libcore.la (and libiocore.la, libcalibcore.la) itself has to add.
CORE_LIBS = $(SLEEF_LIBS) $(HWY_LIBS) $(LIBM) $(OPENMP_LIBS)
IO_LIBS = $(JANSSON_LIBS) $(XXHASH_LIBS) $(LIBM)
CALIB_LIBS = $(LAPACK_LIBS) $(LIBM)

include %D%/cpu/local.mk
include %D%/element/local.mk
include %D%/scheme/local.mk
include %D%/tensor/local.mk
include %D%/quant/local.mk
include %D%/analysis/local.mk
include %D%/gemm/local.mk
include %D%/io/local.mk
include %D%/audit/local.mk
include %D%/calib/local.mk
