#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-analyze --save-baseline and --check: what was saved passes, anywhere; what became worse, or another set of tensors,
# does not; a baseline that was tampered with is refused or found out; the workflow of the docs.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
. "$LOWP_SRCDIR/tests/cli/make_inputs.sh"
get() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" "$@"; }
analyze() { tool lowp-analyze "$@"; }
says() { check "$1" grep -qE -- "$2" "$3"; }
put_safetensors model.safetensors a.weight:64x64 b.weight:32x1088 layers.10.c.weight:16x64 v:64

expect 0 "a baseline" analyze model.safetensors --fmt mxfp4,nvfp4 --save-baseline b.json -q \
  --tolerance 0.2 --tolerance 're:layers\..*=1.5'
check "its tolerance" test "$(get b.json tolerance_db)" = 0.20000000000000001
check "that of one tensor" test "$(get b.json tensors layers.10.c.weight tolerance_db)" = 1.5
check "vectors are not in it" test "$(get b.json tensors)" = 3
check "nine digits" grep -qE '"mxfp4": 0\.0[0-9]{8,9}(,|$)' b.json
expect 0 "it passes" analyze model.safetensors --check b.json
says "what was compared" 'checked 6 figures: 0 worse, 0 better, 0 changed within tolerance, 6 the same' out
expect 0 "it passes without any tolerance" analyze model.safetensors --check b.json --tolerance 0 -j 1
expect 0 "on any instruction set" \
  env LOWP_ISA=generic $LOWP_EMULATOR "$(tool_path lowp-analyze)" model.safetensors --check b.json --tolerance 0
expect 0 "saved again" analyze model.safetensors --check b.json --save-baseline b2.json -q \
  --tolerance 0.2 --tolerance 're:layers\..*=1.5'
check "the same file" cmp b.json b2.json

# --- worse: 5
sed -E '/"a.weight"/,/"mxfp4"/s/("mxfp4": 0\.0)[0-9]/\10/' b.json >better-then.json
expect 5 "a tensor that was better then" analyze model.safetensors --check better-then.json
says "it is named, with its format, and that the weights are the same" '^a\.weight +mxfp4 .* worse +same$' out
says "how many" '1 of 6 figures are worse' err
expect 5 "in JSON" analyze model.safetensors --check better-then.json --json
check "the verdict" test "$(get out check changes 0 verdict)" = worse
check "the tensor" test "$(get out check changes 0 tensor)" = a.weight
expect 0 "with another tolerance" analyze model.safetensors --check better-then.json --tolerance 100
says "it is still listed" '^a\.weight +mxfp4 .* within +same$' out
expect 0 "for that tensor" analyze model.safetensors --check better-then.json --tolerance 'a.weight=100'
expect 5 "for another" analyze model.safetensors --check better-then.json --tolerance 'b.weight=100'
sed -E '/"a.weight"/,/"mxfp4"/s/("mxfp4": 0\.)[0-9]/\15/' b.json >worse-then.json
expect 0 "what became better passes" analyze model.safetensors --check worse-then.json
says "it is listed" '^a\.weight +mxfp4 .* better +same$' out
# The last of nine digits.
awk '/"mxfp4": 0/ && !done {sub(/[0-9],/, (substr($2, length($2) - 1, 1) + 9) % 10 ","); done = 1} 1' b.json >last-digit.json
check "one digit less" sh -c '! cmp -s b.json last-digit.json'
expect 0 "the last digit is within tolerance" analyze model.safetensors --check last-digit.json
says "it is listed too" 'within +same$' out

# --- other weights: those of b from another place
{ head -c $(($(payload_offset model.safetensors) + 64 * 64 * 4)) model.safetensors
  tail -c +999 floats.bin | head -c $((32 * 1088 * 4 + 16 * 64 * 4 + 64 * 4)); } >other.safetensors
analyze other.safetensors --check b.json --tolerance 100 >out
says "other weights are told from other arithmetic" '^b\.weight .* within +changed$' out
check "a is the same" sh -c '! grep -q "^a\.weight" out'

# --- another set of tensors: 4
put_safetensors fewer.safetensors a.weight:64x64 b.weight:32x1088
expect 4 "a tensor less" analyze fewer.safetensors --check b.json
says "it is named" '^layers\.10\.c\.weight: only in the baseline$' out
expect 0 "unless that is allowed" analyze fewer.safetensors --check b.json --allow-missing
put_safetensors more.safetensors a.weight:64x64 b.weight:32x1088 layers.10.c.weight:16x64 d.weight:32x32 v:64
expect 4 "a tensor more" analyze more.safetensors --check b.json
says "it is named" '^d\.weight: not in the baseline$' out
put_safetensors shape.safetensors a.weight:32x128 b.weight:32x1088 layers.10.c.weight:16x64 v:64
expect 4 "another shape" analyze shape.safetensors --check b.json
says "it is named" '^a\.weight: another shape$' out
expect 4 "another rule" analyze model.safetensors --check b.json --scale-rule mse
says "both rules are named" 'scale=floor.*scale=mse' err
expect 4 "a format that the baseline lacks" analyze model.safetensors --check b.json --fmt mxfp6
expect 0 "one of its formats" analyze model.safetensors --check b.json --fmt nvfp4
says "half the figures" 'checked 3 figures' out

# --- tampered with: 2
for edit in 's/"lowp_baseline": 1/"lowp_baseline": 2/' 's/"tolerance_db"/"tolerance"/' 's/"mxfp4": 0/"mxfp4": -0/' \
  's/"mxfp4": 0/"mxfp4": "0/;s/,$/",/' '$d' 's/"hash": "../"hash": "zz/' 's/"a.weight"/"b.weight"/' 's/64,/-64,/'; do
  sed "$edit" b.json >tampered.json
  check "'$edit' changes something" sh -c '! cmp -s b.json tampered.json'
  expect 2 "'$edit' is refused" analyze model.safetensors --check tampered.json
  says "the file is named" 'tampered\.json' err
done
expect 3 "no such baseline" analyze model.safetensors --check nowhere.json
expect 3 "a place that is not there" analyze model.safetensors --save-baseline no/b.json
expect 1 "a tolerance that is none" analyze model.safetensors --check b.json --tolerance x
expect 1 "a negative one" analyze model.safetensors --check b.json --tolerance a.weight=-1
expect 1 "a tolerance without a baseline" analyze model.safetensors --tolerance 1
expect 4 "a tolerance of nothing" analyze model.safetensors --check b.json --tolerance zzz=1
