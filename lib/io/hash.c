/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c: XXH3-128 by libxxhash. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "io/hash.h"

#include <stdio.h>
#include <string.h>

#include "io/io_internal.h"

/* How much of a large file is mapped into this process at a time. */
#define STEP ((size_t)16 << 20)

lowp_hash lowpi_hash_canonical(XXH128_hash_t h) {
  XXH128_canonical_t canonical;
  lowp_hash hash;
  XXH128_canonicalFromHash(&canonical, h);
  memcpy(hash.bytes, canonical.digest, sizeof hash.bytes);
  return hash;
}

lowp_hash lowp_hash_of(const void *data, size_t n) { return lowpi_hash_canonical(XXH3_128bits(n ? data : "", n)); }

void lowp_hash_text(lowp_hash hash, char text[33]) {
  for (size_t i = 0; i < sizeof hash.bytes; i++) snprintf(text + 2 * i, 3, "%02x", hash.bytes[i]);
}

lowp_status lowp_hash_file(const char *path, lowp_hash *hash, lowp_error *error) {
  lowpi_map map;
  if (!path || !hash) return lowpi_fail(error, LOWP_E_ARGUMENT, "lowp_hash_file: a pointer is NULL");
  lowp_status status = lowpi_map_open(path, &map, error);
  if (status) return status;
  XXH3_state_t *state = XXH3_createState();
  if (state) {
    XXH3_128bits_reset(state);
    for (size_t done = 0, n; done < map.size; done += n) {
      n = map.size - done < STEP ? map.size - done : STEP;
      XXH3_128bits_update(state, map.bytes + done, n);
      lowpi_map_release(map.bytes + done, n);
    }
    *hash = lowpi_hash_canonical(XXH3_128bits_digest(state));
  } else {
    status = lowpi_no_memory(path, error);
  }
  XXH3_freeState(state);
  lowpi_map_close(&map);
  return status;
}
