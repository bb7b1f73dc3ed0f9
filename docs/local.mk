# SPDX-License-Identifier: Apache-2.0
# Man pages are written by hand in mdoc; tests/api/tools.sh lints them and compares their options with --help.
EXTRA_DIST += %D%/audit.md %D%/formats.md %D%/layouts.md %D%/measured.md %D%/numerics.md %D%/design.md %D%/error-analysis.md %D%/kernels.md %D%/performance.md %D%/roofline.md %D%/testing.md
dist_man_MANS += \
  %D%/man/lowp-analyze.1 \
  %D%/man/lowp-audit.1 \
  %D%/man/lowp-dequant.1 \
  %D%/man/lowp-diff.1 \
  %D%/man/lowp-files.5 \
  %D%/man/lowp-inspect.1 \
  %D%/man/lowp-quant.1 \
  %D%/man/lowp-synth.1
