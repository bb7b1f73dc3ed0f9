/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.h: files made by a test, byte for byte and without the library under test. They lie in one new directory, which
 * the process that made it removes when it ends.
 */
#ifndef LOWPT_FILES_H
#define LOWPT_FILES_H

#include "harness/suite.h"

#include <lowp/io.h>
#include <string.h>

/* The directory; DIRECTORY/name. The latter points into a ring of 16 buffers. */
const char *lowpt_directory(void);
const char *lowpt_path(const char *name);

/* Writes a file of that name, which may have folders in it that exist; returns its path. */
const char *lowpt_put(const char *name, const void *bytes, size_t n);
const char *lowpt_put_text(const char *name, const char *text);
void lowpt_mkdir(const char *name);

/* All of a file, to be freed; fails the test if it cannot be read. */
uint8_t *lowpt_get(const char *path, size_t *n);
bool lowpt_exists(const char *name);
/* How many names the folder `name` ("" for the directory itself) has, hidden ones too; -1 if it is not there. */
int lowpt_count(const char *name);
void lowpt_remove(const char *name);

/* A safetensors file: the length of `json`, `json`, and `payload` bytes 0, 1, 2 ... into `image`; returns its size. */
size_t lowpt_image(uint8_t *image, size_t room, const char *json, size_t payload);
const char *lowpt_put_safetensors(const char *name, const char *json, size_t payload);

/* The file opens, and the handle is returned. */
lowp_file *lowpt_open(const char *path, const lowp_open_options *options);

/* Opening fails with this status, and the text has all of the words (a list of them that NULL ends). */
void lowpt_refuses(const char *path, const lowp_open_options *options, lowp_status status, ...);

/* error->status is `status` and the text contains `word`. */
void lowpt_says(const lowp_error *error, lowp_status status, const char *word);

#endif
