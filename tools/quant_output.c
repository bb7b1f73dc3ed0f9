/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/aside.h"
#include "tools/quant.h"

/* "nvfp4", or "mixed" where only rules choose formats. */
static char *format_name(const quant_options *o) {
  char *name = tool_format("%s", strcmp(o->format, "keep") == 0 ? "mixed" : o->format);
  for (char *p = name; *p != 0; p++) *p = (char)tolower((unsigned char)*p);
  return name;
}

static char *default_output(const quant_job *job) {
  const char *input = job->options.input;
  char *format = format_name(&job->options), *output;
  if (job->directory) {
    /* The directory's own name, also for "." and for links into a cache. */
    char *real = realpath(lowp_file_directory(job->file), NULL);
    output = tool_format("%s-%s", real != NULL ? real : lowp_file_directory(job->file), format);
    /* A path as the user would write it: beside the input as given. */
    struct stat status;
    const char *slash = strrchr(input, '/');
    size_t length = strlen(input);
    while (length > 1 && input[length - 1] == '/') length--;
    bool plain = stat(input, &status) == 0 && S_ISDIR(status.st_mode) && strncmp(input + length - 1, ".", 1) != 0;
    if (plain && (slash == NULL || length > 1)) {
      free(output);
      output = tool_format("%.*s-%s", (int)length, input, format);
    }
    free(real);
  } else {
    const char *slash = strrchr(input, '/'), *dot = strrchr(input, '.');
    bool extension = dot != NULL && dot != input && (slash == NULL || dot > slash + 1);
    int stem = extension ? (int)(dot - input) : (int)strlen(input);
    output = tool_format("%.*s.%s%s", stem, input, format, job->layout == LOWP_LAYOUT_RAW ? "" : ".safetensors");
  }
  free(format);
  return output;
}

/* Whether a file in the directory is one of the inputs: replacing it would destroy what is being read. */
static bool holds_input(const quant_job *job, const char *directory) {
  DIR *dir = opendir(directory);
  bool found = false;
  for (struct dirent *entry; dir != NULL && !found && (entry = readdir(dir)) != NULL;) {
    char *path = tool_format("%s/%s", directory, entry->d_name);
    found = lowp_file_is_input(job->file, path);
    free(path);
  }
  if (dir != NULL) closedir(dir);
  return found;
}

int quant_refuse_input(const quant_job *job, const char *path) {
  struct stat a, b;
  bool same = lowp_file_is_input(job->file, path);
  if (job->directory && stat(path, &a) == 0 && stat(lowp_file_directory(job->file), &b) == 0)
    same = same || (a.st_dev == b.st_dev && a.st_ino == b.st_ino) || (S_ISDIR(a.st_mode) && holds_input(job, path));
  if (!same) return TOOL_OK;
  return tool_fail(TOOL_USAGE, "%s: the output is the input; give another name with -o", tool_safe(path));
}

int quant_plan_output(quant_job *job) {
  const quant_options *o = &job->options;
  struct stat status;
  job->directory = job->container == LOWP_CONTAINER_INDEX || job->container == LOWP_CONTAINER_DIRECTORY ||
                   (stat(o->input, &status) == 0 && S_ISDIR(status.st_mode));
  if (o->output != NULL) {
    size_t length = strlen(o->output);
    bool slash = length > 1 && o->output[length - 1] == '/';
    if (length == 0) return tool_fail(TOOL_USAGE, "-o: an empty name");
    if (slash && !job->directory)
      return tool_fail(TOOL_USAGE, "-o %s: a directory, but the input is one file", tool_safe(o->output));
    while (job->directory && length > 1 && o->output[length - 1] == '/') length--;
    job->output = tool_format("%.*s", (int)length, o->output);
  } else {
    job->output = default_output(job);
  }
  int code = quant_refuse_input(job, job->output);
  for (size_t i = 0; i < o->reports.count && code == TOOL_OK; i++) code = quant_refuse_input(job, o->reports.items[i]);
  if (code != TOOL_OK || o->dry_run) return code;
  if (stat(job->output, &status) != 0) return TOOL_OK;
  if (!job->directory && S_ISDIR(status.st_mode))
    return tool_fail(TOOL_USAGE, "%s: a directory; -o is to name a file", tool_safe(job->output));
  if (!job->directory && !S_ISREG(status.st_mode))
    return tool_fail(TOOL_USAGE, "%s: no regular file; it will not be replaced", tool_safe(job->output));
  if (!o->force)
    return tool_fail(TOOL_CONSTRAINT, "%s: is already there; --force replaces it, -o gives another name",
                     tool_safe(job->output));
  return TOOL_OK;
}

/* --- what else belongs to a checkpoint ---------------------------------------------------------------------------- */

bool quant_has_config(const quant_job *job) {
  if (job->layout != LOWP_LAYOUT_CT && job->layout != LOWP_LAYOUT_GPTOSS) return false;
  /* Casts alone leave a checkpoint like any other. */
  for (size_t i = 0; i < job->count; i++) {
    lowp_scheme scheme = job->items[i].scheme;
    if (scheme != LOWP_SCHEME_NONE && lowp_scheme_info_of(scheme)->family != LOWP_FAMILY_CAST) return true;
  }
  return false;
}

size_t quant_config_modules(const quant_job *job, lowp_config_module **modules) {
  *modules = tool_alloc(job->count, sizeof **modules);
  size_t count = 0;
  for (size_t i = 0; i < job->count; i++) {
    const quant_item *item = &job->items[i];
    const char *name = item->tensor->name;
    /* Modules with a weight of rank 2 are what an engine may take for a Linear. */
    bool linear = name[quant_module_length(name)] != 0 && item->tensor->rank >= 2;
    /* What is kept because it is quantized already stays so for the engine too. */
    lowp_scheme scheme = item->scheme != LOWP_SCHEME_NONE ? item->scheme : item->tensor->scheme;
    if (scheme != LOWP_SCHEME_NONE || linear) (*modules)[count++] = (lowp_config_module){name, scheme};
  }
  return count;
}

int quant_run_extras(quant_job *job, const char *directory) {
  lowp_error error = {0};
  lowp_status status = tool_copy_aside(job->file, directory, false, &error);
  if (status != LOWP_OK) return tool_fail_status(status, &error);
  if (!quant_has_config(job)) return TOOL_OK;
  char *from = tool_format("%s/config.json", lowp_file_directory(job->file)),
       *to = tool_format("%s/config.json", directory);
  int code = TOOL_OK;
  if (access(from, F_OK) == 0) {
    lowp_config_module *modules;
    size_t count = quant_config_modules(job, &modules);
    lowp_config_options options = {
        .struct_size = sizeof options, .activations = (lowp_activations)job->options.activations, .replace = 1};
    lowp_write_options write = {.struct_size = sizeof write, .replace = 1};
    status = lowp_config_patch(from, to, job->layout, count, modules, &options, &write, &error);
    if (status != LOWP_OK) code = tool_fail_status(status, &error);
    free(modules);
  } else {
    tool_warn("there is no %s: an engine will not know that this checkpoint is quantized", tool_safe(from));
  }
  free(from);
  free(to);
  return code;
}
