#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-quant --calib, --gptq, --hadamard, --smooth, --target-bpw: what they gain on a small model, what they write, that
# lowp-dequant and lowp-diff undo it, and what they refuse.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
. "$LOWP_SRCDIR/tests/cli/make_inputs.sh"
get() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" "$@"; }
activations() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/make_activations" "$@" || fail "make_activations"; }
quant() { tool lowp-quant "$@" --force -q; }
says() { check "$1" grep -qE -- "$2" err; }
# more A B [BY]: A is above B, by BY at least
more() { awk -v a="$1" -v b="$2" -v by="${3:-0}" 'BEGIN {exit !(a > b + by)}'; }
qsnr() { tool lowp-diff model.safetensors "$1" --json >diff.json && get diff.json tensors "$2" qsnr_db; }

activations model.safetensors a.weight:40x128:weights b.weight:64x128:weights l.0.k_proj.weight:16x128:weights \
  l.0.q_proj.weight:32x128:weights
activations x.safetensors a.weight:700x128:correlated b:700x128:white l.0.q_proj:700x128:outliers \
  l.0.k_proj.weight:700x128:correlated
activations few.safetensors a:600x128:correlated b:700x128:white l.0.q_proj:700x128:outliers l.0.k_proj:700x128:white

# --- error feedback
lapack=yes
if ! quant model.safetensors --fmt nvfp4 --calib x.safetensors --gptq -o g.safetensors --report g.json --verify 2>err; then
  if grep -q 'no LAPACK' err; then lapack=no; else fail "--gptq" "$(cat err)"; fi
fi
if [ $lapack = no ]; then
  skip "--gptq" "this build has no LAPACK"
else
  ok "--gptq"
  for at in 0 2; do
    check "tensor $at: feedback is used" test "$(get g.json tensors $at gptq used)" = true
    check "tensor $at: it gains 2 dB on tokens held out" more "$(get g.json tensors $at gptq plain_held_out_nmse)" \
      "$(awk -v x="$(get g.json tensors $at gptq held_out_nmse)" 'BEGIN {print 1.58 * x}')"
  done
  check "a fifth is held out" test "$(get g.json tensors 0 gptq held_out_tokens)/$(get g.json tensors 0 gptq tokens)" = 140/560
  check "white activations: feedback is not used" test "$(get g.json tensors 1 gptq used)" = false
  check "the file says so" sh -c "grep -aq -- '--calib x.safetensors --gptq' g.safetensors"
  expect 0 "without feedback" quant model.safetensors --fmt nvfp4 -o plain.safetensors --report plain.json
  check "what is rounded plainly has the same codes" test "$(get g.json tensors 1 hash)" = "$(get plain.json tensors 1 hash)"
  check "other tensors have others" test "$(get g.json tensors 0 hash)" != "$(get plain.json tensors 0 hash)"
  for threads in 1 2; do
    expect 0 "$threads threads" quant model.safetensors --fmt mxfp4 --scale-rule mse --calib x.safetensors --gptq -j $threads \
      -o t$threads.safetensors
  done
  check "the same bytes for any number of threads" cmp t1.safetensors t2.safetensors
  expect 0 "generic kernels" env LOWP_ISA=generic $LOWP_EMULATOR "$(tool_path lowp-quant)" model.safetensors --fmt mxfp4 \
    --scale-rule mse --calib x.safetensors --gptq -q -o t3.safetensors
  check "the same bytes for any instruction set" cmp t1.safetensors t3.safetensors
  for format in $(share hif4 w8a8 int4-g32 fp8-block mxfp6 int8-asym hif8 bf16); do
    expect 0 "$format" quant model.safetensors --fmt $format --calib x.safetensors --gptq -o f.safetensors --verify
  done
  expect 4 "too few tokens" quant model.safetensors --fmt nvfp4 --calib few.safetensors --gptq -o n.safetensors
  says "how many there are, how many it takes, what to do" "600 tokens.* at least 640 tokens.*--allow-few-tokens"
  expect 0 "too few, and allowed" quant model.safetensors --fmt nvfp4 --calib few.safetensors --gptq --allow-few-tokens \
    -o n.safetensors
fi

# --- a lone array
put_safetensors one.safetensors w:24x64
tail -c +$(($(payload_offset one.safetensors) + 1)) one.safetensors >w.bin
npy() { # FILE ROWS COLS: a .npy of the first values of floats.bin
  local header="{'descr': '<f4', 'fortran_order': False, 'shape': ($2, $3), }"
  printf -v header '%-117s' "$header"
  { printf '\x93NUMPY\x01\x00'; bytes_le 118 2; printf '%s\n' "$header"; head -c $((4 * $2 * $3)) floats.bin; } >"$1"
}
npy x.npy 400 64
npy narrow.npy 400 60
expect 0 "npy activations for a raw file" quant w.bin --shape 24x64 --fmt mxfp4 --calib x.npy --smooth 0.5 -o w.safetensors
expect 4 "of another width" quant w.bin --shape 24x64 --fmt mxfp4 --calib narrow.npy --smooth 0.5 -o n.safetensors
says "both widths are named" "400 tokens of 60 columns.*takes 64 columns"

# --- rotation and smoothing, and their reversal
plain=$(quant model.safetensors --fmt mxfp4 -o p.safetensors && qsnr p.safetensors 0)
for how in "--hadamard 32" "--hadamard 64:7" "--smooth 0.5" "--smooth awq" "--smooth 0.4 --hadamard 16:1"; do
  expect 0 "$how" quant model.safetensors --fmt mxfp4 $how --calib x.safetensors --target-bpw 16 --min-qsnr 0 \
    -o h.safetensors --report h.json --verify
  check "$how: guard rails keep all under 16 bits" test "$(get h.json totals guard_rails)" = 4
  extra=
  case $how in *smooth*) extra="--calib x.safetensors" ;; esac
  expect 0 "$how" quant model.safetensors --fmt mxfp4 $how $extra -o h.safetensors --report h.json --verify
  check "$how: in lowp's own layout" test "$(get h.json layout)" = lowp
  for at in 0 1 2 3; do
    check "$how: lowp-diff undoes it, tensor $at" more "$(qsnr h.safetensors $at)" 12
  done
  expect 0 "$how: lowp-dequant" tool lowp-dequant h.safetensors -o back.safetensors -f
  check "$how: the same names as before" test "$(tool lowp-diff model.safetensors back.safetensors --json >b.json &&
    get b.json tensors 3 tensor)" = l.0.q_proj.weight
  check "$how: the same error" test "$(get b.json total qsnr_db)" = "$(qsnr h.safetensors 0 >/dev/null; get diff.json total qsnr_db)"
  expect 0 "$how: two threads" quant model.safetensors --fmt mxfp4 $how $extra -o h2.safetensors -j 1
  check "$how: the same bytes" cmp h.safetensors h2.safetensors
done
check "Laplace weights in MXFP4 gain by rotation" more "$(quant model.safetensors --fmt mxfp4 --hadamard 32 -o r.safetensors &&
  qsnr r.safetensors 0)" "$plain" 0.3
expect 0 "a rotated checkpoint again: its tensors stay" quant h.safetensors --fmt nvfp4 -o again.safetensors --report a.json
check "and can still be undone" more "$(qsnr again.safetensors 0)" 12
mkdir shards && cp model.safetensors shards/model.safetensors
expect 0 "a directory" quant shards --fmt mxfp4 --smooth 0.5 --calib x.safetensors -o smoothed --verify
check "lowp-diff of directories" sh -c "'$(tool_path lowp-diff)' shards smoothed -q"

# --- factors of layers that are fused: one norm before them can take them over
bytes_of() { # FILE NAME: a tensor's bytes
  local offset range
  offset=$(payload_offset "$1")
  range=$(head -c "$offset" "$1" | tail -c +9 | grep -aoE "\"${2//./\\.}\":\{[^}]*\}" | grep -oE '[0-9]+,[0-9]+\]' | tail -n 1)
  range=${range%]}
  tail -c +$((offset + ${range%,*} + 1)) "$1" | head -c $((${range#*,} - ${range%,*}))
}
amax() { # FILE NAME ...: of each of 128 columns of them together
  while [ $# -gt 0 ]; do
    bytes_of "$1" "$2" | od -An -v -t f4 -w512
    shift 2
  done | awk '{for (i = 1; i <= NF; i++) {v = $i < 0 ? -$i : $i; if (v > m[i]) m[i] = v}} END {for (i = 1; i <= NF; i++) print m[i]}'
}
for how in 0.5 awq; do
  expect 0 "--smooth $how" quant model.safetensors --fmt mxfp4 --smooth $how --calib x.safetensors -o f.safetensors
  bytes_of f.safetensors l.0.q_proj.weight.smooth_scale >q.s
  bytes_of f.safetensors l.0.k_proj.weight.smooth_scale >k.s
  check "--smooth $how: there are 128 factors" test "$(wc -c <q.s)" = 512
  check "--smooth $how: of q_proj and k_proj the same" cmp q.s k.s
  expect 0 "--smooth $how, not fused" quant model.safetensors --fmt mxfp4 --smooth $how --calib x.safetensors --fuse none -o n.safetensors
  bytes_of n.safetensors l.0.q_proj.weight.smooth_scale >qn.s
  bytes_of n.safetensors l.0.k_proj.weight.smooth_scale >kn.s
  if cmp -s qn.s kn.s; then fail "--smooth $how --fuse none: each its own"; else ok "--smooth $how --fuse none: each its own"; fi
done
expect 0 "--smooth 0.5" quant model.safetensors --fmt mxfp4 --smooth 0.5 --calib x.safetensors -o f.safetensors
paste <(amax x.safetensors l.0.q_proj x.safetensors l.0.k_proj.weight) \
  <(amax model.safetensors l.0.q_proj.weight model.safetensors l.0.k_proj.weight) \
  <(bytes_of f.safetensors l.0.q_proj.weight.smooth_scale | od -An -v -t f4 -w4) >factors
check "they are of the largest magnitudes of both" awk 'NF != 3 || ($3 / sqrt($1 / $2) - 1) ^ 2 > 1e-10 {bad = 1}
  END {exit bad || NR != 128}' factors
rm -f n.safetensors

# --- hostile metadata
sed 's/"size\\":16/"size\\":12/' h.safetensors >bad.safetensors
expect 2 "a rotation that is no power of two" tool lowp-dequant bad.safetensors -o n.safetensors
says "file and key are named" "bad\.safetensors.*lowp\.transform\."
sed 's/\\"hadamard/\\"hadamurd/' h.safetensors >bad.safetensors
expect 2 "an unknown transformation" tool lowp-diff model.safetensors bad.safetensors
sed 's/:\\"a\.weight\.smooth_scale/:\\"a.weight.smooth_scalp/' h.safetensors >bad.safetensors
expect 2 "factors that are not there" tool lowp-dequant bad.safetensors -o n.safetensors
sed 's/:\\"a\.weight\.smooth_scale\\"/:\\"l.0.q_proj.weight\\"      /' h.safetensors >bad.safetensors
expect 2 "factors that are no vector" tool lowp-dequant bad.safetensors -o n.safetensors
nothing_left n.safetensors.x "nothing is left of it"

# --- guard rails
expect 0 "a budget" quant model.safetensors --fmt mxfp4 --target-bpw 9 -o k.safetensors --report k.json --verify
check "it is used" more "$(get k.json totals guarded_bits_per_weight)" 6
check "and kept" more 9.0001 "$(get k.json totals guarded_bits_per_weight)"
check "it is the file's" more 0.01 "$(awk -v a="$(get k.json totals bits_per_weight)" \
  -v b="$(get k.json totals guarded_bits_per_weight)" 'BEGIN {print a > b ? a - b : b - a}')"
check "fused layers stay together" test "$(get k.json tensors 2 format)" = "$(get k.json tensors 3 format)"
expect 0 "the same choice without writing" quant model.safetensors --fmt mxfp4 --target-bpw 9 -n --report d.json
for at in 0 1 2 3; do
  check "tensor $at" test "$(get k.json tensors $at format)" = "$(get d.json tensors $at format)"
done
expect 0 "a fused layer in 16 bits by a rule" quant model.safetensors --fmt mxfp4 --target-bpw 9 --tensor 'l.0.k_proj.weight=bf16' \
  -o k2.safetensors --report k2.json
check "stays what the rule says" test "$(get k2.json tensors 2 format)" = bf16
if get k2.json tensors 2 guard_rail >/dev/null 2>&1; then fail "and is no part of the choice"; else ok "and is no part of the choice"; fi
check "which is within the budget" more 9.0001 "$(get k2.json totals guarded_bits_per_weight)"
expect 4 "a budget below the format" quant model.safetensors --fmt mxfp4 --target-bpw 4 -o n.safetensors
says "what the format takes is named" "4\.250 bits"
expect 5 "a gate that the budget does not allow" quant model.safetensors --fmt mxfp4 --target-bpw 5 --min-qsnr 30 -o n.safetensors
says "both are named" "--min-qsnr 30.*--target-bpw allows 5"
expect 0 "a gate that it allows" quant model.safetensors --fmt mxfp4 --target-bpw 16 --min-qsnr 30 -o n.safetensors --report n.json
check "all have to stay" test "$(get n.json totals guard_rails)" = 4

# --- what makes a tensor sensitive: 96 in a block of MXFP4 takes the scale to 2^4, under which 31 ones become zeros
near() { awk -v a="$1" -v b="$2" 'BEGIN {exit !(a > b - 1e-12 && a < b + 1e-12)}'; }
f32() { for v; do case $v in 1) printf '\0\0\x80\x3f' ;; 2) printf '\0\0\0\x40' ;; 96) printf '\0\0\xc0\x42' ;; esac; done; }
ones=$(printf '1 %.0s' $(seq 31))
f32 96 $ones 96 $ones >spike.bin
f32 2 $ones 2 $ones >floats.bin
npy spike.npy 2 32
sensitivity() { # BY OPTIONS...: into $found
  expect 0 "--guard-by $1" quant spike.bin --shape 2x32 --fmt mxfp4 --target-bpw 5 -n --guard-by "$@" --report s.json
  found=$(get s.json tensors 0 sensitivity)
}
sensitivity damage && check "damage: as much energy as there is" near "$found" 1
sensitivity nmse && check "NMSE: of the energy of the outlier" near "$found" "$(awk 'BEGIN {printf "%.15f", 31 / (9216 + 31)}')"
sensitivity hessian --calib spike.npy && check "Hessian: the outlier counts four times" near "$found" \
  "$(awk 'BEGIN {printf "%.15f", 31 / (4 * 9216 + 31)}')"
sensitivity output --calib spike.npy && check "output: 31 of 2 * 96 + 31" near "$found" \
  "$(awk 'BEGIN {printf "%.15f", 31 ^ 2 / (2 * 96 + 31) ^ 2}')"
expect 0 "the default" quant spike.bin --shape 2x32 --fmt mxfp4 --target-bpw 5 -n --report s.json
check "without activations" test "$(get s.json totals guard_by)" = damage
expect 0 "the default" quant spike.bin --shape 2x32 --fmt mxfp4 --target-bpw 5 -n --report s.json --calib spike.npy
check "with activations" test "$(get s.json totals guard_by)" = hessian
# Outliers in a, a plain tensor b that met plain activations, and one of them can stay.
activations pair.safetensors a.weight:64x128:outliers b.weight:64x128:weights
activations ab.safetensors a:200x128:white b:200x128:white
kept() { # OPTIONS...: which of them stays
  quant pair.safetensors --fmt nvfp4 --target-bpw 10.4 -n --report k.json "$@" || return
  for at in 0 1; do if get k.json tensors $at guard_rail >/dev/null 2>&1; then get k.json tensors $at name; fi; done
}
check "damage keeps the tensor with outliers" test "$(kept --guard-by damage)" = a.weight
check "NMSE keeps the other" test "$(kept --guard-by nmse)" = b.weight
check "so does the output" test "$(kept --guard-by output --calib ab.safetensors)" = b.weight
check "and what is expected of it" test "$(kept --guard-by hessian --calib ab.safetensors)" = b.weight
expect 1 "--guard-by hessian without activations" quant model.safetensors --fmt mxfp4 --target-bpw 9 --guard-by hessian
expect 1 "--guard-by without a budget" quant model.safetensors --fmt mxfp4 --guard-by nmse
expect 1 "--guard-by of columns" quant model.safetensors --fmt mxfp4 --target-bpw 9 --guard columns --guard-by nmse
# NaN that is read as 0 is no part of any error.
cp pair.safetensors pair_nan.safetensors
nan_at pair_nan.safetensors "$(payload_offset pair_nan.safetensors)"
for by in hessian output; do
  expect 0 "NaN in the weights, $by" quant pair_nan.safetensors --fmt mxfp4 --target-bpw 10.2 -n --nan zero --guard-by $by \
    --calib ab.safetensors
done

# --- columns
activations spiky.safetensors a.weight:40x128:outliers b.weight:64x128:weights
expect 0 "columns" quant spiky.safetensors --fmt mxfp4 --target-bpw 5 --guard columns -o c.safetensors --report c.json --verify
check "in lowp's own layout" test "$(get c.json layout)" = lowp
check "the budget is kept" more 5.0001 "$(get c.json totals guarded_bits_per_weight)"
check "and used" more "$(get c.json totals guarded_bits_per_weight)" 4.8
check "the four outliers are among them" more "$(get c.json tensors 0 kept_columns)" 3.5
expect 0 "what plain rounding makes of it" quant spiky.safetensors --fmt mxfp4 -o p.safetensors --report p.json
check "10 dB are gained" more "$(get c.json tensors 0 qsnr_db)" "$(get p.json tensors 0 qsnr_db)" 10
expect 0 "lowp-diff puts them back" tool lowp-diff spiky.safetensors c.safetensors --json
check "the error is the one reported" test "$(get out tensors 0 qsnr_db | cut -c 1-9)" = "$(get c.json tensors 0 qsnr_db | cut -c 1-9)"
expect 0 "lowp-dequant too" tool lowp-dequant c.safetensors -o back.safetensors -f
expect 0 "with the names of before" tool lowp-diff spiky.safetensors back.safetensors -q --min-qsnr 18
expect 0 "with rotation and smoothing" quant spiky.safetensors --fmt mxfp4 --target-bpw 6 --guard columns --hadamard 16:1 \
  --smooth 0.5 --calib x.safetensors -o c2.safetensors --verify --tensor 'b.weight=keep'
expect 0 "undone" tool lowp-diff spiky.safetensors c2.safetensors -q --min-qsnr 12
expect 0 "the same choice without writing" quant spiky.safetensors --fmt mxfp4 --target-bpw 5 --guard columns -n --report d.json
check "of as many columns" test "$(get c.json tensors 0 kept_columns)" = "$(get d.json tensors 0 kept_columns)"
expect 4 "a layout that cannot hold them" quant spiky.safetensors --fmt mxfp4 --target-bpw 5 --guard columns --layout ct \
  -o z.safetensors
expect 4 "a budget below the format" quant spiky.safetensors --fmt mxfp4 --target-bpw 4 --guard columns -o z.safetensors
expect 1 "no budget" quant spiky.safetensors --fmt mxfp4 --guard columns -o z.safetensors
sed 's/a\.weight\.kept_columns\\"/a.weight.kept_values\\" /' c.safetensors >bad.safetensors
expect 2 "columns that are no numbers" tool lowp-dequant bad.safetensors -o n2.safetensors

# --- refusals
expect 1 "--gptq without activations" quant model.safetensors --fmt mxfp4 --gptq
expect 1 "--smooth without activations" quant model.safetensors --fmt mxfp4 --smooth 0.5
expect 1 "activations for nothing" quant model.safetensors --fmt mxfp4 --calib x.safetensors
for bad in 0 3 131072 32: 32:x 32:4294967296 -32 x; do
  expect 1 "--hadamard $bad" quant model.safetensors --fmt mxfp4 --hadamard "$bad"
done
for bad in 2 -1 nan aws ''; do expect 1 "--smooth '$bad'" quant model.safetensors --fmt mxfp4 --calib x.safetensors --smooth "$bad"; done
expect 4 "a rotation that does not fit" quant model.safetensors --fmt mxfp4 --hadamard 256 -o z.safetensors
says "tensor and remedy are named" "'a\.weight'.*--tensor"
expect 4 "a layout that cannot say it" quant model.safetensors --fmt mxfp4 --hadamard 32 --layout ct -o z.safetensors
says "another is named" "--layout lowp"
expect 1 "NaN everywhere" quant model.safetensors --fmt mxfp4 --hadamard 32 --nan propagate
expect 1 "another's arithmetic" quant model.safetensors --fmt nvfp4 --compat vllm --calib x.safetensors --gptq
activations some.safetensors a:700x128:white
expect 4 "activations that are missing" quant model.safetensors --fmt mxfp4 --calib some.safetensors --smooth 0.5 -o z.safetensors
says "tensor and remedy are named" "'b\.weight'.*--tensor 'b\.weight=keep'"
expect 0 "the remedy helps" quant model.safetensors --fmt mxfp4 --calib some.safetensors --smooth 0.5 -o z.safetensors \
  --tensor 'b.weight=keep' --tensor 're:l\.=keep'
rm z.safetensors
cp x.safetensors nan.safetensors
nan_at nan.safetensors $(($(payload_offset nan.safetensors) + 4 * 130))
expect 2 "NaN in the activations" quant model.safetensors --fmt mxfp4 --calib nan.safetensors --smooth 0.5 -o z.safetensors
says "the place is named" "token 1, column 2"
head -c 3000 x.safetensors >short.safetensors
expect 2 "truncated activations" quant model.safetensors --fmt mxfp4 --calib short.safetensors --smooth 0.5 -o z.safetensors
expect 3 "no such file" quant model.safetensors --fmt mxfp4 --calib nothing.safetensors --smooth 0.5 -o z.safetensors
nothing_left z.safetensors "nothing is left of refused requests"
