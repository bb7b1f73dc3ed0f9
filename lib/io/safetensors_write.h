/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors_write.h: the header of a safetensors file to be written. */
#ifndef LOWPI_IO_SAFETENSORS_WRITE_H
#define LOWPI_IO_SAFETENSORS_WRITE_H

#include <lowp/io.h>

/* The payload starts at a multiple of this, so that a mapped file has its first tensor aligned for any vector unit. */
#define LOWPI_PAYLOAD_ALIGNMENT 64

/*
 * The bytes before the payload (malloc, the caller frees), and for each tensor, in the caller's order, where in the
 * file it begins and what it takes. `begins` and `nbytes` have room for `count`. *end receives the size of the whole
 * file.
 */
lowp_status lowpi_safetensors_layout(const char *path, size_t count, const lowp_tensor_spec *tensors, size_t pair_count,
                                     const lowp_pair *pairs, uint64_t *begins, size_t *nbytes, char **header,
                                     size_t *header_size, uint64_t *end, lowp_error *error);

#endif
