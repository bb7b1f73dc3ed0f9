# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests of lowp-quant, in $WORK: makes small inputs without any other program than the shell's.
#   floats.bin                       32-bit floats of a normal-like distribution
#   put_safetensors FILE NAME:SHAPE...   an F32 file of these tensors, SHAPE as 64x32
tool lowp-synth floats.safetensors --layers 1 --hidden 256 --vocab 2048 --dtype f32 -q || echo "lowp-synth failed"

# The payload lies behind the header, whose length is the first 8 bytes.
payload_offset() { echo $(($(od -An -t u8 -N 8 "$1") + 8)); }
tail -c +$(($(payload_offset floats.safetensors) + 1)) floats.safetensors >floats.bin

# bytes_le N WIDTH: the number as WIDTH little-endian bytes.
bytes_le() {
  local i text= value=$1
  for ((i = 0; i < $2; i++)); do
    text+=$(printf '\\x%02x' $((value & 255)))
    value=$((value >> 8))
  done
  printf "$text"
}

put_safetensors() {
  local file=$1 header='{' at=0 spec name shape count size
  shift
  for spec in "$@"; do
    name=${spec%%:*} shape=${spec##*:} count=1
    for size in ${shape//x/ }; do count=$((count * size)); done
    if [ "$at" != 0 ]; then header+=,; fi
    header+="\"$name\":{\"dtype\":\"F32\",\"shape\":[${shape//x/,}],\"data_offsets\":[$at,$((at + 4 * count))]}"
    at=$((at + 4 * count))
  done
  header+='}'
  { bytes_le ${#header} 8; printf %s "$header"; head -c $at floats.bin; } >"$file"
}

# nan_at FILE OFFSET: overwrites 4 bytes with a NaN.
nan_at() { printf '\x00\x00\xc0\x7f' | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

# No temporary or partial file, and nothing under the name $1.
nothing_left() {
  if [ -e "$1" ] || ls -A | grep -qE 'tmp-|\.partial$'; then fail "$2" "$(ls -lA)"; else ok "$2"; fi
}
