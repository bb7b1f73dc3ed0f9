#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-analyze: the reason it gives for a bad tensor is the one that was put there; what it says of a tensor is so; every
# example of --help and of the man page runs.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
. "$LOWP_SRCDIR/tests/cli/make_inputs.sh"
get() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" "$@"; }
analyze() { tool lowp-analyze "$@"; }
# put FILE INDEX BYTES...: a float of little-endian bytes as element INDEX of the first tensor.
put() { printf "$3" | dd of="$1" bs=1 seek=$(($(payload_offset "$1") + 4 * $2)) conv=notrunc status=none; }
kinds() {
  local i
  for ((i = 0; i < $(get out worst 0 findings); i++)); do get out worst 0 findings $i kind; done | sort -u | paste -sd,
}
# The embedding of the synthetic model is Gaussian.
expect 0 "a model" tool lowp-synth m.safetensors --layers 1 --hidden 256 --vocab 256 --dtype f32 -q
expect 0 "a Gaussian tensor" analyze m.safetensors --no-default-ignore --fmt nvfp4 --json \
  --ignore 're:model\.layers' --ignore lm_head --ignore 're:.*norm'
check "nothing stands out" test "$(kinds)" = even
check "its kurtosis" awk "BEGIN {k = $(get out tensors 1 description excess_kurtosis); exit !(k > -0.1 && k < 0.1)}"
check "its crest factor in blocks of 16" awk "BEGIN {c = $(get out tensors 1 description crest_16); exit !(c > 2.08 && c < 2.14)}"

# One value of 2^7 in each row of 512 small ones: an outlier, also in channels, in no other way.
put_safetensors outlier.safetensors w:64x512
for ((row = 0; row < 64; row++)); do put outlier.safetensors $((row * 512 + 5)) '\x00\x00\x00\x43'; done
expect 0 "outliers" analyze outlier.safetensors --fmt w8a8,mxfp6 --focus w8a8 --json
check "they are the reason for integers" sh -c "case '$(kinds)' in *outlier*) ;; *) exit 1 ;; esac"
check "in every block" test "$(get out worst 0 outliers with_outliers)" = 64
check "a tensor of one column of outliers" \
  awk "BEGIN {exit !($(get out tensors 0 description column_amax_ratio) > 100 && $(get out tensors 0 description row_amax_ratio) == 1)}"
check "it is flagged" test "$(get out tensors 0 description llm_int8_columns)" = 1
check "and massive" test "$(get out tensors 0 description massive)" = true

# One value of 2^40: the tensor scale of NVFP4 leaves other blocks no scale.
put_safetensors range.safetensors w:64x512
put range.safetensors 7 '\x00\x00\x80\x53'
expect 0 "a range that is too small" analyze range.safetensors --fmt nvfp4 --json
check "it is the reason" test "$(kinds)" = range
check "all other blocks are lost" test "$(get out tensors 0 formats nvfp4 blocks_flushed)" = 2047
check "that is said" sh -c "grep -q '100 % of blocks become zero' out"

# The floor rule of MXFP4 clips up to a quarter of what a block's maximum may be.
expect 0 "a scale that is too small" analyze m.safetensors --no-default-ignore --fmt mxfp4 --json --ignore 're:model\.layers' \
  --ignore lm_head --ignore 're:.*norm'
clipped=$(get out tensors 1 formats mxfp4 clipped)
expect 0 "with the rule that never clips" analyze m.safetensors --no-default-ignore --fmt mxfp4 --scale-rule rceil --json \
  --ignore 're:model\.layers' --ignore lm_head --ignore 're:.*norm'
check "floor clips, rceil does not" test "$clipped" -gt 0 -a "$(get out tensors 1 formats mxfp4 clipped)" = 0

# --- examples
mkdir bin
printf '#!/bin/sh\nexec %s %s "$@"\n' "$LOWP_EMULATOR" "$(tool_path lowp-analyze)" >bin/lowp-analyze
chmod +x bin/lowp-analyze
export PATH="$WORK/bin:$PATH"
cp m.safetensors model.safetensors
head -c $((64 * 1024 * 4)) floats.bin >weights.bin
{ lowp-analyze --help | awk '/^Examples:/ {on = 1; next} /^$/ {on = 0} on' | sed 's/^ *//'
  sed -n 's/^\.Dl lowp-analyze/lowp-analyze/p' "$LOWP_SRCDIR/docs/man/lowp-analyze.1"; } | sort -u |
  grep -- ' model\.safetensors\| weights\.bin' >examples
check "there are examples" test "$(wc -l <examples)" -ge 5
expect 0 "what --check needs" lowp-analyze model.safetensors --fmt nvfp4 --save-baseline nvfp4.json -q
while read -r line; do expect 0 "$line" sh -c "$line"; done <examples
