# SPDX-License-Identifier: Apache-2.0
# The table of docs/kernels.md has one row for each op, with the instruction sets that kernels.def has for it, in its order.
. "$(dirname "$0")/../harness/lib.sh"
sed -nE 's/^LOWP_KERNEL\((\w+), *\w+, *(\w+), *(\w+)\).*/\1 \2 \3/p' "$LOWP_SRCDIR/kernels/kernels.def" |
  awk '{ if (!($1 in isas)) order[++n] = $1; isas[$1] = isas[$1] (isas[$1] == "" ? "" : ", ") $2; numerics[$1] = $3 }
       END { for (i = 1; i <= n; i++) printf "| `%s` | %s | %s |\n", order[i], numerics[order[i]], isas[order[i]] }' >"$WORK/expected"
sed -n '/<!-- table: kernels -->/,/^$/p' "$LOWP_SRCDIR/docs/kernels.md" | grep '^| `' >"$WORK/documented"
check "$(wc -l <"$WORK/expected") ops in the table of docs/kernels.md" diff "$WORK/expected" "$WORK/documented"
check "there are ops" test "$(wc -l <"$WORK/expected")" -gt 20
