#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Pages of lowp-audit: they stand alone, say what the tables say, and take no name or source for markup.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
. "$LOWP_SRCDIR/tests/cli/page_checks.sh"
export LOWP_DATA=$LOWP_SRCDIR/data
get() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" "$@"; }
compare() { tool lowp-audit compare "$@"; }
elements='svg figure table div details p h2 h3 text dl main body'

expect 0 "a page of two chips" compare "Ascend 950PR" H20 --fmt mxfp4,fp8 --html page.html --json
page_checks page.html $elements
for heading in 'Roofline of one chip' 'Decode by batch' 'Accuracy against decode at batch 32' 'Accuracy against prefill' \
  'At equal accuracy: products with 25 dB' 'What data sheets compare' 'How it was calculated'; do
  check "$heading" grep -q "$heading" page.html
done
check "numbers are those of the JSON" grep -qF "<td>$(printf '%.4g' "$(get out decode 0 chips 0 tokens_per_second)")<td" page.html
check "grades are told" sh -c "grep -q '>claimed<' page.html && grep -q '>derived<' page.html"
check "no column of tensors that were not given" sh -c "! grep -q 'own tensors' page.html"
check "nor a cost without prices" sh -c "! grep -q 'Cost of a million' page.html"
expect 0 "prices" compare H200 H20 --batch 1 --fmt fp8 --price 3.31,1.60 --html page.html --json
page_checks page.html $elements
for c in 0 1; do
  for phase in decode prefill; do
    cost=$(printf '%.3g' "$(get out $phase 0 chips $c cost_per_million_tokens)")
    check "the cost of $phase, chip $c" grep -qF "<td>$cost<td>" page.html
  done
done
for heading in 'Room, and the batch from which compute is the limit' 'Cost of a million tokens at the bound'; do
  check "$heading" grep -q "$heading" page.html
done
expect 0 "models with experts, more chips" compare B200 H200 --model deepseek-v3 --count 8 --html page.html
page_checks page.html $elements
check "the assumption is told" grep -q 'evenly and independently' page.html
expect 0 "counts alone" compare B200 H200 --model deepseek-v4-flash --batch 3 --html page.html
page_checks page.html $elements
expect 0 "nothing fits" compare B200 H200 --model deepseek-v4-pro --batch 3 --html page.html
page_checks page.html div table main body

hostile='</title><script>alert(1)</script>'
cat >evil.json <<END
{"schema": "lowp-profiles-1", "sources": {"s": {"title": "<img src=x onerror=alert(2)>", "date": "2026"}}, "chips": [
 {"name": "$hostile", "vendor": "v", "scope": "s", "status": "none",
  "formats": {"names": ["fp8", "bf16"], "grade": "vendor", "source": "s"},
  "peaks": {"fp8": {"dense": {"value": 1, "unit": "PFLOPS", "grade": "vendor", "source": "s"}}},
  "memory": {"value": 100, "unit": "GB", "grade": "vendor", "source": "s"},
  "bandwidth": {"value": 1, "unit": "TB/s", "grade": "vendor", "source": "s"}}]}
END
expect 0 "hostile names" compare "$hostile" H20 -c evil.json --html page.html --model llama-3.1-8b
page_checks page.html $elements
check "are there as text" grep -qF '&#60;script&#62;alert(1)' page.html
check "sources too" grep -qF '&#60;img src=x onerror=alert(2)&#62;' page.html
expect 3 "no such folder" compare B200 H200 --html no/page.html

# Claims. The exit code is that of the verdicts, with a page or without.
expect 5 "a page of claims" tool lowp-audit a0 a1 a2 a3 a4 --html page.html --json
page_checks page.html $elements ul
for v in consistent unverifiable mislabelled inconsistent; do
  n=$(get out counts $v)
  check "a card counts what is $v" grep -qF "<b>$n $v</b>" page.html
  check "all of them are there" test "$(grep -oE "class=\"tag v[0-3]\">$v<" page.html | wc -l)" = "$n"
done
# An empty array in the JSON is a claim without a calculation.
check "with their calculations" test "$(grep -c '<summary>Calculation' page.html)" = "$(grep -c '"calculation": \[$' out)"
# 680 tokens per second of 69.5e9 parameters that are read at batch 1: 2 FLOP for each, and 2 FLOP for each byte of FP8.
check "speeds are drawn where they belong" grep -qE '<th scope="row">H200 SXM, claimed<td class="s">C26<td>2<td>9\.45[0-9]*e\+13' page.html
cat >claims.json <<END
{"schema": "lowp-claims-1", "article": {"title": "$hostile", "kind": "<img src=x>", "date": "2026-01-01"}, "claims": [
 {"id": "x\" onclick=\"y", "text": "$hostile", "subject": "$hostile", "quantity": "memory_capacity", "value": 100, "unit": "GB"}]}
END
expect 0 "hostile claims" tool lowp-audit -c evil.json claims.json --html page.html
page_checks page.html table main
check "are there as text" grep -qF '&#60;script&#62;alert(1)' page.html
tool lowp-synth w.safetensors --hidden 128 --layers 1 -q
expect 5 "own weights" tool lowp-audit a0 --html page.html --weights w.safetensors
check "are what formats are measured on" grep -q 'products of the given weights' page.html
expect 1 "weights without a page" tool lowp-audit a0 --weights w.safetensors
expect 3 "no such folder for claims" tool lowp-audit a0 --html no/page.html
