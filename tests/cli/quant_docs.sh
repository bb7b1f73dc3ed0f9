#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-quant and lowp-synth: every example of --help and of the man pages runs as it is printed; reports parse and
# agree.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
get() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" "$@"; }

# What the examples work on.
expect 0 "a file" tool lowp-synth model.safetensors --layers 1 --hidden 256 -q
expect 0 "a directory" tool lowp-synth Qwen3-8B --layers 2 --hidden 256 --shards 2 -q
at=model.layers.0
$LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/make_activations" acts.safetensors $at.self_attn.q_proj:1280x256:white \
  $at.self_attn.k_proj:1280x256:white $at.self_attn.v_proj:1280x256:white $at.self_attn.o_proj:1280x256:white \
  $at.mlp.gate_proj:1280x256:white $at.mlp.up_proj:1280x256:white $at.mlp.down_proj:3520x704:white
echo '{"model_max_length": 2048}' >Qwen3-8B/tokenizer_config.json
printf '\x80\x02.' >Qwen3-8B/pytorch_model.bin
tail -c 2097152 model.safetensors >raw
cat raw raw raw raw >weights.bin

# The programs by their names, as a user has them.
mkdir bin
for name in lowp-quant lowp-synth; do
  printf '#!/bin/sh\nexec %s %s "$@"\n' "$LOWP_EMULATOR" "$(tool_path $name)" >bin/$name
  chmod +x bin/$name
done
export PATH="$WORK/bin:$PATH"
seen=
clean() { rm -rf ./*.mxfp4.safetensors Qwen3-8B-* weights.*.* small.safetensors big-model nvfp4.json; }
examples() {
  "$1" --help | awk '/^Examples:/ {on = 1; next} /^$/ {on = 0} on' | sed 's/^ *//'
  sed -n "s/^\.Dl $1/$1/p" "$LOWP_SRCDIR/docs/man/$1.1" | sed 's/\\\\/\\/g; s/\\(aq/'"'"'/g; s/\\e/\\/g; s/\\&//g'
}
for name in lowp-quant lowp-synth; do
  examples $name >examples
  check "$name has examples in --help and man page" test "$(wc -l <examples)" -ge 4
  clean
  while read -r line; do
    # The size of an example is for people; here it would only take time.
    line=${line/8GiB/8MiB}
    case $seen in *"|$line|"*) clean ;; esac
    seen="$seen|$line|"
    sh -c "$line" >out 2>err </dev/null
    status=$?
    if grep -q 'no LAPACK' err; then
      skip "$line" "this build has no LAPACK"
    elif [ $status = 0 ]; then
      ok "$line"
    else
      fail "$line: exit status $status" "$(tail -n 20 out err)"
    fi
  done <examples
done

clean
expect 0 "all reports" lowp-quant Qwen3-8B --fmt nvfp4 --report r.json --report r.tsv --report r.txt --json
cp out stdout.json
check "JSON on standard output parses" get stdout.json totals
check "the report file is the same" cmp stdout.json r.json
check "one entry per tensor" test "$(get r.json tensors)" = 21
check "a format" test "$(get r.json tensors 3 format)" = nvfp4
check "lines of TSV: a title and one per tensor" test "$(wc -l <r.tsv)" = 22
check "the same number of columns in all" test "$(awk -F '\t' '{print NF}' r.tsv | sort -u | wc -l)" = 1
number=$(awk -F '\t' '$4 == "nvfp4" {print $10; exit}' r.tsv)
check "QSNR agrees with JSON" test "$number" = "$(printf %.6f "$(get r.json tensors 3 qsnr_db)")"
name=$(get r.json tensors 3 name)
check "and with the text, rounded" sh -c "grep -F '$name ' r.txt | grep -qF ' $(printf %.2f "$number") '"
check "bits per weight of nvfp4" awk "BEGIN {b = $(get r.json totals bits_per_weight); exit !(b >= 4.5 && b < 4.51)}"

# The directory that was written.
check "config.json has the quantization" \
  test "$(get Qwen3-8B-nvfp4/config.json quantization_config format)" = nvfp4-pack-quantized
check "and what it had before" test "$(get Qwen3-8B-nvfp4/config.json model_type)" = llama
check "the output layer is on its ignore list" \
  test "$(get Qwen3-8B-nvfp4/config.json quantization_config ignore 0)" = lm_head
check "other files are copied" cmp Qwen3-8B/tokenizer_config.json Qwen3-8B-nvfp4/tokenizer_config.json
check "pickles are not" test ! -e Qwen3-8B-nvfp4/pytorch_model.bin
check "that is said" grep -q 'pytorch_model\.bin' err
check "the index lists the packed tensors" \
  get Qwen3-8B-nvfp4/model.safetensors.index.json weight_map "${name%.weight}.weight_packed"

# Progress.
expect 0 "progress as JSON" lowp-quant model.safetensors --fmt fp8 -f --progress json -o p.safetensors
check "an object per line" \
  sh -c "head -n 1 err >first && $LOWP_EMULATOR '$LOWP_BUILDDIR/tests/cli/json_get' first event && [ \$(wc -l <err) = 12 ]"
expect 0 "progress as text" lowp-quant model.safetensors --fmt fp8 -f -v -o p.safetensors
check "a line per tensor" test "$(grep -c '^\[' err)" = 12
expect 0 "quiet" lowp-quant model.safetensors --fmt fp8 -f -q -o p.safetensors
check "nothing is printed" test ! -s out -a ! -s err
expect 0 "no terminal, no escape sequences" lowp-quant model.safetensors --fmt fp8 -f -o p.safetensors
check "none" sh -c "! cat out err | grep -q \$(printf '\\033')"
