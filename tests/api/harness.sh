# SPDX-License-Identifier: Apache-2.0
# The counting itself: lib.sh and scripts/summary must not let a failure pass.
. "$(dirname "$0")/../harness/lib.sh"
lib=$LOWP_SRCDIR/tests/harness/lib.sh

# try NAME STATUS LINE SCRIPT: a shell test with this text exits with STATUS and closes with LINE.
try() {
  local got=0
  printf '. "%s"\n%s\n' "$lib" "$4" >"$WORK/try.sh"
  bash "$WORK/try.sh" >"$WORK/try.out" 2>&1 || got=$?
  if [ "$got" = "$2" ] && [ "$(tail -n 1 "$WORK/try.out")" = "# checks: $3" ]; then ok "$1"; else
    fail "$1: status $got, expected $2 and '$3'" "$(cat "$WORK/try.out")"
  fi
}
try "all passed" 0 "2 passed, 0 failed, 0 skipped" 'ok a; check b true'
try "one failed" 1 "1 passed, 1 failed, 0 skipped" 'ok a; check b false'
try "wrong exit status" 1 "0 passed, 1 failed, 0 skipped" 'expect 3 a sh -c "exit 4"'
try "right exit status" 0 "1 passed, 0 failed, 0 skipped" 'expect 3 a sh -c "exit 3"'
try "all skipped" 77 "0 passed, 0 failed, 1 skipped" 'skip a because'
try "no checks" 1 "0 passed, 1 failed, 0 skipped" 'true'
try "ended early" 1 "1 passed, 1 failed, 0 skipped" 'ok a; exit 2'
try "unset variable" 1 "1 passed, 1 failed, 0 skipped" 'ok a; echo $no_such_variable; ok b'

# sum NAME STATUS LINE: scripts/summary of the logs in $WORK/logs.
sum() {
  local got=0
  bash "$LOWP_SRCDIR/scripts/summary" "$WORK"/logs/*.log >"$WORK/sum.out" 2>&1 || got=$?
  if [ "$got" = "$2" ] && [ "$(tail -n 1 "$WORK/sum.out")" = "$3" ]; then ok "$1"; else
    fail "$1: status $got, expected $2 and '$3'" "$(cat "$WORK/sum.out")"
  fi
}
mkdir "$WORK/logs"
log() { # NAME RESULT TEXT
  printf '%s\n' "$3" "$2 $1 (exit status: 0)" >"$WORK/logs/$1.log"
  printf ':test-result: %s\n' "$2" >"$WORK/logs/$1.trs"
}
log a PASS '# checks: 3 passed, 0 failed, 1 skipped'
log b PASS '# checks: 4 passed, 0 failed, 0 skipped'
sum "logs are added up" 0 "7 passed, 0 failed, 1 skipped"
log c FAIL '# checks: 1 passed, 2 failed, 0 skipped'
sum "a failure counts" 1 "8 passed, 2 failed, 1 skipped"
log c FAIL '# checks: 1 passed, 0 failed, 0 skipped'
sum "an exit status that contradicts its line counts" 1 "8 passed, 1 failed, 1 skipped"
log c PASS 'no totals here'
sum "a program without a line of totals has failed" 1 "7 passed, 1 failed, 1 skipped"
rm "$WORK"/logs/c.* "$WORK"/logs/b.*
log a SKIP '# checks: 0 passed, 0 failed, 2 skipped'
sum "not run is not failed" 0 "0 passed, 0 failed, 2 skipped"
rm "$WORK"/logs/*
sum "no logs at all is a failure" 1 "0 passed, 1 failed, 0 skipped"
