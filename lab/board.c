// SPDX-License-Identifier: MIT
/*
 * Puts a board together: tree, command line, switches and sysctls, in the order in which the later one wins.
 * No state.
 */
#include "lab/board.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/board_device.h"
#include "lab/board_dt.h"
#include "lab/cmdline.h"
#include "lab/sysctl_conf.h"
#include "lab/units.h"

#define DEFAULT_BASE 0x80000000u /* of -m where the tree has no bank */
#define MAX_TEXT     (1u << 20)  /* bytes of a command line file or sysctl.conf */

/* --- command line ------------------------------------------------------------------------------- */

/* A file's lines are one line: boot scripts like to break them. */
static void join_lines(char *text)
{
	size_t length;

	for (char *c = text; *c; c++)
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	for (length = strlen(text); length && text[length - 1] == ' '; length--)
		text[length - 1] = '\0';
}

/* The base of the line: the file's text, else the tree's bootargs. Returns an allocated string. */
static char *base_line(struct qy_loading *loading, const char *file)
{
	const char *bootargs = loading->bootargs ? loading->bootargs : "";
	size_t size;
	char *text;

	if (!file) {
		text = strdup(bootargs);
		if (!text)
			qy_fail(loading->err, "%s: out of host memory",
				loading->store->name);
		return text;
	}
	if (qy_read_file(file, MAX_TEXT, &text, &size, loading->err))
		return NULL;
	if (strlen(text) != size) {
		qy_fail(loading->err, "%s: a NUL byte: a command line is a text file",
			file);
		free(text);
		return NULL;
	}
	join_lines(text);
	return text;
}

static int build_line(struct qy_loading *loading, const char *file, const char *append)
{
	char *base = base_line(loading, file);
	bool both = base && *base && append && *append;
	int length;

	if (!base)
		return -1;
	length = asprintf(&loading->store->cmdline, "%s%s%s", base, both ? " " : "",
		append ? append : "");
	free(base);
	if (length < 0) {
		loading->store->cmdline = NULL;
		return qy_fail(
			loading->err, "%s: out of host memory", loading->store->name);
	}
	if (length >= QY_COMMAND_LINE_SIZE)
		return qy_fail(loading->err,
			"%s: the command line has %d characters: Linux keeps %d: shorten it",
			file ? file : loading->store->name, length,
			QY_COMMAND_LINE_SIZE - 1);
	loading->board->cmdline = loading->store->cmdline;
	return 0;
}

static int apply_line(struct qy_loading *loading, const char *file, const char *append,
	struct qy_cmdline *cmdline)
{
	char place[256];

	if (build_line(loading, file, append))
		return -1;
	snprintf(place, sizeof(place), "%s: command line",
		file ? file : loading->store->name);
	if (qy_cmdline_apply(loading->board, loading->store->cmdline, place, cmdline,
		    loading->notes, loading->err))
		return -1;
	loading->store->numa_off = cmdline->numa_off;
	loading->store->flat |= cmdline->numa_off;
	return 0;
}

/* --- switches ----------------------------------------------------------------------------------- */

/* Where the tree's RAM starts: its lowest bank, else its lowest bank that waits to be filled in. */
static uint64_t memory_base(const struct qy_board_store *store)
{
	uint64_t filled = UINT64_MAX, empty = UINT64_MAX;

	for (uint32_t i = 0; i < store->nr_raw; i++) {
		uint64_t *lowest = store->raw[i].size ? &filled : &empty;

		if (store->raw[i].base < *lowest)
			*lowest = store->raw[i].base;
	}
	if (filled != UINT64_MAX)
		return filled;
	return empty != UINT64_MAX ? empty : DEFAULT_BASE;
}

/* -m: the machine has this much, from where the tree's first bank starts. */
static int replace_memory(struct qy_loading *loading, const struct qy_board_opts *opts)
{
	const char *text = opts->memory;
	const char *place = opts->memory_place ? opts->memory_place : "-m";
	struct qy_board_store *store = loading->store;
	uint64_t size, base = memory_base(store);
	struct qy_bank *raw;
	const char *end;

	if (!text)
		return 0;
	if (qy_memparse(text, &end, &size) || *end || size < QY_PAGE_SIZE)
		return qy_fail(loading->err,
			"%s: %s: expected a size like 512M, 2G or 0x40000000", place,
			text[0] ? text : "empty");
	if (base + (size - 1) < base)
		return qy_fail(loading->err,
			"%s: %s: from 0x%" PRIx64 " on it wraps around: use less", place,
			text, base);
	raw = realloc(store->raw, sizeof(*raw));
	if (!raw)
		return qy_fail(loading->err, "%s: %s: out of host memory", place, text);
	raw[0] = (struct qy_bank){ base, size, QY_NO_NODE };
	store->raw = raw;
	store->nr_raw = 1;
	store->flat = true;
	return 0;
}

static struct qy_reserved *find_reserved(
	struct qy_loading *loading, const char *name, size_t length)
{
	struct qy_reserved *reserved = loading->store->reserved;

	for (uint32_t i = 0; i < loading->board->nr_reserved; i++) {
		if (strncmp(reserved[i].name, name, length) == 0 &&
			!reserved[i].name[length])
			return &reserved[i];
	}
	return NULL;
}

/* One "NAME=SIZE". A node with a place of its own keeps where it begins. */
static int resize_area(
	struct qy_loading *loading, const char *place, const char *word, size_t length)
{
	const char *equals = memchr(word, '=', length);
	struct qy_reserved *reserved;
	char size[32];
	uint64_t bytes;

	if (!equals)
		return qy_fail(loading->err, "%s: %.*s: expected NAME=SIZE, like vpu=64M",
			place, (int)length, word);
	snprintf(size, sizeof(size), "%.*s", (int)(word + length - equals - 1),
		equals + 1);
	reserved = find_reserved(loading, word, (size_t)(equals - word));
	if (!reserved)
		return qy_fail(loading->err,
			"%s: the tree has no node `%.*s` below /reserved-memory", place,
			(int)(equals - word), word);
	if (qy_parse_size(size, &bytes) || !bytes || bytes % QY_PAGE_SIZE)
		return qy_fail(loading->err,
			"%s: %.*s: expected a size in pages of 4 KiB, like 64M", place,
			(int)length, word);
	reserved->size = bytes;
	return 0;
}

static int resize_areas(struct qy_loading *loading, const struct qy_board_opts *opts)
{
	const char *at = opts->areas;

	while (at && *at) {
		size_t length = strcspn(at, ",");

		/* a name may hold a comma: the size ends at one */
		while (at[length] && !memchr(at, '=', length))
			length += 1 + strcspn(at + length + 1, ",");
		if (resize_area(loading, opts->areas_place, at, length))
			return -1;
		at += length + (at[length] == ',');
	}
	return 0;
}

static int set_cpus(struct qy_loading *loading, int smp, uint32_t nr_cpus_option)
{
	struct qy_board *board = loading->board;

	if (smp < 0 || smp > QY_MAX_CPUS)
		return qy_fail(
			loading->err, "-smp %d: expected 1 to %d CPUs", smp, QY_MAX_CPUS);
	if (smp)
		board->nr_cpus = (uint32_t)smp;
	if (nr_cpus_option && nr_cpus_option < board->nr_cpus)
		board->nr_cpus = nr_cpus_option;
	return 0;
}

static int apply_sysctls(
	struct qy_loading *loading, const char *file, const struct qy_board_opts *opts)
{
	struct qy_vm_sysctl *vm = &loading->board->vm;
	size_t size;
	char *text;
	int ret;

	if (file) {
		if (qy_read_file(file, MAX_TEXT, &text, &size, loading->err))
			return -1;
		ret = qy_sysctl_conf(vm, file, text, size, loading->notes, loading->err);
		free(text);
		if (ret)
			return ret;
	}
	if (opts->settings &&
		qy_sysctl_conf(vm, opts->settings_place, opts->settings,
			strlen(opts->settings), loading->notes, loading->err))
		return -1;
	for (int i = 0; i < opts->nr_sysctls; i++) {
		const char *place =
			i < opts->nr_placed_sysctls ? opts->sysctls_place : "--sysctl";

		if (qy_sysctl_assign(
			    vm, place, opts->sysctls[i], loading->notes, loading->err))
			return -1;
	}
	return 0;
}

/* --- loading ------------------------------------------------------------------------------------ */

/* libfdt 1.6 reads a null pointer in its own check of versions before 16; dtc has written 17 since 2006. */
int qy_dt_check(const void *blob, size_t size)
{
	if (size < sizeof(struct fdt_header))
		return -FDT_ERR_TRUNCATED;
	if (fdt_magic(blob) == FDT_MAGIC &&
		fdt_version(blob) < FDT_LAST_SUPPORTED_VERSION)
		return -FDT_ERR_BADVERSION;
	return fdt_check_full(blob, size);
}

static int check_tree(struct qy_loading *loading, const void *blob, size_t size)
{
	struct qy_board_store *store = loading->store;
	int ret = qy_dt_check(blob, size);

	if (ret)
		return qy_fail(loading->err,
			"%s: not a whole device tree (%s): give a .dtb, or a .dts to compile",
			store->name, fdt_strerror(ret));
	size = fdt_totalsize(blob);
	store->fdt = malloc(size);
	if (!store->fdt)
		return qy_fail(loading->err, "%s: out of host memory", store->name);
	memcpy(store->fdt, blob, size);
	return 0;
}

static int fill(struct qy_loading *loading, struct qy_loaded_board *loaded,
	const void *blob, size_t size, const char *cmdline_file, const char *sysctl_file,
	const struct qy_board_opts *opts)
{
	struct qy_cmdline cmdline;

	if (check_tree(loading, blob, size) || qy_dt_read(loading) ||
		apply_line(loading, cmdline_file, opts->append, &cmdline) ||
		replace_memory(loading, opts) || resize_areas(loading, opts) ||
		set_cpus(loading, opts->smp, cmdline.nr_cpus) ||
		qy_banks_settle(loading, cmdline.mem_bytes) ||
		apply_sysctls(loading, sysctl_file, opts))
		return -1;
	loading->board->reserved = loading->store->reserved;
	if (qy_dt_devices_fill(loading, loaded))
		return -1;
	if (loading->board->vm.mem_profiling >= 0 &&
		loading->board->mem_profiling == QY_MEM_PROFILING_NONE)
		qy_note(loading->notes,
			"sysctl vm.mem_profiling does nothing on a kernel that was started without sysctl.vm.mem_profiling=0 or 1");
	return 0;
}

static struct qy_loaded_board *new_loaded(const char *name)
{
	struct qy_loaded_board *loaded = calloc(1, sizeof(*loaded));
	struct qy_board_store *store = calloc(1, sizeof(*store));

	if (loaded && store)
		store->name = strdup(name);
	if (!loaded || !store || !store->name) {
		free(store);
		free(loaded);
		return NULL;
	}
	for (int i = 0; i < QY_MAX_CPUS; i++)
		store->raw_cpu_node[i] = QY_NO_NODE;
	loaded->store = store;
	return loaded;
}

static struct qy_loaded_board *load(const void *blob, size_t size, const char *name,
	const char *cmdline_file, const char *sysctl_file,
	const struct qy_board_opts *opts, struct qy_err *err)
{
	struct qy_loaded_board *loaded = new_loaded(name);
	struct qy_loading loading;

	if (!loaded) {
		qy_fail(err, "%s: out of host memory", name);
		return NULL;
	}
	loading = (struct qy_loading){
		.board = &loaded->board,
		.store = loaded->store,
		.notes = &loaded->notes,
		.err = err,
	};
	if (!fill(&loading, loaded, blob, size, cmdline_file, sysctl_file, opts))
		return loaded;
	qy_board_free(loaded);
	return NULL;
}

char *qy_board_sibling(const char *tree, const char *suffix)
{
	const char *slash = strrchr(tree, '/'), *dot = strrchr(tree, '.');
	size_t stem =
		dot && (!slash || dot > slash) ? (size_t)(dot - tree) : strlen(tree);
	char *path;

	if (asprintf(&path, "%.*s.%s", (int)stem, tree, suffix) < 0)
		return NULL;
	if (!access(path, R_OK))
		return path;
	free(path);
	return NULL;
}

struct qy_loaded_board *qy_board_load(
	const struct qy_board_opts *opts, struct qy_err *err)
{
	struct qy_loaded_board *loaded = NULL;
	char *cmdline, *sysctl;
	size_t size;
	void *blob;

	if (!opts->dtb) {
		qy_fail(err, "no device tree: give --dtb FILE.dtb or FILE.dts");
		return NULL;
	}
	if (qy_read_tree(opts->dtb, &blob, &size, err))
		return NULL;
	cmdline = qy_board_sibling(opts->dtb, "cmdline");
	sysctl = qy_board_sibling(opts->dtb, "sysctl.conf");
	loaded = load(blob, size, opts->dtb,
		opts->cmdline_file ? opts->cmdline_file : cmdline,
		opts->sysctl_file ? opts->sysctl_file : sysctl, opts, err);
	free(cmdline);
	free(sysctl);
	free(blob);
	return loaded;
}

struct qy_loaded_board *qy_board_load_blob(const void *blob, size_t size,
	const char *name, const struct qy_board_opts *opts, struct qy_err *err)
{
	return load(blob, size, name, opts->cmdline_file, opts->sysctl_file, opts, err);
}

void qy_board_free(struct qy_loaded_board *loaded)
{
	if (!loaded)
		return;
	free(loaded->store->name);
	free(loaded->store->fdt);
	free(loaded->store->cmdline);
	free(loaded->store->raw);
	free(loaded->store->tree_devices);
	free(loaded->store->devices);
	free(loaded->store->iommus);
	free(loaded->store->dma_ranges);
	free(loaded->store);
	qy_notes_free(&loaded->notes);
	free(loaded);
}
