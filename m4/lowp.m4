# SPDX-License-Identifier: Apache-2.0

# LOWP_REFUSE_FAST_MATH
# gcc links a start-up object that sets flush-to-zero for the whole process when it sees -ffast-math, even into a shared
# library; and the bits promised by the library do not survive reassociation.
AC_DEFUN([LOWP_REFUSE_FAST_MATH], [
  for lowp_flag in $CC $CXX $CPPFLAGS $CFLAGS $CXXFLAGS $LDFLAGS; do
    AS_CASE([$lowp_flag],
      [-Ofast|-ffast-math|-funsafe-math-optimizations|-ffinite-math-only|-fassociative-math|-freciprocal-math],
        [AC_MSG_ERROR([$lowp_flag breaks the results that this library promises; configure without it])])
  done])

# LOWP_WARNINGS
# -Werror only by this switch: in CFLAGS it would make configure's own probes fail.
AC_DEFUN([LOWP_WARNINGS], [
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors])])
  lowp_warnings="-Wall -Wextra -Wpedantic"
  AS_IF([test "x$enable_werror" = xyes], [lowp_warnings="$lowp_warnings -Werror"])
  AC_SUBST([WARN_FLAGS], [$lowp_warnings])])

# LOWP_NEED(VARIABLE, MODULE, DEBIAN-PACKAGE)
AC_DEFUN([LOWP_NEED], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([$2 was not found by pkg-config: install the Debian package $3 (scripts/deps installs all of them)])])])

# LOWP_WITH(NAME, VARIABLE, MODULE, DEBIAN-PACKAGE, PURPOSE)
# --with-NAME and --without-NAME, conditional HAVE_VARIABLE, and lowp_NAME for the summary.
AC_DEFUN([LOWP_WITH], [
  AC_ARG_WITH([$1], [AS_HELP_STRING([--without-$1], [do not use $1: $5])], [], [with_$1=auto])
  AS_IF([test "x$with_$1" = xno], [lowp_$1="no (switched off)"],
    [PKG_CHECK_MODULES([$2], [$3], [lowp_$1=yes],
       [AS_IF([test "x$with_$1" = xauto], [lowp_$1="no (Debian package: $4)"],
          [AC_MSG_ERROR([--with-$1 was given, but pkg-config does not find $3 (Debian package: $4)])])])])
  AM_CONDITIONAL([HAVE_$2], [test "x$lowp_$1" = xyes])])

# LOWP_WITH_HIGHWAY
# Highway needs a C++ compiler too: one that really compiles the header counts.
AC_DEFUN([LOWP_WITH_HIGHWAY], [
  AC_ARG_WITH([highway], [AS_HELP_STRING([--without-highway], [do not use Highway: portable SIMD kernels])],
    [], [with_highway=auto])
  AS_IF([test "x$with_highway" = xno], [lowp_highway="no (switched off)"],
    [PKG_CHECK_MODULES([HWY], [libhwy >= 1.0.3], [lowp_highway=yes], [lowp_highway="no (Debian package: libhwy-dev)"])])
  AS_IF([test "x$lowp_highway" = xyes],
    [AC_LANG_PUSH([C++])
     lowp_save_CPPFLAGS="$CPPFLAGS"
     CPPFLAGS="$HWY_CFLAGS $CPPFLAGS"
     AC_MSG_CHECKING([whether $CXX compiles Highway])
     AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <hwy/highway.h>]], [[return hwy::SupportedTargets() == 0;]])],
       [AC_MSG_RESULT([yes])],
       [AC_MSG_RESULT([no])
        lowp_highway="no (no C++ compiler that compiles it; Debian package: g++)"])
     CPPFLAGS="$lowp_save_CPPFLAGS"
     AC_LANG_POP([C++])])
  AS_IF([test "x$lowp_highway" = xyes], [AC_DEFINE([LOWP_HAVE_HWY], [1], [the Highway kernels are built])],
    [HWY_LIBS=
     AS_IF([test "x$with_highway" = xyes], [AC_MSG_ERROR([--with-highway was given, but: $lowp_highway])])])
  AM_CONDITIONAL([HAVE_HWY], [test "x$lowp_highway" = xyes])])
