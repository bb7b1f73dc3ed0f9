# SPDX-License-Identifier: Apache-2.0
libcore_la_SOURCES +=
libcore_la_SOURCES += %D%/tensor_scale.c
