/* SPDX-License-Identifier: MIT */
/*
 * Quarry's side of the hooks in oracle.h.
 *
 *   orc_attach(m)     the machine that the hooks ask from now on
 *   orc_run(name)     runs one scenario and returns its output; the caller frees it. NULL: no such scenario
 *
 * State: the attached machine and the output of the running scenario. One thread.
 */
#ifndef CONFORMANCE_GLUE_H
#define CONFORMANCE_GLUE_H

struct qy_machine;

void orc_attach(struct qy_machine *m);
char *orc_run(const char *name);

/* sizeof(struct page) as the scenarios see it. */
extern const unsigned long orc_sizeof_struct_page;

#endif
