# SPDX-License-Identifier: Apache-2.0
# Man pages are written by hand in mdoc; tests/api/man.sh lints them and compares them with --help.
#   dist_man_MANS += %D%/man/lowp-x.1
