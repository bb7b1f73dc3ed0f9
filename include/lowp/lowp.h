/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file lowp.h  All of liblowp. A tour; each header is the manual of its part.
 *
 * An ELEMENT (element.h) is a code of 3 to 16 bits that stands for one number: E4M3, E2M1, HiF8, a signed byte.
 * A SCHEME (scheme.h) is an element, the block that shares a scale, and what that scale is: MXFP4, NVFP4, w8a8.
 * A VIEW (tensor.h) is a matrix of yours, strided and in any float type; a QTENSOR holds the planes of a quantized one:
 * codes, block scales, zero points, one tensor scale. Weights are [n, k] as in checkpoints; blocks run along k.
 *
 *   one value        lowp_encode(LOWP_E4M3FN, x)   lowp_decode(LOWP_E4M3FN, code)          inline, no library needed
 *   an array         lowp_element_encode_n(id, rules, seed, counter, n, x, codes)          and lowp_element_decode_n
 *   a contiguous run lowp_mxfp4_quantize(n, x, codes, scales, opts)                        one header per format
 *   a matrix         lowp_quantize(&opts, &view, &qtensor, &error)                         and lowp_dequantize
 *   your own threads lowp_quantize_begin, then lowp_quantize_rows for disjoint rows        the same bytes
 *   how well it went lowp_measure(&desc, &result, &error), lowp_error_nmse ... of analysis.h  errors, histograms, the worst
 *   what a tensor is lowp_describe_rows of describe.h                                       crest factors, kurtosis
 *   what outliers do lowp_measure_outliers of outlier.h                                    A, z, D per block
 *   how codes round  lowp_measure_rounding of rounding.h                                   bias, ties, saturation
 *   what to expect   lowp_theory_qsnr_db of theory.h                                       closed forms
 *
 * Formats by header:
 *
 *   elements   fp8.h  fp6.h  fp4.h  hifloat8.h                         constants, inline codecs, packing
 *   schemes    mxfp4.h mxfp6.h mxfp8.h mxint8.h nvfp4.h hifloat4.h int8.h    block struct, decode, array calls, example
 *
 * The rules of a quantization are in lowp_quant_opts (quant.h): element rounding, scale rule, what becomes of NaN and
 * Inf, where the tensor scale comes from. NULL, or lowp_quant_opts_init(), means documented defaults;
 * lowp_quant_opts_compat() the rules of a named implementation, bit for bit.
 *
 * @code
 * float w[4 * 100];
 * for (int i = 0; i < 4 * 100; i++) w[i] = (float)(i % 13 - 6) * 0.25f;
 * lowp_view view = lowp_view_of(LOWP_F32, 4, 100, w);
 * lowp_quant_opts opts;
 * lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
 * opts.scale_rule = LOWP_SCALE_MSE;
 * lowp_qtensor *q;
 * lowp_error error;
 * if (lowp_qtensor_create(&q, LOWP_SCHEME_NVFP4, view.rows, view.cols) != LOWP_OK) return 1;
 * lowp_status status = lowp_quantize(&opts, &view, q, &error);
 * if (status == LOWP_OK) status = lowp_dequantize(q, &view, &error);
 * if (status != LOWP_OK) printf("%s: %s\n", lowp_status_name(status), error.text);
 * lowp_qtensor_destroy(q);
 * @endcode
 *
 * Throughout: functions return lowp_status, 0 or negative, and say in lowp_error (optional) what was wrong; outputs are
 * untouched on failure unless stated. The caller owns every buffer; sizes can be asked for; pointers need no alignment.
 * Nothing here prints, exits, aborts, opens files, or keeps state that threads could see, but for the choice of
 * instruction sets (cpu.h), which changes speed and never bits. C11, and C++.
 *
 * Files (safetensors, npy, checkpoint layouts) are in liblowp-io: lowp/io.h, lowp/layout.h, lowp/model.h; so are profiles of
 * chips and claims about them, lowp/audit.h and lowp/claim.h, and bounds of speed, lowp/roofline.h and lowp/model_shape.h.
 * What takes activations or changes weights to lose less (GPTQ, rotation, SmoothQuant, guard rails) is in liblowp-calib:
 * lowp/calib.h.
 */
#ifndef LOWP_LOWP_H
#define LOWP_LOWP_H

#include <lowp/accumulate.h>
#include <lowp/analysis.h>
#include <lowp/cpu.h>
#include <lowp/element.h>
#include <lowp/fp4.h>
#include <lowp/fp6.h>
#include <lowp/fp8.h>
#include <lowp/gemm.h>
#include <lowp/gemm_error.h>
#include <lowp/hifloat4.h>
#include <lowp/hifloat8.h>
#include <lowp/int8.h>
#include <lowp/mxfp4.h>
#include <lowp/mxfp6.h>
#include <lowp/mxfp8.h>
#include <lowp/mxint8.h>
#include <lowp/nvfp4.h>
#include <lowp/outlier.h>
#include <lowp/probe.h>
#include <lowp/quant.h>
#include <lowp/rounding.h>
#include <lowp/scheme.h>
#include <lowp/status.h>
#include <lowp/tensor.h>
#include <lowp/theory.h>
#include <lowp/version.h>

#endif
