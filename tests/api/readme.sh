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

# The commands of the console blocks, run in order, print what is shown; only times differ from run to run.
awk '/^```console$/ {on = 1; next} /^```$/ {on = 0} on' "$readme" >"$WORK/console"
mkdir "$WORK/run"
without_times() { sed -E 's/ in [0-9.]+ s$/ in T s/'; }
cd "$WORK/run" || exit 1
export LOWP_DATA=$LOWP_SRCDIR/data
grep '^\$ ' "$WORK/console" | while read -r _ name arguments; do
  # shellcheck disable=SC2086 # the arguments are words
  echo "\$ $name $arguments" && tool "$name" $arguments </dev/null
done >"$WORK/printed" 2>&1
without_times <"$WORK/console" >"$WORK/wanted"
without_times <"$WORK/printed" >"$WORK/got"
check "the README shows commands" test -s "$WORK/wanted"
check "its commands print what it shows" diff -u "$WORK/wanted" "$WORK/got"

# Its table of errors says what docs/formats.md says, which the suite measures again.
awk '/^## Formats, and what they cost/ {on = 1} /^## Documentation/ {on = 0} on && /^\| [a-z0-9]/' "$readme" >"$WORK/rows"
check "the README has a table of errors" test -s "$WORK/rows"
check "its rows stand in docs/formats.md" sh -c "! grep -vxFf '$LOWP_SRCDIR/docs/formats.md' '$WORK/rows'"
