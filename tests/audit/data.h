/* SPDX-License-Identifier: Apache-2.0 */
/* data.h: the shipped profiles and claims, for tests of the audit. */
#ifndef LOWPT_AUDIT_DATA_H
#define LOWPT_AUDIT_DATA_H

#include <lowp/audit.h>

/* The path of a file of the source tree, in a static buffer. */
const char *lowpt_source_path(const char *name);

/* data/chips.json and data/models.json; the test fails if they cannot be read. */
lowp_profiles *lowpt_profiles(void);

/* A whole file with a 0 behind it, freed by the caller. */
char *lowpt_read(const char *path, size_t *n);

#endif
