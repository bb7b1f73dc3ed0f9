/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors.h: golden vectors. The small sets are in tests/golden; the large ones lie where the environment variable
 * LOWP_VECTORS says, and tests of them are reported as not run without it. All files are plain little-endian arrays.
 */
#ifndef LOWPT_VECTORS_H
#define LOWPT_VECTORS_H

#include <stdbool.h>
#include <stddef.h>

/* The folder of the large sets, or NULL. */
const char *lowpt_vectors_root(void);

/*
 * Reads a whole file below $LOWP_VECTORS. With *count > 0 it must hold exactly *count items of `item` bytes; with
 * *count == 0 any whole number of items, which is stored there. Skips the calling test if LOWP_VECTORS is not set,
 * fails it if the file is missing or has another size. The memory is malloc'ed, the caller frees it.
 */
void *lowpt_vectors_load(const char *name, size_t item, size_t *count);

/* The same below tests/golden, which is always there. */
void *lowpt_golden_load(const char *name, size_t item, size_t *count);

/* As above, but text: terminated by a NUL that *size does not count. Rows of CSV are for the caller to split. */
char *lowpt_vectors_text(const char *name, size_t *size);
char *lowpt_golden_text(const char *name, size_t *size);

/* Is there a file below $LOWP_VECTORS? false too if that is not set. */
bool lowpt_vectors_exists(const char *name);

/* Prints `# vectors: GROUP: N compared, M different`, and fails the calling test if M > 0 or N == 0. */
void lowpt_vectors_report(const char *group, size_t compared, size_t different);

#endif
