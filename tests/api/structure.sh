# SPDX-License-Identifier: Apache-2.0
# The shape of the source tree: who includes whom, where instruction sets may be named, how long a file may be, and that
# every source file is built and distributed.
. "$(dirname "$0")/../harness/lib.sh"
cd "$LOWP_SRCDIR" || exit 1

# An include of `target` is allowed from `folder` if the rank of the target is not above its own:
#   tools, bench -> io, calib -> quant, analysis -> scheme, tensor -> element, cpu -> internal.h
# The ranks of public headers are those of the folders they describe. Equal rank: only within the same folder.
rank() {
  case $1 in
    tools | bench) echo 6 ;;
    io | audit | calib | measured) echo 5 ;;
    gemm) echo 4 ;;
    quant | analysis) echo 3 ;;
    scheme | tensor) echo 2 ;;
    element | cpu | kernels | dtype) echo 1 ;;
    internal | status | verdict | version) echo 0 ;;
    *) echo 3 ;; # per-format headers: the array calls of one scheme, which stand on quant.h
  esac
}
violations=
for file in $(find lib -name '*.[ch]' -path 'lib/*/*'); do
  folder=$(echo "$file" | cut -d/ -f2)
  for include in $(sed -nE 's/^ *# *include *[<"]([^>"]+)[>"].*/\1/p' "$file"); do
    case $include in
      lowp/*) target=$(basename "$include" | sed 's/\..*//') ;;
      kernels/*) target=kernels ;;
      internal.h) target=internal ;;
      tools/* | bench/* | tests/*) target=tools ;;
      */*) target=${include%%/*} ;;
      *) continue ;;
    esac
    # System headers such as sys/mman.h have a slash too.
    case $target in sys | hwy | arpa | linux) continue ;; esac
    if [ "$target" != "$folder" ] && [ "$(rank "$target")" -gt "$(rank "$folder")" ]; then
      violations="$violations$file includes $include"$'\n'
    fi
  done
done
if [ -z "$violations" ]; then ok "includes point one way"; else fail "includes point one way" "$violations"; fi

violations=$(grep -nE '^ *# *include *"' $(find kernels -name '*.[ch]' -o -name '*.cc') /dev/null |
  grep -vE '"(kernels/|kernel\.h|kernels\.def|cpu/|internal\.h|registry\.h|[a-z0-9_]+\.(h|def)")' | grep -v '"cpu/isa.def"')
if [ -z "$violations" ]; then ok "kernels include only their own headers"; else
  fail "kernels include only their own headers" "$violations"
fi

violations=$(grep -rniE '(^|[^a-z])(avx|sse[0-9]|neon|sve|amx|vnni|i8mm|dotprod)' lib --include='*.[ch]' --include='*.def' |
  grep -v '^lib/cpu/')
if [ -z "$violations" ]; then ok "instruction sets are named in lib/cpu only"; else
  fail "instruction sets are named in lib/cpu only" "$violations"
fi

violations=$(find include lib kernels tools bench tests scripts m4 -type f \
  \( -name '*.[ch]' -o -name '*.cc' -o -name '*.sh' -o -name '*.def' -o -path 'scripts/*' -o -name 'lowp*.m4' \) |
  xargs wc -l | awk '$2 != "total" && $1 > 600')
if [ -z "$violations" ]; then ok "no file has more than 600 lines"; else
  fail "no file has more than 600 lines" "$violations"
fi

violations=
for file in $(find scripts -type f ! -name local.mk; find include lib kernels tools bench tests -name '*.[ch]' -o -name '*.cc' -o -name '*.def' -o -name '*.sh'); do
  name=$(basename "$file")
  if ! grep -qsE "(%D%|tests)/([a-z0-9_-]+/)*${name//./\\.}( |\$)" $(find . -name local.mk -path "./${file%%/*}/*"); then
    violations="$violations$file"$'\n'
  fi
  if ! head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0'; then
    violations="$violations$file (no SPDX line)"$'\n'
  fi
done
if [ -z "$violations" ]; then ok "every source file is listed in a local.mk and says its licence"; else
  fail "every source file is listed in a local.mk and says its licence" "$violations"
fi

violations=$(grep -rnE '^ *(omp_|# *pragma omp)' lib kernels --include='*.[ch]' --include='*.cc' | grep -v '^lib/gemm/threads.c')
if [ -z "$violations" ]; then ok "OpenMP stays out of the libraries"; else
  fail "OpenMP stays out of the libraries" "$violations"
fi

violations=$(grep -rnE '(^|[^a-z_>.])(printf|puts|putchar|perror|abort|exit|_exit|fopen|open) *\(' lib kernels \
  --include='*.[ch]' --include='*.cc' | grep -vE '^lib/io/[^:]*:[0-9]+:.*(fopen|open) *\(' | grep -vE ':[0-9]+: *(/?\*|//)')
if [ -z "$violations" ]; then ok "libraries do not print or exit, and only lib/io opens files"; else
  fail "libraries do not print or exit, and only lib/io opens files" "$violations"
fi
