# SPDX-License-Identifier: Apache-2.0
# Installs the build of the current folder under a scratch folder, compiles programs of a stranger against it through
# pkg-config, shared and static, in C and C++, and uninstalls. Run by scripts/test; not part of make check, because it
# relinks the libraries in the build folder.
. "$(dirname "$0")/../harness/lib.sh"
unset LD_LIBRARY_PATH
stage=$WORK/stage
prefix=/usr/local
check "make install" make install DESTDIR="$stage"
lib=$stage$prefix/lib
export PKG_CONFIG_PATH=$lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$stage
CC=$(sed -n 's/^CC = //p' Makefile) CXX=$(sed -n 's/^CXX = //p' Makefile)

cat >"$WORK/core.c" <<'END'
#include <lowp/version.h>
#include <lowp/element.h>
#include <stdio.h>
int main(void) {
  printf("%s %d\n", lowp_version_string(), lowp_version() == LOWP_VERSION);
  return lowp_version() != LOWP_VERSION;
}
END
cat >"$WORK/io.c" <<'END'
#include <lowp/version.h>
#include <lowp/io.h>
#include <stdio.h>
int main(void) {
  lowp_file *file = NULL;
  lowp_error error;
  lowp_status status = lowp_file_open("/no/such/file.safetensors", NULL, &file, &error);
  printf("%s: %s\n", lowp_status_name(status), error.text);
  return status != LOWP_E_IO;
}
END
cat >"$WORK/calib.c" <<'END'
#include <lowp/calib.h>
#include <stdio.h>
int main(void) {
  lowp_hessian *h = NULL;
  lowp_gptq *g = NULL;
  const float x[4] = {1, 2, 3, 5};
  const lowp_view view = lowp_view_of(LOWP_F32, 2, 2, x);
  lowp_gptq_opts opts;
  lowp_gptq_opts_init(&opts);
  opts.tokens_per_column = 1;
  if (lowp_hessian_create(&h, 2) != LOWP_OK || lowp_hessian_add(h, &view, 0, 2, NULL) != LOWP_OK) return 1;
  lowp_status status = lowp_gptq_create(&g, h, &opts, NULL);
  printf("%s\n", lowp_status_name(status));
  lowp_gptq_destroy(g);
  lowp_hessian_destroy(h);
  return status != LOWP_OK && status != LOWP_E_UNSUPPORTED;
}
END
cp "$WORK/calib.c" "$WORK/calib.cc"
cp "$WORK/core.c" "$WORK/core.cc"
cp "$WORK/io.c" "$WORK/io.cc"
for module in lowp lowp-calib lowp-io; do
  source=core
  if [ $module = lowp-io ]; then source=io; fi
  if [ $module = lowp-calib ]; then source=calib; fi
  cflags=$(pkg-config --cflags $module) libs=$(pkg-config --libs $module)
  static=$(pkg-config --static --libs $module | sed 's/-llowp-io\b/-l:liblowp-io.a/; s/-llowp-calib\b/-l:liblowp-calib.a/; s/-llowp /-l:liblowp.a /; s/-llowp$/-l:liblowp.a/')
  check "$module.pc names no other project in its flags" test -z "$(echo "$cflags" | grep -E 'hwy|sleef|HWY')"
  for language in c cc; do
    compile="$CC -std=c11"
    if [ $language = cc ]; then compile="$CXX -std=c++17"; fi
    program=$WORK/$source-$language
    check "$module: $language program, shared" \
      $compile -Wall -Wextra -Wpedantic -Werror $cflags "$WORK/$source.$language" -o "$program-shared" $libs
    expect 0 "$module: it runs" env LD_LIBRARY_PATH="$lib" "$program-shared"
    check "$module: $language program, static" \
      $compile -Wall -Wextra -Wpedantic -Werror $cflags "$WORK/$source.$language" -o "$program-static" $static
    expect 0 "$module: it runs without the shared library" env -u LD_LIBRARY_PATH "$program-static"
    check "$module: the static program needs no liblowp.so" sh -c "! readelf -d '$program-static' | grep -q 'liblowp'"
  done
done
for library in lowp lowp-calib lowp-io; do
  check "lib$library has a soname" sh -c "readelf -d '$lib/lib$library.so' | grep -q 'SONAME.*lib$library\\.so\\.[0-9]'"
done
for program in "$stage$prefix"/bin/*; do
  if [ ! -e "$program" ]; then continue; fi
  expect 0 "$(basename "$program") runs from where it is installed" env LD_LIBRARY_PATH="$lib" "$program" --version
  check "$(basename "$program") has its man page" test -e "$stage$prefix/share/man/man1/$(basename "$program").1"
done
expect 5 "lowp-audit finds the claims that are installed" env LD_LIBRARY_PATH="$lib" \
  LOWP_DATA="$stage$prefix/share/lowp" "$stage$prefix/bin/lowp-audit" a0 a1 a2 a3 a4
check "make uninstall" make uninstall DESTDIR="$stage"
left=$(find "$stage" -type f -o -type l)
if [ -z "$left" ]; then ok "uninstall leaves nothing"; else fail "uninstall leaves nothing" "$left"; fi
