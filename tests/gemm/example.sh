# SPDX-License-Identifier: Apache-2.0
# examples/mlp.c: a checkpoint quantized to MXFP4 and to NVFP4 runs through its two layers in W4A16 and W4A8, near f32.
. "$(dirname "$0")/../harness/lib.sh"
# MXFP4 weights have about 17 dB against their originals (outliers included), NVFP4 and HiF4 about 20; two layers add their errors
# (3 dB), the nonlinearity and INT8 tokens at most another 2.
least=12
expect 0 "a checkpoint" tool lowp-synth "$WORK/model.safetensors" --layers 1 --hidden 256 --vocab 256 -q
for fmt in mxfp4 nvfp4 hif4; do
  expect 0 "$fmt: quantize" tool lowp-quant "$WORK/model.safetensors" -o "$WORK/$fmt.safetensors" --fmt $fmt --layout lowp -q
  expect 0 "$fmt: run" tool mlp "$WORK/model.safetensors" "$WORK/$fmt.safetensors"
  cat "$WORK/out"
  for bits in A16 A8; do
    db=$(sed -nE "s/.* $bits +QSNR ([0-9.]+) dB/\1/p" "$WORK/out")
    check "$fmt: W4$bits, ${db:-none} dB" awk "BEGIN { exit !(${db:-0} > $least && ${db:-0} < 60) }"
  done
done
expect 0 "a checkpoint of another size" tool lowp-synth "$WORK/other.safetensors" --layers 1 --hidden 128 --vocab 256 -q
expect 1 "weights of another size are refused" tool mlp "$WORK/other.safetensors" "$WORK/hif4.safetensors"
lines=$(wc -l <"$LOWP_SRCDIR/examples/mlp.c")
check "the example has $lines lines, less than 150" test "$lines" -lt 150
