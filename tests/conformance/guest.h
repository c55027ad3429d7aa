/* SPDX-License-Identifier: MIT */
/*
 * The recorded guests, booted again: a board from the firmware's memory map and the kernel's own log, with
 * reservations so that the managed pages are those recorded.
 *
 *   guest_make(run)       the board alone; guest_boot_made() boots it as it then is
 *   guest_boot(run)       both: machine, with this thread on CPU 0 and the hooks attached
 *   guest_end(guest)
 *   guest_scenario(guest, name)    output of a scenario, comment lines left out
 *   guest_take_log(guest)          what was logged since the last call
 *   guest_validate(guest)
 *
 * Reservations lie at 16 MiB. What the kernel gave back late in its boot (initrd, init memory: the "Freeing" lines
 * behind "Memory:") is given back late here, so that watermarks are computed from what was managed at that time.
 *
 * State: in struct guest. One guest at a time.
 */
#ifndef CONFORMANCE_GUEST_H
#define CONFORMANCE_GUEST_H

#include <quarry.h>
#include <quarry/sim.h>

#include <stdio.h>

#include "tests/conformance/recorded.h"

#define GUEST_BANKS    16
#define GUEST_RESERVED 64

struct guest {
	const char *run;
	struct qy_board board;
	struct qy_bank banks[GUEST_BANKS];
	struct qy_reserved reserved[GUEST_RESERVED];
	bool mapped;         /* vmalloc works: RAM has second addresses */
	struct qy_range cma; /* where the recorded kernel had its area */
	struct qy_machine *m;
	FILE *log;
	char *log_text;
	size_t log_size;
};

struct guest *guest_make(const char *run);
void guest_boot_made(struct guest *guest);
struct guest *guest_boot(const char *run);
void guest_end(struct guest *guest);
struct lines guest_scenario(struct guest *guest, const char *name);
struct lines guest_take_log(struct guest *guest);
void guest_validate(struct guest *guest);

/* The zone of node 0 with this name. */
struct zone *guest_zone(struct guest *guest, const char *name);

#endif
