# SPDX-License-Identifier: Apache-2.0
cmocka_tests += %D%/test_bf16_dot
fast_tests += %D%/test_bf16_dot

%C%_test_bf16_dot_SOURCES = %D%/test_bf16_dot.c tests/oracle/bf16_dot_model.c tests/oracle/bf16_dot_model.h
%C%_test_bf16_dot_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_bf16_dot_LDADD = $(TEST_LIBS)
