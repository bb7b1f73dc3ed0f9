#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-audit compare: two chips of round figures against numbers worked out here with awk; the shipped profiles against
# ratios that were worked out elsewhere; and what is refused.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
export LOWP_DATA=$LOWP_SRCDIR/data
get() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" "$@"; }
compare() { tool lowp-audit compare "$@"; }
# near NAME PART EXPRESSION EXPECTED: both are awk expressions
near() { check "$1" awk "BEGIN {a = $3; b = $4; d = a - b; if (d < 0) d = -d; if (b < 0) b = -b; print a, b; exit !(d <= $2 * b)}"; }

cat >chips.json <<'END'
{"schema": "lowp-profiles-1", "sources": {"s": {"title": "made up", "date": "2026"}}, "chips": [
 {"name": "Fast", "vendor": "v", "scope": "s", "status": "none",
  "formats": {"names": ["mxfp4", "fp8", "bf16"], "grade": "vendor", "source": "s"},
  "peaks": {"fp4": {"dense": {"value": 4, "unit": "PFLOPS", "grade": "vendor", "source": "s"}},
            "fp8": {"dense": {"value": 2, "unit": "PFLOPS", "grade": "derived", "source": "s"}},
            "fp16": {"dense": {"value": 1, "unit": "PFLOPS", "grade": "vendor", "source": "s"},
                     "measured": {"value": 500, "unit": "TFLOPS", "grade": "measured", "source": "s"}}},
  "memory": {"value": 100, "unit": "GB", "grade": "vendor", "source": "s"},
  "bandwidth": {"value": 1, "unit": "TB/s", "grade": "vendor", "source": "s"}},
 {"name": "Wide", "vendor": "v", "scope": "s", "status": "none",
  "formats": {"names": ["fp8", "bf16"], "grade": "vendor", "source": "s"},
  "peaks": {"fp8": {"dense": {"value": 500, "unit": "TFLOPS", "grade": "vendor", "source": "s"}},
            "fp16": {"dense": {"value": 250, "unit": "TFLOPS", "grade": "vendor", "source": "s"}}},
  "memory": {"value": 50, "unit": "GB", "grade": "vendor", "source": "s"},
  "bandwidth": {"value": 4, "unit": "TB/s", "grade": "vendor", "source": "s"}}]}
END
cat >config.json <<'END'
{"model_type": "llama", "num_hidden_layers": 10, "hidden_size": 4096, "vocab_size": 32000, "num_attention_heads": 32,
 "num_key_value_heads": 8, "intermediate_size": 16384}
END
expect 0 "two chips of round figures" compare Fast Wide -c chips.json --model config.json --fmt mxfp4,fp8 \
  --batch 1,64,100000 --context 1000 --kv fp8 --margin 0 --price 2,3 --json
cp out a.json
L='(10 * (4096 * (4096 + 2 * 1024) + 4096 * 4096 + 3 * 4096 * 16384))'
H='(32000 * 4096)' S='(10 * 2 * 4096 + 4096)' KV='(2 * 10 * 1024)' PAIR='(4 * 10 * 4096)'
# decode BITS BATCH BANDWIDTH PEAK PEAK16
decode() {
  local bytes="($L * $1 / 8 + 2 * $H + 2 * $S + $2 * 2 * 4096 + $2 * 1000 * $KV)"
  local compute="(2 * $2 * $L / $4 + 2 * $2 * $H / $5 + $2 * 1000 * $PAIR / $5)"
  echo "($2 / ($bytes / $3 > $compute ? $bytes / $3 : $compute))"
}
near "parameters" 0 "$(get a.json model parameters)" "$L + 2 * $H + $S"
near "decode in mxfp4, batch 1" 1e-9 "$(get a.json decode 0 chips 0 tokens_per_second)" "$(decode 4.25 1 1e12 4e15 1e15)"
near "batch 64" 1e-9 "$(get a.json decode 1 chips 0 tokens_per_second)" "$(decode 4.25 64 1e12 4e15 1e15)"
near "stored in mxfp4, multiplied in 16 bits" 1e-9 "$(get a.json decode 1 chips 1 tokens_per_second)" \
  "$(decode 4.25 64 4e12 250e12 250e12)"
near "decode in fp8" 1e-9 "$(get a.json decode 4 chips 1 tokens_per_second)" "$(decode 8 64 4e12 500e12 250e12)"
near "ratio" 1e-9 "$(get a.json decode 4 ratio)" "$(decode 8 64 1e12 2e15 1e15) / $(decode 8 64 4e12 500e12 250e12)"
check "it is native on one" test "$(get a.json decode 0 chips 0 way native)" = true
check "and stored on the other" test "$(get a.json decode 0 chips 1 way native)" = false
check "limits are told apart" test "$(get a.json decode 0 chips 0 limit) $(get a.json decode 1 chips 1 limit)" = "memory compute"
check "with the grade of their figure" test "$(get a.json decode 0 chips 0 limit_grade)" = claimed
check "what does not fit has no ratio" test "$(get a.json decode 2 chips 0 fits) $(get a.json decode 2 ratio)" = "false null"
near "cost of a million tokens" 1e-9 "$(get a.json decode 0 chips 1 cost_per_million_tokens)" \
  "3 / (3600 * $(decode 4.25 1 4e12 250e12 250e12) / 1e6)"
near "and of a million tokens of prompts" 1e-9 "$(get a.json prefill 1 chips 1 cost_per_million_tokens)" \
  "3 * $(get a.json prefill 1 chips 1 seconds) * 1e6 / 1000 / 3600"
check "what it was computed with" test "$(get a.json margin_percent) $(get a.json chips 1 price_per_hour)" = "0.0 3.0"
near "time to the first token" 1e-9 "$(get a.json prefill 1 chips 1 seconds)" \
  "2 * 1000 * $L / 500e12 + 2 * $H / 250e12 + $PAIR * 1000 * 1001 / 2 / 250e12"
near "which memory may bound too" 1e-9 "$(get a.json prefill 1 chips 0 seconds)" \
  "($L + 2 * $H + 2 * $S + 1000 * 2 * 4096 + 1000 * $KV) / 1e12"
near "weights in memory" 1e-9 "$(get a.json capacity 2 weight_bytes)" "$L + 4 * $H + 2 * $S"
near "the largest batch" 0 "$(get a.json capacity 3 largest_batch)" "int((50e9 - ($L + 4 * $H + 2 * $S)) / (1000 * $KV))"
check "each in the format of its highest peak" test "$(get a.json decode 6 format)" = mxfp4:fp8
near "their ratio" 1e-9 "$(get a.json decode 7 ratio)" "$(decode 4.25 64 1e12 4e15 1e15) / $(decode 8 64 4e12 500e12 250e12)"

# Equal accuracy: a format, or a mixture whose error is the target and whose time is that of its parts.
expect 0 "a target that all formats reach" compare Fast Wide -c chips.json --model config.json --batch 64 --context 1000 \
  --margin 0 --target-qsnr 5 --json
check "takes the cheapest bits on the chip that computes in them" test "$(get out equal_accuracy 1 chips 0 fast format)" = mxfp4
check "and what is native on the other" test "$(get out equal_accuracy 1 chips 1 fast format)" = fp8
expect 0 "a target between formats" compare Fast Wide -c chips.json --model config.json --batch 64 --context 1000 \
  --margin 0 --target-qsnr 22 --json
fast=$(get out equal_accuracy 1 chips 0 fast nmse) fine=$(get out equal_accuracy 1 chips 0 fine nmse)
share=$(get out equal_accuracy 1 chips 0 share_in_fine)
check "is reached by a mixture" test "$(get out equal_accuracy 1 chips 0 fast format)" = mxfp4
near "of that mean error" 1e-9 "(1 - $share) * $fast + $share * $fine" "$(get out target_nmse)"
near "the target is the one asked for" 1e-9 "$(get out target_nmse)" "exp(-2.2 * log(10))"
expect 0 "a target that only 16 bits reach" compare Fast Wide -c chips.json --model config.json --batch 1 --margin 0 \
  --target-qsnr 50 --json
check "takes some of these" sh -c "echo '$(get out equal_accuracy 0 chips 0 fine format)' | grep -qE '^(bf|fp)16$'"
expect 0 "measured rates" compare Fast Wide -c chips.json --model config.json --fmt bf16 --batch 1 --achieved --json
check "are used where known" test "$(get out chips 0 dense_peaks fp16 value) $(get out chips 0 dense_peaks fp8 value)" = \
  "500000000000000.0 2000000000000000.0"

# The profiles that are shipped.
expect 0 "the comparison of the documentation" compare "Ascend 950PR" H20 --model llama-3.3-70b --fmt mxfp4,fp8 \
  --batch 1,8,32,256 --json
cp out b.json
near "2.87 is the ratio of 16-bit peaks" 0.002 "$(get b.json chips 0 dense_peaks fp16 value) / $(get b.json chips 1 dense_peaks fp16 value)" 2.87
near "FP8 against FP8 is 2.72" 0.002 "$(get b.json chips 0 dense_peaks fp8 value) / $(get b.json chips 1 dense_peaks fp8 value)" 2.72
near "decode in one format goes with bandwidth" 1e-6 "$(get b.json decode 4 ratio)" 0.35
near "one format each: 0.66 without embeddings in 16 bits" 0.05 "$(get b.json decode 8 ratio)" 0.66
near "70.6e9 parameters" 0.001 "$(get b.json model parameters)" 70.6e9
expect 0 "text" compare "Ascend 950PR" H20
check "says what is claimed" grep -qE '^fp4 peak .*1\.56 PFLOPS +claimed' out
check "what is derived" grep -qE '^fp16 peak .*derived.*claimed +2\.87' out
check "what was measured" grep -q 'QSNR in dB (measured)' out
check "lines are not too wide" sh -c '! grep -qE "^.{150}" out'

# Accumulators: bits that a profile states cost accuracy. Of four bits less the error is 4^4 times as large, and somewhat more
# since what is cut off has one sign and adds up.
sed 's/"bandwidth": {"value": 1,/"accumulator_bits": {"value": 10, "unit": "bit", "grade": "vendor", "source": "s"}, &/
     s/"bandwidth": {"value": 4,/"accumulator_bits": {"value": 14, "unit": "bit", "grade": "vendor", "source": "s"}, &/' \
  chips.json >bits.json
expect 0 "accumulators of 10 and 14 bits" compare Fast Wide -c bits.json --model config.json --batch 1 --json
check "errors differ by 4^4 and more" awk "BEGIN {r = $(get out chips 0 accumulator_nmse) / $(get out chips 1 accumulator_nmse); print r; exit !(r > 256 && r < 1024)}"
expect 0 "shipped profiles" compare H200 B200 --batch 1
check "say what is stated" grep -q '^H200 sums FP8 products in 14 bits of mantissa (measured)' out
check "and nothing of what is not" sh -c '! grep -q "^B200 sums" out'

# Experts: 8 of 256, by 8 sequences.
expect 0 "even and independent" compare B200 H200 --model deepseek-v3 --count 8 --fmt fp8 --batch 8 --json
near "256 (1 - (31/32)^8) are read" 1e-9 "$(get out decode 0 chips 0 experts_read)" "256 * (1 - exp(8 * log(31 / 32)))"
near "of 58 layers, beside what all tokens use" 1e-3 "$(get out decode 0 chips 0 bytes)" \
  "58 * 3 * 7168 * 2048 * 256 * (1 - exp(8 * log(31 / 32))) + 36.6e9 - 58 * 3 * 7168 * 2048 * 8 + 129280 * 7168 + 8 * 2048 * 61 * 576"
expect 0 "all alike" compare B200 H200 --model deepseek-v3 --count 8 --fmt fp8 --batch 8 --same-experts --json
near "8 are read" 0 "$(get out decode 0 chips 0 experts_read)" 8

# Tensors of a file decide if they are given.
tool lowp-synth w.safetensors --hidden 128 --layers 1 -q
expect 0 "own weights" compare B200 H200 --weights w.safetensors --batch 1 --json
check "decide" test "$(get out accuracy_decided_by)" = tensors
tool lowp-analyze w.safetensors --fmt mxfp4 --json >analyze.json
near "and are measured as lowp-analyze does" 1e-12 \
  "$(for i in $(seq 0 20); do [ "$(get out accuracy $i format)" = mxfp4 ] && get out accuracy $i nmse_tensors && break; done)" \
  "$(get analyze.json total mxfp4 nmse)"
cp out one.json
expect 0 "again, with one thread" env OMP_NUM_THREADS=1 $LOWP_EMULATOR "$(tool_path lowp-audit)" compare B200 H200 \
  --weights w.safetensors --batch 1 --json
check "the same digits" cmp out one.json

expect 1 "one chip" compare B200
expect 1 "an unknown chip" compare B200 B201
check "chips are listed" grep -q 'H200 SXM' err
expect 1 "an unknown model" compare B200 H200 --model gpt-9
expect 1 "an unknown format" compare B200 H200 --fmt mxfp4,fp3
check "formats are listed" grep -q 'mxfp4 nvfp4 hif4' err
expect 1 "a batch of 0" compare B200 H200 --batch 0
expect 1 "a batch that is no number" compare B200 H200 --batch 1,8x
expect 1 "one price" compare B200 H200 --price 3
expect 1 "no context" compare B200 H200 --context 0
expect 1 "a margin that leaves nothing" compare B200 H200 --margin 100
expect 2 "a config.json that lacks a key" sh -c 'echo "{\"model_type\": \"llama\"}" >bad.json; '"'$(tool_path lowp-audit)'"' compare B200 H200 --model bad.json'
check "it is named" grep -q 'num_hidden_layers' err
expect 3 "no such weights" compare B200 H200 --weights none.safetensors
expect 3 "no such profiles" compare B200 H200 -c none.json

# Peaks that count vector units, in the text and in base units: 28 x 32768 x 1.65e9.
expect 0 "peaks with vector units" compare "Ascend 950PR" H20 --batch 1
check "are told" grep -qF 'Without them (derived): fp4 1.514 PFLOPS, fp8 756.9 TFLOPS, fp16 378.5 TFLOPS.' out
expect 0 "in JSON" compare "Ascend 950PR" H20 --batch 1 --json
near "of matrix units" 1e-9 "$(get out chips 0 peaks_of_matrix_units fp4)" "28 * 32768 * 1.65e9"

# Weights that say nothing: all zero; and those of which some are not finite.
header='{"w":{"dtype":"F32","shape":[4,32],"data_offsets":[0,512]}}'
weights() { { printf '\100\0\0\0\0\0\0\0%-64s' "$header"; cat; } >"$1"; }
head -c 512 /dev/zero | weights zero.safetensors
expect 4 "weights that are zero" compare B200 H200 --weights zero.safetensors
check "are named" grep -qF 'zero.safetensors: all weights are 0' err
{ printf '\0\0\300\177'; for _ in $(seq 127); do printf '\0\0\200\77'; done; } | weights nan.safetensors
expect 0 "weights of which one is NaN" compare B200 H200 --weights nan.safetensors --batch 1
check "are warned of" grep -qF 'nan.safetensors: 1 weights are NaN or infinite' err
expect 0 "lowp-analyze warns too" tool lowp-analyze nan.safetensors
check "by name" grep -qF "1 tensor has NaN or infinite weights, 'w' 1 of them" err
check "an exact tensor is not among the worst" sh -c "! grep -q 'Worst tensors in mxfp4' out"
expect 1 "no target below 0" tool lowp-analyze nan.safetensors --target-qsnr -1

# A chip with no 16 bits multiplies in 32: L parameters in the format, the head and attention in f32. One of which no peak is
# known has no bound of a prefill.
cat >cpu.json <<'END'
{"schema": "lowp-profiles-1", "sources": {"s": {"title": "made up", "date": "2026"}}, "chips": [
 {"name": "Cpu", "vendor": "v", "scope": "s", "status": "none",
  "formats": {"names": ["fp32", "int8"], "grade": "vendor", "source": "s"},
  "peaks": {"int8": {"dense": {"value": 600, "unit": "GFLOPS", "grade": "derived", "source": "s"}},
            "fp32": {"dense": {"value": 150, "unit": "GFLOPS", "grade": "derived", "source": "s"}}},
  "memory": {"value": 50, "unit": "GB", "grade": "vendor", "source": "s"},
  "bandwidth": {"value": 20, "unit": "GB/s", "grade": "measured", "source": "s"}},
 {"name": "Dark", "vendor": "v", "scope": "s", "status": "none",
  "memory": {"value": 50, "unit": "GB", "grade": "vendor", "source": "s"},
  "bandwidth": {"value": 20, "unit": "GB/s", "grade": "vendor", "source": "s"}}]}
END
expect 0 "a chip with f32 and int8 alone" compare Cpu Dark -c cpu.json --model config.json --fmt mxfp4,int8 --batch 1 \
  --context 1000 --price 1,1 --json
near "weights in mxfp4 are multiplied in f32" 1e-9 "$(get out prefill 0 chips 0 seconds)" \
  "(2 * 1000 * $L + 2 * $H + $PAIR * 1000 * 1001 / 2) / 150e9"
check "which is told" test "$(get out prefill 0 chips 0 way products)" = fp32
near "int8 has its own peak" 1e-9 "$(get out prefill 1 chips 0 seconds)" \
  "2 * 1000 * $L / 600e9 + (2 * $H + $PAIR * 1000 * 1001 / 2) / 150e9"
check "no peak, no bound" test "$(get out prefill 0 chips 1 bounded) $(get out prefill 0 ratio)" = "false null"
check "nor a cost" test "$(get out prefill 0 chips 1 cost_per_million_tokens)" = null
check "but one of decode" test "$(get out decode 0 chips 1 bounded) $(get out decode 0 chips 1 limit)" = "true memory"
expect 0 "as text, and a page" compare Cpu Dark -c cpu.json --model config.json --fmt mxfp4 --batch 1 --html cpu.html
check "says what is not known" grep -q 'no fp16 peak known' out
check "the page too" grep -q 'no fp16 peak known' cpu.html
check "with the roofs of the CPU" sh -c 'grep -q ">fp32<" cpu.html && grep -q ">int8<" cpu.html'
