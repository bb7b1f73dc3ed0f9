/* SPDX-License-Identifier: Apache-2.0 */
/* roofline.c: bounds of plain numbers. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/roofline.h>

#include <math.h>

#include "audit/roofline_internal.h"

double lowp_roofline_bytes(double values, double bits) {
  return lowpi_amount(values) && lowpi_amount(bits) ? values * bits / 8 : NAN;
}

double lowp_roofline_kv_bytes(double layers, double kv_heads, double head_dim, double tokens, double bits) {
  if (!lowpi_amount(layers) || !lowpi_amount(kv_heads) || !lowpi_amount(head_dim) || !lowpi_amount(tokens)) return NAN;
  return lowp_roofline_bytes(2 * layers * kv_heads * head_dim * tokens, bits);
}

double lowp_roofline_ridge(double peak, double bandwidth) {
  return lowpi_amount(peak) && lowpi_amount(bandwidth) && bandwidth > 0 ? peak / bandwidth : NAN;
}

double lowp_roofline_attainable(double peak, double bandwidth, double intensity) {
  if (!lowpi_rate(peak) || !lowpi_amount(bandwidth) || !lowpi_amount(intensity)) return NAN;
  return intensity * bandwidth < peak ? intensity * bandwidth : peak;
}

double lowp_roofline_seconds(double flop, double bytes, double peak, double bandwidth) {
  if (!lowpi_amount(flop) || !lowpi_amount(bytes) || !lowpi_rate(peak) || !lowpi_amount(bandwidth) || bandwidth <= 0)
    return NAN;
  const double memory = bytes / bandwidth, compute = flop / peak;
  return memory > compute ? memory : compute;
}

double lowp_roofline_decode_bound(double weight_bytes, double kv_bytes, uint64_t batch, double bandwidth) {
  if (!lowpi_amount(weight_bytes) || !lowpi_amount(kv_bytes) || !lowpi_amount(bandwidth) || !batch) return NAN;
  const double bytes = weight_bytes + (double)batch * kv_bytes;
  return bytes > 0 && bandwidth > 0 ? (double)batch * bandwidth / bytes : NAN;
}

double lowp_roofline_experts(double experts, double chosen, uint64_t tokens) {
  if (!lowpi_amount(experts) || !lowpi_amount(chosen) || chosen > experts) return NAN;
  if (experts == 0) return 0;
  double missed = 1, base = 1 - chosen / experts;
  for (; tokens; tokens >>= 1) {
    if (tokens & 1) missed *= base;
    base *= base;
  }
  return experts * (1 - missed);
}

double lowp_roofline_cost(double per_hour, double tokens_per_second) {
  if (!lowpi_amount(per_hour) || !lowpi_amount(tokens_per_second) || tokens_per_second <= 0) return NAN;
  return per_hour / (3600 * tokens_per_second / 1e6);
}

/* Beyond 2^62 the conversion could overflow. */
static uint64_t whole(double value) { return value < 0x1p62 ? (uint64_t)value : UINT64_C(1) << 62; }

static bool fraction(double margin) { return margin >= 0 && margin < 1; }

uint64_t lowp_roofline_chips(double bytes, double margin, double memory) {
  if (!lowpi_amount(bytes) || !fraction(margin) || !lowpi_amount(memory) || memory <= 0) return 0;
  const double chips = bytes / (memory * (1 - margin));
  const uint64_t n = whole(chips);
  return chips < 0x1p62 ? n + ((double)n < chips) + (bytes == 0) : n;
}

uint64_t lowp_roofline_max_batch(double weight_bytes, double kv_bytes, double memory, double margin) {
  if (!lowpi_amount(weight_bytes) || !lowpi_amount(kv_bytes) || kv_bytes <= 0 || !lowpi_amount(memory) ||
      !fraction(margin))
    return 0;
  const double left = memory * (1 - margin) - weight_bytes;
  return left > 0 ? whole(left / kv_bytes) : 0;
}

double lowp_roofline_mix(double fast_nmse, double fast_seconds, double fine_nmse, double fine_seconds, double target,
                         double *share) {
  if (!lowpi_amount(fast_nmse) || !lowpi_amount(fine_nmse) || !lowpi_amount(target) || !lowpi_amount(fast_seconds) ||
      !lowpi_amount(fine_seconds))
    return NAN;
  if (fast_nmse > target && fine_nmse > target) return NAN;
  const double p = fast_nmse <= target ? 0 : (fast_nmse - target) / (fast_nmse - fine_nmse);
  if (share) *share = p;
  return (1 - p) * fast_seconds + p * fine_seconds;
}
