#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lowp-audit schema: what it prints accepts and refuses the same files as the readers, by an independent validator.
. "$(dirname "$0")/../harness/lib.sh"
cd "$WORK" || exit 1
for kind in profiles claims; do
  expect 0 "schema $kind" tool lowp-audit schema $kind
  cp out $kind.schema.json
  check "its version" grep -q "\"title\": \"lowp-$kind-1\"" $kind.schema.json
done
expect 1 "a schema of nothing" tool lowp-audit schema
check "says of what there is one" grep -qF "schema: of what, 'profiles' or 'claims'?" err
expect 1 "a schema of something else" tool lowp-audit schema models
expect 1 "a schema of two" tool lowp-audit schema profiles claims

python=
for candidate in /usr/bin/python3 python3; do
  if "$candidate" -c 'from jsonschema import Draft202012Validator' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  skip "schemas against the readers" "python3-jsonschema is not installed"
  exit 0
fi
# Lines "ok NAME" and "FAILED NAME"; what is behind a failure goes to standard error.
"$python" "$LOWP_SRCDIR/tests/cli/audit_schema.py" "$LOWP_SRCDIR" . $LOWP_EMULATOR \
  "$LOWP_BUILDDIR/tests/audit/verdicts" >results 2>detail || fail "audit_schema.py runs" "$(tail -n 20 detail)"
while read -r result name; do
  if [ "$result" = ok ]; then ok "$name"; else fail "$name" "$(head -n 40 detail)"; fi
done <results
