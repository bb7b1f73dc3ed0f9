/* SPDX-License-Identifier: Apache-2.0 */
/* claim_read.h: the reader of one claim. */
#ifndef LOWPI_CLAIM_READ_H
#define LOWPI_CLAIM_READ_H

#include <lowp/claim.h>

#include "audit/read.h"

bool lowpi_read_claim(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowp_article *article,
                      lowp_claim *out);

#endif
