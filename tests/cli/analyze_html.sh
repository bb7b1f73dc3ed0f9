#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-analyze --html: the page stands alone, is well formed, and takes no name of a file for markup; JSON and TSV have
# what their descriptions say.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
. "$LOWP_SRCDIR/tests/cli/page_checks.sh"
. "$LOWP_SRCDIR/tests/cli/make_inputs.sh"
get() { $LOWP_EMULATOR "$LOWP_BUILDDIR/tests/cli/json_get" "$@"; }
analyze() { tool lowp-analyze "$@"; }
hostile='</title><script>alert(1)</script><img src=x onerror=alert(2)>'
quoted="w\\\" onload='x' &amp; \\u202e\\u0007 {{x}} %n %s"
put_safetensors evil.safetensors "$hostile:64x128" "$quoted:32x128" 'plain.weight:512x512' 'odd.weight:48x100' 'norm.weight:64'
cp evil.safetensors '<svg onload=alert(3)>.safetensors'

expect 0 "a page" analyze '<svg onload=alert(3)>.safetensors' --html page.html --fmt all --worst 9 -q
page_checks page.html svg figure table div details p h2 h3 text ul dl main body
check "no address of a server" sh -c '! grep -qiE "https?:" page.html'
check "hostile names are there as text" grep -qF '&#60;/title&#62;&#60;script&#62;alert(1)' page.html
check "quotes too" grep -qF 'w&#34; onload=&#39;x&#39; &#38;amp;' page.html
check "what turns or breaks text is replaced" sh -c "! grep -qP '\xe2\x80\xae|\x07' page.html && grep -qP '\xef\xbf\xbd' page.html"
for heading in 'What a stored bit brings' 'How the tensors spread' 'QSNR against crest factor' 'Error by magnitude' \
  'Codes of ' 'Block scales of ' 'Heat map of squared error'; do
  check "figure: $heading" grep -q "$heading" page.html
done
cp page.html first.html
expect 0 "again, with other threads" analyze '<svg onload=alert(3)>.safetensors' --html page.html --fmt all --worst 9 -q -j 1
check "the same page" cmp first.html page.html
expect 0 "plain C kernels" env LOWP_ISA=generic $LOWP_EMULATOR "$(tool_path lowp-analyze)" '<svg onload=alert(3)>.safetensors' \
  --html page.html --fmt all --worst 9 -q
check "the same page on any instruction set" cmp first.html page.html

# Nothing to quantize, one tensor, exact tensors.
put_safetensors vectors.safetensors v:64
expect 0 "vectors alone" analyze vectors.safetensors --html v.html
check "there is a page" grep -q 'only described' v.html
put_safetensors one.safetensors w:1x16
head -c 64 /dev/zero >zeros
{ head -c $(($(wc -c <one.safetensors) - 64)) one.safetensors; cat zeros; } >zero.safetensors
expect 0 "zeros" analyze zero.safetensors --html z.html --json --fmt mxfp4,nvfp4,w8a8
check "they are exact" test "$(get out tensors 0 formats mxfp4 nmse)" = 0.0
check "no undefined numbers" sh -c '! sed "s/NaN, Inf//; s/nan=zero//" z.html | grep -qE "[^a-z](nan|inf|NaN|Inf)[^a-z]"'
cp one.safetensors nan.safetensors
nan_at nan.safetensors $(payload_offset nan.safetensors)
expect 0 "a NaN is counted, and read as zero" analyze nan.safetensors --json
check "counted" test "$(get out tensors 0 description nonfinite)" = 1
expect 3 "no such folder" analyze one.safetensors --html no/page.html

# --- JSON and TSV
expect 0 "JSON" analyze evil.safetensors --json --fmt mxfp4,nvfp4 --focus mxfp4 --worst 2
check "hostile names are whole" test "$(get out tensors 0 name)" = "$hostile"
check "the focus" test "$(get out focus)" = mxfp4
check "two of the worst" test "$(get out worst)" = 2
check "with their blocks" test "$(get out worst 0 worst_blocks)" -gt 0
check "with reasons" get out worst 0 findings 0 text
check "with outliers" get out worst 0 outliers a_mean
check "crest factor by format" get out tensors 0 formats mxfp4 crest
expect 0 "TSV" analyze evil.safetensors --tsv --fmt mxfp4,nvfp4
check "the same number of columns in all lines" test "$(awk -F '\t' '{print NF}' out | sort -u)" = 37
check "a line per tensor and format" test "$(wc -l <out)" = $((1 + 4 * 2 + 1))
expect 1 "a focus that is not measured" analyze evil.safetensors --fmt mxfp4 --focus nvfp4
