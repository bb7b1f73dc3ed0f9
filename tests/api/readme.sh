# SPDX-License-Identifier: Apache-2.0
# The C example of README.md, exactly as printed there, compiles without a warning and runs.
. "$(dirname "$0")/../harness/lib.sh"
readme=$LOWP_SRCDIR/README.md
if [ ! -e "$readme" ]; then
  skip "the example of README.md" "there is no README.md"
  exit 0
fi
awk '/^```c$/ {on = 1; next} /^```$/ {if (on) exit} on' "$readme" >"$WORK/example.c"
if [ ! -s "$WORK/example.c" ]; then
  fail "README.md has an example in C"
  exit 0
fi
archive=$LOWP_BUILDDIR/.libs/liblowp.a
if [ -e "$archive" ]; then libs=$archive; else libs="-L$LOWP_BUILDDIR/.libs -llowp"; fi
check "the example compiles" $CC -std=c11 -Wall -Wextra -Wpedantic -Werror $CPPFLAGS $CFLAGS -I"$LOWP_SRCDIR/include" \
  "$WORK/example.c" -o "$WORK/example" $LDFLAGS $libs $LOWP_CORE_LIBS
if [ -x "$WORK/example" ]; then
  expect 0 "the example runs" $LOWP_EMULATOR "$WORK/example"
  check "the example prints something" test -s "$WORK/out"
  # Where the README shows what it prints (the next block marked text), that is what it prints.
  awk '/^```c$/ {seen = 1} seen && /^```text$/ {on = 1; next} /^```$/ {if (on) exit} on' "$readme" >"$WORK/shown"
  if [ -s "$WORK/shown" ]; then check "it prints what the README shows" diff -u "$WORK/shown" "$WORK/out"; fi
fi
