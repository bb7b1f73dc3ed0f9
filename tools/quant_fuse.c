/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/quant.h"

/*
 * Engines run q, k and v, or gate and up, as one matrix with one tensor scale: of scales that differ they take the
 * largest, silently. So the members of such a group get one scale, from the largest amax of all of them.
 */

/* Last components of module names that are fused, one group a line. */
static const char *const known[] = {
    "q_proj k_proj v_proj", "gate_proj up_proj", "w1 w3", "wq wk wv", "q_a_proj kv_a_proj_with_mqa", NULL};

typedef struct fuse_groups {
  char **lines;
  size_t count, room;
} fuse_groups;

static void add_line(fuse_groups *groups, const char *text) {
  groups->lines = tool_grow(groups->lines, &groups->room, groups->count, sizeof *groups->lines);
  groups->lines[groups->count++] = tool_format("%s", text);
}

static int load(fuse_groups *groups, const char *fuse) {
  if (strcmp(fuse, "none") == 0) return TOOL_OK;
  if (strcmp(fuse, "auto") == 0) {
    for (size_t i = 0; known[i] != NULL; i++) add_line(groups, known[i]);
    return TOOL_OK;
  }
  FILE *stream = fopen(fuse, "r");
  if (stream == NULL)
    return tool_fail(TOOL_IO, "--fuse %s: %s (else it is auto or none)", tool_safe(fuse), strerror(errno));
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, stream) >= 0) {
    line[strcspn(line, "#\r\n")] = 0;
    if (line[strspn(line, " \t,")] != 0) add_line(groups, line);
  }
  int code = ferror(stream) ? tool_fail(TOOL_IO, "--fuse %s: %s", tool_safe(fuse), strerror(errno)) : TOOL_OK;
  free(line);
  fclose(stream);
  return code;
}

static bool has_word(const char *line, const char *word, size_t length) {
  for (const char *p = line; *p != 0;) {
    p += strspn(p, " \t,");
    size_t n = strcspn(p, " \t,");
    if (n == length && strncmp(p, word, n) == 0) return true;
    p += n;
  }
  return false;
}

/* A member of a group, by the group's key: the line it is in, and the name in front of the last component. */
typedef struct member {
  size_t line, prefix, item;
  const char *name;
} member;

static int compare(const void *a, const void *b) {
  const member *x = a, *y = b;
  if (x->line != y->line) return x->line < y->line ? -1 : 1;
  if (x->prefix != y->prefix) return x->prefix < y->prefix ? -1 : 1;
  int order = strncmp(x->name, y->name, x->prefix);
  return order != 0 ? order : x->item < y->item ? -1 : 1;
}

static bool same_group(const member *a, const member *b) {
  return a->line == b->line && a->prefix == b->prefix && strncmp(a->name, b->name, a->prefix) == 0;
}

/* A member whose format differs from the first one's: such a group cannot be one matrix. NULL if there is none. */
static const quant_item *odd_one(const quant_job *job, const member *members, size_t n) {
  for (size_t i = 1; i < n; i++)
    if (job->items[members[i].item].scheme != job->items[members[0].item].scheme) return &job->items[members[i].item];
  return NULL;
}

int quant_plan_fuse(quant_job *job) {
  fuse_groups groups = {0};
  int code = load(&groups, job->options.fuse);
  member *members = tool_alloc(job->count, sizeof *members);
  size_t count = 0;
  for (size_t i = 0; i < job->count; i++) {
    const char *name = job->items[i].tensor->name;
    size_t module = quant_module_length(name), last = module;
    if (name[module] == 0) continue; /* biases and the like */
    while (last > 0 && name[last - 1] != '.') last--;
    for (size_t g = 0; g < groups.count; g++) {
      if (!has_word(groups.lines[g], name + last, module - last)) continue;
      members[count++] = (member){g, last, i, name};
      break;
    }
  }
  qsort(members, count, sizeof *members, compare);
  size_t mixed = 0;
  for (size_t i = 0, end; i < count; i = end) {
    for (end = i + 1; end < count && same_group(&members[i], &members[end]);) end++;
    if (end - i < 2) continue;
    const quant_item *odd = odd_one(job, members + i, end - i);
    if (odd != NULL && mixed++ == 0)
      tool_warn("'%s' and '%s' get different formats, but engines fuse them",
                tool_safe(job->items[members[i].item].tensor->name), tool_safe(odd->tensor->name));
    bool used = false;
    const size_t group = i; /* any number that no other group has */
    for (size_t k = i; k < end; k++) {
      quant_item *item = &job->items[members[k].item];
      item->group = group;
      if (item->scheme == LOWP_SCHEME_NONE || !lowp_scheme_info_of(item->scheme)->tensor_scale) continue;
      item->fused = job->fused_count;
      used = true;
    }
    job->fused_count += used;
  }
  if (mixed > 1) tool_warn("so it is in %zu more groups", mixed - 1);
  job->fused_amax = tool_alloc(job->fused_count, sizeof *job->fused_amax);
  for (size_t i = 0; i < job->fused_count; i++) job->fused_amax[i] = NAN;
  for (size_t i = 0; i < groups.count; i++) free(groups.lines[i]);
  free(groups.lines);
  free(members);
  return code;
}
