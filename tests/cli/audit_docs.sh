#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-audit: every example of --help, of the man page and of docs/roofline.md runs, and prints what the page shows.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
export LOWP_DATA=$LOWP_SRCDIR/data
mkdir bin
printf '#!/bin/sh\nexec %s %s "$@"\n' "$LOWP_EMULATOR" "$(tool_path lowp-audit)" >bin/lowp-audit
chmod +x bin/lowp-audit
export PATH="$WORK/bin:$PATH"
tool lowp-synth model.safetensors --layers 1 --hidden 128 -q

page=$LOWP_SRCDIR/docs/roofline.md
{
  lowp-audit compare --help | awk '/^Examples:/ {on = 1; next} /^$/ {on = 0} on' | sed 's/^ *//'
  sed -n 's/^\.Dl lowp-audit compare/lowp-audit compare/p' "$LOWP_SRCDIR/docs/man/lowp-audit.1" | sed 's/\\(dq/"/g'
  sed -n '/^```sh$/,/^```$/p' "$page" | grep '^lowp-audit'
} | sort -u >examples
check "there are examples" test "$(wc -l <examples)" -ge 8
while read -r line; do expect 0 "$line" sh -c "$line"; done <examples

# The block behind a command shows its output.
awk '/^```sh$/ {command = 1; next} /^```$/ && command {command = 0; next} command {line = $0}
     /^```$/ && !shown {shown = 1; print line >"command"; next} /^```$/ {exit} shown {print >"shown"}' "$page"
check "the page shows a command" grep -q '^lowp-audit compare' command
expect 0 "it runs" sh "$WORK/command"
check "and prints what is shown" diff -u shown out

# Of docs/audit.md: what is shown below a command in a block is what it prints, but for lines that are left out.
sed -n 's/^    \$ \(lowp-audit .*\)/\1/p' "$LOWP_SRCDIR/docs/audit.md" >commands
check "audit.md shows a command" test -s commands
while read -r line; do
  sh -c "$line" >out
  awk -v command="    \$ $line" '$0 == command {on = 1; next} on && !/^    / {exit} on && !/^ *\.\.\.$/ {sub(/^    /, ""); print}' \
    "$LOWP_SRCDIR/docs/audit.md" >shown
  check "$line: something is shown" test -s shown
  check "$line: all of it is printed" sh -c '! grep -vxFf out shown'
done <commands
