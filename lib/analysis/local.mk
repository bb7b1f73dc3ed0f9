# SPDX-License-Identifier: Apache-2.0
# The error measures, and vmath: SLEEF or libm behind one header.
libcore_la_SOURCES += %D%/error.c %D%/random.c %D%/vmath.h
if HAVE_SLEEF
libcore_la_SOURCES += %D%/vmath_sleef.c
else
libcore_la_SOURCES += %D%/vmath_libm.c
endif
