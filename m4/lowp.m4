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

# LOWP_TRY_ISA(NAME, FLAGS, INCLUDES, BODY)
# Compiles real intrinsics, not just the flag, with the flags where make will put them: before the user's. Defines
# LOWP_HAVE_NAME, substitutes NAME_CFLAGS, sets the conditional HAVE_NAME, and appends to lowp_isas.
AC_DEFUN([LOWP_TRY_ISA], [
  AC_CACHE_CHECK([whether $CC builds $1 kernels], [lowp_cv_isa_$1],
    [lowp_save_CFLAGS="$CFLAGS"
     CFLAGS="$2 $CFLAGS"
     AC_COMPILE_IFELSE([AC_LANG_PROGRAM([$3], [$4])], [lowp_cv_isa_$1=yes], [lowp_cv_isa_$1=no])
     CFLAGS="$lowp_save_CFLAGS"])
  AS_IF([test "x$lowp_cv_isa_$1" = xyes],
    [AC_DEFINE([LOWP_HAVE_$1], [1], [$1 kernels are built])
     lowp_isas="$lowp_isas $1"])
  AC_SUBST([$1_CFLAGS], ["$2"])
  AM_CONDITIONAL([HAVE_$1], [test "x$lowp_cv_isa_$1" = xyes])])

# LOWP_X86_ISAS
# The bundles of lib/cpu/isa.def for x86. Anything but x86-64 fails every probe.
AC_DEFUN([LOWP_X86_ISAS], [
  m4_define([lowp_avx2], [-mavx2 -mfma -mf16c -mbmi2])
  m4_define([lowp_avx512], [lowp_avx2 -mavx512f -mavx512bw -mavx512cd -mavx512dq -mavx512vl])
  m4_define([lowp_avx512vnni], [lowp_avx512 -mavx512vnni -mavx512vbmi -mavx512vbmi2])
  m4_define([lowp_avx512bf16], [lowp_avx512vnni -mavx512bf16])
  m4_define([lowp_x86_include], [[
#if !defined(__x86_64__)
#error "not x86-64"
#endif
#include <immintrin.h>]])
  LOWP_TRY_ISA([AVX2], [lowp_avx2], [lowp_x86_include],
    [[__m256 x = _mm256_cvtph_ps(_mm_setzero_si128());
      return (int)_mm256_cvtss_f32(_mm256_fmadd_ps(x, x, x)) + (int)_pext_u32(1, 1);]])
  LOWP_TRY_ISA([AVXVNNI], [lowp_avx2 -mavxvnni], [lowp_x86_include],
    [[__m256i x = _mm256_setzero_si256();
      return _mm256_extract_epi32(_mm256_dpbusd_avx_epi32(x, x, x), 0);]])
  LOWP_TRY_ISA([AVX512], [lowp_avx512], [lowp_x86_include],
    [[__m512i x = _mm512_lzcnt_epi32(_mm512_setzero_si512());
      return (int)_mm512_movepi8_mask(x) + (int)_mm512_movepi32_mask(x);]])
  LOWP_TRY_ISA([AVX512VNNI], [lowp_avx512vnni], [lowp_x86_include],
    [[__m512i x = _mm512_setzero_si512();
      x = _mm512_dpbusd_epi32(x, _mm512_permutexvar_epi8(x, x), _mm512_shldi_epi16(x, x, 1));
      return (int)_mm512_movepi32_mask(x);]])
  LOWP_TRY_ISA([AVX512BF16], [lowp_avx512bf16], [lowp_x86_include],
    [[__m512 x = _mm512_setzero_ps();
      x = _mm512_dpbf16_ps(x, _mm512_cvtne2ps_pbh(x, x), _mm512_cvtne2ps_pbh(x, x));
      return (int)_mm512_reduce_add_ps(x);]])
  LOWP_TRY_ISA([AMX], [lowp_avx512bf16 -mavx512fp16 -mamx-tile -mamx-int8 -mamx-bf16], [lowp_x86_include],
    [[__m512h h = _mm512_setzero_ph();
      h = _mm512_mul_ph(h, h);
      _tile_zero(0);
      _tile_dpbssd(0, 1, 2);
      _tile_dpbf16ps(0, 1, 2);
      _tile_release();
      return (int)_mm512_cvtss_f32(_mm512_castph_ps(h));]])])

# LOWP_ARM_ISAS
# The bundles of lib/cpu/isa.def for aarch64. gcc has the dot products from armv8.2-a on, which brings LSE, CRC and RDM: those are
# asked for too. Anything but aarch64 fails every probe.
AC_DEFUN([LOWP_ARM_ISAS], [
  m4_define([lowp_dotprod], [armv8.2-a+dotprod])
  m4_define([lowp_i8mm], [lowp_dotprod+i8mm])
  m4_define([lowp_armbf16], [lowp_i8mm+bf16])
  m4_define([lowp_arm_include], [[
#if !defined(__aarch64__) || !defined(__linux__) || defined(__AARCH64EB__)
#error "not Linux on little-endian aarch64"
#endif
#include <arm_neon.h>]])
  m4_define([lowp_sve_include], [lowp_arm_include
[#include <arm_sve.h>]])
  LOWP_TRY_ISA([NEON], [], [lowp_arm_include],
    [[uint8x16_t x = vqtbl4q_u8((uint8x16x4_t){{vdupq_n_u8(1)}}, vdupq_n_u8(0));
      return vaddvq_u8(x);]])
  LOWP_TRY_ISA([SVE], [-march=armv8-a+sve], [lowp_sve_include],
    [[svuint32_t x = svmax_x(svptrue_b32(), svdup_u32(1), svindex_u32(0, 1));
      return (int)svmaxv(svptrue_b32(), x);]])
  LOWP_TRY_ISA([DOTPROD], [-march=lowp_dotprod], [lowp_arm_include],
    [[int32x4_t x = vdotq_s32(vdupq_n_s32(0), vdupq_n_s8(1), vdupq_n_s8(1));
      return vaddvq_s32(x);]])
  LOWP_TRY_ISA([I8MM], [-march=lowp_i8mm], [lowp_arm_include],
    [[int32x4_t x = vmmlaq_s32(vdupq_n_s32(0), vdupq_n_s8(1), vdupq_n_s8(1));
      return vaddvq_s32(x);]])
  LOWP_TRY_ISA([ARMBF16], [-march=lowp_armbf16], [lowp_arm_include],
    [[volatile uint16_t one = 0x3f80; /* gcc 12 takes a constant bf16 for a binary16 */
      bfloat16x8_t x = vreinterpretq_bf16_u16(vdupq_n_u16(one));
      return (int)vgetq_lane_f32(vbfmmlaq_f32(vbfdotq_f32(vdupq_n_f32(0), x, x), x, x), 0);]])
  LOWP_TRY_ISA([SVEI8MM], [-march=lowp_armbf16+sve], [lowp_sve_include],
    [[svint32_t x = svmmla(svdup_s32(0), svdup_s8(1), svdup_s8(1));
      volatile uint16_t one = 0x3f80;
      svbfloat16_t h = svreinterpret_bf16(svdup_u16(one));
      return (int)svaddv(svptrue_b32(), x) + (int)svaddv(svptrue_b32(), svbfmmla(svdup_f32(0), h, h));]])
  LOWP_TRY_ISA([SVE2], [-march=lowp_armbf16+sve2], [lowp_sve_include],
    [[svuint8_t x = svtbl2(svcreate2(svdup_u8(1), svdup_u8(2)), svdup_u8(0));
      return (int)svaddv(svptrue_b8(), svqxtnt(svdup_u8(0), svreinterpret_u16(x)));]])])

# LOWP_WITH_DNNL
# oneDNN, a peer of bench/: it has no .pc file. The interface of version 2 (Debian 12) or nothing.
AC_DEFUN([LOWP_WITH_DNNL], [
  AC_ARG_WITH([dnnl], [AS_HELP_STRING([--without-dnnl], [lowp-bench: do not measure oneDNN beside lowp])], [], [with_dnnl=auto])
  lowp_dnnl="no (switched off)"
  DNNL_LIBS=
  AS_IF([test "x$with_dnnl" != xno],
    [lowp_save_LIBS="$LIBS"
     LIBS="-ldnnl $LIBS"
     AC_MSG_CHECKING([for oneDNN 2])
     AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <dnnl.h>]],
         [[dnnl_matmul_desc_t op; return dnnl_matmul_desc_init(&op, 0, 0, 0, 0) == dnnl_success;]])],
       [lowp_dnnl=yes
        DNNL_LIBS=-ldnnl
        AC_DEFINE([LOWP_HAVE_DNNL], [1], [lowp-bench can measure oneDNN])],
       [lowp_dnnl="no (Debian package: libdnnl-dev)"
        AS_IF([test "x$with_dnnl" = xyes], [AC_MSG_ERROR([--with-dnnl was given, but oneDNN 2 is not found])])])
     AC_MSG_RESULT([$lowp_dnnl])
     LIBS="$lowp_save_LIBS"])
  AC_SUBST([DNNL_LIBS])])
