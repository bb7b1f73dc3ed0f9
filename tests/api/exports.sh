# SPDX-License-Identifier: Apache-2.0
# The shared libraries export exactly the symbols of the lists beside this file, and all functions that the public
# headers declare. A changed list is a changed ABI: see VERSION_INFO in lib/local.mk.
. "$(dirname "$0")/../harness/lib.sh"
for lib in lowp lowp-calib lowp-io; do
  list=$LOWP_SRCDIR/tests/api/exports-$lib.txt
  so=$LOWP_BUILDDIR/.libs/lib$lib.so
  if [ ! -e "$so" ]; then
    skip "exports of lib$lib" "no shared library in this build"
    continue
  fi
  # Type A is the name of the version node itself; functions carry it behind @@.
  $NM -D --defined-only "$so" | awk '$2 != "A" {print $3}' >"$WORK/$lib.versioned"
  sed 's/@.*//' "$WORK/$lib.versioned" | sort >"$WORK/$lib.found"
  node=$(sed -n 's/^\(LOWP[A-Z_]*[0-9]*\) {$/\1/p' "$LOWP_SRCDIR/lib/$lib.map")
  check "all symbols of lib$lib have version $node" sh -c "test -n '$node' && ! grep -v '@@$node\$' '$WORK/$lib.versioned'"
  if grep -qv '^lowp_' "$WORK/$lib.found"; then
    fail "lib$lib exports only lowp_ names" "$(grep -v '^lowp_' "$WORK/$lib.found")"
  else
    ok "lib$lib exports only lowp_ names"
  fi
  check "exports of lib$lib are those of $(basename "$list")" diff -u "$list" "$WORK/$lib.found"
done
# LOWP_API stands in front of each public function; the name is the word before the first parenthesis behind it.
if [ -e "$WORK/lowp.found" ] && [ -e "$WORK/lowp-calib.found" ] && [ -e "$WORK/lowp-io.found" ]; then
  sort "$WORK"/*.found >"$WORK/found"
  cat "$LOWP_SRCDIR"/include/lowp/*.h | grep -v '^ *#' | tr '\n' ' ' | grep -oE 'LOWP_API[^;(]*\(' |
    sed 's/ *($//; s/.*[ *]//' | sort -u >"$WORK/declared"
  check "the headers declare functions" test -s "$WORK/declared"
  check "what is declared is exported, and the reverse" diff -u "$WORK/declared" "$WORK/found"
fi
