# SPDX-License-Identifier: Apache-2.0
# Each fuzz_X.c has LLVMFuzzerTestOneInput. Linked with replay.c it is an ordinary test that walks corpus/X; linked by
# `make fuzz` with libFuzzer it searches.
fuzz_programs =
FUZZ_ENGINE = -fsanitize=fuzzer
