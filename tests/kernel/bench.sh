# SPDX-License-Identifier: Apache-2.0
# lowp-bench measures every element and every scheme, honours --filter, and prints JSON that says the same.
. "$(dirname "$0")/../harness/lib.sh"
expect 0 "--help" tool lowp-bench --help
check "--help shows the options" grep -q -- '--filter' "$WORK/out"
expect 1 "an unknown option" tool lowp-bench --no-such-option
expect 1 "an operand" tool lowp-bench file
expect 1 "a filter that matches nothing" tool lowp-bench -f no-such-name
expect 1 "no values" tool lowp-bench -n 0
expect 0 "everything, once" tool lowp-bench -n 1000 -r 1
elements=$(grep -cE '^LOWP_(MINIFLOAT|FIXED|TAPERED)' "$LOWP_SRCDIR/include/lowp/element.def")
schemes=$(grep -c '^LOWP_SCHEME(' "$LOWP_SRCDIR/include/lowp/scheme.def")
rows=$(grep -cE '^(encode|decode|quantize|dequantize) ' "$WORK/out")
check "a row for each element and scheme, both ways" test "$rows" = $((2 * (elements + schemes)))
expect 0 "--filter and --json" tool lowp-bench -n 1000 -r 2 -f 'quantize mxfp4' -f e2m1 --json
check "five results: copy, two of the element, two of the scheme" test "$(grep -c '"name"' "$WORK/out")" = 5
check "results are numbers" test "$(grep -cE '"median_s": [0-9.]+, "min_s": [0-9.]+, "gb_per_s": [0-9.e+-]+' "$WORK/out")" = 5
