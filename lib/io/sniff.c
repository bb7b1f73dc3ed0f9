/* SPDX-License-Identifier: Apache-2.0 */
/* sniff.c: kinds of file by their first bytes. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "io/io_internal.h"

static const struct {
  const char *name, *hint;
} containers[LOWP_CONTAINER_COUNT] = {
    [LOWP_CONTAINER_UNKNOWN] = {"unknown contents", ""},
    [LOWP_CONTAINER_SAFETENSORS] = {"safetensors", ""},
    [LOWP_CONTAINER_INDEX] = {"a safetensors index", ""},
    [LOWP_CONTAINER_DIRECTORY] = {"a directory", ""},
    [LOWP_CONTAINER_NPY] = {"a numpy array (.npy)", ""},
    [LOWP_CONTAINER_RAW] = {"a raw array", ""},
    [LOWP_CONTAINER_GGUF] = {"a GGUF file", "use the safetensors checkpoint that it was made from"},
    [LOWP_CONTAINER_ZIP] = {"a zip archive (.npz or PyTorch)",
                            "unzip an .npz and pass its .npy files; save a PyTorch checkpoint as safetensors"},
    [LOWP_CONTAINER_PICKLE] = {"a Python pickle (PyTorch)",
                               "reading it would run code from the file; save the checkpoint as safetensors"},
    [LOWP_CONTAINER_LLAMA2C] = {"a llama2.c checkpoint", "use the safetensors checkpoint that it was made from"},
};

const char *lowp_container_name(lowp_container c) {
  return containers[(unsigned)c < LOWP_CONTAINER_COUNT ? c : LOWP_CONTAINER_UNKNOWN].name;
}

const char *lowp_container_hint(lowp_container c) {
  return containers[(unsigned)c < LOWP_CONTAINER_COUNT ? c : LOWP_CONTAINER_UNKNOWN].hint;
}

static const struct {
  lowp_container container;
  uint8_t length;
  const char *bytes;
} magics[] = {
    {LOWP_CONTAINER_GGUF, 4, "GGUF"},     {LOWP_CONTAINER_ZIP, 4, "PK\3\4"},
    {LOWP_CONTAINER_ZIP, 4, "PK\5\6"}, /* an archive without members */
    {LOWP_CONTAINER_NPY, 6, "\x93NUMPY"}, {LOWP_CONTAINER_LLAMA2C, 4, "\x32\x34\x6b\x61"}, /* 0x616b3432 */
};

static size_t skip_space(const uint8_t *p, size_t i, size_t n) {
  while (i < n && p[i] && strchr(" \t\r\n", p[i])) i++;
  return i;
}

static bool is_safetensors(const uint8_t *p, size_t n, uint64_t size) {
  uint64_t header;
  if (n < 9) return false;
  memcpy(&header, p, sizeof header);
  if (header < 2 || header > LOWPI_MAX_HEADER || header > size - 8) return false;
  size_t i = skip_space(p, 8, n);
  return i == n || p[i] == '{'; /* a header may begin with more white space than we look at */
}

/*
 * PROTO is 0x80 and a version. One byte in 256 of raw data is 0x80, so the opcode after it must be one that starts what
 * is pickled in practice: FRAME from protocol 4, before that a dict, list, mark, class, tuple, string, or the long that
 * begins torch.save().
 */
static bool is_pickle(const uint8_t *p, size_t n) {
  if (n < 3 || p[0] != 0x80 || p[1] < 2 || p[1] > 5) return false;
  return p[1] >= 4 ? p[2] == 0x95 : p[2] && strchr("}](cX)\x8a", p[2]) != NULL;
}

static bool is_index(const uint8_t *p, size_t n) {
  size_t i = skip_space(p, 0, n);
  return i + 1 < n && p[i] == '{' && p[skip_space(p, i + 1, n - 1)] == '"';
}

lowp_container lowpi_sniff_bytes(const uint8_t *p, size_t n, uint64_t size) {
  for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
    if (n >= magics[i].length && memcmp(p, magics[i].bytes, magics[i].length) == 0) return magics[i].container;
  if (is_pickle(p, n)) return LOWP_CONTAINER_PICKLE;
  if (is_safetensors(p, n, size)) return LOWP_CONTAINER_SAFETENSORS;
  if (is_index(p, n)) return LOWP_CONTAINER_INDEX;
  return LOWP_CONTAINER_UNKNOWN;
}

lowp_status lowp_sniff(const char *path, lowp_container *container, lowp_error *error) {
  if (!path || !container) return lowpi_fail(error, LOWP_E_ARGUMENT, "lowp_sniff: a pointer is NULL");
  struct stat st;
  if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
    *container = LOWP_CONTAINER_DIRECTORY;
    return LOWP_OK;
  }
  lowpi_map map;
  lowp_status status = lowpi_map_open(path, &map, error);
  if (status) return status;
  *container = lowpi_sniff_bytes(map.bytes, map.size < LOWPI_SNIFF_BYTES ? map.size : LOWPI_SNIFF_BYTES, map.size);
  lowpi_map_close(&map);
  return LOWP_OK;
}
