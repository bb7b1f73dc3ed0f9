# SPDX-License-Identifier: Apache-2.0
# Examples are built as a user would build them, against the public libraries, and run by tests/gemm/example.sh.
check_PROGRAMS += %D%/mlp
%C%_mlp_SOURCES = %D%/mlp.c
%C%_mlp_LDADD = liblowp-io.la liblowp.la $(LIBM)
