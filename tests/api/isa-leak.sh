# SPDX-License-Identifier: Apache-2.0
# Objects outside kernels/x86 and kernels/arm are built for the baseline of the architecture: no VEX or EVEX instruction, and
# none of SVE or of the dot products, may be in them, or a machine without would stop with an illegal instruction before the
# dispatch has a say. On aarch64 neither may a bundle use what another one asks the CPU for.
. "$(dirname "$0")/../harness/lib.sh"
sve='\b[zp][0-9]+\.[bhsdq]\b|\{z[0-9]'
dots='\b([su]dot|usdot|sudot|[su]mmla|usmmla|bfdot|bfmmla|bfcvtn?2?|bfmlal[bt])\b'
neon_dots='\b([su]dot|usdot|sudot|[su]mmla|usmmla|bfdot|bfmmla|bfcvtn?2?|bfmlal[bt])\s+v[0-9]'
leaks() { # OBJECT PATTERN
  $OBJDUMP -d --no-show-raw-insn "$1" 2>/dev/null | grep -cE "$2" || true
}

case "$CC $CFLAGS $CPPFLAGS" in
  *-march=* | *-mavx* | *-mcpu=*) skip "baseline objects" "the user's flags choose an instruction set"; exit 0 ;;
esac
# A function that uses more than the baseline, to see that it is seen.
plant() { # OPTIONS, for a loop that compilers turn into vectors
  printf 'void f(int *x, signed char *y, int n) { for (int i = 0; i < n; i++) x[i] += 3 * y[i]; }\n' >"$WORK/planted.c"
  $CC -O3 "$@" -c "$WORK/planted.c" -o "$WORK/planted.o" 2>/dev/null
}
if plant -mavx2 && $OBJDUMP -f "$WORK/planted.o" | grep -q x86-64; then
  pattern='%[yz]mm[0-9]|^ *[0-9a-f]+:\s+v[a-z0-9]+ '
elif plant -march=armv8-a+sve && $OBJDUMP -f "$WORK/planted.o" | grep -q aarch64; then
  pattern="$sve|$dots"
else
  skip "baseline objects" "neither x86-64 nor aarch64"
  exit 0
fi
if [ "$(leaks "$WORK/planted.o" "$pattern")" -gt 0 ]; then ok "a planted leak is seen"; else fail "a planted leak is seen"; fi
count=0
for object in $(find "$LOWP_BUILDDIR/lib" "$LOWP_BUILDDIR/kernels/generic" "$LOWP_BUILDDIR"/kernels/*.o -name '*.o' 2>/dev/null); do
  count=$((count + 1))
  found=$(leaks "$object" "$pattern")
  if [ "$found" != 0 ]; then fail "$object: $found instructions beyond the baseline"; fi
done
if [ "$count" -gt 2 ] && [ "$failed" = 0 ]; then ok "$count objects hold baseline instructions only"; else
  fail "baseline objects" "$count objects looked at"
fi

# Bundles of aarch64: NEON has neither, DOTPROD and above no SVE, SVE no dot product of NEON.
bundle() { # NAME PATTERN
  local object found=0 seen=0
  for object in $(find "$LOWP_BUILDDIR/kernels/arm" -name "lib$1_la-*.o" 2>/dev/null); do
    seen=$((seen + 1))
    found=$((found + $(leaks "$object" "$2")))
  done
  if [ $seen = 0 ]; then return; fi
  if [ $found = 0 ]; then ok "$seen objects of $1 keep to their bundle"; else fail "$1: $found instructions of other bundles"; fi
}
bundle neon "$sve|$dots"
bundle sve "$neon_dots"
bundle dotprod "$sve|\b([su]mmla|usmmla|bfdot|bfmmla|bfcvtn?2?)\b"
bundle i8mm "$sve|\b(bfdot|bfmmla|bfcvtn?2?)\b"
bundle armbf16 "$sve"
