// SPDX-License-Identifier: MIT
/*
 * Splits a kernel command line into options and applies those of the memory manager. No state.
 */
#include "lab/cmdline.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab/sysctl_conf.h"

struct line {
	struct qy_board *board;
	const char *place;
	struct qy_cmdline *out;
	struct qy_notes *notes;
	struct qy_err *err;
	unsigned int nr_foreign;
};

int qy_memparse(const char *text, const char **end, uint64_t *bytes)
{
	static const char suffixes[] = "KMGTPE";
	const char *suffix;
	unsigned int shift;
	char *stop;

	*end = text;
	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	*bytes = strtoull(text, &stop, 0);
	if (errno)
		return -1;
	*end = stop;
	suffix = *stop ? strchr(suffixes, toupper((unsigned char)*stop)) : NULL;
	if (!suffix)
		return 0;
	*end = stop + 1;
	shift = 10 * (unsigned int)(suffix - suffixes + 1);
	if (*bytes > UINT64_MAX >> shift)
		return -1;
	*bytes <<= shift;
	return 0;
}

/* --- the options that change a board ----------------------------------------------------------- */

static int malformed(const struct line *line, const char *name, const char *value,
	const char *expected)
{
	return qy_fail(line->err, "%s: %s=%s: expected %s", line->place, name,
		value ? value : "", expected);
}

static int set_mem(struct line *line, const char *name, const char *value)
{
	uint64_t bytes;
	const char *end;

	if (line->board->arch == QY_ARCH_X86_64 && value && !strcmp(value, "nopentium")) {
		qy_note(line->notes, "option mem=nopentium does nothing yet");
		return 0;
	}
	if (!value || qy_memparse(value, &end, &bytes) || *end || bytes < QY_PAGE_SIZE)
		return malformed(
			line, name, value, "a size of at least a page, like 512M");
	line->out->mem_bytes = bytes & ~(uint64_t)(QY_PAGE_SIZE - 1);
	return 0;
}

static int parse_amount(const char *value, struct qy_amount *amount)
{
	uint64_t number;
	const char *end;

	if (!value || qy_memparse(value, &end, &number))
		return -1;
	if (!*end) {
		*amount = (struct qy_amount){ .bytes = number };
		return 0;
	}
	/* 10K% is no percentage: the sign follows a digit. */
	if (strcmp(end, "%") || !isdigit((unsigned char)end[-1]) || number > 100)
		return -1;
	*amount = (struct qy_amount){ .percent = (uint32_t)number };
	return 0;
}

static int set_kernelcore(struct line *line, const char *name, const char *value)
{
	if (value && !strcmp(value, "mirror")) {
		line->board->kernelcore_mirror = true;
		return 0;
	}
	if (parse_amount(value, &line->board->kernelcore))
		return malformed(
			line, name, value, "a size like 512M, 0% to 100%, or mirror");
	return 0;
}

static int set_movablecore(struct line *line, const char *name, const char *value)
{
	if (parse_amount(value, &line->board->movablecore))
		return malformed(line, name, value, "a size like 512M, or 0% to 100%");
	return 0;
}

static int set_movable_node(struct line *line, const char *name, const char *value)
{
	(void)name;
	(void)value;
	line->board->movable_node = true;
	return 0;
}

static int set_numa(struct line *line, const char *name, const char *value)
{
	if (!value)
		return malformed(line, name, value, "off");
	if (!strncmp(value, "off", 3))
		line->out->numa_off = true;
	else
		qy_note(line->notes, "option numa=%s does nothing yet", value);
	return 0;
}

/* A base without a limit is an order: there and nowhere else. */
static int set_cma(struct line *line, const char *name, const char *value)
{
	struct qy_cma_request cma = { .given = true };
	const char *end;

	if (!value || qy_memparse(value, &end, &cma.size))
		goto bad;
	if (*end == '@') {
		if (qy_memparse(end + 1, &end, &cma.base))
			goto bad;
		if (__builtin_add_overflow(cma.base, cma.size, &cma.limit))
			goto bad;
		if (*end == '-' && qy_memparse(end + 1, &end, &cma.limit))
			goto bad;
	}
	if (*end)
		goto bad;
	line->board->cma = cma;
	return 0;
bad:
	return malformed(line, name, value, "SIZE[@BASE[-LIMIT]], like 64M or 64M@0-4G");
}

static int set_transparent_hugepage(
	struct line *line, const char *name, const char *value)
{
	bool never = value && !strcmp(value, "never");

	if (never || (value && (!strcmp(value, "always") || !strcmp(value, "madvise")))) {
		line->board->thp_never = never;
		return 0;
	}
	return malformed(line, name, value, "always, madvise or never");
}

static int parse_cpus(
	struct line *line, const char *name, const char *value, uint32_t *nr)
{
	uint64_t number;
	const char *end;

	if (!value || qy_memparse(value, &end, &number) || *end || number > UINT32_MAX)
		return malformed(line, name, value, "a number of CPUs");
	*nr = (uint32_t)number;
	return 0;
}

/* More CPUs than the machine has is what distributions ask for: the machine's number stands. */
static void limit_cpus(struct line *line, uint32_t nr)
{
	if (!line->out->nr_cpus || nr < line->out->nr_cpus)
		line->out->nr_cpus = nr;
}

static int set_nr_cpus(struct line *line, const char *name, const char *value)
{
	uint32_t nr = 0;

	if (parse_cpus(line, name, value, &nr))
		return -1;
	if (nr) /* none at all is ignored */
		limit_cpus(line, nr);
	return 0;
}

/* CPUs that never come up have no lists, and the others share the zone. 0 means no SMP. */
static int set_maxcpus(struct line *line, const char *name, const char *value)
{
	uint32_t nr = 0;

	if (parse_cpus(line, name, value, &nr))
		return -1;
	limit_cpus(line, nr ? nr : 1);
	return 0;
}

static int set_nosmp(struct line *line, const char *name, const char *value)
{
	(void)name;
	(void)value;
	limit_cpus(line, 1);
	return 0;
}

/* As the kernel reads a truth value. Return: 0 or 1, -1: neither. */
static int parse_bool(const char *value)
{
	switch (value ? value[0] : 0) {
	case 'y':
	case 'Y':
	case '1':
		return 1;
	case 'n':
	case 'N':
	case '0':
		return 0;
	case 'o':
	case 'O':
		if (tolower((unsigned char)value[1]) == 'n')
			return 1;
		return tolower((unsigned char)value[1]) == 'f' ? 0 : -1;
	default:
		return -1;
	}
}

static int set_page_owner(struct line *line, const char *name, const char *value)
{
	int on = parse_bool(value);

	if (on < 0)
		return malformed(line, name, value, "on or off");
	line->board->page_owner = on ? QY_PAGE_OWNER_ON : QY_PAGE_OWNER_OFF;
	return 0;
}

static int set_policy(struct line *line, const char *name, const char *value)
{
	if (value && !strcmp(value, "linux"))
		line->board->policy = QY_POLICY_LINUX;
	else if (value && !strcmp(value, "quarry"))
		line->board->policy = QY_POLICY_QUARRY;
	else
		return malformed(line, name, value, "linux or quarry");
	return 0;
}

static int set_cma_placement(struct line *line, const char *name, const char *value)
{
	bool movable = value && !strcmp(value, "zone_movable");

	if (!movable && (!value || strcmp(value, "linux") != 0))
		return malformed(line, name, value, "linux or zone_movable");
	line->board->cma_in_movable = movable;
	return 0;
}

static int set_cma_guaranteed(struct line *line, const char *name, const char *value)
{
	int on = value ? parse_bool(value) : 1;

	if (on < 0)
		return malformed(line, name, value, "on or off");
	line->board->cma_guaranteed = on;
	return 0;
}

static int set_mem_profiling(struct line *line, const char *name, const char *value)
{
	if (value && !strcmp(value, "never"))
		line->board->mem_profiling = QY_MEM_PROFILING_NONE;
	else if (value && !strcmp(value, "0"))
		line->board->mem_profiling = QY_MEM_PROFILING_OFF;
	else if (value && !strcmp(value, "1"))
		line->board->mem_profiling = QY_MEM_PROFILING_ON;
	else
		return malformed(line, name, value, "0, 1 or never");
	return 0;
}

/* --- objects --- */

/*
 * Nothing, or "=" with nothing behind it, is everything for all caches. The letters are read when a cache is made; an
 * unknown one is ignored then, as the kernel does, and told here.
 */
static int set_slab_debug(struct line *line, const char *name, const char *value)
{
	char *debug = line->board->slab.debug;
	bool letters = true;

	if (!value || !*value)
		value = "FZPU";
	if (strlen(value) >= QY_SLAB_DEBUG_SIZE)
		return malformed(line, name, value, "at most 255 characters");
	strcpy(debug, value);
	for (; *value; value++) {
		if (*value == ',')
			letters = false;
		else if (*value == ';')
			letters = true;
		else if (letters && !strchr("fzputao-", tolower((unsigned char)*value)))
			qy_note(line->notes, "slab_debug option '%c' unknown. skipped",
				*value);
	}
	return 0;
}

static int parse_small(struct line *line, const char *name, const char *value,
	uint64_t most, const char *expected, uint32_t *number)
{
	uint64_t n;
	const char *end;

	if (!value || qy_memparse(value, &end, &n) || *end || n > most)
		return malformed(line, name, value, expected);
	*number = (uint32_t)n;
	return 0;
}

#define ORDERS "an order, 0 to 10"

/* Of two bounds that contradict each other, the later one stands. */
static int set_slab_min_order(struct line *line, const char *name, const char *value)
{
	struct qy_board_slab *slab = &line->board->slab;

	if (parse_small(line, name, value, QY_MAX_PAGE_ORDER, ORDERS, &slab->min_order))
		return -1;
	if (slab->max_order < slab->min_order)
		slab->max_order = slab->min_order;
	return 0;
}

static int set_slab_max_order(struct line *line, const char *name, const char *value)
{
	struct qy_board_slab *slab = &line->board->slab;

	if (parse_small(line, name, value, QY_MAX_PAGE_ORDER, ORDERS, &slab->max_order))
		return -1;
	if (slab->min_order > slab->max_order)
		slab->min_order = slab->max_order;
	return 0;
}

static int set_slab_min_objects(struct line *line, const char *name, const char *value)
{
	return parse_small(line, name, value, 32767, "a number of objects, up to 32767",
		&line->board->slab.min_objects);
}

/* A switch of the kernel that has no counterpart. */
static int must_be_off(
	struct line *line, const char *name, const char *value, const char *expected)
{
	static const char *const off[] = { "0", "n", "N", "off" };

	for (size_t i = 0; value && i < sizeof(off) / sizeof(off[0]); i++)
		if (!strcmp(value, off[i]))
			return 0;
	return malformed(line, name, value, expected);
}

static int set_kfence(struct line *line, const char *name, const char *value)
{
	struct qy_board_kfence *kfence = &line->board->kfence;
	const struct {
		const char *name;
		uint64_t most;
		const char *expected;
		uint32_t *number;
	} parameters[] = {
		{ "sample_interval", 3600000, "milliseconds, up to 3600000; 0 is off",
			&kfence->sample_interval_ms },
		{ "burst", INT32_MAX, "a number of objects", &kfence->burst },
		{ "num_objects", 65535, "a number of objects, up to 65535",
			&kfence->num_objects },
		{ "skip_covered_thresh", 100, "percent, 0 to 100",
			&kfence->skip_covered_thresh },
	};

	if (!strcmp(name, "kfence.deferrable"))
		return must_be_off(line, name, value, "0: no CPU sleeps here");
	if (!strcmp(name, "kfence.check_on_panic"))
		return must_be_off(
			line, name, value, "0: objects are checked at their free");
	kfence->given |= !strcmp(name, "kfence.sample_interval");
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		if (!strcmp(name + strlen("kfence."), parameters[i].name))
			return parse_small(line, name, value, parameters[i].most,
				parameters[i].expected, parameters[i].number);
	return 0;
}

static int set_slab_nomerge(struct line *line, const char *name, const char *value)
{
	(void)value;
	line->board->slab.nomerge = strstr(name, "nomerge") != NULL;
	return 0;
}

static int set_init_on(struct line *line, const char *name, const char *value)
{
	int on = parse_bool(value);

	if (on < 0)
		return malformed(line, name, value, "on or off");
	if (!strcmp(name, "init_on_alloc"))
		line->board->slab.init_on_alloc = on;
	else
		line->board->slab.init_on_free = on;
	return 0;
}

/* <interval>,<probability>,<space>,<times>, as the kernel reads them: all four, with signs. */
static int set_fault(struct line *line, const char *name, const char *value)
{
	struct qy_fault_setup *setup = strcmp(name, "failslab")
					       ? &line->board->fail_page_alloc
					       : &line->board->failslab;
	const char *at = value;
	long number[4];
	char *end;

	for (unsigned int i = 0; i < 4; i++) {
		if (!at || (!isdigit((unsigned char)*at) && *at != '-' && *at != '+'))
			goto wrong;
		errno = 0;
		number[i] = strtol(at, &end, 10);
		if (errno || number[i] > INT32_MAX || number[i] < INT32_MIN ||
			*end != (i < 3 ? ',' : '\0'))
			goto wrong;
		at = end + 1;
	}
	if (number[0] < 0 || number[1] < 0)
		goto wrong;
	*setup = (struct qy_fault_setup){ true, (uint32_t)number[0], (uint32_t)number[1],
		(int32_t)number[2], (int32_t)number[3] };
	return 0;
wrong:
	return malformed(line, name, value, "interval,probability,space,times");
}

/* --- devices --- */

/* [slots][,areas][,force|noforce]; what is not one of these is ignored, as the kernel does. */
static int set_swiotlb(struct line *line, const char *name, const char *value)
{
	struct qy_dma_setup *dma = &line->board->dma;
	uint32_t *number[] = { &dma->swiotlb_slots, &dma->swiotlb_areas };
	char *at = (char *)value;

	for (int i = 0; at && i < 2 && isdigit((unsigned char)*at); i++) {
		unsigned long n = strtoul(at, &at, 0);

		if (n > 1u << 24)
			return malformed(line, name, value,
				"[SLOTS][,AREAS][,force|noforce], of 2 KiB each, up to 32 GiB");
		*number[i] = (uint32_t)n;
		at += *at == ',';
	}
	if (at && !strcmp(at, "force"))
		dma->swiotlb_force = true;
	else if (at && !strcmp(at, "noforce"))
		dma->swiotlb_off = true;
	else if (!at || *at)
		return malformed(line, name, value, "[SLOTS][,AREAS][,force|noforce]");
	return 0;
}

static int set_coherent_pool(struct line *line, const char *name, const char *value)
{
	const char *end;

	if (!value || qy_memparse(value, &end, &line->board->dma.coherent_pool) || *end)
		return malformed(line, name, value, "a size, like 2M");
	return 0;
}

static int set_iommu(struct line *line, const char *name, const char *value)
{
	int on = parse_bool(value);

	if (on < 0)
		return malformed(line, name, value, "on or off");
	if (!strcmp(name, "iommu.passthrough"))
		line->board->dma.iommu_passthrough = on;
	else
		line->board->dma.iommu_forcedac = on;
	return 0;
}

static int set_nohugevmalloc(struct line *line, const char *name, const char *value)
{
	(void)name;
	(void)value;
	line->board->no_huge_vmalloc = true;
	return 0;
}

static int set_vmalloc_reuse(struct line *line, const char *name, const char *value)
{
	static const char *const words[] = {
		[QY_VMALLOC_REUSE_HOT] = "hot",
		[QY_VMALLOC_REUSE_NEVER] = "never",
		[QY_VMALLOC_REUSE_ALWAYS] = "always",
	};

	for (unsigned int i = 0; value && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(value, words[i])) {
			line->board->vmalloc_reuse = (enum qy_vmalloc_reuse)i;
			return 0;
		}
	return malformed(line, name, value, "hot, never or always");
}

static const struct option {
	const char *name;
	int (*set)(struct line *line, const char *name, const char *value);
} options[] = {
	{ "mem", set_mem },
	{ "kernelcore", set_kernelcore },
	{ "movablecore", set_movablecore },
	{ "movable_node", set_movable_node },
	{ "numa", set_numa },
	{ "cma", set_cma },
	{ "transparent_hugepage", set_transparent_hugepage },
	{ "nr_cpus", set_nr_cpus },
	{ "maxcpus", set_maxcpus },
	{ "nosmp", set_nosmp },
	{ "page_owner", set_page_owner },
	{ "qy_policy", set_policy },
	{ "qy_cma_guaranteed", set_cma_guaranteed },
	{ "cma_placement", set_cma_placement },
	{ "fail_page_alloc", set_fault },
	{ "failslab", set_fault },
	{ "sysctl.vm.mem_profiling", set_mem_profiling },
	{ "slab_debug", set_slab_debug },
	{ "slub_debug", set_slab_debug },
	{ "slab_min_order", set_slab_min_order },
	{ "slub_min_order", set_slab_min_order },
	{ "slab_max_order", set_slab_max_order },
	{ "slub_max_order", set_slab_max_order },
	{ "slab_min_objects", set_slab_min_objects },
	{ "slub_min_objects", set_slab_min_objects },
	{ "kfence.sample_interval", set_kfence },
	{ "kfence.burst", set_kfence },
	{ "kfence.num_objects", set_kfence },
	{ "kfence.skip_covered_thresh", set_kfence },
	{ "kfence.deferrable", set_kfence },
	{ "kfence.check_on_panic", set_kfence },
	{ "slab_merge", set_slab_nomerge },
	{ "slub_merge", set_slab_nomerge },
	{ "slab_nomerge", set_slab_nomerge },
	{ "slub_nomerge", set_slab_nomerge },
	{ "init_on_alloc", set_init_on },
	{ "init_on_free", set_init_on },
	{ "swiotlb", set_swiotlb },
	{ "coherent_pool", set_coherent_pool },
	{ "iommu.passthrough", set_iommu },
	{ "iommu.forcedac", set_iommu },
	{ "nohugevmalloc", set_nohugevmalloc },
	{ "qy_vmalloc_reuse", set_vmalloc_reuse },
};

/* The memory manager's other options. A final '.' stands for every parameter of that module. */
static const char *const inert[] = {
	"cgroup.memory",
	"cgroup_disable",
	"cma_pernuma",
	"crashkernel",
	"debug_guardpage_minorder",
	"debug_pagealloc",
	"default_hugepagesz",
	"dhash_entries",
	"early_page_ext",
	"hashdist",
	"hugepages",
	"hugepagesz",
	"hugetlb_cma",
	"hugetlb_free_vmemmap",
	"ihash_entries",
	"iommu",
	"iommu.",
	"kasan",
	"kasan.",
	"kfence.",
	"kmemleak",
	"log_buf_len",
	"memblock",
	"memhp_default_state",
	"memmap",
	"memory_hotplug.",
	"memtest",
	"mminit_loglevel",
	"numa_balancing",
	"numa_cma",
	"numa_zonelist_order",
	"page_alloc.",
	"page_poison",
	"page_reporting.",
	"percpu_alloc",
	"possible_cpus",
	"psi",
	"slab_strict_numa",
	"stack_depot_disable",
	"swapaccount",
	"thp_anon",
	"thp_shmem",
	"transparent_hugepage_shmem",
	"transparent_hugepage_tmpfs",
	"vmalloc",
	"zswap.",
};

/* --- splitting --------------------------------------------------------------------------------- */

static char same_dash(char c)
{
	return c == '-' ? '_' : c;
}

static bool same_name(const char *a, const char *b)
{
	while (*a && same_dash(*a) == same_dash(*b)) {
		a++;
		b++;
	}
	return same_dash(*a) == same_dash(*b);
}

static bool is_inert(const char *name)
{
	for (size_t i = 0; i < sizeof(inert) / sizeof(*inert); i++) {
		size_t length = strlen(inert[i]);

		if (same_name(name, inert[i]))
			return true;
		if (inert[i][length - 1] == '.' && !strncmp(name, inert[i], length))
			return true;
	}
	return false;
}

static int apply_option(struct line *line, char *name, const char *value)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (same_name(name, options[i].name))
			return options[i].set(line, options[i].name, value);
	if (!strncmp(name, "sysctl.", 7))
		return qy_sysctl_set(&line->board->vm, line->place, name + 7,
			value ? value : "", line->notes, line->err);
	if (is_inert(name))
		qy_note(line->notes, "option %s does nothing yet", name);
	else
		line->nr_foreign++;
	return 0;
}

/*
 * Cuts the next option off @rest: name[=value], where blanks inside double quotes do not end it and quotes
 * around the whole or around the value are taken away. Returns what follows, or NULL at the end.
 */
static char *next_option(char *rest, char **name, char **value, bool *open_quote)
{
	bool whole_quoted;
	char *end;

	while (isspace((unsigned char)*rest))
		rest++;
	if (!*rest)
		return NULL;
	whole_quoted = *rest == '"';
	*open_quote = whole_quoted;
	*name = rest += whole_quoted;
	*value = NULL;
	for (end = rest; *end && (*open_quote || !isspace((unsigned char)*end)); end++) {
		if (*end == '"')
			*open_quote = !*open_quote;
		if (*end == '=' && end > rest && !*value)
			*value = end + 1;
	}
	rest = *end ? end + 1 : end;
	*end = '\0';
	if (*value)
		(*value)[-1] = '\0';
	if (*value && **value == '"') {
		(*value)++;
		whole_quoted = true;
	}
	if (whole_quoted && end > *name && end[-1] == '"' && (!*value || end > *value))
		end[-1] = '\0';
	return rest;
}

int qy_cmdline_apply(struct qy_board *board, const char *text, const char *place,
	struct qy_cmdline *out, struct qy_notes *notes, struct qy_err *err)
{
	struct line line = { board, place, out, notes, err, 0 };
	char *copy = strdup(text), *rest = copy, *name, *value;
	bool open_quote = false;
	int ret = 0;

	*out = (struct qy_cmdline){ 0 };
	if (!copy)
		return qy_fail(err, "%s: out of host memory", place);
	while (!ret && (rest = next_option(rest, &name, &value, &open_quote))) {
		if (open_quote)
			qy_note(notes, "%s: the quote in %s is never closed", place,
				name);
		if (!strcmp(name, "--") && !value)
			break;
		ret = apply_option(&line, name, value);
	}
	if (!ret && line.nr_foreign)
		qy_note(notes, "%u options belong to other subsystems", line.nr_foreign);
	free(copy);
	return ret;
}
