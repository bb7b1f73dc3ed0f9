/* SPDX-License-Identifier: Apache-2.0 */
/** @file version.h  Version of the headers and of the library that runs. */
#ifndef LOWP_VERSION_H
#define LOWP_VERSION_H

#include <lowp/status.h>

/* The one place that states the version; configure.ac reads these three lines. */
#define LOWP_VERSION_MAJOR 0
#define LOWP_VERSION_MINOR 1
#define LOWP_VERSION_PATCH 0

/** Versions as one comparable number: 0x00MMmmpp. */
#define LOWP_VERSION ((LOWP_VERSION_MAJOR << 16) | (LOWP_VERSION_MINOR << 8) | LOWP_VERSION_PATCH)

LOWP_BEGIN_DECLS

/** Version of the library linked at run time, as LOWP_VERSION. Compare with LOWP_VERSION to detect a mismatch. */
LOWP_API uint32_t lowp_version(void);

/** The same as text, "0.1.0". Static storage, never NULL. */
LOWP_API const char *lowp_version_string(void);

LOWP_END_DECLS
#endif
