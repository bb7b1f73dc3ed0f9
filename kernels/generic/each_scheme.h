/* SPDX-License-Identifier: Apache-2.0 */
/*
 * each_scheme.h: for every scheme of a family, in the order of scheme.def, what the including file has defined as
 * EACH_<family>(ID, element, scale, cols, zero): functions, or entries of a table of them. Schemes of other families give
 * nothing. The macros end here; to be included any number of times.
 */
#ifndef EACH_MX
#define EACH_MX(...)
#endif
#ifndef EACH_NVFP4
#define EACH_NVFP4(...)
#endif
#ifndef EACH_HIF4
#define EACH_HIF4(...)
#endif
#ifndef EACH_SCALED
#define EACH_SCALED(...)
#endif
#ifndef EACH_CAST
#define EACH_CAST(...)
#endif
#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text) \
  EACH_##family(ID, element, scale, cols, zero)
#include <lowp/scheme.def>
#undef LOWP_SCHEME
#undef EACH_MX
#undef EACH_NVFP4
#undef EACH_HIF4
#undef EACH_SCALED
#undef EACH_CAST
