# SPDX-License-Identifier: Apache-2.0
# What every program has: --help and --version that succeed, a refusal of unknown options with status 1, and a man page
# without lint that documents the same long options as --help.
. "$(dirname "$0")/../harness/lib.sh"
if [ -z "${LOWP_TOOLS:-}" ]; then
  skip "programs" "none are built"
  exit 0
fi
version=$(sed -n 's/^#define LOWP_VERSION_\(MAJOR\|MINOR\|PATCH\) *//p' "$LOWP_SRCDIR/include/lowp/version.h" | paste -sd.)
options() { grep -oE -- '(^|[^a-z-])--[a-z][a-z0-9-]*' | grep -oE -- '--.*' | sort -u; }
for program in $LOWP_TOOLS; do
  name=${program##*/}
  expect 0 "$name --version" tool "$name" --version
  check "$name --version names program and version" grep -q "^$name.* ${version//./\\.}" "$WORK/out"
  expect 0 "$name --help" tool "$name" --help
  check "$name --help goes to standard output" grep -qi 'usage' "$WORK/out"
  cp "$WORK/out" "$WORK/help"
  # Subcommands, as the man page's synopsis names them, have a --help of their own.
  for command in $(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/s/^\.Cm \([a-z]*\).*/\1/p' "$LOWP_SRCDIR/docs/man/$name.1" | sort -u); do
    expect 0 "$name $command --help" tool "$name" "$command" --help
    check "$name $command --help says how it is called" grep -q "^Usage: $name $command" "$WORK/out"
    cat "$WORK/out" >>"$WORK/help"
  done
  options <"$WORK/help" >"$WORK/help-options"
  expect 1 "$name refuses an unknown option" tool "$name" --no-such-option
  check "$name says what it refuses" grep -q 'no-such-option' "$WORK/err"
  page=$LOWP_SRCDIR/docs/man/$name.1
  if [ ! -e "$page" ]; then
    fail "$name has a man page"
    continue
  fi
  if ! command -v mandoc >/dev/null; then
    skip "$name.1" "mandoc is not installed"
    continue
  fi
  mandoc -Tutf8 "$page" | sed 's/.\x08//g' | sed 's/\xe2\x88\x92/-/g; s/\xe2\x80\x90/-/g' | options >"$WORK/page-options"
  check "$name.1 documents the options of --help" diff -u "$WORK/help-options" "$WORK/page-options"
done
for page in "$LOWP_SRCDIR"/docs/man/*; do
  name=$(basename "$page")
  check "$name is installed" grep -q "%D%/man/$name\\b" "$LOWP_SRCDIR/docs/local.mk"
  if command -v mandoc >/dev/null; then check "$name has no lint" mandoc -Tlint -W warning "$page"; fi
done
