# SPDX-License-Identifier: Apache-2.0
io_test_files = %D%/files.c %D%/files.h

cmocka_tests += %D%/test_arrays
fast_tests += %D%/test_arrays
%C%_test_arrays_SOURCES = %D%/test_arrays.c $(io_test_files)
%C%_test_arrays_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_arrays_LDADD = $(TEST_IO_LIBS)

cmocka_tests += %D%/test_output
fast_tests += %D%/test_output
%C%_test_output_SOURCES = %D%/test_output.c $(io_test_files)
%C%_test_output_CPPFLAGS = $(TEST_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_output_LDADD = $(TEST_IO_LIBS)

cmocka_tests += %D%/test_safetensors
fast_tests += %D%/test_safetensors
%C%_test_safetensors_SOURCES = %D%/test_safetensors.c $(io_test_files)
%C%_test_safetensors_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_safetensors_LDADD = $(TEST_IO_LIBS)

cmocka_tests += %D%/test_shards
fast_tests += %D%/test_shards
%C%_test_shards_SOURCES = %D%/test_shards.c $(io_test_files)
%C%_test_shards_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_shards_LDADD = $(TEST_IO_LIBS)

cmocka_tests += %D%/test_writer
fast_tests += %D%/test_writer
%C%_test_writer_SOURCES = %D%/test_writer.c $(io_test_files)
%C%_test_writer_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_writer_LDADD = $(TEST_IO_LIBS)

cmocka_tests += %D%/test_layout_roundtrip
fast_tests += %D%/test_layout_roundtrip
%C%_test_layout_roundtrip_SOURCES = %D%/test_layout_roundtrip.c $(io_test_files)
%C%_test_layout_roundtrip_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_layout_roundtrip_LDADD = $(TEST_IO_LIBS)

cmocka_tests += %D%/test_layout_bytes
fast_tests += %D%/test_layout_bytes
%C%_test_layout_bytes_SOURCES = %D%/test_layout_bytes.c $(io_test_files)
%C%_test_layout_bytes_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_layout_bytes_LDADD = $(TEST_IO_LIBS)

cmocka_tests += %D%/test_layout_model
fast_tests += %D%/test_layout_model
%C%_test_layout_model_SOURCES = %D%/test_layout_model.c $(io_test_files)
%C%_test_layout_model_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_layout_model_LDADD = $(TEST_IO_LIBS)

cmocka_tests += %D%/test_layout_config
fast_tests += %D%/test_layout_config
%C%_test_layout_config_SOURCES = %D%/test_layout_config.c $(io_test_files)
%C%_test_layout_config_CPPFLAGS = $(TEST_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_layout_config_LDADD = $(TEST_IO_LIBS)
EXTRA_DIST += \
	tests/golden/layout/fp8-a16.json \
	tests/golden/layout/fp8-block-text.json \
	tests/golden/layout/fp8-block.json \
	tests/golden/layout/fp8-tensor.json \
	tests/golden/layout/fp8.json \
	tests/golden/layout/gptoss.json \
	tests/golden/layout/int8-tensor-asym.json \
	tests/golden/layout/mixed.json \
	tests/golden/layout/mxfp4-a4.json \
	tests/golden/layout/mxfp4.json \
	tests/golden/layout/mxfp8.json \
	tests/golden/layout/nvfp4.json \
	tests/golden/layout/w8a8.json

cmocka_tests += %D%/test_layout_docs
fast_tests += %D%/test_layout_docs
%C%_test_layout_docs_SOURCES = %D%/test_layout_docs.c tests/api/docs_table.c tests/api/docs_table.h
%C%_test_layout_docs_CPPFLAGS = $(TEST_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_layout_docs_LDADD = $(TEST_IO_LIBS)
