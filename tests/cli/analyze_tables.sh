#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-analyze: its figures are those of lowp-quant, whatever the number of threads and the instruction set; its rules
# are rules of lowp-quant and bring what they promise; its exit codes.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
. "$LOWP_SRCDIR/tests/cli/make_inputs.sh"
get() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" "$@"; }
put_safetensors model.safetensors model.embed_tokens.weight:64x64 a.q_proj.weight:64x512 b.weight:300x1088 norm.weight:64 \
  conv.weight:4x6x64

# --- figures
same() { # FORMAT OPTIONS...: the figures of both
  local format=$1 at name key want compared=0
  shift
  expect 0 "$format $*" tool lowp-quant model.safetensors --fmt $format --fuse none --nan zero --force --layout lowp \
    --on-misfit pad -o q.safetensors --report q.json -q "$@"
  expect 0 "$format $*, analyzed" tool lowp-analyze model.safetensors --fmt $format --json "$@"
  check "$format $*: the same rules" test "$(get q.json formats $format)" = "$(get out formats $format)"
  for at in 0 1 2 3 4; do
    name=$(get q.json tensors $at name)
    if ! get q.json tensors $at nmse >/dev/null; then continue; fi
    compared=$((compared + 1))
    for key in nmse qsnr_db max_abs clipped flushed; do
      want=$(get q.json tensors $at $key)
      check "$format $*: $key of $name as lowp-quant says" test "$(get out tensors $at formats $format $key)" = "$want"
    done
  done
  check "$format $*: there were figures" test $compared -ge 2
}
for format in $(share mxfp4 nvfp4 hif4 fp8-block fp8-tensor int8-tensor-asym int4-g128 w8a8 hif8); do same $format; done
for format in $(share mxfp4 nvfp4 hif4 fp8-block int8-tensor int4-g128 w8a8 hif8 bf16); do
  same $format --round stochastic --seed 5
  first=$(get out total $format nmse)
  same $format --round stochastic --seed 6 --sr-bits 3
  check "$format: another draw" test "$(get out total $format nmse)" != "$first"
done
for format in $(share mxfp4 nvfp4 fp8-block w8a8); do same $format --round stochastic --scale-rule mse; done
same mxfp4 --round toward-zero
expect 0 "stochastic rounding, one thread" tool lowp-analyze model.safetensors --round stochastic --tsv -j 1
cp out one.tsv
expect 0 "stochastic rounding, two threads" tool lowp-analyze model.safetensors --round stochastic --tsv -j 2
check "the same digits" cmp one.tsv out
expect 1 "33 random bits" tool lowp-analyze model.safetensors --round stochastic --sr-bits 33
expect 0 "one thread" tool lowp-analyze model.safetensors --fmt all --tsv -j 1
cp out one.tsv
expect 0 "two threads" tool lowp-analyze model.safetensors --fmt all --tsv -j 2
check "the same digits" cmp one.tsv out
expect 0 "generic kernels" env LOWP_ISA=generic $LOWP_EMULATOR "$(tool_path lowp-analyze)" model.safetensors --fmt all --tsv
check "the same digits on any instruction set" cmp one.tsv out
check "the same number of columns in all lines" test "$(awk -F '\t' '{print NF}' one.tsv | sort -u | wc -l)" = 1

# --- rules
expect 0 "a recommendation" tool lowp-analyze model.safetensors --target-qsnr 25 --write-rules rules.txt --json
bits=$(get out recommended_bits_per_weight)
expect 0 "its rules are rules of lowp-quant" \
  tool lowp-quant model.safetensors --fmt keep --rules rules.txt --min-qsnr 25 --report ruled.json --layout lowp -q
check "the bits per weight it promised" \
  awk "BEGIN {d = $(get ruled.json totals bits_per_weight) - $bits; exit !(d < 1e-3 && d > -1e-3)}"

# --- refusals
expect 1 "no input" tool lowp-analyze
expect 1 "unknown format" tool lowp-analyze model.safetensors --fmt mxfp4,nope
check "it is named" grep -q "nope" err
expect 1 "two kinds of output" tool lowp-analyze model.safetensors --json --tsv
expect 1 "rules of two models" tool lowp-analyze model.safetensors model.safetensors --write-rules r.txt
expect 1 "two inputs of one name" tool lowp-analyze model.safetensors model.safetensors
expect 1 "a scale rule that no format knows" tool lowp-analyze model.safetensors --fmt w8a8 --scale-rule ceil
expect 3 "no such file" tool lowp-analyze nowhere.safetensors
head -c 2000 model.safetensors >short.safetensors
expect 2 "a file cut short" tool lowp-analyze short.safetensors
expect 4 "a pattern that matches nothing" tool lowp-analyze model.safetensors --ignore zzz
expect 3 "rules into nowhere" tool lowp-analyze model.safetensors --write-rules no/where.txt
expect 0 "quiet" tool lowp-analyze model.safetensors -q
check "nothing is printed" test ! -s out -a ! -s err
