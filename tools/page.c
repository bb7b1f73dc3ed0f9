/* SPDX-License-Identifier: Apache-2.0 */
/* page.c: the frame, the style and the figures of the pages that --html writes. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/page.h"

#include <lowp/io.h>
#include <math.h>
#include <stdlib.h>

#include "tools/common.h"
#include "tools/svg.h"

/*
 * Colours of series: those of Okabe and Ito, darkened or lightened until each has a contrast of 3 to 1 with the ground;
 * the heat map goes from dark blue to yellow, which every kind of colour vision sees in this order, and printers too.
 */
static const char page_style[] =
    ":root{--bg:#fff;--fg:#1b1f24;--mu:#57606a;--ln:#d0d7de;--gr:#e4e8ec;--cd:#f6f8fa;--ac:#0b5cad;--ok:#dff0e6;"
    "--s0:#0072b2;--s1:#d55e00;--s2:#007f5f;--s3:#b0508e;--s4:#8a6d00;--s5:#444c56;--s6:#3486b8;--s7:#7a3e1d}\n"
    "@media (prefers-color-scheme:dark){:root{--bg:#0f1318;--fg:#e6edf3;--mu:#9aa5b1;--ln:#313a45;--gr:#232b34;"
    "--cd:#171d24;--ac:#6cb2f5;--ok:#173d2b;--s0:#56b4e9;--s1:#f0803c;--s2:#2fc69b;--s3:#e08bc0;--s4:#e3c53f;--s5:#"
    "c9d1d9;"
    "--s6:#4c9be8;--s7:#d09a70}}\n"
    "*{box-sizing:border-box}html{color-scheme:light dark}\n"
    "body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,-apple-system,\"Segoe "
    "UI\",Roboto,sans-serif}\n"
    "main{max-width:76rem;margin:0 auto;padding:1.25rem 1rem 3rem}\n"
    "h1{font-size:1.6rem;line-height:1.2;margin:.2rem 0 .3rem}h2{font-size:1.25rem;margin:2.4rem 0 .6rem;"
    "padding-bottom:.25rem;border-bottom:1px solid var(--ln)}h3{font-size:1rem;margin:0 0 .2rem}\n"
    "p{margin:.3rem 0 "
    ".7rem;max-width:70ch}h1,h3,code,bdi{overflow-wrap:anywhere}.sub{color:var(--mu);max-width:none}a{color:var(--ac)}"
    "\n"
    ".cards{display:grid;gap:.75rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,13rem),1fr));margin:1rem 0}\n"
    ".card{background:var(--cd);border:1px solid var(--ln);border-radius:8px;padding:.7rem .9rem}\n"
    ".card b{display:block;font-size:1.35rem;line-height:1.3;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}"
    ".card span{color:var(--mu);font-size:.875rem;overflow-wrap:anywhere}\n"
    ".plots{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));align-items:start}"
    "\n"
    "figure{margin:0;min-width:0;background:var(--cd);border:1px solid var(--ln);border-radius:8px;padding:.9rem}\n"
    "figcaption p{color:var(--mu);font-size:.875rem;line-height:1.45}\n"
    ".scroll{overflow-x:auto;-webkit-overflow-scrolling:touch}.tall{max-height:75vh;overflow-y:auto;border:1px solid "
    "var(--ln);border-radius:8px}\n"
    "table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;width:100%}"
    "th,td{padding:.3rem .5rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--gr)}"
    "th:first-child,.s{text-align:left}\n"
    "thead th{position:sticky;top:0;background:var(--cd);color:var(--mu);font-weight:600;vertical-align:bottom;"
    "border-bottom:1px solid var(--ln)}tbody th{font-weight:500}\n"
    "td.s{white-space:normal;min-width:14rem;overflow-wrap:anywhere}.small "
    "table{width:auto;min-width:min(100%,24rem)}.chosen{background:var(--ok);font-weight:600}details{margin-top:.6rem}"
    "summary{cursor:pointer;color:var(--ac);"
    "font-size:.875rem}\n"
    "pre{overflow-x:auto;background:var(--cd);border:1px solid "
    "var(--ln);border-radius:8px;padding:.8rem;font-size:.8125rem}"
    ".why{list-style:none;margin:.2rem 0 .6rem;padding:0;font-size:.9rem}.why li{margin:.25rem 0}\n"
    ".tag{display:inline-block;border:1px solid var(--ac);color:var(--ac);border-radius:1rem;padding:0 .5rem;"
    "font-size:.8rem}.v0{border-color:var(--s2);color:var(--s2)}.v1{border-color:var(--mu);color:var(--mu)}"
    ".v2{border-color:var(--s4);color:var(--s4)}.v3{border-color:var(--s1);color:var(--s1);font-weight:600}figure>p{"
    "font-size:.875rem;color:var(--mu)}dt{font-weight:600;margin-top:.5rem}dd{margin:0 0 0 "
    "1rem;"
    "max-width:70ch}\n"
    "@media (max-width:30rem){main{padding:.8rem .7rem 2rem}figure{padding:.6rem}body{font-size:15px}"
    "td.s{white-space:nowrap}.claims td.s{white-space:normal}tbody "
    "th{max-width:11rem;overflow:hidden;text-overflow:ellipsis}}\n"
    ".claims td,.claims th{vertical-align:top}.claims td:nth-child(2){min-width:10.5rem;width:1%}\n"
    "@media (max-width:40rem){.claims thead{display:none}.claims tr,.claims td.s,.claims tbody th{display:block;"
    "width:auto;max-width:none;border:0;padding:.1rem 0;white-space:normal;text-align:left}"
    ".claims tr{border-bottom:1px solid var(--ln);padding:.5rem 0}}\n"
    "@media print{details{display:none}.tall{max-height:none}figure{break-inside:avoid}}\n";

static const char plot_style[] =
    "svg{display:block;width:100%;height:auto}svg text{font:12px system-ui,-apple-system,\"Segoe "
    "UI\",Roboto,sans-serif;fill:var(--mu)}\n"
    "svg .l,svg .n{fill:var(--fg)}svg "
    ".n{paint-order:stroke;stroke:var(--cd);stroke-width:4px;stroke-linejoin:round}svg "
    "path{fill:none}.g{stroke:var(--gr)}.a{stroke:var(--mu)}.r{stroke:var(--mu);"
    "stroke-width:1.25}.k{stroke:var(--fg);stroke-width:3}\n"
    ".w{stroke:currentColor;stroke-width:5;opacity:.3}.p{stroke:currentColor;stroke-width:2;stroke-linejoin:round}"
    "svg .m{fill:currentColor;stroke:var(--cd);stroke-width:.6}svg .f{fill-opacity:.55}\n"
    "rect{shape-rendering:crispEdges}.d{stroke-dasharray:5 4}.e{stroke-dasharray:9 3 2 "
    "3}.b{fill:var(--s0)}.u{fill:var(--ln)}\n"
    ".c0{color:var(--s0)}.c1{color:var(--s1)}.c2{color:var(--s2)}.c3{color:var(--s3)}.c4{color:var(--s4)}"
    ".c5{color:var(--s5)}.c6{color:var(--s6)}.c7{color:var(--s7)}\n"
    ".h0{fill:#00224e}.h1{fill:#1a386f}.h2{fill:#3b496c}.h3{fill:#575d6d}.h4{fill:#707173}.h5{fill:#8a8678}"
    ".h6{fill:#a59c74}.h7{fill:#c9b55f}.h8{fill:#fee838}\n";

void html_page(FILE *out, const char *subject, const char *title) {
  fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n<title>",
        out);
  html_text(out, subject);
  fprintf(out, ": %s</title>\n<style>\n%s%s</style>\n</head>\n<body><main>\n", title, page_style, plot_style);
}

void html_page_end(FILE *out) { fputs("</main></body>\n</html>\n", out); }

int html_write(const char *path, bool (*print)(const void *data, FILE *out), const void *data) {
  char *bytes = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&bytes, &size);
  const bool made = stream != NULL && print(data, stream);
  int code = TOOL_OK;
  if (stream == NULL || fclose(stream) != 0 || !made) {
    code = tool_fail(TOOL_IO, "--html %s: the page could not be made", tool_safe(path));
  } else {
    lowp_error error = {0};
    const lowp_write_options write = {.struct_size = sizeof write, .replace = 1};
    const lowp_status status = lowp_write_file(path, &write, bytes, size, &error);
    if (status != LOWP_OK) code = tool_fail(tool_exit_of(status), "--html: %s", error.text);
  }
  free(bytes);
  return code;
}

void html_card(FILE *out, const char *value, const char *text) {
  fputs("<div class=\"card\"><b>", out);
  html_text(out, value);
  fputs("</b><span>", out);
  html_text(out, text);
  fputs("</span></div>\n", out);
}

void html_figure(FILE *out, const char *heading, const char *text) {
  fputs("<figure><figcaption><h3>", out);
  html_text(out, heading);
  fputs("</h3><p>", out);
  html_text(out, text);
  fputs("</p></figcaption>\n", out);
}

void html_figure_table(FILE *out) {
  fputs("<details><summary>The numbers</summary><div class=\"scroll tall\"><table>\n", out);
}

void html_figure_end(FILE *out, bool with_table) {
  if (with_table) fputs("</table></div></details>", out);
  fputs("</figure>\n", out);
}

void html_number(FILE *out, double value) {
  if (!isfinite(value))
    fputs("<td>&ndash;", out);
  else
    fprintf(out, fabs(value) >= 1000 && fabs(value) < 1e7 ? "<td>%.0f" : "<td>%.4g", value);
}

void html_decibel(FILE *out, double db) {
  char text[TOOL_TEXT];
  fprintf(out, "<td>%s", isnan(db) ? "&ndash;" : tool_decibel(db, text));
}
