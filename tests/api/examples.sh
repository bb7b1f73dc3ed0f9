# SPDX-License-Identifier: Apache-2.0
# The example in the comment of each header is, line for line, in a program that was built and that checks its result.
. "$(dirname "$0")/../harness/lib.sh"
for source in "$LOWP_SRCDIR"/tests/api/example_*.c; do
  name=$(basename "$source" .c)
  header=$LOWP_SRCDIR/include/lowp/${name#example_}.h
  awk '/^ \* @code/ {on = 1; next} /^ \* @endcode/ {exit} on {sub(/^ \* ?/, ""); print}' "$header" >"$WORK/comment"
  check "$(basename "$header") has an example" test -s "$WORK/comment"
  # The body of main as far as it is the header's: two spaces of indentation less.
  awk '/^int main/ {on = 1; next} on {sub(/^  /, ""); print}' "$source" | head -n "$(wc -l <"$WORK/comment")" >"$WORK/program"
  check "$name is the example of its header" diff -u "$WORK/comment" "$WORK/program"
  for program in "$LOWP_BUILDDIR"/tests/api/{.libs/,}"$name"; do
    if [ -x "$program" ]; then break; fi
  done
  expect 0 "$name runs, and finds what its comment says" $LOWP_EMULATOR "$program"
done
# Headers with an example have a program.
for header in $(grep -l '^ \* @code' "$LOWP_SRCDIR"/include/lowp/*.h); do
  name=example_$(basename "$header" .h)
  check "$name.c exists" test -e "$LOWP_SRCDIR/tests/api/$name.c"
done
