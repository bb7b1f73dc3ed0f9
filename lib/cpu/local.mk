# SPDX-License-Identifier: Apache-2.0
libcore_la_SOURCES += %D%/cpu.c %D%/cpu.h %D%/cpu_hwy.c %D%/isa.def
