# SPDX-License-Identifier: Apache-2.0
# Reports the test programs that could not be built for want of cmocka or MPFR, so that they are seen to be missing.
. "$(dirname "$0")/lib.sh"
for name in $LOWP_NOT_BUILT; do skip "$name" "cmocka or MPFR was missing when configure ran"; done
