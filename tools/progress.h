/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress.h: tells people, or a program that watches, how far a long run is. Everything goes to stderr.
 *   auto   a bar if stderr is a terminal, else nothing
 *   plain  one line per tensor
 *   json   one JSON object per line: {"event": "tensor", "done": 3, "of": 40, "bytes": N, "of_bytes": N, "name": ...}
 */
#ifndef LOWP_TOOLS_PROGRESS_H
#define LOWP_TOOLS_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

enum { TOOL_PROGRESS_AUTO = 0, TOOL_PROGRESS_NEVER, TOOL_PROGRESS_PLAIN, TOOL_PROGRESS_JSON };
extern const char *const tool_progress_modes[];

typedef struct tool_progress tool_progress;

/* `items` tensors of `bytes` bytes in all are to come. */
tool_progress *tool_progress_start(int mode, size_t items, uint64_t bytes);
/* The tensor `name` begins. */
void tool_progress_begin(tool_progress *progress, const char *name);
/* `bytes` more are done; called by one thread at a time. */
void tool_progress_add(tool_progress *progress, uint64_t bytes);
/* The tensor is done; `text`: what became of it, one line. */
void tool_progress_done(tool_progress *progress, const char *text);
/* Removes the bar and frees. NULL is fine. */
void tool_progress_end(tool_progress *progress);

#endif
