#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-audit measured: the example of docs/measured.md; what lowp-bench measures here is consistent, with and without its
# outputs; rows that say something else are not; and what is refused.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
export LOWP_DATA=$LOWP_SRCDIR/data
get() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" "$@"; }
mkdir bin out.d
printf '#!/bin/sh\nexec %s %s "$@"\n' "$LOWP_EMULATOR" "$(tool_path lowp-audit)" >bin/lowp-audit
chmod +x bin/lowp-audit
PATH="$WORK/bin:$PATH"

page=$LOWP_SRCDIR/docs/measured.md
awk '/^```sh$/ {on = 1; next} /^```$/ {if (on) exit} on' "$page" >command
awk '/^```$/ {n++; next} n == 2 {print} n == 3 {exit}' "$page" >shown
expect 5 "the example of the page" sh "$WORK/command"
check "prints what is shown" diff -u shown out

expect 0 "lowp-bench writes a log" tool lowp-bench gemm -w mxfp4 -w nvfp4 -w w8a8 -a mxfp4 -a bf16 -c reproducible -c bf16 \
  -s 48x256 -m 1 -m 20 -t 1 --warm --memory 1M -r 1 --log bench.csv --outputs out.d
check "of 24 rows" test "$(grep -c xxh3-128 bench.csv)" = 24
expect 0 "its outputs are consistent" tool lowp-audit measured bench.csv --json --fail-on mislabelled
check "all of them" test "$(get out counts consistent)" = 24
check "by format" test "$(grep -c '"finding": "format"' out)" = 24
sed 's/,"[^"]*npy"$/,/' bench.csv >sums.csv
expect 0 "its checksums can be repeated" tool lowp-audit measured sums.csv --json --fail-on unverifiable
check "all of them" test "$(get out counts consistent)" = 24

# This CPU as a chip, by the commands of the page.
expect 0 "a profile of this CPU" tool lowp-bench --ceilings --json --name cpu -t 1 --memory 16M -s 64x128
cp out cpu.json
check "with a clock" test "$(get cpu.json chips 0 clock grade)" = measured
check "and peaks that are derived or measured" \
  grep -qE '^(derived|measured)$' <(get cpu.json chips 0 peaks fp32 dense grade)
check "and what was reached" test "$(get cpu.json chips 0 peaks fp32 measured grade)" = measured
expect 0 "is a chip like any other" tool lowp-audit chip --chips cpu.json cpu
check "with its figures" test "$(grep -cE '^(fp32 peak, dense|fp32 peak, reached|bandwidth|clock|memory) ' out)" -ge 5
expect 0 "a log of it" tool lowp-bench gemm -w mxfp4 -a mxfp4 -c reproducible -s 96x512 -m 64 -t 1 --memory 1M -r 3 \
  --log gemm.csv --device cpu
expect 0 "is consistent with it" tool lowp-audit measured --chips cpu.json --json --fail-on unverifiable gemm.csv
check "in its speed too" grep -q '"finding": "rate"' out
expect 0 "also as an option of claims" tool lowp-audit --chips cpu.json --measured gemm.csv
check "that prints the same" grep -q "^consistent 'mxfp4 x mxfp4 reproducible 64x96x512' on cpu" out
expect 0 "and in JSON" tool lowp-audit --chips cpu.json --measured gemm.csv --json
check "that has it" test "$(get out measured counts consistent)" = 1
sed '2,$s/,mxfp4,mxfp4,[^,]*,/,mxfp4,mxfp4,1e-12,/' gemm.csv >fast.csv
expect 5 "a time that this CPU cannot reach" tool lowp-audit --chips cpu.json --measured fast.csv

sed 's/,nvfp4,\([0-9.e-]*\),normal/,mxfp8,\1,normal/' bench.csv | grep -E '^name|nvfp4 reproducible 20' >other.csv
expect 5 "NVFP4 sold as MXFP8" tool lowp-audit measured other.csv --fail-on mislabelled
check "is named" grep -q 'other-format (mislabelled): the product in mxfp4.* x nvfp4, not in mxfp4 x mxfp8\|in bf16 x nvfp4' out
expect 0 "and is no inconsistency" tool lowp-audit measured other.csv
sed -E '2,$s/,,/,B200,/; 2,$s/,[0-9.]+e?-?[0-9]*,normal/,1e-13,normal/' bench.csv | sed -n '1,2p' >fast.csv
expect 5 "faster than a chip can be" tool lowp-audit measured fast.csv
check "by its profile" grep -q 'impossible-rate (inconsistent): .* times the sparse peak of 18 PFLOP/s' out
printf 'm,n,k,lhs,rhs,seconds,device\n8192,8192,8192,nvfp4,nvfp4,%s,B200\n' 9e-5 >sparse.csv
expect 5 "a sparse figure" tool lowp-audit measured sparse.csv --fail-on mislabelled
check "is named" grep -q 'sparse-rate (mislabelled): .* = 12.22 PFLOP/s, 1.36 times the dense peak of 9 PFLOP/s' out

printf 'm,n,k,lhs,rhs,ms\n1,1,1,f32,f32,1\n' >bad.csv
expect 2 "an unknown column" tool lowp-audit measured bad.csv
check "with line and column" grep -q "line 1: unknown column 'ms'; time goes into 'seconds'" err
printf 'm,n,k,lhs,rhs,seconds,device\n1,1,1,f32,f32,1,No such chip\n' >bad.csv
expect 1 "an unknown device" tool lowp-audit measured bad.csv
expect 3 "no such log" tool lowp-audit measured none.csv
expect 1 "no log" tool lowp-audit measured
expect 1 "--outputs without --log" tool lowp-bench gemm -w mxfp4 -s 16x64 -m 1 --memory 1M -r 1 --outputs out.d
