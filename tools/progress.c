/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/progress.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/common.h"

const char *const tool_progress_modes[] = {"auto", "never", "plain", "json", NULL};

struct tool_progress {
  int mode;
  bool bar;
  size_t items, items_done;
  uint64_t bytes, bytes_done;
  double start, drawn;
  const char *name;
};

/* Redrawn at most this often, in seconds. */
static const double interval = 0.1;

static int terminal_columns(void) {
  struct winsize size;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

static void draw(tool_progress *p) {
  enum { BAR = 24 };
  static const char full[] = "########################", empty[] = "------------------------";
  double now = tool_clock(), fraction = p->bytes == 0 ? 1 : (double)p->bytes_done / (double)p->bytes;
  p->drawn = now;
  if (fraction > 1) fraction = 1;
  int filled = (int)(fraction * BAR);
  double elapsed = now - p->start, rate = elapsed > 0 ? (double)p->bytes_done / elapsed : 0;
  char speed[TOOL_TEXT], left[TOOL_TEXT] = "-", line[256];
  if (fraction > 0.01) tool_seconds(elapsed / fraction - elapsed, left);
  int used = snprintf(line, sizeof line, "[%.*s%.*s] %3.0f%%  %zu/%zu  %s/s  %s left  ", filled, full, BAR - filled,
                      empty, fraction * 100, p->items_done, p->items, tool_bytes(rate, speed), left);
  int room = terminal_columns() - 1 - used;
  /* The end of a long name tells more than its beginning. */
  const char *name = p->name == NULL ? "" : tool_safe(p->name);
  size_t length = strlen(name);
  if (room < 0) room = 0;
  if (length > (size_t)room) name += length - (size_t)room;
  fprintf(stderr, "\r\033[K%s%s", line, name);
  fflush(stderr);
}

tool_progress *tool_progress_start(int mode, size_t items, uint64_t bytes) {
  tool_progress *p = tool_alloc(1, sizeof *p);
  *p = (tool_progress){.mode = mode, .items = items, .bytes = bytes, .start = tool_clock()};
  p->bar = mode == TOOL_PROGRESS_AUTO && isatty(STDERR_FILENO);
  return p;
}

void tool_progress_begin(tool_progress *p, const char *name) {
  p->name = name;
  if (p->bar) draw(p);
}

void tool_progress_add(tool_progress *p, uint64_t bytes) {
  p->bytes_done += bytes;
  if (p->bar && tool_clock() - p->drawn >= interval) draw(p);
}

void tool_progress_done(tool_progress *p, const char *text) {
  p->items_done++;
  if (p->mode == TOOL_PROGRESS_PLAIN) {
    fprintf(stderr, "[%*zu/%zu] %s: %s\n", snprintf(NULL, 0, "%zu", p->items), p->items_done, p->items,
            tool_safe(p->name), text);
  } else if (p->mode == TOOL_PROGRESS_JSON) {
    json_t *event = json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:s}", "event", "tensor", "done",
                              (json_int_t)p->items_done, "of", (json_int_t)p->items, "bytes", (json_int_t)p->bytes_done,
                              "of_bytes", (json_int_t)p->bytes, "name", p->name, "text", text);
    if (event != NULL) {
      json_dumpf(event, stderr, JSON_COMPACT);
      fputc('\n', stderr);
      json_decref(event);
    }
  }
}

void tool_progress_end(tool_progress *p) {
  if (p == NULL) return;
  if (p->bar) {
    fputs("\r\033[K", stderr);
    fflush(stderr);
  }
  free(p);
}
