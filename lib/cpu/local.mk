# SPDX-License-Identifier: Apache-2.0
libcore_la_SOURCES += %D%/cpu.c %D%/cpu.h %D%/cpu_arm.c %D%/cpu_hwy.c %D%/cpu_x86.c %D%/isa.def
