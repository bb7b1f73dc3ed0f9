# SPDX-License-Identifier: Apache-2.0
# cli_tests += %D%/x.sh
cli_tests += %D%/test_companions.sh
