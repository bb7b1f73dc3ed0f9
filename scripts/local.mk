# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += \
  .ci/run \
  %D%/arm-instructions \
  %D%/crosscheck \
  %D%/crosscheck.py \
  %D%/crosscheck_elements.py \
  %D%/crosscheck_files.py \
  %D%/deps \
  %D%/quickstart \
  %D%/summary \
  %D%/test \
  %D%/tiers
