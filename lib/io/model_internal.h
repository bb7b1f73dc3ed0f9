/* SPDX-License-Identifier: Apache-2.0 */
/* model_internal.h: between opening a model, recognising its tensors, and reading their values. */
#ifndef LOWPI_IO_MODEL_INTERNAL_H
#define LOWPI_IO_MODEL_INTERNAL_H

#include <lowp/model.h>

#include "io/config.h"
#include "io/layout_internal.h"

typedef struct lowpi_entry {
  lowp_model_tensor tensor;
  lowp_qtensor *q; /* the import, one block; NULL until asked for */
} lowpi_entry;

struct lowp_model {
  const lowp_file *file;
  lowpi_arena arena;
  lowpi_config config;
  bool keep_problems;
  size_t longest; /* length of the longest name in the file */
  size_t count;
  lowpi_entry *entries; /* by name */
};

/* Fills model->entries from the file, in any order. model->file, config and keep_problems are set. */
lowp_status lowpi_model_recognise(lowp_model *model, lowp_error *error);

/* Whether a tensor of a file may stand for a part of a draft: the same dtype and shape, or one of the accepted
variants. */
bool lowpi_part_matches(const lowpi_draft *draft, size_t part, const lowp_file_tensor *tensor);

/* The values of elements first .. first + n - 1 of a file tensor. */
lowp_status lowpi_load_values(const lowp_file_tensor *tensor, size_t first, size_t n, float *dst, lowp_error *error);

#endif
