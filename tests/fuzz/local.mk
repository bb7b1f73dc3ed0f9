# SPDX-License-Identifier: Apache-2.0
# Each fuzz_X.c has LLVMFuzzerTestOneInput. Linked with replay.c, as replay_X, it is an ordinary test that walks corpus/X;
# linked by `make fuzz` with libFuzzer, as fuzz_X, of which fuzz_X.c is the source unless another is named, it searches.
FUZZ_ENGINE = -fsanitize=fuzzer
fuzz_driver = %D%/fuzz.h %D%/replay.c
fuzz_libs = libiocore.la libcore.la $(IO_LIBS) $(CORE_LIBS)
fuzz_json = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)

replay_programs = \
  %D%/replay_safetensors %D%/replay_npy %D%/replay_index %D%/replay_model %D%/replay_config %D%/replay_raw \
  %D%/replay_packed %D%/replay_baseline %D%/replay_transform %D%/replay_shape %D%/replay_measured %D%/replay_profiles \
  %D%/replay_claims
check_PROGRAMS += $(replay_programs)
TESTS += $(replay_programs)
fast_tests += $(replay_programs)

fuzz_programs = \
  %D%/fuzz_safetensors %D%/fuzz_npy %D%/fuzz_index %D%/fuzz_model %D%/fuzz_config %D%/fuzz_raw %D%/fuzz_packed \
  %D%/fuzz_baseline %D%/fuzz_transform %D%/fuzz_shape %D%/fuzz_measured %D%/fuzz_profiles %D%/fuzz_claims
EXTRA_PROGRAMS += $(fuzz_programs)

%C%_replay_safetensors_SOURCES = %D%/fuzz_safetensors.c $(fuzz_driver)
%C%_replay_safetensors_LDADD = $(fuzz_libs)
%C%_fuzz_safetensors_LDFLAGS = $(FUZZ_ENGINE)
%C%_fuzz_safetensors_LDADD = $(fuzz_libs)
EXTRA_DIST += \
  %D%/corpus/safetensors/bad-bits \
  %D%/corpus/safetensors/bad-control \
  %D%/corpus/safetensors/bad-duplicate \
  %D%/corpus/safetensors/bad-hole \
  %D%/corpus/safetensors/bad-key \
  %D%/corpus/safetensors/bad-metadata \
  %D%/corpus/safetensors/bad-overlap \
  %D%/corpus/safetensors/bad-product \
  %D%/corpus/safetensors/bad-real \
  %D%/corpus/safetensors/bad-tail \
  %D%/corpus/safetensors/bad-zero \
  %D%/corpus/safetensors/ok-empty \
  %D%/corpus/safetensors/ok-escapes \
  %D%/corpus/safetensors/ok-metadata \
  %D%/corpus/safetensors/ok-nibbles \
  %D%/corpus/safetensors/ok-padded \
  %D%/corpus/safetensors/ok-scalar \
  %D%/corpus/safetensors/ok-several \
  %D%/corpus/safetensors/ok-tensor

%C%_replay_npy_SOURCES = %D%/fuzz_npy.c $(fuzz_driver)
%C%_replay_npy_LDADD = $(fuzz_libs)
%C%_fuzz_npy_LDFLAGS = $(FUZZ_ENGINE)
%C%_fuzz_npy_LDADD = $(fuzz_libs)
EXTRA_DIST += \
  %D%/corpus/npy/bad-code \
  %D%/corpus/npy/bad-descr \
  %D%/corpus/npy/bad-fortran \
  %D%/corpus/npy/bad-product \
  %D%/corpus/npy/bad-size \
  %D%/corpus/npy/bad-struct \
  %D%/corpus/npy/bad-void \
  %D%/corpus/npy/bad-width \
  %D%/corpus/npy/ok-big \
  %D%/corpus/npy/ok-column \
  %D%/corpus/npy/ok-f4 \
  %D%/corpus/npy/ok-scalar \
  %D%/corpus/npy/ok-version3 \
  %D%/corpus/npy/ok-void

%C%_replay_index_SOURCES = %D%/fuzz_index.c $(fuzz_driver)
%C%_replay_index_LDADD = $(fuzz_libs)
%C%_fuzz_index_LDFLAGS = $(FUZZ_ENGINE)
%C%_fuzz_index_LDADD = $(fuzz_libs)
EXTRA_DIST += \
  %D%/corpus/index/bad-map \
  %D%/corpus/index/bad-none \
  %D%/corpus/index/bad-number \
  %D%/corpus/index/bad-parent \
  %D%/corpus/index/bad-path \
  %D%/corpus/index/bad-twice \
  %D%/corpus/index/bad-type \
  %D%/corpus/index/bad-utf8 \
  %D%/corpus/index/ok-empty \
  %D%/corpus/index/ok-two

%C%_replay_model_SOURCES = %D%/fuzz_model.c $(fuzz_driver)
%C%_replay_model_CPPFLAGS = $(fuzz_json)
%C%_replay_model_LDADD = $(fuzz_libs)
%C%_fuzz_model_CPPFLAGS = $(fuzz_json)
%C%_fuzz_model_LDFLAGS = $(FUZZ_ENGINE)
%C%_fuzz_model_LDADD = $(fuzz_libs)
EXTRA_DIST += \
  %D%/corpus/model/bad-foreign \
  %D%/corpus/model/bad-metadata \
  %D%/corpus/model/bad-missing \
  %D%/corpus/model/bad-shape \
  %D%/corpus/model/bad-stray \
  %D%/corpus/model/bad-twice \
  %D%/corpus/model/bad-version \
  %D%/corpus/model/ok-deepseek \
  %D%/corpus/model/ok-gptoss \
  %D%/corpus/model/ok-hif4 \
  %D%/corpus/model/ok-int8 \
  %D%/corpus/model/ok-modelopt \
  %D%/corpus/model/ok-mxfp4 \
  %D%/corpus/model/ok-nvfp4 \
  %D%/corpus/model/ok-offset \
  %D%/corpus/model/ok-plain

%C%_replay_config_SOURCES = %D%/fuzz_config.c $(fuzz_driver)
%C%_replay_config_CPPFLAGS = $(fuzz_json)
%C%_replay_config_LDADD = $(fuzz_libs)
%C%_fuzz_config_CPPFLAGS = $(fuzz_json)
%C%_fuzz_config_LDFLAGS = $(FUZZ_ENGINE)
%C%_fuzz_config_LDADD = $(fuzz_libs)
EXTRA_DIST += \
  %D%/corpus/config/bad-array \
  %D%/corpus/config/bad-escapes \
  %D%/corpus/config/bad-nul \
  %D%/corpus/config/bad-twice \
  %D%/corpus/config/ok-deeper \
  %D%/corpus/config/ok-empty \
  %D%/corpus/config/ok-keys \
  %D%/corpus/config/ok-number \
  %D%/corpus/config/ok-replace

%C%_replay_raw_SOURCES = %D%/fuzz_raw.c $(fuzz_driver)
%C%_replay_raw_CPPFLAGS = $(fuzz_json)
%C%_replay_raw_LDADD = $(fuzz_libs)
%C%_fuzz_raw_CPPFLAGS = $(fuzz_json)
%C%_fuzz_raw_LDFLAGS = $(FUZZ_ENGINE)
%C%_fuzz_raw_LDADD = $(fuzz_libs)
EXTRA_DIST += \
  %D%/corpus/raw/bad-kind \
  %D%/corpus/raw/bad-large \
  %D%/corpus/raw/bad-path \
  %D%/corpus/raw/bad-plane \
  %D%/corpus/raw/bad-scale \
  %D%/corpus/raw/bad-size \
  %D%/corpus/raw/ok-mxfp4 \
  %D%/corpus/raw/ok-nvfp4 \
  %D%/corpus/raw/ok-padded

%C%_replay_packed_SOURCES = %D%/fuzz_packed.c $(fuzz_driver)
%C%_replay_packed_LDADD = libcore.la $(CORE_LIBS)
%C%_fuzz_packed_LDFLAGS = $(FUZZ_ENGINE)
%C%_fuzz_packed_LDADD = libcore.la $(CORE_LIBS)
EXTRA_DIST += \
  %D%/corpus/packed/bad-code \
  %D%/corpus/packed/bad-header \
  %D%/corpus/packed/bad-scale \
  %D%/corpus/packed/ok-fp8-block \
  %D%/corpus/packed/ok-hif4 \
  %D%/corpus/packed/ok-mxfp4 \
  %D%/corpus/packed/ok-nothing-changed \
  %D%/corpus/packed/ok-nvfp4-nan \
  %D%/corpus/packed/ok-zero-point

baseline_sources = %D%/fuzz_baseline.c tools/analyze_baseline.c tools/analyze_baseline.h
%C%_replay_baseline_SOURCES = $(baseline_sources) $(fuzz_driver)
%C%_replay_baseline_CPPFLAGS = $(TOOL_CPPFLAGS)
%C%_replay_baseline_LDADD = $(TOOL_LIBS)
%C%_fuzz_baseline_SOURCES = $(baseline_sources)
%C%_fuzz_baseline_CPPFLAGS = $(TOOL_CPPFLAGS)
%C%_fuzz_baseline_LDFLAGS = $(FUZZ_ENGINE)
%C%_fuzz_baseline_LDADD = $(TOOL_LIBS)
EXTRA_DIST += \
  %D%/corpus/baseline/bad-array \
  %D%/corpus/baseline/bad-case \
  %D%/corpus/baseline/bad-format \
  %D%/corpus/baseline/bad-hash \
  %D%/corpus/baseline/bad-huge \
  %D%/corpus/baseline/bad-key \
  %D%/corpus/baseline/bad-lacks \
  %D%/corpus/baseline/bad-nan \
  %D%/corpus/baseline/bad-negative \
  %D%/corpus/baseline/bad-no-formats \
  %D%/corpus/baseline/bad-no-tolerance \
  %D%/corpus/baseline/bad-other \
  %D%/corpus/baseline/bad-rank \
  %D%/corpus/baseline/bad-rules \
  %D%/corpus/baseline/bad-size \
  %D%/corpus/baseline/bad-tail \
  %D%/corpus/baseline/bad-text \
  %D%/corpus/baseline/bad-tolerance \
  %D%/corpus/baseline/bad-twice \
  %D%/corpus/baseline/bad-version \
  %D%/corpus/baseline/ok-empty \
  %D%/corpus/baseline/ok-two \
  %D%/corpus/baseline/ok-zero

transform_libs = libtools.la libcalibcore.la libiocore.la libcore.la $(CALIB_LIBS) $(IO_LIBS) $(CORE_LIBS) $(LIBM)
%C%_replay_transform_SOURCES = %D%/fuzz_transform.c $(fuzz_driver)
%C%_replay_transform_CPPFLAGS = $(TOOL_CPPFLAGS)
%C%_replay_transform_LDADD = $(transform_libs)
%C%_fuzz_transform_CPPFLAGS = $(TOOL_CPPFLAGS)
%C%_fuzz_transform_LDFLAGS = $(FUZZ_ENGINE)
%C%_fuzz_transform_LDADD = $(transform_libs)
EXTRA_DIST += \
  %D%/corpus/transform/bad-alone \
  %D%/corpus/transform/bad-column \
  %D%/corpus/transform/bad-dtype \
  %D%/corpus/transform/bad-more \
  %D%/corpus/transform/bad-power \
  %D%/corpus/transform/bad-seed \
  %D%/corpus/transform/bad-size \
  %D%/corpus/transform/bad-twice \
  %D%/corpus/transform/bad-unknown \
  %D%/corpus/transform/bad-values \
  %D%/corpus/transform/bad-zero \
  %D%/corpus/transform/ok-all \
  %D%/corpus/transform/ok-columns \
  %D%/corpus/transform/ok-nothing \
  %D%/corpus/transform/ok-rotation

%C%_replay_shape_SOURCES = %D%/fuzz_shape.c $(fuzz_driver)
%C%_replay_shape_LDADD = $(fuzz_libs)
%C%_fuzz_shape_LDFLAGS = $(FUZZ_ENGINE)
%C%_fuzz_shape_LDADD = $(fuzz_libs)
EXTRA_DIST += \
  %D%/corpus/shape/bad-large \
  %D%/corpus/shape/bad-layers \
  %D%/corpus/shape/bad-negative \
  %D%/corpus/shape/bad-real \
  %D%/corpus/shape/bad-shared \
  %D%/corpus/shape/bad-type \
  %D%/corpus/shape/ok-deepseek \
  %D%/corpus/shape/ok-gpt-oss \
  %D%/corpus/shape/ok-layers \
  %D%/corpus/shape/ok-llama \
  %D%/corpus/shape/ok-mixtral \
  %D%/corpus/shape/ok-qwen3 \
  %D%/corpus/shape/ok-qwen3-moe \
  %D%/corpus/shape/ok-window

%C%_replay_profiles_SOURCES = %D%/fuzz_profiles.c $(fuzz_driver)
%C%_replay_profiles_LDADD = $(fuzz_libs)
%C%_fuzz_profiles_LDFLAGS = $(FUZZ_ENGINE)
%C%_fuzz_profiles_LDADD = $(fuzz_libs)
EXTRA_DIST += \
  %D%/corpus/profiles/bad-active \
  %D%/corpus/profiles/bad-array \
  %D%/corpus/profiles/bad-case \
  %D%/corpus/profiles/bad-huge \
  %D%/corpus/profiles/bad-key \
  %D%/corpus/profiles/bad-range \
  %D%/corpus/profiles/bad-schema \
  %D%/corpus/profiles/bad-source \
  %D%/corpus/profiles/bad-sparse \
  %D%/corpus/profiles/bad-twice \
  %D%/corpus/profiles/bad-unit \
  %D%/corpus/profiles/bad-zero \
  %D%/corpus/profiles/ok-chip \
  %D%/corpus/profiles/ok-empty \
  %D%/corpus/profiles/ok-model \
  %D%/corpus/profiles/ok-null \
  %D%/corpus/profiles/ok-schema

%C%_replay_claims_SOURCES = %D%/fuzz_claims.c $(fuzz_driver)
%C%_replay_claims_LDADD = $(fuzz_libs)
%C%_fuzz_claims_LDFLAGS = $(FUZZ_ENGINE)
%C%_fuzz_claims_LDADD = $(fuzz_libs)
EXTRA_DIST += \
  %D%/corpus/claims/bad-article \
  %D%/corpus/claims/bad-batches \
  %D%/corpus/claims/bad-cached \
  %D%/corpus/claims/bad-chips \
  %D%/corpus/claims/bad-condition \
  %D%/corpus/claims/bad-lacks \
  %D%/corpus/claims/bad-list \
  %D%/corpus/claims/bad-parts \
  %D%/corpus/claims/bad-quantity \
  %D%/corpus/claims/bad-range \
  %D%/corpus/claims/bad-twice \
  %D%/corpus/claims/bad-unit \
  %D%/corpus/claims/bad-value \
  %D%/corpus/claims/bad-verdict \
  %D%/corpus/claims/ok-cached \
  %D%/corpus/claims/ok-causes \
  %D%/corpus/claims/ok-empty \
  %D%/corpus/claims/ok-figures \
  %D%/corpus/claims/ok-models \
  %D%/corpus/claims/ok-parts \
  %D%/corpus/claims/ok-peaks \
  %D%/corpus/claims/ok-ratios \
  %D%/corpus/claims/ok-speeds

%C%_replay_measured_SOURCES = %D%/fuzz_measured.c $(fuzz_driver)
%C%_replay_measured_LDADD = $(fuzz_libs)
%C%_fuzz_measured_LDFLAGS = $(FUZZ_ENGINE)
%C%_fuzz_measured_LDADD = $(fuzz_libs)
EXTRA_DIST += \
  %D%/corpus/measured/bad-checksum \
  %D%/corpus/measured/bad-column \
  %D%/corpus/measured/bad-empty \
  %D%/corpus/measured/bad-fewer \
  %D%/corpus/measured/bad-format \
  %D%/corpus/measured/bad-key \
  %D%/corpus/measured/bad-lacks \
  %D%/corpus/measured/bad-large \
  %D%/corpus/measured/bad-list \
  %D%/corpus/measured/bad-more \
  %D%/corpus/measured/bad-nan \
  %D%/corpus/measured/bad-negative \
  %D%/corpus/measured/bad-nul \
  %D%/corpus/measured/bad-object \
  %D%/corpus/measured/bad-overflow \
  %D%/corpus/measured/bad-quote \
  %D%/corpus/measured/bad-sparsity \
  %D%/corpus/measured/bad-twice \
  %D%/corpus/measured/bad-type \
  %D%/corpus/measured/bad-unit \
  %D%/corpus/measured/bad-zero \
  %D%/corpus/measured/ok-all \
  %D%/corpus/measured/ok-csv \
  %D%/corpus/measured/ok-json \
  %D%/corpus/measured/ok-none
