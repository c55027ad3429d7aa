// SPDX-License-Identifier: MIT
/*
 * See report.h. No state.
 */
#include "lab/report.h"

#include <string.h>

#include "lab/picture.h"
#include "lab/remedy.h"
#include "lab/units.h"

#define ULL(x)    ((unsigned long long)(x))
#define MAX_NOTES 8 /* that are worth their lines in a report */

static const char *const type_names[QY_MIGRATE_TYPES] = {
	"Unmovable",
	"Movable",
	"Reclaimable",
	"HighAtomic",
	"CMA",
	"Isolate",
};

struct words {
	char text[6][32];
	unsigned int used;
};

/* Sizes and times of one line of output; each gets a buffer of its own. */
static const char *size_word(struct words *w, uint64_t bytes)
{
	char *buf = w->text[w->used++ % 6];

	return qy_format_size(buf, sizeof(w->text[0]), bytes);
}

static const char *pages_word(struct words *w, uint64_t pages)
{
	return size_word(w, pages * QY_PAGE_SIZE);
}

static const char *time_word(struct words *w, uint64_t ns)
{
	char *buf = w->text[w->used++ % 6];

	return qy_format_duration(buf, sizeof(w->text[0]), ns);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ------------------------------------------------------------------ board and load */

static const char *arch_name(const struct qy_board *board)
{
	return board->arch == QY_ARCH_X86_64 ? "x86-64" : "arm64";
}

static void print_board(FILE *out, const struct qy_check *check)
{
	const struct qy_board *board = &check->board->board;
	struct words w = { 0 };
	uint64_t ram = 0;

	for (uint32_t i = 0; i < board->nr_banks; i++)
		ram += board->banks[i].size;
	fprintf(out, "board    %s (%s): %s, %u CPU%s, %s of RAM, %s free after boot\n",
		base_name(check->board_name), board->model ? board->model : "no model",
		arch_name(board), board->nr_cpus, board->nr_cpus == 1 ? "" : "s",
		size_word(&w, ram), pages_word(&w, check->free_at_boot));
}

static void print_gap(FILE *out, const struct qy_check *check)
{
	const struct qy_start_gap *gap = &check->gap;

	if (check->start_kept)
		fprintf(out,
			"         %llu frames that the load frees are at their recorded place\n",
			ULL(check->start_kept));
	if (gap->more_pageblocks)
		fprintf(out,
			"         the board has %llu pageblocks more than the record: taken\n",
			ULL(gap->more_pageblocks));
	if (gap->free_blocks || gap->pageblocks || gap->pcp_pages)
		fprintf(out,
			"         it differs from the record by %llu free blocks, %llu types of pageblocks, %llu pages on CPUs\n",
			ULL(gap->free_blocks), ULL(gap->pageblocks), ULL(gap->pcp_pages));
}

static void print_start(FILE *out, const struct qy_check *check)
{
	const struct qy_start_spec *spec = &check->scenario->start;
	bool aged = spec->kind == QY_START_AGED;
	struct words w = { 0 };

	if (spec->kind == QY_START_FRESH)
		return;
	fprintf(out, "start    %s %llu: %s taken, %s free\n",
		aged ? "after a life drawn by seed" : "as recorded, placed by seed",
		ULL(aged ? spec->seed : check->scenario->seed),
		pages_word(&w, check->start_pages), pages_word(&w, check->free_at_start));
	print_gap(out, check);
}

/* What of the board's files and settings was found odd or has no effect. */
static void print_notes(FILE *out, const struct qy_check *check)
{
	const struct qy_notes *notes = &check->board->notes;
	size_t i;

	for (i = 0; i < notes->nr && i < MAX_NOTES; i++)
		fprintf(out, "%s %s\n", i ? "        " : "note    ", notes->line[i]);
	if (i < notes->nr)
		fprintf(out,
			"         and %zu more notes (see the event log, --log FILE)\n",
			notes->nr - i);
}

static void print_instances(FILE *out, const struct qy_load_spec *spec)
{
	if (spec->instances > 1)
		fprintf(out, ", %u of it side by side", spec->instances);
}

static void print_what_was_loaded(FILE *out, const struct qy_check *check, uint32_t i,
	const struct qy_load_spec *spec)
{
	const struct qy_trace *trace = &check->trace[i];
	const struct qy_board *board = &check->board->board;
	struct words w = { 0 };

	if (spec->kind == QY_LOAD_GENERATOR) {
		fprintf(out, "load %u   generated: %llu allocations in %s", i,
			ULL(trace->nr_alloc), time_word(&w, trace->duration_ns));
		print_instances(out, spec);
		fputc('\n', out);
		return;
	}
	if (spec->trace.captured && check->capture->no_trace[0]) {
		fprintf(out, "load %u   none: %s has no trace (%.127s)\n", i,
			base_name(spec->trace.file), check->capture->no_trace);
		return;
	}
	fprintf(out, "load %u   trace %s: %llu allocations, %llu frees in %s", i,
		base_name(spec->trace.file), ULL(trace->nr_alloc), ULL(trace->nr_free),
		time_word(&w, trace->duration_ns));
	if (spec->trace.repeat > 1)
		fprintf(out, ", %u times", spec->trace.repeat);
	if (spec->trace.until_ns)
		fprintf(out, ", again and again until %s",
			time_word(&w, spec->trace.until_ns));
	if (spec->trace.speed != 1000)
		fprintf(out, ", %u.%03u times as fast", spec->trace.speed / 1000,
			spec->trace.speed % 1000);
	if (spec->trace.scale != 1000)
		fprintf(out, ", of them %u.%u%% of the blocks", spec->trace.scale / 10,
			spec->trace.scale % 10);
	print_instances(out, spec);
	fprintf(out,
		"\n         %s: recorded on %u CPUs%s%s, replayed on %s with %u CPUs\n",
		spec->trace.captured && !check->scenario->board.dtb
			? "the board's own load"
			: "a transplanted load",
		trace->nr_cpus, trace->kernel[0] ? ", Linux " : "", trace->kernel,
		arch_name(board), board->nr_cpus);
	if (trace->nr_lost)
		fprintf(out, "         the recorder lost %llu events\n",
			ULL(trace->nr_lost));
	if (trace->nr_unknown_flag_bits)
		fprintf(out,
			"         flags that Linux 6.12 does not have were left out: %s\n",
			trace->unknown_flags);
	if (trace->flags_assumed)
		fputs("         its flag table could not be read: flags taken as those of Linux 6.12\n",
			out);
}

/* Of one round: the sum over rounds would tell nobody how much memory that is. */
static void print_older(
	FILE *out, const struct qy_older *older, const struct qy_load_result *result)
{
	struct words w = { 0 };

	if (!result->counts.nr_older)
		return;
	fprintf(out,
		"         start state: %zu blocks (%s) older than the recording, allocated beforehand%s\n",
		older->nr, pages_word(&w, older->pages),
		result->rounds > 1 ? ", in each round" : "");
	if (result->counts.nr_older_refused)
		fprintf(out,
			"         %llu of %llu in all rounds found no room on this board\n",
			ULL(result->counts.nr_older_refused),
			ULL(result->counts.nr_older));
}

/* Only what happened: a line of zeros tells nothing. */
static void print_oddities(FILE *out, const struct qy_replay_counts *counts)
{
	const struct {
		uint64_t nr;
		const char *what;
	} odd[] = {
		{ counts->nr_unknown_frees,
			"frees of frames that nobody held (not played)" },
		{ counts->nr_implied_frees,
			"frees without an event (the frame was allocated again)" },
		{ counts->nr_splits, "blocks split (a part was freed)" },
		{ counts->nr_absent_frees,
			"frees of blocks that were refused or dropped here before" },
	};

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		if (odd[i].nr)
			fprintf(out, "         %llu %s\n", ULL(odd[i].nr), odd[i].what);
	}
}

static void print_load(FILE *out, const struct qy_check *check, uint32_t i)
{
	const struct qy_load_result *result = &check->load[i];
	const struct qy_replay_counts *counts = &result->counts;
	struct words w = { 0 };

	print_what_was_loaded(out, check, i, &check->scenario->load[i]);
	print_older(out, &check->older[i], result);
	fprintf(out, "         played: %llu allocations (%s), %llu frees, %u round%s\n",
		ULL(counts->nr_allocs), pages_word(&w, counts->pages_allocated),
		ULL(counts->nr_frees), result->rounds, result->rounds == 1 ? "" : "s");
	if (result->nr_cut)
		fprintf(out, "         %llu events lie behind the end of the scenario\n",
			ULL(result->nr_cut));
	print_oddities(out, counts);
	if (counts->nr_failed)
		fprintf(out,
			"         %llu allocation%s refused, the first at %s (order %u)\n",
			ULL(counts->nr_failed), counts->nr_failed == 1 ? "" : "s",
			time_word(&w, counts->first_failed_ns),
			counts->first_failed_order);
}

static void print_totals(FILE *out, const struct qy_check *check)
{
	struct words w = { 0 };

	fprintf(out, "time     %s of board time, seed %llu\n",
		time_word(&w, check->duration_ns), ULL(check->scenario->seed));
	fprintf(out, "memory   the load held %s at its peak; least free: %s at %s\n",
		pages_word(&w, check->pages_peak), pages_word(&w, check->min_free_pages),
		time_word(&w, check->min_free_ns));
	if (check->pages_dropped)
		fprintf(out,
			"reclaim  a stand-in dropped %s of page cache, oldest first: %llu times for kswapd, %llu times for a request that waited\n",
			pages_word(&w, check->pages_dropped), ULL(check->nr_balanced),
			ULL(check->nr_direct));
	if (check->board->board.policy == QY_POLICY_QUARRY)
		fprintf(out,
			"policy   quarry: %s of movable pages made room for unmovable ones, %llu pageblocks were emptied for them\n",
			pages_word(&w, check->room.pages_moved),
			ULL(check->room.blocks_claimed));
	if (check->pages_forgotten)
		fprintf(out,
			"lent     guaranteed areas took %s back from clean page cache, without a copy\n",
			pages_word(&w, check->pages_forgotten));
	if (check->pages_moved)
		fprintf(out,
			"moved    %s of movable pages, to make room for larger blocks\n",
			pages_word(&w, check->pages_moved));
	if (check->nr_warnings)
		fprintf(out,
			"kernel   %llu warning lines (see the event log, --log FILE)\n",
			ULL(check->nr_warnings));
}

/* ------------------------------------------------------------------ zones */

static void print_zones(FILE *out, const struct qy_check *check)
{
	fputs("\nzones at the end (KiB)\n"
	      "  node zone       managed       free    on CPUs        min        low       high\n",
		out);
	for (uint32_t i = 0; i < check->nr_zones; i++) {
		const struct qy_zone_stats *z = &check->zone[i];

		if (!z->managed_pages)
			continue;
		fprintf(out, "  %4u %-8s %10llu %10llu %10llu %10llu %10llu %10llu\n",
			z->node, z->name, ULL(z->managed_pages * 4),
			ULL(z->free_pages * 4), ULL(z->pcp_pages * 4),
			ULL(z->watermark[0] * 4), ULL(z->watermark[1] * 4),
			ULL(z->watermark[2] * 4));
	}
}

static void print_free_blocks(FILE *out, const struct qy_zone_stats *z)
{
	fprintf(out, "        %-8s free blocks, order", z->name);
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		fprintf(out, "%6u", order);
	fputc('\n', out);
	for (unsigned int type = 0; type < QY_MIGRATE_TYPES; type++) {
		uint64_t all = 0;

		for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
			all += z->nr_free[order][type];
		if (!all)
			continue;
		fprintf(out, "        %8s %18s", "", type_names[type]);
		for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
			fprintf(out, "%6llu", ULL(z->nr_free[order][type]));
		fputc('\n', out);
	}
}

/* ------------------------------------------------------------------ expectations */

static void print_taint(
	FILE *out, const struct qy_why *why, const struct qy_why_zone *zone)
{
	char text[1024], *rest = text;

	qy_why_taint_text(why, zone, text, sizeof(text));
	while (rest && *rest)
		fprintf(out, "        %s\n", strsep(&rest, "\n"));
}

static void print_why_zones(FILE *out, const struct qy_why *why)
{
	char text[1024];

	fprintf(out, "        zones: %s\n", qy_why_zones_text(why, text, sizeof(text)));
	for (uint32_t i = 0; i < why->nr_zones; i++)
		fprintf(out, "        %s\n",
			qy_why_zone_text(why, &why->zone[i], text, sizeof(text)));
	for (uint32_t i = 0; i < why->nr_zones; i++)
		print_free_blocks(out, &why->zone[i].stats);
	for (uint32_t i = 0; i < why->nr_zones; i++)
		print_taint(out, why, &why->zone[i]);
}

static void print_why_index(FILE *out, const struct qy_why *why)
{
	if (!why)
		return;
	print_free_blocks(out, &why->zone[0].stats);
	print_taint(out, why, &why->zone[0]);
}

static void print_why_cma(FILE *out, const struct qy_request_spec *spec,
	const struct qy_request_result *result)
{
	const struct qy_cma_why *why = result->cma_why;
	struct words w = { 0 };
	char text[1024];

	fprintf(out,
		"        why: %s. First refused: buffer %u of round %llu at %s (%s of %s)\n",
		qy_cma_cause_name(why->failure.cause), result->why_block + 1,
		ULL(result->why_round + 1), time_word(&w, why->when_ns),
		pages_word(&w, spec->buffer_pages),
		spec->area ? spec->area : "the default area");
	for (unsigned int i = 0; i < QY_CMA_WHY_LINES; i++) {
		if (qy_cma_why_text(why, i, text, sizeof(text))[0])
			fprintf(out, "        %s\n", text);
	}
}

static void print_why_device(FILE *out, const struct qy_request_spec *spec,
	const struct qy_request_result *result)
{
	const struct qy_device_why *why = result->device_why;
	struct words w = { 0 };
	char text[1024];

	fprintf(out,
		"        why: %s. First refused: buffer %u of round %llu at %s (%s for %s)\n",
		qy_device_cause_name(why->cause), result->why_block + 1,
		ULL(result->why_round + 1), time_word(&w, why->when_ns),
		pages_word(&w, spec->buffer_pages), why->device);
	for (uint32_t i = 0; i < why->nr_lines; i++)
		fprintf(out, "        %s\n", why->line[i]);
	for (unsigned int i = 0; result->cma_why && i < QY_CMA_WHY_LINES; i++) {
		if (qy_cma_why_text(result->cma_why, i, text, sizeof(text))[0])
			fprintf(out, "        %s\n", text);
	}
	if (result->why)
		print_why_zones(out, result->why);
}

static void print_why_request(FILE *out, const struct qy_check *check, uint32_t index)
{
	const struct qy_request_result *result = &check->request[index];
	const struct qy_request_spec *spec = &check->scenario->request[index];
	const struct qy_why *why = result->why;
	uint64_t pages = (uint64_t)spec->count << spec->order;
	struct words w = { 0 };

	if (result->device_why) {
		print_why_device(out, spec, result);
		return;
	}
	if (result->cma_why)
		print_why_cma(out, spec, result);
	else if (!result->rounds)
		fputs("        it was never asked for: it starts behind the end\n", out);
	else if (spec->kind == QY_REQUEST_PIN)
		fputs("        why: the load held fewer single pages that can move\n",
			out);
	if (!why)
		return;
	fprintf(out,
		"        why: %s. First refused: block %u of round %llu at %s (%s, CPU %u)\n",
		qy_why_reason(why), result->why_block + 1, ULL(result->why_round + 1),
		time_word(&w, why->when_ns), spec->gfp_text, spec->cpu);
	if (pages > why->managed_pages)
		fprintf(out, "        a round asks for %s, the board has %s\n",
			pages_word(&w, pages), pages_word(&w, why->managed_pages));
	print_why_zones(out, why);
}

static void print_why_load(FILE *out, const struct qy_check *check)
{
	for (uint32_t i = 0; i < check->scenario->nr_loads; i++) {
		const struct qy_why *why = check->load[i].why;
		struct words w = { 0 };

		if (!why)
			continue;
		fprintf(out,
			"        why: %s. First refused: order %u, gfp %#x (%s), of load %u at %s\n",
			qy_why_reason(why), why->order, why->gfp,
			qy_gfp_class_name(qy_gfp_class(why->gfp)), i,
			time_word(&w, why->when_ns));
		print_why_zones(out, why);
	}
}

static void print_remedy(FILE *out, const struct qy_remedy *remedy)
{
	char text[2048];

	if (remedy)
		fprintf(out, "        remedy: %s\n",
			qy_remedy_text(remedy, text, sizeof(text)));
}

/* The first request that must not wait and was refused; else the load's. */
static void print_why_atomic(FILE *out, const struct qy_check *check)
{
	for (uint32_t i = 0; i < check->scenario->nr_requests; i++) {
		if (!(check->scenario->request[i].gfp & QY___GFP_DIRECT_RECLAIM) &&
			check->request[i].why) {
			print_why_request(out, check, i);
			return;
		}
	}
	print_why_load(out, check);
}

static void print_why_free(FILE *out, const struct qy_free_why *why)
{
	struct words w = { 0 };

	if (!why->taken)
		return;
	fprintf(out, "        why: it was below from %s on\n",
		time_word(&w, why->when_ns));
	qy_report_print_use(out, &why->use);
}

void qy_report_print_why(FILE *out, const struct qy_check *check, uint32_t i)
{
	const struct qy_expect_spec *spec = &check->scenario->expect[i];

	switch (spec->kind) {
	case QY_EXPECT_SHARE:
	case QY_EXPECT_EACH:
		print_why_request(out, check, spec->request);
		break;
	case QY_EXPECT_LOAD:
		print_why_load(out, check);
		break;
	case QY_EXPECT_LATENCY:
		qy_report_print_latency_why(out, check, i);
		if (check->request[spec->request].why ||
			!check->request[spec->request].rounds)
			print_why_request(out, check, spec->request);
		break;
	case QY_EXPECT_FRAGMENTATION:
	case QY_EXPECT_UNUSABLE:
		print_why_index(out, check->index_why[i]);
		break;
	case QY_EXPECT_FREE:
		print_why_free(out, &check->free_why[i]);
		break;
	case QY_EXPECT_ATOMIC:
		print_why_atomic(out, check);
		break;
	default:
		qy_report_print_task_why(out, check, i);
	}
	print_remedy(out, check->remedy[i]);
}

/* Thousandths of a percent: 99.95%, 100.0%. */
static const char *share_word(char *buf, size_t size, uint64_t millipercent)
{
	int length = snprintf(buf, size, "%llu.%03llu", ULL(millipercent / 1000),
		ULL(millipercent % 1000));

	while (buf[length - 1] == '0' && buf[length - 2] != '.')
		length--;
	snprintf(buf + length, size - (size_t)length, "%%");
	return buf;
}

void qy_report_expect_text(
	const struct qy_check *check, uint32_t i, char *buf, size_t size)
{
	const struct qy_expect_spec *spec = &check->scenario->expect[i];
	const struct qy_expect_result *result = &check->expect[i];
	const struct qy_request_spec *request = &check->scenario->request[spec->request];
	const struct qy_request_result *got = &check->request[spec->request];
	struct words w = { 0 };
	char rounds[48], what[48], had[32], wanted[32];

	switch (spec->kind) {
	case QY_EXPECT_SHARE:
		snprintf(buf, size,
			"%s: %llu of %llu %s (%s, expected %s) in %llu round%s, %llu of them whole",
			request->name, ULL(got->got), ULL(got->asked),
			qy_request_what(request, what, sizeof(what)),
			share_word(had, sizeof(had), (uint64_t)result->actual),
			share_word(wanted, sizeof(wanted), spec->millipercent),
			ULL(got->rounds), got->rounds == 1 ? "" : "s",
			ULL(got->whole_rounds));
		break;
	case QY_EXPECT_EACH:
		if (got->rounds == 1)
			snprintf(rounds, sizeof(rounds), "its one round");
		else
			snprintf(rounds, sizeof(rounds), "the worst of %llu rounds",
				ULL(got->rounds));
		snprintf(buf, size, "%s: %llu of %u %s in %s (expected %llu)",
			request->name, ULL(result->actual), request->count,
			qy_request_what(request, what, sizeof(what)), rounds,
			ULL(spec->amount));
		break;
	case QY_EXPECT_LOAD:
		snprintf(buf, size,
			"load: %llu refused allocations (expected at most %llu)",
			ULL(result->actual), ULL(spec->amount));
		break;
	case QY_EXPECT_FREE:
		snprintf(buf, size, "free%s%s: %s at the least, at %s (expected %s)",
			spec->zone ? " of " : "", spec->zone ? spec->zone : "",
			size_word(&w, (uint64_t)result->actual),
			time_word(&w, result->when_ns), size_word(&w, spec->amount));
		break;
	case QY_EXPECT_LATENCY:
		qy_report_latency_text(check, i, buf, size);
		break;
	case QY_EXPECT_FRAGMENTATION:
	case QY_EXPECT_UNUSABLE:
		qy_report_index_text(check, i, buf, size);
		break;
	default:
		qy_report_task_text(check, i, buf, size);
	}
}

static void print_drivers(FILE *out, const struct qy_check *check, bool colour)
{
	for (uint32_t i = 0; i < check->drivers.nr; i++) {
		const struct qy_driver_case *c = &check->drivers.cases[i];

		fprintf(out, "  %s%s%s  %s%s%s\n",
			!colour   ? ""
			: c->pass ? "\033[32m"
				  : "\033[1;31m",
			c->pass ? "PASS" : "FAIL", colour ? "\033[0m" : "", c->name,
			*c->text ? ": " : "", c->text);
		if (c->why)
			fputs(c->why, out);
	}
}

static void print_expects(FILE *out, const struct qy_check *check, bool colour)
{
	if (check->refused)
		fputs(check->refused, out);
	for (uint32_t i = 0; i < check->scenario->nr_expects; i++) {
		bool pass = check->expect[i].pass;
		char text[320];

		qy_report_expect_text(check, i, text, sizeof(text));
		fprintf(out, "  %s%s%s  %s\n",
			!colour ? ""
			: pass  ? "\033[32m"
				: "\033[1;31m",
			pass ? "PASS" : "FAIL", colour ? "\033[0m" : "", text);
		if (!pass)
			qy_report_print_why(out, check, i);
	}
	print_drivers(out, check, colour);
	if (check->nr_corrupt)
		fprintf(out,
			"  FAIL  memory: %llu frames lost their content, the first is pfn %#llx\n",
			ULL(check->nr_corrupt), ULL(check->corrupt_pfn));
	if (check->broken[0])
		fprintf(out, "  FAIL  machine: %s\n", check->broken);
}

static void print_verdict(FILE *out, const struct qy_check *check, bool colour)
{
	fprintf(out, "%sverdict: %s",
		!colour       ? ""
		: check->pass ? "\033[32m"
			      : "\033[1;31m",
		check->pass ? "PASS" : "FAIL");
	if (check->nr_failed_expects)
		fprintf(out, " (%u of %u expectations)", check->nr_failed_expects,
			check->scenario->nr_expects);
	else if (check->drivers.nr_failed)
		fprintf(out, " (%u of %u checks of drivers)", check->drivers.nr_failed,
			check->drivers.nr);
	else if (check->pass && check->drivers.nr)
		fprintf(out, " (%u expectation%s, %u checks of drivers)",
			check->scenario->nr_expects,
			check->scenario->nr_expects == 1 ? "" : "s", check->drivers.nr);
	else if (check->pass)
		fprintf(out, " (%u expectation%s)", check->scenario->nr_expects,
			check->scenario->nr_expects == 1 ? "" : "s");
	fprintf(out, "%s\n", colour ? "\033[0m" : "");
}

/* ------------------------------------------------------------------ doors */

void qy_report_print(FILE *out, const struct qy_check *check, bool colour)
{
	fprintf(out, "quarry check %s\n\n", check->scenario->path);
	print_board(out, check);
	print_notes(out, check);
	print_start(out, check);
	for (uint32_t i = 0; i < check->scenario->nr_loads; i++)
		print_load(out, check, i);
	qy_report_print_tasks(out, check);
	qy_report_print_files(out, check);
	qy_report_print_timeline(out, check);
	print_totals(out, check);
	print_zones(out, check);
	fputs("\nmemory at the end\n", out);
	qy_picture_print(out, check->blocks, check->nr_blocks);
	fputs("\nexpectations\n", out);
	print_expects(out, check, colour);
	fputc('\n', out);
	qy_driver_print_caches(out, &check->drivers);
	qy_driver_print_sites(out, &check->drivers);
	print_verdict(out, check, colour);
}

void qy_report_print_brief(FILE *out, const struct qy_check *check, bool colour)
{
	print_expects(out, check, colour);
	print_verdict(out, check, colour);
}
