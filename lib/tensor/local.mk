# SPDX-License-Identifier: Apache-2.0
libcore_la_SOURCES += %D%/tensor.c %D%/view.c %D%/view_internal.h
