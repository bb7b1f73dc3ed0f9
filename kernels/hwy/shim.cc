// SPDX-License-Identifier: Apache-2.0
// shim.cc: which Highway target is used.
#include "kernels/hwy/shim.h"

#include <hwy/highway.h>

namespace {

// Targets that are plain loops: our own generic kernels do the same without the detour.
constexpr int64_t kScalar = HWY_SCALAR | HWY_EMU128;

// The SIMD targets that this build has code for and this CPU runs; the best has the lowest bit.
int64_t simd_targets() { return hwy::SupportedTargets() & HWY_TARGETS & ~kScalar; }

void choose(int64_t targets) {
  hwy::SetSupportedTargetsForTest(targets);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

} // namespace

extern "C" int lowpk_hwy_available(void) { return simd_targets() != 0; }

extern "C" const char *lowpk_hwy_target(void) {
  const int64_t targets = simd_targets();
  return hwy::TargetName(targets & -targets);
}

extern "C" size_t lowpk_hwy_target_count(void) {
  choose(0);
  size_t count = 0;
  for (int64_t rest = simd_targets(); rest != 0; rest &= rest - 1) count++;
  return count;
}

extern "C" void lowpk_hwy_use_target(size_t i) {
  choose(0);
  int64_t rest = simd_targets();
  while (i-- > 0 && rest != 0) rest &= rest - 1;
  if (rest != 0) choose(rest & -rest);
}
