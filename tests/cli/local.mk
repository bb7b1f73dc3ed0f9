# SPDX-License-Identifier: Apache-2.0
# cli_tests += %D%/x.sh
