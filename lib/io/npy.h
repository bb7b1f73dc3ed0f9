/* SPDX-License-Identifier: Apache-2.0 */
/* npy.h: the header of a .npy file to be written. */
#ifndef LOWPI_IO_NPY_H
#define LOWPI_IO_NPY_H

#include <lowp/io.h>

#define LOWPI_NPY_MAGIC "\x93NUMPY"

/* Room that a header takes at most: 64 dimensions of 20 digits and ", ", the dict around them, and the padding. */
#define LOWPI_NPY_HEADER 2048

/* Everything before the payload of `t`, into text[room], room >= LOWPI_NPY_HEADER. */
lowp_status lowpi_npy_header(const char *path, const lowp_tensor_spec *t, char *text, size_t room, size_t *length,
                             lowp_error *error);

#endif
