#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-inspect, lowp-diff and lowp-dequant: what they print, what they write, every exit code of their man pages.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1

expect 0 "a checkpoint to work on" tool lowp-synth model.safetensors --layers 1 --hidden 64 --dtype f32
expect 0 "quantized to nvfp4" tool lowp-quant model.safetensors --fmt nvfp4 -q
q=model.nvfp4.safetensors

# --- lowp-inspect
expect 0 "inspect a quantized file" tool lowp-inspect "$q"
check "a quantized tensor is one row with its format and layout" \
  grep -Eq '^model\.layers\.0\.self_attn\.q_proj\.weight +[0-9]+x[0-9]+ +nvfp4 +ct ' out
check "its parts are not listed beside it" sh -c "! grep -q weight_packed out"
expect 0 "inspect --files" tool lowp-inspect --files "$q"
check "the parts as they are stored" grep -Eq 'q_proj\.weight_packed +[0-9]+x[0-9]+ +U8' out
expect 0 "inspect --json --hash --metadata" tool lowp-inspect --json --hash --metadata "$q"
check "JSON with a hash of 32 digits" grep -Eq '"xxh3_128": "[0-9a-f]{32}"' out
expect 0 "hashes again" tool lowp-inspect --json --hash --metadata "$q"
cp out first
expect 0 "hashes of a copy" sh -c "cp '$q' copy.safetensors && true"
expect 0 "inspect the copy" tool lowp-inspect --json --hash --metadata copy.safetensors
check "the same tensors have the same hashes" sh -c "grep xxh3 first >a; grep xxh3 out >b; cmp a b"
expect 0 "inspect --cpu" tool lowp-inspect --cpu
check "generic is always used" grep -Eq '^ +generic +used' out
expect 0 "inspect --cpu under LOWP_ISA" env LOWP_ISA=generic "$(tool_path lowp-inspect)" --cpu
check "nothing but generic is then used" sh -c "[ \$(grep -c ' used ' out) = 1 ]"
expect 1 "inspect without an input" tool lowp-inspect
expect 3 "inspect what is not there" tool lowp-inspect nothing.safetensors
head -c 100 "$q" >short.safetensors
expect 2 "inspect a truncated file" tool lowp-inspect short.safetensors
check "the message names the file" grep -q 'short\.safetensors' err

# A file whose scales are gone: one tensor renamed in the header, lengths kept.
sed 's/q_proj\.weight_scale"/q_proj.weight_scxle"/' "$q" >broken.safetensors
expect 2 "inspect a file with a lost scale" tool lowp-inspect broken.safetensors
check "the row says broken, the message names the tensor" sh -c "grep -q broken out && grep -q q_proj err"

# --- lowp-dequant
expect 0 "dequantize" tool lowp-dequant "$q" -q
check "default name" test -s model.nvfp4.f32.safetensors
expect 0 "the result reads as plain f32" tool lowp-inspect model.nvfp4.f32.safetensors
check "no quantized tensor left" sh -c "! grep -q nvfp4 out && grep -Eq 'q_proj\.weight +[0-9x]+ +F32' out"
expect 0 "decoded by diff and by dequant alike" tool lowp-diff "$q" model.nvfp4.f32.safetensors --max-nmse 0
expect 4 "an existing output is refused" tool lowp-dequant "$q" -q
expect 0 "--force replaces it" tool lowp-dequant "$q" -q --force
expect 0 "bf16" tool lowp-dequant "$q" --to bf16 -o bf16.safetensors -q
expect 0 "reads as BF16" tool lowp-inspect bf16.safetensors
check "quantized tensors became BF16" grep -Eq 'q_proj\.weight +[0-9x]+ +BF16' out
expect 1 "output equal to the input" tool lowp-dequant "$q" -o "./$q" --force
ln -s "$q" link.safetensors
expect 1 "output equal to the input through a link" tool lowp-dequant link.safetensors -o "$q" --force
expect 3 "an output that cannot be written" tool lowp-dequant "$q" -o no/such/folder/x.safetensors
expect 2 "a file with a lost scale is refused" tool lowp-dequant broken.safetensors
check "nothing is left of failed runs" sh -c "! ls -A | grep -E 'tmp-|partial|broken\.f32'"

expect 0 "a directory of shards" tool lowp-synth shards --layers 1 --hidden 128 --dtype bf16 --shards 2
expect 0 "quantized" tool lowp-quant shards --fmt mxfp4 -q
expect 0 "back" tool lowp-dequant shards-mxfp4 -q
check "shards keep their names" sh -c "cd shards && ls *.safetensors >../a; cd ../shards-mxfp4-f32 && ls *.safetensors >../b; cmp ../a ../b"
check "config.json is there without quantization_config" \
  sh -c "grep -q quantization_config shards-mxfp4/config.json && ! grep -q quantization_config shards-mxfp4-f32/config.json"
expect 0 "values agree" tool lowp-diff shards-mxfp4 shards-mxfp4-f32 --max-nmse 0

# --- lowp-diff
expect 0 "diff against the original" tool lowp-diff model.safetensors "$q"
check "a row per tensor and one for all" sh -c "grep -Eq 'q_proj\.weight +.* F32 +nvfp4' out && grep -q '^all ' out"
expect 0 "equal files" tool lowp-diff model.safetensors model.safetensors --min-qsnr 200
expect 0 "a gate that holds" tool lowp-diff model.safetensors "$q" --min-qsnr 10
expect 5 "a gate that fails" tool lowp-diff model.safetensors "$q" --min-qsnr 60
check "how many fail" grep -Eq '[0-9]+ of [0-9]+ tensors fail' err
expect 5 "the other gate" tool lowp-diff model.safetensors "$q" --max-nmse 1e-9 --quiet
check "--quiet prints no table" test ! -s out
expect 0 "JSON" tool lowp-diff model.safetensors "$q" --json --worst 2
check "two tensors and a total" sh -c "[ \$(grep -c '\"tensor\":' out) = 2 ] && grep -q '\"total\"' out"
expect 0 "another checkpoint" tool lowp-synth other.safetensors --layers 2 --hidden 64 --dtype f32
expect 4 "tensors that only one has" tool lowp-diff model.safetensors other.safetensors
check "they are named" grep -q 'layers\.1\.' err
expect 0 "--allow-missing" tool lowp-diff model.safetensors other.safetensors --allow-missing
expect 0 "a wider one" tool lowp-synth wide.safetensors --layers 1 --hidden 128 --dtype f32
expect 4 "shapes differ" tool lowp-diff model.safetensors wide.safetensors
expect 1 "one input" tool lowp-diff model.safetensors
expect 1 "a gate that is no number" tool lowp-diff model.safetensors "$q" --min-qsnr many

head -c 4096 /dev/zero >zeros.bin
expect 0 "raw arrays" tool lowp-diff zeros.bin zeros.bin --dtype bf16 --shape 32x64
expect 2 "raw arrays of another size" tool lowp-inspect zeros.bin --shape 33x64
expect 1 "a shape that is none" tool lowp-inspect zeros.bin --shape 33by64
