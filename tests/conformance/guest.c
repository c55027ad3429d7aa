// SPDX-License-Identifier: MIT
/*
 * From data/<run>/boot.txt and zones.txt to a booted machine.
 *
 * State: the guest that is booted. A failed test leaves one behind; the next boot clears it away.
 */
#include "mm/machine.h"
#include "tests/conformance/glue.h"
#include "tests/conformance/guest.h"
#include "tests/runner/test.h"

#include <stdlib.h>
#include <string.h>

#define SZ_16M 0x1000000ull

static struct guest *booted;

/* ------------------------------------------------------------------ the board */

static void read_banks(struct guest *guest, const struct lines *boot)
{
	unsigned long long first, last;

	for (unsigned int i = 0; i < boot->nr; i++) {
		if (sscanf(boot->line[i], "BIOS-e820: [mem %llx-%llx] usable", &first,
			    &last) != 2)
			continue;
		CHECK(guest->board.nr_banks < GUEST_BANKS);
		guest->banks[guest->board.nr_banks++] =
			(struct qy_bank){ .base = first, .size = last - first + 1 };
	}
}

/* Sum of what came back between the memory line and the first process. */
static uint64_t read_late_bytes(const struct lines *boot)
{
	uint64_t bytes = 0;
	bool late = false;

	for (unsigned int i = 0; i < boot->nr; i++) {
		const char *size = strstr(boot->line[i], "memory: ");
		unsigned long long kib;

		if (has_prefix(boot->line[i], "Memory:"))
			late = true;
		else if (late && has_prefix(boot->line[i], "Freeing") && size &&
			 sscanf(size, "memory: %lluK", &kib) == 1)
			bytes += kib << 10;
	}
	return bytes;
}

/* DMA needs none: firmware keeps the low megabyte, and that is all that is missing there. */
static uint64_t read_kept_bytes(const struct lines *zones)
{
	unsigned long long present, managed;

	for (unsigned int i = 0; i < zones->nr; i++)
		if (sscanf(zones->line[i], "I zone DMA32 present %llu managed %llu",
			    &present, &managed) == 2)
			return (present - managed) << QY_PAGE_SHIFT;
	FAIL("zones.txt: no DMA32 line");
}

static void make_board(struct guest *guest)
{
	struct lines boot = recorded_lines(guest->run, "boot.txt");
	struct lines zones = recorded_lines(guest->run, "zones.txt");
	uint64_t late = read_late_bytes(&boot), kept = read_kept_bytes(&zones);

	qy_board_defaults(&guest->board, QY_ARCH_X86_64);
	guest->board.nr_cpus = 2;
	guest->board.numa = true;
	guest->board.thp = true;
	guest->board.zone_device = zones.nr == QY_MAX_NR_ZONES;
	guest->board.kernel = (struct qy_kernel_image){ 0 };
	guest->board.vm.watermark_boost_factor = 0; /* the guests' script sets it */
	read_banks(guest, &boot);
	guest->reserved[0] =
		(struct qy_reserved){ .name = "kernel", .base = SZ_16M, .size = kept };
	guest->reserved[1] = (struct qy_reserved){ .name = "late",
		.base = SZ_16M + kept,
		.size = late,
		.flags = QY_RESERVED_FREE_LATE };
	guest->board.reserved = guest->reserved;
	guest->board.nr_reserved = 2;
	free_lines(&boot);
	free_lines(&zones);
}

/* ------------------------------------------------------------------ the machine */

static void keep_line(void *arg, enum qy_log_level level, const char *line)
{
	struct guest *guest = arg;

	(void)level;
	fprintf(guest->log, "%s\n", line);
}

static void open_log(struct guest *guest)
{
	guest->log = open_memstream(&guest->log_text, &guest->log_size);
}

static void release(struct guest *guest)
{
	booted = NULL;
	qy_sim_shutdown(guest->m);
	fclose(guest->log);
	free(guest->log_text);
	free(guest);
}

void guest_boot_made(struct guest *guest)
{
	struct qy_sim_opts opts = {
		.log = keep_line, .log_arg = guest, .mapped = guest->mapped
	};
	char why[256] = "";

	if (booted)
		release(booted);
	guest->board.banks = guest->banks;
	open_log(guest);
	guest->m = qy_sim_boot(&guest->board, &opts, why, sizeof(why));
	if (!guest->m)
		FAIL("%s: %s", guest->run, why);
	booted = guest;
	orc_attach(guest->m);
	qy_set_task(1, "init");
}

struct guest *guest_make(const char *run)
{
	struct guest *guest = calloc(1, sizeof(*guest));

	guest->run = run;
	make_board(guest);
	return guest;
}

struct guest *guest_boot(const char *run)
{
	struct guest *guest = guest_make(run);

	guest_boot_made(guest);
	return guest;
}

void guest_end(struct guest *guest)
{
	guest_validate(guest);
	release(guest);
}

struct lines guest_take_log(struct guest *guest)
{
	struct lines lines;

	fclose(guest->log);
	lines = split_lines(guest->log_text);
	open_log(guest);
	return lines;
}

struct lines guest_scenario(struct guest *guest, const char *name)
{
	char *text = orc_run(name);

	(void)guest;
	CHECK(text != NULL);
	return split_lines(text);
}

void guest_validate(struct guest *guest)
{
	char why[256] = "";

	if (!qy_machine_validate(guest->m, why, sizeof(why)))
		FAIL("%s: %s", guest->run, why);
}

struct zone *guest_zone(struct guest *guest, const char *name)
{
	for (u32 i = 0; i < guest->m->zones_per_node; i++)
		if (!strcmp(guest->m->zones[i].name, name))
			return &guest->m->zones[i];
	FAIL("no zone %s", name);
}
