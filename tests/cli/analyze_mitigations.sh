#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-analyze --mitigations: what it refuses, and, with LOWP_LONG=1, the table: every row with an expectation agrees.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
expect 1 "an input is refused" tool lowp-analyze --mitigations model.safetensors
check "and the message says why" grep -q 'makes its own data' "$WORK/err"
expect 1 "JSON is refused" tool lowp-analyze --mitigations --json
if [ -z "${LOWP_LONG:-}" ]; then
  skip "the gains" "a minute of arithmetic; LOWP_LONG=1 runs it"
  exit 0
fi
expect 0 "all rows agree" tool lowp-analyze --mitigations --tsv
check "rows have seven fields" awk -F'\t' 'NF != 7 {exit 1}' "$WORK/out"
check "24 rows or more have an expectation" test "$(cut -f7 "$WORK/out" | grep -c agrees)" -ge 24
# The page has what was measured; GPTQ's last digit may follow LAPACK.
tail -n +2 "$WORK/out" | grep -v '^GPTQ' | awk -F'\t' '{printf "| %s | %s | %s |\n", $1, $2, $3}' | while read -r row; do
  grep -qF "$row" "$LOWP_SRCDIR/docs/error-analysis.md" || echo "$row"
done >missing
check "the page lists every row" test ! -s missing
