/* SPDX-License-Identifier: Apache-2.0 */
/* hash.h: between libxxhash and lowp_hash. */
#ifndef LOWPI_IO_HASH_H
#define LOWPI_IO_HASH_H

#include <lowp/io.h>
#include <xxhash.h>

lowp_hash lowpi_hash_canonical(XXH128_hash_t h);

#endif
