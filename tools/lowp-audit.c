/* SPDX-License-Identifier: Apache-2.0 */
/* lowp-audit: what is claimed of a chip, against arithmetic. audit.h tells how it is made. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <string.h>

#include "tools/audit.h"

const audit_command audit_commands[] = {
    {NULL, &audit_claims_program, audit_claims_main},        {"chip", &audit_chip_program, audit_chip_main},
    {"compare", &audit_compare_program, audit_compare_main}, {"measured", &audit_measured_program, audit_measured_main},
    {"schema", &audit_schema_program, audit_schema_main},    {NULL, NULL, NULL},
};

int main(int argc, char **argv) {
  tool_begin("lowp-audit");
  for (const audit_command *c = audit_commands + 1; argc > 1 && c->run != NULL; c++)
    if (strcmp(argv[1], c->name) == 0) return tool_end(c->run(argc - 1, argv + 1));
  return tool_end(audit_commands[0].run(argc, argv));
}
