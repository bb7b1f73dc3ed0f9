# SPDX-License-Identifier: Apache-2.0
"""Part of scripts/crosscheck: every element against ml_dtypes and numpy, every file lowp-quant writes against a decoder
written here from docs/layouts.md alone. Prints a line per comparison and ends with `N passed, N failed, N skipped`."""
import sys

from crosscheck_elements import check_elements
from crosscheck_files import check_files


def main():
    build, top = sys.argv[1:3]
    passed = failed = 0
    for name, compared, wrong in [*check_elements(build, top), *check_files(build)]:
        print(f"{name:<44} {compared:>12,} compared  {wrong:>6,} differ", flush=True)
        passed += wrong == 0 and compared > 0
        failed += wrong != 0 or compared == 0
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
