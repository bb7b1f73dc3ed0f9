# SPDX-License-Identifier: Apache-2.0
libiocore_la_SOURCES +=
