# SPDX-License-Identifier: Apache-2.0
# Sourced by the shell tests: counts checks, makes a scratch folder $WORK, finds the built tools.
#   ok NAME | fail NAME [DETAIL] | skip NAME REASON      count one check
#   check NAME COMMAND...                                ok if the command succeeds, else fail
#   expect STATUS NAME COMMAND...                        ok if it exits with STATUS; output is in $WORK/out and $WORK/err
#   tool NAME ARGS...                                    runs the program NAME of tools, bench or examples, under $EMULATOR if any
#   tool_path NAME                                       prints the path of the real program, to start it by oneself
#   share ITEM...                                        prints one in LOWP_TEST_STRIDE of the items, one at least; all by default
# Afterwards the line `# checks: ...` is printed; the exit status is 0, 1, or 77 if everything was skipped.
set -u
export LC_ALL=C
LOWP_SRCDIR=${LOWP_SRCDIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
LOWP_BUILDDIR=${LOWP_BUILDDIR:-$PWD}
LOWP_EMULATOR=${LOWP_EMULATOR:-}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/lowp-test.XXXXXX")
# libtool leaves a wrapper script where the program is expected; tests need the program itself: it is faster, an
# emulator cannot run a script, and a signal must reach the right process.
export LOWP_SRCDIR LOWP_BUILDDIR LD_LIBRARY_PATH="$LOWP_BUILDDIR/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
passed=0 failed=0 skipped=0

ok() { passed=$((passed + 1)); echo "ok: $1"; }
fail() {
  failed=$((failed + 1))
  echo "FAILED: $1"
  if [ $# -gt 1 ]; then printf '%s\n' "$2" | sed 's/^/    /'; fi
}
skip() { skipped=$((skipped + 1)); echo "not run: $1 (${2:-no reason given})"; }

check() {
  local name=$1
  shift
  if "$@" >"$WORK/check.out" 2>&1 </dev/null; then ok "$name"; else fail "$name" "$(tail -n 40 "$WORK/check.out")"; fi
}

expect() {
  local want=$1 name=$2 got=0
  shift 2
  "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || got=$?
  if [ "$got" = "$want" ]; then ok "$name"; else
    fail "$name: exit status $got, expected $want" "$(tail -n 20 "$WORK/out" "$WORK/err")"
  fi
}

tool_path() {
  local path
  for path in "$LOWP_BUILDDIR"/{tools,bench,examples}/{.libs/,}"$1"; do
    if [ -x "$path" ]; then echo "$path"; return 0; fi
  done
  echo "$1: not built" >&2
  return 1
}

tool() {
  local path
  path=$(tool_path "$1") || return 127
  shift
  $LOWP_EMULATOR "$path" "$@"
}

share() {
  local stride=${LOWP_TEST_STRIDE:-1}
  if [ "$stride" -gt $# ]; then stride=$#; fi
  shift $((${LOWP_TEST_OFFSET:-0} % stride))
  while [ $# -gt 0 ]; do
    echo "$1"
    shift $((stride < $# ? stride : $#))
  done
}

finish() {
  local status=$?
  trap - EXIT
  rm -rf "$WORK"
  # A script that stopped before its end has failed, whatever it had counted.
  if [ "$status" != 0 ]; then fail "the script ended early with status $status"; fi
  if [ $((passed + failed + skipped)) = 0 ]; then fail "no check was made"; fi
  echo "# checks: $passed passed, $failed failed, $skipped skipped"
  if [ "$failed" != 0 ]; then exit 1; fi
  if [ "$passed" = 0 ]; then exit 77; fi
  exit 0
}
trap finish EXIT
