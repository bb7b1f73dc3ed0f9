#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The workflow of docs/error-analysis.md, as it is printed there: it passes, and stops what has become worse.
. "$(dirname "$0")/../harness/lib.sh"
docs=$LOWP_SRCDIR/docs/error-analysis.md
block() { awk -v kind="$1" '/^## / {on = $0 == "## Accuracy regressions"} on && $0 == "```" kind {copy = 1; next} /^```$/ {copy = 0} copy' "$docs"; }
cd "$WORK" || exit 1
mkdir bin
printf '#!/bin/sh\nexec %s %s "$@"\n' "$LOWP_EMULATOR" "$(tool_path lowp-analyze)" >bin/lowp-analyze
chmod +x bin/lowp-analyze
export PATH="$WORK/bin:$PATH"

block sh >once.sh
block yaml | sed -n 's/^ *run: //p' >steps.sh
check "there is a command that saves a baseline" grep -q -- '--save-baseline accuracy.json' once.sh
check "there is a step that checks it" grep -q -- '--check accuracy.json' steps.sh
expect 0 "a model" tool lowp-synth model.safetensors --layers 1 --hidden 256 -q
expect 0 "the baseline is saved" bash -e once.sh
expect 0 "the workflow passes" bash -e steps.sh
check "it leaves a page" grep -q '</html>' accuracy.html
rm accuracy.html
expect 0 "other weights of the same kind" tool lowp-synth model.safetensors --layers 1 --hidden 256 --seed 1 --outliers 400 -q -f
expect 5 "what is worse is stopped" bash -e steps.sh
check "the worst tensor is named" grep -qE '^model\.layers\.0\..* worse +changed' out
check "the page is there all the same" grep -q '</html>' accuracy.html
expect 0 "a model with more layers" tool lowp-synth model.safetensors --layers 2 --hidden 256 -q -f
expect 4 "is another model" bash -e steps.sh
