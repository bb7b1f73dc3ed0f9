#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-quant: every format on a file with convolutions, an LSTM and vectors, on a raw file as the README says it, and
# on .npy.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
. "$LOWP_SRCDIR/tests/cli/make_inputs.sh"
put_safetensors net.safetensors stft_conv.weight:258x1x256 conv1.weight:128x129x3 conv1.bias:128 conv4.weight:128x64x3 \
  lstm_cell.weight_ih:512x128 lstm_cell.weight_hh:512x128 lstm_cell.bias_ih:512 final_conv.weight:1x128x1 final_conv.bias:1
head -c 65536 floats.bin >weights.bin
formats=$(tool lowp-quant --help | awk '/^Formats/ {on = 1; next} /^$/ {on = 0} on {print $1}')
check "--help lists the formats" test "$(echo "$formats" | wc -l)" -ge 17

for format in w8a8 fp8 fp8-tensor fp8-block fp8-e5m2 mxfp8 mxfp8-e5m2 mxfp6 mxfp6-e3m2 mxfp4 mxint8 nvfp4 hif4 hif8 int4-g32 \
  int4-g128 bf16; do
  check "$format is one of them" test -n "$(grep -x -- "$format" <<<"$formats")"
done
for format in $formats; do
  expect 0 "$format" tool lowp-quant net.safetensors --fmt "$format" --verify
  check "$format: default name" test -s "net.$format.safetensors"
  check "$format: both matrices" sh -c "[ \$(grep -cE '^lstm_cell\.weight_.h +512x128 +$format ' out) = 2 ]"
  check "$format: convolutions kept, and why" grep -Eq '^conv1\.weight +128x129x3 +F32 .*rank 3' out
  check "$format: vectors kept, and why" grep -Eq '^lstm_cell\.bias_ih +512 +F32 .*a vector' out
  expect 0 "$format: raw file" tool lowp-quant weights.bin --fmt "$format" --verify
  check "$format: it says what it took the file for" grep -q 'one row of 16384 F32' err
  check "$format: raw, default name" test -s "weights.$format.safetensors"
  check "$format: kept tensors are the same" \
    tool lowp-diff net.safetensors "net.$format.safetensors" --min-qsnr 10
done

expect 0 "layout raw" tool lowp-quant weights.bin --shape 128x128 --fmt hif4 --layout raw
check "its planes have the sizes of the format" \
  test "$(stat -c %s weights.hif4.codes.bin weights.hif4.scales.bin | xargs)" = "8192 1024"
check "its description parses" $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" weights.hif4.json planes codes file
expect 0 "gptoss" tool lowp-quant net.safetensors --fmt mxfp4 --layout gptoss -o gptoss.safetensors --verify
expect 0 "gptoss, read back" tool lowp-inspect gptoss.safetensors
check "as what it is" grep -Eq 'lstm_cell\.weight_ih +512x128 +mxfp4 +gptoss' out

# .npy: magic, version 1.0, header length, header padded to 128 bytes.
header=$(printf '%-117s' "{'descr': '<f4', 'fortran_order': False, 'shape': (64, 64), }")
{ printf '\x93NUMPY\x01\x00'; bytes_le 118 2; printf '%s\n' "$header"; head -c 16384 floats.bin; } >array.npy
expect 0 ".npy" tool lowp-quant array.npy --fmt nvfp4
check "it is one matrix" grep -Eq '^array +64x64 +nvfp4 ' out

# Rank 3, by a rule: leading dimensions become rows.
expect 0 "a rule takes a convolution" \
  tool lowp-quant net.safetensors --fmt mxfp4 --tensor stft_conv.weight=mxfp4 -o r.safetensors --verify
check "with its own shape" grep -Eq '^stft_conv\.weight +258x1x256 +mxfp4 .*rule 1' out

# The other names of types and the byte order.
head -c 512 floats.bin >le.bin
od -An -v -t x4 --endian=little le.bin | tr -s ' \n' '\n\n' | sed '/^$/d; s/../\\x&/g' | tr -d '\n' | sed 's/^/printf "/; s/$/"/' >swap.sh
. ./swap.sh >be.bin
expect 0 "little-endian" tool lowp-quant le.bin --name x --fmt w8a8 -o le.safetensors -q
expect 0 "big-endian" tool lowp-quant be.bin --endian big --name x --fmt w8a8 -o be.safetensors -q
check "give the same file" cmp le.safetensors be.safetensors
expect 0 "an offset" \
  tool lowp-quant weights.bin --offset 65024 --shape 1x128 --dtype f32 --fmt w8a8 -o offset.safetensors -q
