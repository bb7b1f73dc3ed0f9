#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-analyze --probe-plan and --probe-results: a plan goes to a device, which answer_probe stands for, and the verdict
# names its accumulator; whatever else the results are, they are refused or found out.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
. "$LOWP_SRCDIR/tests/cli/make_inputs.sh"
get() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" "$@"; }
answer() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/answer_probe" "$@"; }
analyze() { tool lowp-analyze "$@"; }
says() { check "$1" grep -qE -- "$2" "$3"; }

fp8="--probe-element e4m3fn --probe-length 256"
expect 0 "a plan" analyze --probe-plan plan.safetensors $fp8
says "what is in it" '^plan\.safetensors: [0-9]+ dot products of length 256, x in e4m3fn, w in e4m3fn$' out
probes=$(sed -n 's/^plan\.safetensors: \([0-9]*\) .*/\1/p' out)
tool lowp-inspect plan.safetensors --json >inspected
check "x and w" test "$(grep -cE '"(x|w)"' inspected)" -ge 2
cp plan.safetensors again.safetensors
expect 0 "written again" analyze --probe-plan plan.safetensors $fp8 -q
check "the same file" cmp plan.safetensors again.safetensors
check "quiet" test ! -s out

for name in hopper-fp8 ada-fp8 hopper-fp8-promoted blackwell-fp8; do
  answer plan.safetensors $name $name.bin
  expect 0 "$name is judged" analyze --probe-results $name.bin $fp8
  says "$name is recognised" "^known as +$name:" out
  says "all of it" "^$probes of $probes dot products" out
done
says "F" 'aligned to 25 fraction bits, truncate, accumulator among the terms' out
expect 0 "in JSON" analyze --probe-results hopper-fp8-promoted.bin $fp8 --json
check "preset" test "$(get out preset)" = hopper-fp8-promoted
check "F, chunk, promotion" test "$(get out model fraction_bits) $(get out model chunk) $(get out model promote)" = "13 32 128"
check "reproduced" test "$(get out reproduced)" = true
check "probes" test "$(get out probes)" = "$probes"

# A loop of C, f32 inputs; results as a tensor y of a safetensors file, and as .npy.
expect 0 "another plan" analyze --probe-plan f32.safetensors --probe-element f32 --probe-length 64 -q
answer f32.safetensors loop y.bin
count=$(($(wc -c <y.bin) / 4))
put_safetensors y.safetensors "y:$count" other:3
{ head -c "$(payload_offset y.safetensors)" y.safetensors; cat y.bin; head -c 12 floats.bin; } >y2.safetensors
expect 0 "tensor y" analyze --probe-results y2.safetensors --probe-element f32 --probe-length 64
says "a loop of FMAs" '^known as +f32-fma:' out
says "nothing else" '^adding +sequential$' out
header="{'descr': '<f4', 'fortran_order': False, 'shape': ($count,), }"
{ printf '\223NUMPY\001\000'; bytes_le 118 2; printf '%-117s\n' "$header"; cat y.bin; } >y.npy
expect 0 ".npy" analyze --probe-results y.npy --probe-element f32 --probe-length 64
says "the same verdict" '^known as +f32-fma:' out

# --- what no model does, and what is no result
{ head -c 4000 y.bin; bytes_le 1065353216 4; tail -c +4005 y.bin; } >wrong.bin
expect 0 "one result is wrong" analyze --probe-results wrong.bin --probe-element f32 --probe-length 64
says "no model does that" "^No model reproduces all $count dot products\. .* reproduces $((count - 1)):" out
expect 2 "one result is missing" analyze --probe-results y.npy --probe-element f32 --probe-length 65
says "it says what was expected" "$count results; the plan of .* has [0-9]+ dot products" err
expect 2 "of another plan" analyze --probe-results y.npy
head -c 4001 y.bin >torn.bin
expect 2 "half a number" analyze --probe-results torn.bin --probe-element f32 --probe-length 64
: >empty.bin
expect 2 "an empty file" analyze --probe-results empty.bin
printf '{"y": 3}' >y.json
expect 2 "another kind of file" analyze --probe-results y.json
put_safetensors two.safetensors a:3 b:4
expect 2 "no tensor y" analyze --probe-results two.safetensors
says "it is missing" 'none of which is called y' err
expect 3 "no such file" analyze --probe-results nowhere.bin
expect 3 "no such folder" analyze --probe-plan nowhere/plan.safetensors
expect 1 "both" analyze --probe-plan a --probe-results b
expect 1 "an input" analyze --probe-plan a two.safetensors
expect 1 "no element" analyze --probe-plan a --probe-element e9m9
expect 1 "an unsigned element" analyze --probe-plan a --probe-element e8m0
expect 1 "too short" analyze --probe-plan a --probe-length 15
expect 1 "too long" analyze --probe-plan a --probe-length 1025
expect 1 "length alone" analyze two.safetensors --probe-length 64
nothing_left a "nothing is left behind"

# The example of docs/error-analysis.md: what is shown below its commands is printed.
expect 0 "the plan of the page" analyze --probe-plan page.safetensors --probe-element e4m3fn -q
answer page.safetensors hopper-fp8-promoted page.bin
expect 0 "is judged" analyze --probe-results page.bin --probe-element e4m3fn
sed -n '/^    lowp-analyze --probe-results/,/^[^ ]/p' "$LOWP_SRCDIR/docs/error-analysis.md" | sed '1d; s/^    //; /^$/d; $d' >shown
check "six lines are shown" test "$(wc -l <shown)" = 6
check "all of them are printed" sh -c '! grep -vxFf out shown'
