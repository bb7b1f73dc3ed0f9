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
expect 0 "--each-isa" tool lowp-bench -n 1000 -r 1 -f 'dequantize nvfp4' --each-isa
isas=$(tool lowp-inspect --cpu | grep -cE '^  [a-z0-9]+ +used')
check "--each-isa: a row for each and one for all" test "$(grep -c '^dequantize nvfp4' "$WORK/out")" = $((isas + 1))

expect 0 "gemm --help" tool lowp-bench gemm --help
check "gemm --help shows the options" grep -q -- '--compute' "$WORK/out"
expect 1 "gemm: no rows" tool lowp-bench gemm -m 0
expect 1 "gemm: no scheme" tool lowp-bench gemm -w e2m1 -s 32x128 -m 1 --memory 1M -r 1
expect 1 "gemm: no activations" tool lowp-bench gemm -w mxfp4 -a e2m1 -s 32x128 -m 1 --memory 1M -r 1
expect 1 "gemm: no class" tool lowp-bench gemm -w mxfp4 -c fp16 -s 32x128 -m 1 --memory 1M -r 1 --json
check "gemm: nothing is printed then" test ! -s "$WORK/out"
expect 1 "gemm: no shape" tool lowp-bench gemm -s 32 -m 1
# AddressSanitizer ends a process that asks for too much, unless told to refuse as malloc does.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}allocator_may_return_null=1 \
  expect 3 "gemm: weights that no memory holds" tool lowp-bench gemm -w fp16 -s 16000000x16000000 -m 1 -t 1 --memory 1M -r 1
expect 0 "gemm" tool lowp-bench gemm -w mxfp4 -w w8a8 -s 32x128 -m 1 -m 17 -t 1 --memory 1M -r 2
check "gemm: m = 1 cold and warm, m = 17, of both" test "$(grep -cE '^(mxfp4|w8a8) x bf16, bf16, m=' "$WORK/out")" = 6
expect 0 "gemm --json" tool lowp-bench gemm -w nvfp4 -a nvfp4 -q -c reproducible -s 32x128 -m 3 -t 1 --memory 1M -r 1 --json
check "gemm: two results" test "$(grep -cE '"min_s": [0-9.]+, "median_s": [0-9.]+' "$WORK/out")" = 2
expect 0 "analysis" tool lowp-bench analysis -n 10000 -r 1 -t 2 -f nvfp4 -f w8a8
check "analysis: the read, a description, three ways of two formats" \
  test "$(grep -cE '^(read|describe|error sums|measure|quantize and measure) ' "$WORK/out")" = 8
expect 0 "analysis --json" tool lowp-bench analysis -n 10000 -r 1 -f mxfp4 --json
check "analysis: five results" test "$(grep -c '"gb_per_s"' "$WORK/out")" = 5
expect 1 "analysis: no format" tool lowp-bench analysis -n 100 -f no-such-format
expect 0 "ceilings" tool lowp-bench ceilings -t 1 --memory 16M -s 64x128
check "ceilings: multiplications and memory" test "$(grep -cE '^(f32 fma|read) ' "$WORK/out")" -ge 5
for shape in 64 0x64 64x 64x128x 99999999999x1; do
  expect 1 "ceilings: --shape $shape" tool lowp-bench ceilings -s $shape
done
