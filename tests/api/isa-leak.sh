# SPDX-License-Identifier: Apache-2.0
# Objects outside kernels/ are built for the baseline of the architecture: no VEX or EVEX instruction may be in them,
# or a machine without AVX would stop with an illegal instruction before the dispatch has a say.
. "$(dirname "$0")/../harness/lib.sh"
leaks() { $OBJDUMP -d --no-show-raw-insn "$1" 2>/dev/null | grep -cE '%[yz]mm[0-9]|^ *[0-9a-f]+:\s+v[a-z0-9]+ ' || true; }

case "$CC $CFLAGS $CPPFLAGS" in
  *-march=* | *-mavx* | *-mcpu=*) skip "baseline objects" "the user's flags choose an instruction set"; exit 0 ;;
esac
printf '__attribute__((target("avx2"))) void f(int *x) { for (int i = 0; i < 64; i++) x[i] += 3; }\n' >"$WORK/planted.c"
if ! $CC -O3 -c "$WORK/planted.c" -o "$WORK/planted.o" 2>/dev/null || ! $OBJDUMP -f "$WORK/planted.o" | grep -q x86-64; then
  skip "baseline objects" "not an x86-64 build"
  exit 0
fi
if [ "$(leaks "$WORK/planted.o")" -gt 0 ]; then ok "a planted leak is seen"; else fail "a planted leak is seen"; fi
count=0
for object in $(find "$LOWP_BUILDDIR/lib" "$LOWP_BUILDDIR/kernels/generic" "$LOWP_BUILDDIR"/kernels/*.o -name '*.o' 2>/dev/null); do
  count=$((count + 1))
  found=$(leaks "$object")
  if [ "$found" != 0 ]; then fail "$object: $found instructions beyond the baseline"; fi
done
if [ "$count" -gt 2 ] && [ "$failed" = 0 ]; then ok "$count objects hold baseline instructions only"; else
  fail "baseline objects" "$count objects looked at"
fi
