# SPDX-License-Identifier: Apache-2.0
libiocore_la_SOURCES += \
	%D%/config.c %D%/config.h \
	%D%/config_patch.c \
	%D%/config_read.c \
	%D%/directory.c \
	%D%/dtype.c %D%/dtype.h \
	%D%/file.c \
	%D%/hash.c %D%/hash.h \
	%D%/io_internal.h \
	%D%/json.c %D%/json.h \
	%D%/layout.c %D%/layout_internal.h \
	%D%/layout_ct.c \
	%D%/layout_deepseek.c \
	%D%/layout_draft.c \
	%D%/layout_gptoss.c \
	%D%/layout_lowp.c \
	%D%/layout_modelopt.c \
	%D%/layout_part.c \
	%D%/layout_raw.c \
	%D%/map.c \
	%D%/memory.c \
	%D%/metadata.c \
	%D%/model.c %D%/model_internal.h \
	%D%/model_recognise.c \
	%D%/model_values.c \
	%D%/npy.c %D%/npy.h \
	%D%/output.c \
	%D%/path.c \
	%D%/raw.c \
	%D%/safetensors_read.c \
	%D%/safetensors_write.c %D%/safetensors_write.h \
	%D%/shards_read.c \
	%D%/shards_write.c \
	%D%/sniff.c \
	%D%/writer.c
