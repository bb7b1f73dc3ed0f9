#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-analyze --reproduce: the verdicts follow from the numbers that stand beside them, all published rows are inside, the
# published numbers are those of the sources, and the documentation shows what is measured.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
get() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" "$@"; }

expect 1 "no input goes with it" tool lowp-analyze --reproduce x.safetensors
expect 0 "all rows are inside of their tolerance" tool lowp-analyze --reproduce -j 1 --tsv
cp out tsv
check "the last rows of the sources are there" test "$(cut -f 1 tsv | grep -c '^16$')" = 1
check "16 published rows" test "$(awk -F '\t' '$1 + 0 > 0 {print $1}' tsv | sort -u | wc -l)" = 16
check "11 columns in all lines" test "$(awk -F '\t' '{print NF}' tsv | sort -u)" = 11
check "everything was measured" test -z "$(cut -f 7 tsv | grep -i nan)"

# The verdict from target (6), measured (7) and tolerance (8), by awk.
awk -F '\t' 'function abs(v) {return v < 0 ? -v : v}
  NR > 1 && $1 != "O" {
    split($8, part, " "); limit = part[1]; sub(/^\+-/, "", limit); sub(/,$/, "", limit)
    if ($8 == "below") inside = $7 + 0 < $6 + 0
    else if ($8 == "exact") inside = $7 + 0 == $6 + 0
    else if (part[1] == "factor") inside = $7 / $6 <= part[2] && $6 / $7 <= part[2]
    else if (part[2] == "%") inside = abs($7 / $6 - 1) <= limit / 100
    else inside = abs($7 - $6) <= limit + 0
    if (part[2] == "sign" && $7 * $6 <= 0) inside = 0
    if ((inside ? "inside" : "outside") != $9) print
  }' tsv >wrong
check "the verdicts follow from the numbers" test ! -s wrong
check "more than 150 rows" test "$(grep -cv '^O' tsv)" -gt 150

# What the sources say, row by row: targets of the published rows, in order.
cat >targets <<'TARGETS'
1 4.328125 0
2 31.86 31.86 31.54 31.54 19.14 19.14
3 21.14 21.14
4 -0.124 -0.047
5 0 0.288675 -0.5 0.57735 0 0.408248 0 0.288675 -0.5 0.57735 0 0.408248
6 1.3135 1.8895
7 2.31 1.55 1.314 2.66
8 31.51 31.03 18.79 20.35
9 41.93 30.18 17.22 21.65
10 31.5 40.35 30.39 28.57 17.98 15.89 20.6 20.55
11 2.35 2.1 2.892 2.443
12 -0.25 1.1 0.81
13 0.02
14 31.86 25.84 31.86
15 0.002 0.00188 0.003 0.00234
16 0.02
TARGETS
awk -F '\t' '$1 + 0 > 0 {if ($1 != last) {if (last) print line; line = $1; last = $1} line = line " " $6} END {print line}' \
  tsv >found
check "targets are those of the sources" diff targets found

if [ "${LOWP_TEST_STRIDE:-1}" != 1 ]; then
  skip "JSON, another number of threads, the documentation" "LOWP_TEST_STRIDE: measured once"
  exit 0
fi

# --- the report and JSON, another number of threads
expect 0 "JSON" tool lowp-analyze --reproduce -j 2 --json
cp out json
check "16 of 16" test "$(get json published_rows_inside)" = 16 -a "$(get json published_rows)" = 16
check "others" test "$(get json others_inside)" = "$(get json others)"
for at in 0 9 20 60 90; do
  want=$(awk -F '\t' -v n=$((at + 2)) 'NR == n {print $7}' tsv)
  check "row $at is the same for any number of threads" test "$(get json rows $at measured | awk '{printf "%.9g", $1}')" = "$want"
done

# --- documentation: the table of docs/error-analysis.md is what is measured
doc=$LOWP_SRCDIR/docs/error-analysis.md
if [ "$(get json portable)" = true ]; then
  awk -F '\t' '$1 + 0 > 0 || $1 == "S" {printf "| %s | %s | %s | %s | %s | %.4g | %s | %s |\n",
    $1, $2, $3, $4, ($5 == "nan" ? "-" : $5), $7, $8, $11}' tsv >measured
  sed -n '/^| # | quantity/,/^$/p' "$doc" | grep '^|' | tail -n +3 >documented
  check "the documentation shows what is measured" diff documented measured
  awk -F '\t' '$1 == "O" {
      split($2, name, ", "); form = name[3] == "z" ? "%.3f" : "%.3g"
      if ($3 == "k = 8" && name[3] == "A") line = "| " name[1] " | " name[2] " |"
      line = line " " sprintf(form, $7) " |"
      if ($3 == "k = 32" && name[3] == "D") print line
    }' tsv >measured
  sed -n '/^| format | scale | A 8/,/^$/p' "$doc" | grep '^|' | tail -n +3 >documented
  check "and of outliers in every format" diff documented measured
else
  skip "the documentation shows what is measured" "built without SLEEF: the last digits of random numbers may differ"
fi
