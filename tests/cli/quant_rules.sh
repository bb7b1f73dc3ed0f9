#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-quant: which tensor gets which format: rules, ignore lists, fused groups.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
expect 0 "a checkpoint" tool lowp-synth m.safetensors --layers 2 --hidden 128 --vocab 256 -q
q() { tool lowp-quant m.safetensors -o out.safetensors --force "$@"; }
row() { check "$1" grep -Eq "^$2" out; }

expect 0 "defaults" q --fmt nvfp4
row "the output layer is kept" 'lm_head\.weight .*default: output layer'
row "the embedding is kept" 'model\.embed_tokens\.weight .*default: embedding'
row "norms are kept" 'model\.norm\.weight .*a vector'
check "the ignore list is printed" grep -q 'lm_head|output_layer' out
row "the rest is quantized" 'model\.layers\.1\.mlp\.down_proj\.weight .*nvfp4 .*--fmt'
expect 0 "without the default list" q --fmt nvfp4 --no-default-ignore
row "the output layer is quantized" 'lm_head\.weight .*nvfp4'
expect 0 "a rule beats the default list" q --fmt nvfp4 --tensor lm_head=fp8
row "by its name" 'lm_head\.weight .*fp8 .*rule 1'
row "the rule is listed" 'rule 1  lm_head = fp8  \(1 tensors, --tensor\)'
expect 0 "the first rule wins" q --fmt nvfp4 --tensor 're:.*\.0\.mlp\.down_proj=mxfp8' --tensor 're:.*down_proj=fp8'
row "first" 'model\.layers\.0\.mlp\.down_proj\.weight .*mxfp8 .*rule 1'
row "second" 'model\.layers\.1\.mlp\.down_proj\.weight .*fp8 .*rule 2'
expect 0 "digits and lookahead of Python's syntax" q --fmt mxfp4 --tensor 're:model\.layers\.\d+\.(?!mlp)=keep'
row "attention is kept" 'model\.layers\.0\.self_attn\.q_proj\.weight .*rule re:'
row "the MLP is not" 'model\.layers\.0\.mlp\.up_proj\.weight .*mxfp4'
expect 4 "a pattern is matched from the start of a name" q --fmt mxfp4 --tensor 're:self_attn=keep'
printf '# comment\n\nre:.*q_proj = fp8\nmodel.layers.1.mlp.up_proj keep\n' >rules.txt
expect 0 "rules from a file" q --fmt mxfp8 --rules rules.txt
row "with an equals sign" 'model\.layers\.1\.self_attn\.q_proj\.weight .*fp8 .*rule 1'
row "with a space" 'model\.layers\.1\.mlp\.up_proj\.weight .*rule model\.layers\.1\.mlp\.up_proj'
check "their line is named" grep -q 'rules\.txt:4' out
printf 're:.*q_proj = fp9\n' >bad.txt
expect 1 "a bad line of a file" q --fmt mxfp8 --rules bad.txt
check "is named" grep -q 'bad\.txt:1.*fp9' err
expect 0 "--ignore" q --fmt fp8 --ignore 're:.*\.1\.'
row "keeps the layer" 'model\.layers\.1\.mlp\.up_proj\.weight .*--ignore re:'
expect 0 "only what rules say" q --fmt keep --tensor 're:.*down_proj=mxfp4'
row "by rule" 'model\.layers\.0\.mlp\.down_proj\.weight .*mxfp4 .*rule 1'
row "all else is kept" 'model\.layers\.0\.mlp\.up_proj\.weight .*no rule'

# One tensor scale for q, k, v and for gate, up: NVFP4 files of `ct` hold it once per tensor, 4 bytes each.
scale_of() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" "$1" tensors "$2" tensor_scale; }
index_of() { grep -n '"name"' "$1" | grep -n "$2" | cut -d: -f1; }
expect 0 "fused" q --fmt nvfp4 --report fused.json
expect 0 "not fused" q --fmt nvfp4 --fuse none --report single.json
for group in "0.self_attn.q_proj 0.self_attn.k_proj 0.self_attn.v_proj" "1.mlp.gate_proj 1.mlp.up_proj"; do
  fused= single=
  for name in $group; do
    at=$(($(index_of fused.json "$name") - 1))
    fused="$fused$(scale_of fused.json $at)"$'\n'
    single="$single$(scale_of single.json $at)"$'\n'
  done
  check "$group share a scale" test "$(printf %s "$fused" | sort -u | wc -l)" = 1
  check "$group do not without --fuse" test "$(printf %s "$single" | sort -u | wc -l)" -gt 1
  check "it is the largest of theirs" \
    test "$(printf %s "$fused" | head -n 1)" = "$(printf %s "$single" | sort -g | tail -n 1)"
done
echo "o_proj down_proj" >groups.txt
expect 0 "groups from a file" q --fmt nvfp4 --fuse groups.txt
expect 0 "mixed groups" q --fmt nvfp4 --tensor 're:.*k_proj=fp8'
check "are warned of, once" sh -c "[ \$(grep -c 'engines fuse them' err) = 1 ]"
