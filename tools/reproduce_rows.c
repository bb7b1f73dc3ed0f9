/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reproduce_rows.c: published numbers and those of an independent simulation, and how each is measured again. A
 * source is an arXiv number unless it says otherwise. Where source and simulation differ, the target is the source's
 * number, and the tolerance covers what synthetic data cannot know of the tensors that were used there.
 *
 *  id, quantity, setup, published, reference, target, tolerance, kind, source, function, arguments
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>

#include "tools/reproduce.h"

/* clang-format off */
/* Closed forms of arXiv 2510.25602 at their crossings. */
#define THEORY(name, kappa, value, form, argument) \
    {"2", name " QSNR, dB", "closed form, kappa " #kappa, #value, value, value, 0.02, K_ABSOLUTE, "2510.25602", \
     measure_theory_##form, .arg = argument, .p = kappa}
#define MOMENT(name, published, value, moment, element, mode) \
    {"5", name ", " #moment ", ulp", "uniform, 2^20", published, value, value, 0.001, K_ABSOLUTE, "textbook", \
     measure_moment_##moment, .format = element, .arg = LOWP_ROUND_##mode}
#define QSNR(id, name, setup, published, reference, target, tolerance, scheme, distribution) \
    {id, name, setup, published, reference, target, tolerance, K_ABSOLUTE, "2510.25602", measure_qsnr, \
     .format = scheme, .law = REPRODUCE_##distribution}
#define SIMULATED(name, setup, value, tolerance, kind, ...) \
    {"S", name, setup, "-", value, value, tolerance, kind, "simulation", __VA_ARGS__}
#define NMSE(name, setup, value, tolerance, scheme, distribution) \
    SIMULATED(name ", NMSE", setup, value, tolerance, K_RELATIVE, measure_nmse, .format = scheme, \
              .law = REPRODUCE_##distribution)
#define ACCUMULATED(name, setup, k, value, tolerance, kind, preset, squared) \
    SIMULATED(name, "E4M3, " setup ", K = " #k, value, tolerance, kind, measure_accumulator, .arg = squared, .p = k, \
              .accum = preset)
#define ACCUMULATED_UNIFORM(name, k, value, tolerance, kind, preset) \
    ACCUMULATED(name ": mean rel. error", "U[0,1)", k, value, tolerance, kind, preset, 0)
#define ACCUMULATED_NMSE(name, k, value, tolerance, kind, preset) \
    ACCUMULATED(name ": NMSE", "normal", k, value, tolerance, kind, preset, 1)
/* k of the outlier in sigma: its place in the measured sweep. */
enum { K8 = 0, K12, K16, K32 };
#define OUTLIER(name, scheme, k, value, tolerance, kind, what) \
    {"A", name, "k = " #k, "-", value, value, tolerance, kind, "simulation", measure_outlier_##what, \
     .format = scheme, .arg = K##k}
#define OUTLIER_A(name, scheme, k, value) OUTLIER(name ", A", scheme, k, value, 0.03, K_RELATIVE, a)
#define OUTLIER_D(name, scheme, k, value, tolerance) OUTLIER(name ", D", scheme, k, value, tolerance, K_ABSOLUTE, d)
#define OUTLIER_AZ(name, scheme, k, a_value, z_value) \
    OUTLIER_A(name, scheme, k, a_value), OUTLIER(name ", z", scheme, k, z_value, 0.012, K_ABSOLUTE, z)
#define OUTLIER_AZD(name, scheme, k, a_value, z_value, d_value, tolerance) \
    OUTLIER_AZ(name, scheme, k, a_value, z_value), OUTLIER_D(name, scheme, k, d_value, tolerance)
#define OUTLIER_A4(name, scheme, a8, a12, a16, a32) \
    OUTLIER_A(name, scheme, 8, a8), OUTLIER_A(name, scheme, 12, a12), OUTLIER_A(name, scheme, 16, a16), \
        OUTLIER_A(name, scheme, 32, a32)

const reproduce_row reproduce_rows[] = {
    /* scales: one block */
    {"1", "MSE, scale on 6", "NVFP4 block {10, 20, 30, 40}", "4.33",
     4.3281, 4.328125, 0, K_ABSOLUTE, "2512.02010", measure_worked, .arg = 6},
    {"1", "MSE, Four Over Six", "NVFP4 block {10, 20, 30, 40}", "0",
     0, 0, 0, K_ABSOLUTE, "2512.02010", measure_worked, .arg = 4},
    /* closed forms: pairs of equal QSNR */
    THEORY("MXINT8", 7.55, 31.86, int, 8),
    THEORY("MXFP8", 7.55, 31.86, fp, LOWP_E4M3FN),
    THEORY("MXINT6", 1.96, 31.54, int, 6),
    THEORY("MXFP6", 1.96, 31.54, fp, LOWP_E2M3),
    THEORY("MXINT4", 2.04, 19.14, int, 4),
    THEORY("MXFP4", 2.04, 19.14, fp, LOWP_E2M1),
    {"3", "NVINT4 QSNR, dB", "closed form, kappa 2.39", "21.14",
     21.57, 21.14, 0.5, K_ABSOLUTE, "2510.25602", measure_theory_int, .format = 1, .arg = 4, .p = 2.39},
    {"3", "NVFP4 QSNR, dB", "closed form, kappa 2.39", "21.14",
     21.22, 21.14, 0.5, K_ABSOLUTE, "2510.25602", measure_theory_fp, .format = 1, .arg = LOWP_E2M1, .p = 2.39},
    /* rounding */
    {"4", "stochastic bias, r = 2, ulp", "E4M3 from f32, d = 20, exhaustive", "-0.124",
     -0.125, -0.124, 0.001, K_ABSOLUTE, "2504.20634", measure_stochastic, .format = LOWP_E4M3FN, .arg = 2, .p = 20},
    {"4", "stochastic bias, r = 3, ulp", "E5M2 from BF16, d = 5, exhaustive", "-0.047",
     -0.046875, -0.047, 0.001, K_ABSOLUTE, "2504.20634", measure_stochastic, .format = LOWP_E5M2, .arg = 3, .p = 5},
    MOMENT("E2M1 RNE", "0", 0, bias, LOWP_E2M1, RNE),
    MOMENT("E2M1 RNE", "0.2887", 0.288675, rms, LOWP_E2M1, RNE),
    MOMENT("E2M1 toward zero", "-0.5", -0.5, bias, LOWP_E2M1, RTZ),
    MOMENT("E2M1 toward zero", "0.5774", 0.57735, rms, LOWP_E2M1, RTZ),
    MOMENT("E2M1 stochastic", "0", 0, bias, LOWP_E2M1, STOCHASTIC),
    MOMENT("E2M1 stochastic", "0.4082", 0.408248, rms, LOWP_E2M1, STOCHASTIC),
    MOMENT("E4M3 RNE", "0", 0, bias, LOWP_E4M3FN, RNE),
    MOMENT("E4M3 RNE", "0.2887", 0.288675, rms, LOWP_E4M3FN, RNE),
    MOMENT("E4M3 toward zero", "-0.5", -0.5, bias, LOWP_E4M3FN, RTZ),
    MOMENT("E4M3 toward zero", "0.5774", 0.57735, rms, LOWP_E4M3FN, RTZ),
    MOMENT("E4M3 stochastic", "0", 0, bias, LOWP_E4M3FN, STOCHASTIC),
    MOMENT("E4M3 stochastic", "0.4082", 0.408248, rms, LOWP_E4M3FN, STOCHASTIC),
    /* error ratios over sigma = 0.01 * 2^i */
    {"6", "NVFP4 / HiF4, error ratio", "normal 1024x1024, mean of i = 0..17", "24 % lower (0.76)",
     1.3135, 1.3135, 0.01, K_RELATIVE, "2602.11287", measure_sweep_mean, .format = F_NVFP4, .arg = 1700},
    {"6", "MXFP4 floor / HiF4, error ratio", "normal 1024x1024, mean of i = 0..17", "nearly 50 % lower",
     1.8895, 1.8895, 0.01, K_RELATIVE, "2602.11287", measure_sweep_mean, .format = F_MXFP4_FLOOR, .arg = 1700},
    {"7", "NVFP4 without tensor scale / HiF4", "normal 1024x1024, sigma 0.01", "figure",
     2.31, 2.31, 0.02, K_RELATIVE, "2602.11287", measure_sweep_at, .format = F_NVFP4_BARE, .arg = 0},
    {"7", "NVFP4 without tensor scale / HiF4", "normal 1024x1024, sigma 0.02", "figure",
     1.55, 1.55, 0.02, K_RELATIVE, "2602.11287", measure_sweep_at, .format = F_NVFP4_BARE, .arg = 1},
    {"7", "NVFP4 without tensor scale / HiF4", "normal 1024x1024, i = 3..16", "figure",
     1.314, 1.314, 0.02, K_RELATIVE, "2602.11287", measure_sweep_mean, .format = F_NVFP4_BARE, .arg = 1603},
    {"7", "NVFP4 without tensor scale / HiF4", "normal 1024x1024, sigma 1311", "figure",
     2.66, 2.66, 0.02, K_RELATIVE, "2602.11287", measure_sweep_at, .format = F_NVFP4_BARE, .arg = 17},
    /* QSNR of normal and Laplace numbers */
    QSNR("8", "MXFP8 E4M3 QSNR, dB", "normal, rceil", "31.51", 31.52, 31.51, 0.15, F_MXFP8_E4M3, NORMAL),
    QSNR("8", "MXFP6 E2M3 QSNR, dB", "normal, rceil", "31.03", 30.95, 31.03, 0.15, F_MXFP6, NORMAL),
    QSNR("8", "MXFP4 QSNR, dB", "normal, rceil", "18.79", 18.76, 18.79, 0.15, F_MXFP4, NORMAL),
    QSNR("8", "NVFP4 QSNR, dB", "normal", "20.35", 20.44, 20.35, 0.15, F_NVFP4, NORMAL),
    QSNR("9", "MXINT8 QSNR, dB", "normal, rceil", "41.93", 41.62, 41.93, 0.8, F_MXINT8, NORMAL),
    QSNR("9", "MXINT6 QSNR, dB", "normal, rceil", "30.18", 29.42, 30.18, 0.8, F_SIM_MXINT6, NORMAL),
    QSNR("9", "MXINT4 QSNR, dB", "normal, rceil", "17.22", 16.84, 17.22, 0.8, F_SIM_MXINT4, NORMAL),
    QSNR("9", "NVINT4 QSNR, dB", "normal", "21.65", 21.29, 21.65, 0.8, F_SIM_NVINT4, NORMAL),
    QSNR("10", "MXFP8 E4M3 QSNR, dB", "Laplace, rceil", "31.50", 31.54, 31.5, 1, F_MXFP8_E4M3, LAPLACE),
    QSNR("10", "MXINT8 QSNR, dB", "Laplace, rceil", "40.35", 39.97, 40.35, 1, F_MXINT8, LAPLACE),
    QSNR("10", "MXFP6 E2M3 QSNR, dB", "Laplace, rceil", "30.39", 30.25, 30.39, 1, F_MXFP6, LAPLACE),
    QSNR("10", "MXINT6 QSNR, dB", "Laplace, rceil", "28.57", 27.74, 28.57, 1, F_SIM_MXINT6, LAPLACE),
    QSNR("10", "MXFP4 QSNR, dB", "Laplace, rceil", "17.98", 17.56, 17.98, 1, F_MXFP4, LAPLACE),
    QSNR("10", "MXINT4 QSNR, dB", "Laplace, rceil", "15.89", 14.98, 15.89, 1, F_SIM_MXINT4, LAPLACE),
    QSNR("10", "NVFP4 QSNR, dB", "Laplace", "20.60", 20.66, 20.6, 1, F_NVFP4, LAPLACE),
    QSNR("10", "NVINT4 QSNR, dB", "Laplace", "20.55", 19.78, 20.55, 1, F_SIM_NVINT4, LAPLACE),
    {"11", "crest factor, blocks of 32", "normal, mean of blocks", "2.35",
     2.364, 2.35, 0.02, K_ABSOLUTE, "2510.25602", measure_crest, .law = REPRODUCE_NORMAL, .arg = 32},
    {"11", "crest factor, blocks of 16", "normal, mean of blocks", "2.10",
     2.109, 2.10, 0.02, K_ABSOLUTE, "2510.25602", measure_crest, .law = REPRODUCE_NORMAL, .arg = 16},
    {"11", "crest factor, blocks of 32", "Laplace, mean of blocks", "-",
     2.892, 2.892, 0.02, K_ABSOLUTE, "2510.25602", measure_crest, .law = REPRODUCE_LAPLACE, .arg = 32},
    {"11", "crest factor, blocks of 16", "Laplace, mean of blocks", "-",
     2.443, 2.443, 0.02, K_ABSOLUTE, "2510.25602", measure_crest, .law = REPRODUCE_LAPLACE, .arg = 16},
    {"12", "rotation, NVFP4, dB", "Laplace to normal", "-0.25",
     -0.22, -0.25, 0.5, K_SIGNED, "2510.25602", measure_rotation, .format = F_NVFP4},
    {"12", "rotation, NVINT4, dB", "Laplace to normal", "+1.10",
     1.51, 1.1, 0.5, K_SIGNED, "2510.25602", measure_rotation, .format = F_SIM_NVINT4},
    {"12", "rotation, MXFP4, dB", "Laplace to normal", "+0.81",
     1.2, 0.81, 0.5, K_SIGNED, "2510.25602", measure_rotation, .format = F_MXFP4},
    {"13", "E2M1 + UE4M3: sigma where block 8 = 16", "normal, bisection", "0.02",
     0.0179, 0.02, 1.3, K_FACTOR, "2601.19026", measure_block8_crossing, .arg = 0},
    QSNR("14", "MXFP8 E4M3 ceiling, dB", "normal, 13.80 + 6.02 M", "31.86", 31.52, 31.86, 0.4, F_MXFP8_E4M3, NORMAL),
    QSNR("14", "MXFP8 E5M2 ceiling, dB", "normal, 13.80 + 6.02 M", "25.84", 25.54, 25.84, 0.4, F_MXFP8_E5M2, NORMAL),
    QSNR("14", "HiF8 ceiling, dB", "normal, 13.80 + 6.02 M", "31.86", 31.51, 31.86, 0.4, F_HIF8, NORMAL),
    {"15", "MXFP4", "0.1 + 2 cos i, n = 4096, sqrt(SSE) / n", "< 0.002",
     0.00188, 0.002, 0, K_BELOW, "ggml tests", measure_ggml, .format = F_MXFP4_FLOOR},
    {"15", "MXFP4", "0.1 + 2 cos i, n = 4096, sqrt(SSE) / n", "-",
     0.00188, 0.00188, 0.01, K_RELATIVE, "ggml tests", measure_ggml, .format = F_MXFP4_FLOOR},
    {"15", "NVFP4 without tensor scale", "0.1 + 2 cos i, n = 4096, sqrt(SSE) / n", "< 0.003",
     0.00234, 0.003, 0, K_BELOW, "ggml tests", measure_ggml, .format = F_NVFP4_BARE},
    {"15", "NVFP4 without tensor scale", "0.1 + 2 cos i, n = 4096, sqrt(SSE) / n", "-",
     0.00234, 0.00234, 0.01, K_RELATIVE, "ggml tests", measure_ggml, .format = F_NVFP4_BARE},
    {"16", "FP8 accumulator, rel. error", "hopper-fp8, E4M3, U[0,1), K = 4096", "nearly 0.02 (max)",
     0.066, 0.02, 10, K_FACTOR, "2412.19437", measure_accumulator, .arg = 0, .p = 4096, .accum = "hopper-fp8"},
    /* no published value: an independent simulation */
    NMSE("MXFP4 floor", "normal", 1.322e-2, 0.01, F_MXFP4_FLOOR, NORMAL),
    NMSE("MXFP4 rceil", "normal", 1.330e-2, 0.01, F_MXFP4, NORMAL),
    NMSE("NVFP4", "normal", 9.04e-3, 0.01, F_NVFP4, NORMAL),
    NMSE("NVFP4, scales not rounded", "normal", 8.86e-3, 0.01, F_SIM_NVFP4_EXACT, NORMAL),
    NMSE("NVFP4 Four Over Six", "normal", 7.56e-3, 0.01, F_NVFP4_46, NORMAL),
    NMSE("NVFP4, all E4M3 scales", "normal", 6.60e-3, 0.01, F_NVFP4_SEARCH, NORMAL),
    NMSE("NVINT4", "normal", 7.44e-3, 0.01, F_SIM_NVINT4, NORMAL),
    NMSE("HiF4", "normal", 6.87e-3, 0.01, F_HIF4, NORMAL),
    NMSE("HiF4, E6M2 search", "normal", 6.20e-3, 0.01, F_HIF4_SEARCH, NORMAL),
    NMSE("MXFP4, exponent search", "normal", 1.245e-2, 0.01, F_MXFP4_SEARCH, NORMAL),
    NMSE("INT4 per 128", "normal", 1.372e-2, 0.01, F_INT4_G128, NORMAL),
    NMSE("INT4 per 32", "normal", 9.40e-3, 0.01, F_INT4_G32, NORMAL),
    NMSE("INT8 per row", "normal", 7.47e-5, 0.02, F_INT8_ROW, NORMAL),
    NMSE("MXFP4 rceil", "Laplace", 1.755e-2, 0.01, F_MXFP4, LAPLACE),
    NMSE("NVFP4", "Laplace", 8.59e-3, 0.01, F_NVFP4, LAPLACE),
    NMSE("HiF4", "Laplace", 7.97e-3, 0.01, F_HIF4, LAPLACE),
    NMSE("INT4 per 128", "Laplace", 2.57e-2, 0.01, F_INT4_G128, LAPLACE),
    SIMULATED("MX9 QSNR, dB", "normal", 46.5, 0.1, K_ABSOLUTE,
              measure_qsnr, .format = F_SIM_MX9, .law = REPRODUCE_NORMAL),
    SIMULATED("MX6 QSNR, dB", "normal", 28.3, 0.1, K_ABSOLUTE,
              measure_qsnr, .format = F_SIM_MX6, .law = REPRODUCE_NORMAL),
    SIMULATED("MX4 QSNR, dB", "normal", 15.7, 0.1, K_ABSOLUTE,
              measure_qsnr, .format = F_SIM_MX4, .law = REPRODUCE_NORMAL),
    SIMULATED("Four Over Six: share of blocks on 4", "normal", 0.452, 0.01, K_ABSOLUTE,
              measure_chose_four, .law = REPRODUCE_NORMAL),
    SIMULATED("Four Over Six: share of blocks on 4", "Laplace", 0.338, 0.01, K_ABSOLUTE,
              measure_chose_four, .law = REPRODUCE_LAPLACE),
    {"S", "share of blocks where NVINT4 beats NVFP4", "normal", "0.643 (raw tensors)",
     0.63, 0.63, 0.015, K_ABSOLUTE, "2510.25602", measure_int_wins, .arg = 0},
    SIMULATED("NVFP4 QSNR at kappa 1.45, dB", "normal, blocks by kappa", 19.8, 0.2, K_ABSOLUTE,
              measure_at_kappa, .arg = 14),
    SIMULATED("NVFP4 QSNR at kappa 2.9, dB", "normal, blocks by kappa", 21.3, 0.2, K_ABSOLUTE,
              measure_at_kappa, .arg = 28),
    {"S", "kappa where NVINT4 = NVFP4", "normal, blocks by kappa", "2.39 (theory)",
     2.3, 2.3, 0.1, K_ABSOLUTE, "2510.25602", measure_kappa_crossing, .arg = 0},
    SIMULATED("double rounding by BF16, E2M1, % of codes", "normal, sigma 2", 0.53, 0.1, K_ABSOLUTE,
              measure_double_rounding, .format = LOWP_E2M1, .p = 2),
    SIMULATED("double rounding by BF16, E2M1, % of MSE", "normal, sigma 2", 0.05, 0.03, K_ABSOLUTE,
              measure_double_rounding_mse, .format = LOWP_E2M1, .p = 2),
    SIMULATED("double rounding by BF16, E4M3, % of codes", "normal, sigma 2", 3.1, 0.1, K_ABSOLUTE,
              measure_double_rounding, .format = LOWP_E4M3FN, .p = 2),
    SIMULATED("double rounding by BF16, E4M3, % of MSE", "normal, sigma 2", 1.2, 0.1, K_ABSOLUTE,
              measure_double_rounding_mse, .format = LOWP_E4M3FN, .p = 2),
    SIMULATED("x * (1/s) for x / s, E2M1, % of codes", "all BF16 x, all E4M3 s", 0.06, 0.01, K_ABSOLUTE,
              measure_reciprocal, .format = LOWP_E2M1),
    SIMULATED("half away for RNE, bias, E2M1, ulp", "normal BF16, sigma 2", 0.0067, 0.0007, K_ABSOLUTE,
              measure_half_away, .p = 2),
    ACCUMULATED_UNIFORM("F13, chunk 32", 1024, 1.3e-2, 0.05, K_RELATIVE, "hopper-fp8"),
    ACCUMULATED_UNIFORM("F13, chunk 32", 4096, 6.6e-2, 0.05, K_RELATIVE, "hopper-fp8"),
    ACCUMULATED_UNIFORM("F13, chunk 32", 16384, 2.5e-1, 0.05, K_RELATIVE, "hopper-fp8"),
    ACCUMULATED_UNIFORM("F13, promotion per 128", 4096, 5.0e-4, 0.05, K_RELATIVE, "hopper-fp8-promoted"),
    /* with 25 bits what is left is the rounding of the result and of the smallest products: only the order is known */
    ACCUMULATED_UNIFORM("F25, chunk 32", 1024, 1.3e-8, 10, K_FACTOR, "f25-aligned"),
    ACCUMULATED_UNIFORM("F25, chunk 32", 4096, 1.0e-7, 10, K_FACTOR, "f25-aligned"),
    ACCUMULATED_UNIFORM("F25, chunk 32", 16384, 1.2e-6, 10, K_FACTOR, "f25-aligned"),
    ACCUMULATED_NMSE("F25, chunk 32", 4096, 3e-16, 10, K_FACTOR, "f25-aligned"),
    /* accumulators of few bits */
    ACCUMULATED_UNIFORM("F10, one at a time", 1024, 0.13, 0.05, K_RELATIVE, "f10-aligned"),
    ACCUMULATED_UNIFORM("F10, one at a time", 4096, 0.41, 0.05, K_RELATIVE, "f10-aligned"),
    ACCUMULATED_UNIFORM("F10, one at a time", 16384, 0.75, 0.05, K_RELATIVE, "f10-aligned"),
    ACCUMULATED_NMSE("F13, chunk 32", 4096, 1.5e-6, 2, K_FACTOR, "hopper-fp8"),
    ACCUMULATED_NMSE("F13, promotion per 128", 4096, 1.5e-8, 2, K_FACTOR, "hopper-fp8-promoted"),
    ACCUMULATED_NMSE("F10, one at a time", 4096, 2e-4, 2, K_FACTOR, "f10-aligned"),
    /* outlier amplification, one outlier of k sigma in each normal block */
    OUTLIER_AZD("MXFP4 rceil", F_MXFP4, 8, 6.3, 0.38, 2.2, 0.13),
    OUTLIER_AZ("MXFP4 rceil", F_MXFP4, 12, 6.3, 0.38),
    OUTLIER_AZD("MXFP4 rceil", F_MXFP4, 16, 24.9, 0.68, 9.8, 0.35),
    OUTLIER_AZD("MXFP4 rceil", F_MXFP4, 32, 65, 0.95, 26.4, 0.85),
    OUTLIER_AZD("NVFP4", F_NVFP4, 8, 4.2, 0.26, 0.4, 0.07),
    OUTLIER_AZ("NVFP4", F_NVFP4, 12, 9.2, 0.38),
    OUTLIER_AZD("NVFP4", F_NVFP4, 16, 16.4, 0.5, 2.1, 0.12),
    OUTLIER_AZD("NVFP4", F_NVFP4, 32, 60.5, 0.82, 8.1, 0.3),
    OUTLIER_AZD("HiF4", F_HIF4, 8, 2.4, 0.15, 0.6, 0.08),
    OUTLIER_AZ("HiF4", F_HIF4, 12, 4.4, 0.21),
    OUTLIER_AZD("HiF4", F_HIF4, 16, 8.8, 0.29, 3.4, 0.16),
    OUTLIER_AZD("HiF4", F_HIF4, 32, 28, 0.51, 11.7, 0.41),
    OUTLIER_AZD("INT4 per 32", F_INT4_G32, 8, 11.6, 0.43, 3.1, 0.15),
    OUTLIER_AZ("INT4 per 32", F_INT4_G32, 12, 26, 0.61),
    OUTLIER_AZD("INT4 per 32", F_INT4_G32, 16, 44.9, 0.75, 12.8, 0.44),
    OUTLIER_AZD("INT4 per 32", F_INT4_G32, 32, 98.8, 0.98, 28.5, 0.92),
    OUTLIER_A("INT4 per 128", F_INT4_G128, 8, 7.9),
    OUTLIER_D("INT4 per 128", F_INT4_G128, 8, 12, 0.42),
    OUTLIER_A("INT4 per 128", F_INT4_G128, 12, 17.8),
    OUTLIER_A("INT4 per 128", F_INT4_G128, 16, 30.7),
    OUTLIER_D("INT4 per 128", F_INT4_G128, 16, 52, 1.62),
    OUTLIER_A("INT4 per 128", F_INT4_G128, 32, 67.6),
    OUTLIER_D("INT4 per 128", F_INT4_G128, 32, 116, 3.54),
    OUTLIER_A4("INT8 per row", F_INT8_ROW, 4.4, 9.9, 17.5, 70),
    OUTLIER_A4("MXINT8 rceil", F_MXINT8, 18.8, 18.8, 75, 301),
    OUTLIER_A4("MXFP8 E4M3 rceil", F_MXFP8_E4M3, 1, 1, 1, 1),
    OUTLIER_A4("HiF8 per row", F_HIF8, 1, 1, 1, 1),
};
/* clang-format on */
const size_t reproduce_row_count = sizeof reproduce_rows / sizeof reproduce_rows[0];
