# SPDX-License-Identifier: Apache-2.0
# The error measures, and vmath: SLEEF or libm behind one header.
libcore_la_SOURCES +=
