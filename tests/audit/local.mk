# SPDX-License-Identifier: Apache-2.0
cmocka_tests += %D%/test_roofline
fast_tests += %D%/test_roofline
%C%_test_roofline_SOURCES = %D%/test_roofline.c
%C%_test_roofline_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_roofline_LDADD = $(TEST_IO_LIBS)

cmocka_tests += %D%/test_model_shape
fast_tests += %D%/test_model_shape
%C%_test_model_shape_SOURCES = %D%/test_model_shape.c tests/api/docs_table.c tests/api/docs_table.h
%C%_test_model_shape_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_model_shape_LDADD = $(TEST_IO_LIBS)

audit_test_files = %D%/data.c %D%/data.h

cmocka_tests += %D%/test_profiles
fast_tests += %D%/test_profiles
%C%_test_profiles_SOURCES = %D%/test_profiles.c $(audit_test_files)
%C%_test_profiles_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_profiles_LDADD = $(TEST_IO_LIBS)

cmocka_tests += %D%/test_claims
fast_tests += %D%/test_claims
%C%_test_claims_SOURCES = %D%/test_claims.c $(audit_test_files)
%C%_test_claims_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_claims_LDADD = $(TEST_IO_LIBS)
EXTRA_DIST += tests/golden/audit_verdicts.csv

cmocka_tests += %D%/test_rules
fast_tests += %D%/test_rules
EXTRA_DIST += %D%/profiles.json
%C%_test_rules_SOURCES = %D%/test_rules.c $(audit_test_files)
%C%_test_rules_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_rules_LDADD = $(TEST_IO_LIBS)

cmocka_tests += %D%/test_audit_docs
fast_tests += %D%/test_audit_docs
%C%_test_audit_docs_SOURCES = %D%/test_audit_docs.c tests/api/docs_table.c tests/api/docs_table.h $(audit_test_files)
%C%_test_audit_docs_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_audit_docs_LDADD = $(TEST_IO_LIBS)

check_PROGRAMS += %D%/verdicts
%C%_verdicts_SOURCES = %D%/verdicts.c
%C%_verdicts_CPPFLAGS = $(AM_CPPFLAGS)
%C%_verdicts_LDADD = liblowp-io.la liblowp.la $(LIBM)

cmocka_tests += %D%/test_measured
%C%_test_measured_SOURCES = %D%/test_measured.c
%C%_test_measured_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_measured_LDADD = $(TEST_IO_LIBS)
cmocka_tests += %D%/test_measured_log
fast_tests += %D%/test_measured_log
%C%_test_measured_log_SOURCES = %D%/test_measured_log.c
%C%_test_measured_log_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_measured_log_LDADD = $(TEST_IO_LIBS)
