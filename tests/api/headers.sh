# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, as C11 and as C++17, without a warning; every one of them is installed.
. "$(dirname "$0")/../harness/lib.sh"
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
for header in "$LOWP_SRCDIR"/include/lowp/*.h; do
  name=lowp/$(basename "$header")
  # Twice: include guards; and one use, so that the file is not an empty translation unit.
  printf '#include <%s>\n#include <%s>\nint lowp_header_test(void);\nint lowp_header_test(void) { return 0; }\n' \
    "$name" "$name" >"$WORK/header.c"
  cp "$WORK/header.c" "$WORK/header.cc"
  check "$name as C11" $CC -std=c11 -fsyntax-only $warnings -I"$LOWP_SRCDIR/include" "$WORK/header.c"
  if $CXX --version >/dev/null 2>&1; then
    check "$name as C++17" $CXX -std=c++17 -fsyntax-only $warnings -I"$LOWP_SRCDIR/include" "$WORK/header.cc"
  else
    skip "$name as C++17" "no C++ compiler"
  fi
done
for file in "$LOWP_SRCDIR"/include/lowp/*; do
  check "$(basename "$file") is installed" grep -q "%D%/lowp/$(basename "$file")\\b" "$LOWP_SRCDIR/include/local.mk"
done
