# SPDX-License-Identifier: Apache-2.0
# The shape of the source tree: who includes whom, where instruction sets may be named, how long a file may be, and that
# every source file is built and distributed.
. "$(dirname "$0")/../harness/lib.sh"
cd "$LOWP_SRCDIR" || exit 1

# An include of `target` is allowed from `folder` if the rank of the target is not above its own:
#   tools, bench -> io, calib -> quant, analysis -> scheme, tensor -> element, cpu -> internal.h
# The ranks of public headers are those of the folders they describe. Equal rank: only within the same folder.
violations=$(find lib -name '*.[ch]' -path 'lib/*/*' | xargs awk '
  function rank(name) {
    if (name ~ /^(tools|bench)$/) return 6
    if (name ~ /^(io|audit|calib|measured)$/) return 5
    if (name == "gemm") return 4
    if (name ~ /^(quant|analysis)$/) return 3
    if (name ~ /^(scheme|tensor)$/) return 2
    if (name ~ /^(element|cpu|kernels|dtype)$/) return 1
    if (name ~ /^(internal|status|verdict|version)$/) return 0
    return 3 # per-format headers: the array calls of one scheme, which stand on quant.h
  }
  /^ *# *include *[<"]/ {
    split(FILENAME, path, "/")
    folder = path[2]
    include = $0
    sub(/^[^<"]*[<"]/, "", include)
    sub(/[>"].*/, "", include)
    target = include
    if (include ~ /^lowp\//) gsub(/^lowp\/|\..*/, "", target)
    else if (include ~ /^kernels\//) target = "kernels"
    else if (include == "internal.h") target = "internal"
    else if (include ~ /^(tools|bench|tests)\//) target = "tools"
    else if (include ~ /\//) sub(/\/.*/, "", target)
    else next
    # System headers such as sys/mman.h have a slash too.
    if (target ~ /^(sys|hwy|arpa|linux)$/) next
    if (target != folder && rank(target) > rank(folder)) print FILENAME " includes " include
  }')
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

# One pass over each list: a grep for every file takes longer than all else here.
sources=$(find scripts -type f ! -name local.mk
  find include lib kernels tools bench tests -name '*.[ch]' -o -name '*.cc' -o -name '*.def' -o -name '*.sh')
listed=$(for top in scripts include lib kernels tools bench tests; do
  grep -rhoE '(%D%|tests)/[A-Za-z0-9_./-]+' $top --include=local.mk | sed "s,^.*/,$top/,"
done)
violations=$(awk 'NR == FNR {listed[$0] = 1; next} {top = $0; sub("/.*", "", top); name = $0; sub(".*/", "", name)}
  !((top "/" name) in listed)' <(echo "$listed") <(echo "$sources")
  awk 'FNR == 1 {if (file && !licence) print file " (no SPDX line)"; file = FILENAME; licence = 0}
    FNR <= 3 && /SPDX-License-Identifier: Apache-2.0/ {licence = 1}
    END {if (!licence) print file " (no SPDX line)"}' $sources)
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
