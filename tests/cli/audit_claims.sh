#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-audit on claims: the shipped ones, one's own with one's own chips, exit codes, and what is refused and where.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
export LOWP_DATA=$LOWP_SRCDIR/data
get() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" "$@"; }
says() { check "$1" grep -qF -- "$2" "$WORK/$3"; }

expect 5 "claims that are inconsistent" tool lowp-audit a0 a1 a2 a3 a4
says "all verdicts are counted" "98 claims: 30 consistent, 13 unverifiable, 18 mislabelled, 37 inconsistent" out
expect 0 "no gate" tool lowp-audit --fail-on nothing a0
expect 0 "consistent claims pass" tool lowp-audit --fail-on unverifiable --id C02 --id C03 a0
expect 5 "a gate on mislabelled" tool lowp-audit --fail-on mislabelled --id C01 a0
expect 0 "mislabelled is not inconsistent" tool lowp-audit --id C01 a0
expect 1 "an id that is not there" tool lowp-audit --id C99 a0
expect 1 "no claims" tool lowp-audit
expect 3 "a file that is not there" tool lowp-audit no-such-claims
says "it is named" "no-such-claims" err
says "and what it could be" "is no file, no command (chip, compare, measured, schema), and no " err
: >empty
expect 2 "an empty file" tool lowp-audit empty
says "is called so" "empty: the file of claims is not valid JSON: it is empty" err

# What 1.56 PFLOPS consists of, and what 2.87 compares.
expect 0 "the calculation" tool lowp-audit --explain --id C01 a0
says "matrix units" "28 matrix units x 32768 operations per clock x 1.65 GHz = 1.514 PFLOPS (derived)" out
says "vector units" "56 vector units add 47.31 TFLOPS: 1.561 PFLOPS (derived)" out
says "the source" "(claimed: Atlas 350 launch figures, as several articles report them, 2026-03-20)" out
expect 0 "the ratio" tool lowp-audit --explain --id C64 a2
says "16 bits reproduce it" "fp16 peaks, with vector units: 425.8 TFLOPS / 148 TFLOPS = 2.877" out
says "decode" "decode is bounded by 0.35" out

expect 5 "JSON" tool lowp-audit --json a0
cp out a0.json
check "id" test "$(get a0.json claims 22 id)" = C23
check "verdict" test "$(get a0.json claims 22 verdict)" = inconsistent
check "a quantity" test "$(get a0.json claims 22 quantity)" = decode_throughput
check "counts" test "$(get a0.json counts mislabelled)" = 4
expect 5 "one verdict only" tool lowp-audit --json --only mislabelled a0
check "C01, C07, C10, C16" test "$(get out claims 3 id)" = C16

# A chip and claims of one's own.
cat >mine.json <<'END'
{"schema": "lowp-profiles-1", "sources": {"s": {"title": "made up", "date": "2026"}},
 "chips": [{"name": "Mine", "vendor": "v", "scope": "s", "status": "none",
  "bandwidth": {"value": 2, "unit": "TB/s", "grade": "measured", "source": "s"}}]}
END
claims() {
  printf '{"schema": "lowp-claims-1", "article": {"title": "t", "kind": "k", "date": "2026"}, "claims": [
    {"id": "1", "text": "x", "subject": "Mine", "quantity": "memory_bandwidth", "value": %s, "unit": "%s"%s}]}\n' "$1" "$2" "$3"
}
claims 2 TB/s "" >c.json
expect 0 "one's own chip" tool lowp-audit -c mine.json --fail-on unverifiable c.json
says "its grade" "2 TB/s is the bandwidth of Mine (measured)" out
expect 5 "without it nothing can be said" tool lowp-audit --fail-on unverifiable c.json
says "what is missing" "missing: a profile of 'Mine'" out
claims 3 TB/s "" >c.json
expect 5 "another number" tool lowp-audit -c mine.json c.json
claims 2 GB "" >c.json
expect 2 "a wrong unit" tool lowp-audit -c mine.json c.json
says "file and place" "c.json: \$.claims[0].unit: 'GB' is no unit for this" err
claims 2 TB/s ', "verdict": "consistent"' >c.json
expect 2 "a verdict in the data" tool lowp-audit -c mine.json c.json
says "file and key" "c.json: \$.claims[0]: unknown key 'verdict'" err
claims 2 TB/s "" >c.json
expect 2 "claims twice" tool lowp-audit -c mine.json c.json c.json
expect 2 "a profile twice" tool lowp-audit -c mine.json -c mine.json c.json
says "which" "\$.chips[0]: there is already a chip 'Mine'" err
cp c.json a0
expect 0 "a file comes before an installed name" tool lowp-audit -c mine.json a0

LOWP_DATA=$WORK/nowhere expect 3 "no data" tool lowp-audit "$LOWP_SRCDIR/data/claims/a0.json"
says "what to do" "LOWP_DATA" err

# A model by its config.json: 10 (4096 (4096 + 2 1024) + 4096^2 + 3 4096 16384) + 2 32000 4096 = 2.695e9 parameters.
cat >config.json <<'END'
{"model_type": "llama", "num_hidden_layers": 10, "hidden_size": 4096, "vocab_size": 32000, "num_attention_heads": 32,
 "num_key_value_heads": 8, "intermediate_size": 16384}
END
cat >model.json <<'END'
{"schema": "lowp-claims-1", "article": {"title": "t", "kind": "k", "date": "2026"}, "claims": [
  {"id": "1", "text": "x", "subject": "Small", "quantity": "weight_bytes", "value": 2.7, "unit": "GB",
   "conditions": {"model": "small", "format": "fp8"}},
  {"id": "2", "text": "x", "subject": "Small", "quantity": "weight_bytes", "value": 5.4, "unit": "GB",
   "conditions": {"model": "small", "format": "fp8"}}]}
END
expect 5 "a model that is not known" tool lowp-audit --fail-on unverifiable --id 1 model.json
expect 0 "with its config.json" tool lowp-audit --fail-on unverifiable -m Small=config.json --id 1 model.json
expect 5 "and a wrong size" tool lowp-audit -m Small=config.json -e --id 2 model.json
says "the number of parameters" "Small: 2.695e9 parameters" out
expect 1 "a model without a name" tool lowp-audit -m config.json model.json
expect 3 "a config.json that is not there" tool lowp-audit -m Small=nowhere.json model.json
expect 2 "a name that is taken" tool lowp-audit -m DeepSeek-V4-Pro=config.json model.json

# Chips by name, by another name, by the name of a family.
expect 0 "a chip" tool lowp-audit chip "ascend 950pr"
says "its peak taken apart" "the peak of 1.56 PFLOPS is matrix and vector units together" out
says "the grade of a figure" "derived" out
expect 0 "a family" tool lowp-audit chip "Ascend 950DT"
check "two chips" test "$(grep -c '^Ascend 950DT (' "$WORK/out")" = 2
expect 0 "all chips" tool lowp-audit chip
check "17 chips" test "$(grep -cE ' (GB|TB) ' "$WORK/out")" = 17
expect 1 "no such chip" tool lowp-audit chip X9
says "what there is" "MI355X" err
expect 0 "a profile as JSON" tool lowp-audit chip --json B200
mkdir data && cp "$LOWP_SRCDIR/data/models.json" data && cp out data/chips.json
LOWP_DATA=$WORK/data expect 0 "it can be read" tool lowp-audit chip --json
check "and is the same" cmp out data/chips.json
