# SPDX-License-Identifier: Apache-2.0
# Sourced by the shell tests: counts checks, makes a scratch folder, runs the built tools.
#   ok NAME | fail NAME [DETAIL] | skip NAME REASON      count one check
#   check NAME COMMAND...                                ok if the command succeeds, else fail
#   expect STATUS NAME COMMAND...                        ok if it exits with STATUS; output is in $WORK/out and $WORK/err
#   tool NAME ARGS...                                    runs tools/NAME or bench/NAME of the build, under $EMULATOR if any
# Afterwards the line `# checks: ...` is printed and the exit status is 0, 1, or 77 if everything was skipped.
set -u
export LC_ALL=C
LOWP_SRCDIR=${LOWP_SRCDIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
LOWP_BUILDDIR=${LOWP_BUILDDIR:-$PWD}
LOWP_RUN=${LOWP_RUN:-}
export LOWP_SRCDIR LOWP_BUILDDIR
WORK=$(mktemp -d "${TMPDIR:-/tmp}/lowp-test.XXXXXX")
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
  if "$@" >"$WORK/check.out" 2>&1; then ok "$name"; else fail "$name" "$(tail -n 40 "$WORK/check.out")"; fi
}

expect() {
  local want=$1 name=$2 got=0
  shift 2
  "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || got=$?
  if [ "$got" = "$want" ]; then ok "$name"; else
    fail "$name: exit status $got, expected $want" "$(tail -n 20 "$WORK/out" "$WORK/err")"
  fi
}

# libtool puts the real program, not its wrapper script, in front of an emulator; its path must be absolute because
# tests change folders.
tool() {
  local path
  for path in "$LOWP_BUILDDIR/tools/$1" "$LOWP_BUILDDIR/bench/$1"; do
    if [ -x "$path" ]; then break; fi
  done
  shift
  case $LOWP_RUN in
    *qemu* | *valgrind*) (cd "$LOWP_BUILDDIR" && true) && "$LOWP_BUILDDIR"/libtool --mode=execute ${LOWP_RUN#*--mode=execute} "$path" "$@" ;;
    *) "$path" "$@" ;;
  esac
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
