// SPDX-License-Identifier: MIT
/*
 * Failure reports are explained as a human reading them did: tests/lab/data/dmesg. No state.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/check.h"
#include "lab/explain.h"
#include "tests/runner/test.h"

#define DATA QY_SOURCE_DIR "/tests/lab/data/dmesg/"

static char *read_whole(const char *path, size_t *size)
{
	FILE *file = fopen(path, "r");
	char *text = malloc(65536);

	CHECK(file && text);
	*size = fread(text, 1, 65535, file);
	text[*size] = '\0';
	fclose(file);
	return text;
}

/* A report of the data, explained. */
struct explained {
	struct qy_dmesg log;
	struct qy_explain e;
};

static struct explained *explain_text(const char *text, size_t size)
{
	struct explained *x = calloc(1, sizeof(*x));

	CHECK(x != NULL);
	CHECK_EQ(qy_dmesg_parse(text, size, &x->log, NULL), 0);
	CHECK_EQ(x->log.nr_reports, 1);
	qy_explain(&x->log.report[0], &x->e);
	return x;
}

static struct explained *explain_file(const char *name)
{
	struct explained *x;
	char path[512], *text;
	size_t size;

	snprintf(path, sizeof(path), DATA "%s.txt", name);
	text = read_whole(path, &size);
	x = explain_text(text, size);
	free(text);
	return x;
}

static void done(struct explained *x)
{
	qy_dmesg_free(&x->log);
	free(x);
}

/* ------------------------------------------------------------------ the answer in the form of .expect */

static void say_zone(FILE *out, const struct qy_explain_zone *z)
{
	fprintf(out, "zone %u/%s ", z->report->node, z->report->name);
	if (z->verdict == QY_EXPLAIN_SERVES || z->verdict == QY_EXPLAIN_UNKNOWN) {
		fprintf(out, "%s\n",
			z->verdict == QY_EXPLAIN_SERVES ? "serves" : "unknown");
		return;
	}
	fprintf(out, "%s leave %llu usable %lld",
		z->verdict == QY_EXPLAIN_WATERMARK ? "watermark" : "block",
		(unsigned long long)(z->mark_pages + z->reserve_pages) * 4,
		(long long)z->usable_pages * 4);
	if (z->verdict == QY_EXPLAIN_WATERMARK)
		fprintf(out, " short %llu\n", (unsigned long long)z->short_pages * 4);
	else
		fprintf(out, " largest %d fragmentation %d\n", z->largest_order,
			z->fragmentation);
}

static void say_who(FILE *out, const char *what, const struct qy_dmesg_zone *z)
{
	if (z)
		fprintf(out, "%s %u/%s\n", what, z->node, z->name);
	else
		fprintf(out, "%s no\n", what);
}

static void say_request(FILE *out, const struct qy_explain *e)
{
	fprintf(out, "order %u\n", e->request.order);
	if (!e->nr_zones)
		return;
	fprintf(out, "prefers %u/%s\n", e->zone[0].report->node, e->zone[0].report->name);
	for (uint32_t i = 0; i < e->nr_zones; i++)
		say_zone(out, &e->zone[i]);
	if (e->smaller_order >= 0)
		fprintf(out, "smaller %d\n", e->smaller_order);
	else
		fputs("smaller none\n", out);
	if (e->min_free_kbytes)
		fprintf(out, "min_free_kbytes %llu\n",
			(unsigned long long)e->min_free_kbytes);
	else
		fputs("min_free_kbytes none\n", out);
	say_who(out, "atomic", e->with_atomic);
	say_who(out, "movable", e->with_movable);
	say_who(out, "anywhere", e->without_dma);
}

static void say_oom(FILE *out, const struct qy_dmesg_oom *oom)
{
	if (oom->has_limit)
		fprintf(out, "limit %s %llu usage %llu\n", oom->group,
			(unsigned long long)oom->limit_kb,
			(unsigned long long)oom->usage_kb);
	if (oom->has_victim)
		fprintf(out, "victim %s %llu\n", oom->victim,
			(unsigned long long)oom->victim_kb);
}

static void say_cma(FILE *out, const struct qy_dmesg_cma *cma)
{
	fprintf(out,
		"cma %s requested %llu errno %u free %llu of %llu run %llu short %llu\n",
		cma->area, (unsigned long long)cma->requested, cma->error,
		(unsigned long long)cma->free, (unsigned long long)cma->total,
		(unsigned long long)cma->largest_run,
		(unsigned long long)(cma->requested > cma->largest_run
					     ? cma->requested - cma->largest_run
					     : 0));
}

static char *answer_of(const struct qy_explain *e)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	if (e->report->kind == QY_DMESG_CMA)
		say_cma(out, &e->report->cma);
	else
		say_request(out, e);
	say_oom(out, &e->report->oom);
	fclose(out);
	return text;
}

/* Every zone and first-order line must be expected; of the rest, what the human wrote down. */
static void compare(const char *name)
{
	struct explained *x = explain_file(name);
	char path[512], *expected, *answer = answer_of(&x->e), *line, *rest;
	unsigned int zones = 0;
	size_t size;

	snprintf(path, sizeof(path), DATA "%s.expect", name);
	expected = read_whole(path, &size);
	for (line = strtok_r(expected, "\n", &rest); line;
		line = strtok_r(NULL, "\n", &rest)) {
		char wanted[256];

		snprintf(wanted, sizeof(wanted), "%s\n", line);
		if (!strstr(answer, wanted))
			FAIL("%s: expected \"%s\", the answer was:\n%s", name, line,
				answer);
		zones += strncmp(line, "zone ", 5) == 0;
	}
	CHECK_EQ(zones, x->e.nr_zones);
	free(expected);
	free(answer);
	done(x);
}

TEST(explain, a_recorded_report_of_6_12_names_zone_watermark_and_order_as_a_human_did)
{
	compare("recorded-6.12-small-atomic");
	compare("recorded-6.12-small-order9");
	compare("recorded-6.12-debian-atomic");
	compare("recorded-6.12-debian-order9");
}

TEST(explain, a_recorded_oom_report_names_what_was_short_and_who_was_killed)
{
	compare("recorded-6.12-small-oom-1");
	compare("recorded-6.12-small-oom-2");
	compare("recorded-6.12-small-oom-3");
	compare("recorded-6.12-small-oom-4");
	compare("recorded-6.12-debian-oom-1");
	compare("recorded-6.12-debian-oom-2");
	compare("recorded-6.12-debian-oom-3");
}

/* Every .expect has a report beside it, and every report is compared. */
TEST(explain, every_report_of_the_corpus_is_read_as_a_human_did)
{
	unsigned int nr = 0;
	struct dirent *entry;
	DIR *dir = opendir(DATA);

	CHECK(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		char name[300];
		size_t length = strlen(entry->d_name);

		if (length < 5 || strcmp(entry->d_name + length - 4, ".txt") != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(length - 4), entry->d_name);
		compare(name);
		nr++;
	}
	closedir(dir);
	CHECK(nr >= 60);
}

TEST(explain, a_report_that_quarry_printed_is_explained_too)
{
	compare("recorded-quarry-order4");
}

TEST(explain, before_6_3_only_gfp_atomic_goes_deeper_than_half_of_min)
{
	compare("made-5.4-atomic-journal");
}

TEST(explain, free_cma_does_not_count_for_an_unmovable_request)
{
	compare("made-5.10-arm64-cma");
}

TEST(explain, highatomic_pages_do_not_count_for_gfp_nowait_before_6_3)
{
	compare("made-5.15-nowait-highatomic");
}

TEST(explain, a_nodemask_and_a_zone_flag_leave_other_zones_out)
{
	compare("made-6.1-numa-dma32");
}

TEST(explain, free_highatomic_counts_instead_of_reserved_highatomic_when_it_is_printed)
{
	compare("made-6.18-free-highatomic");
}

TEST(explain, every_zone_of_a_fragmented_machine_is_judged)
{
	compare("made-6.6-arm64-dma-dma32");
	compare("made-6.6-every-order");
}

TEST(explain, zones_of_one_report_may_refuse_for_different_reasons)
{
	compare("made-6.6-mixed");
}

TEST(explain, a_cut_report_is_answered_as_far_as_it_goes)
{
	compare("made-5.10-cut");
}

/* ------------------------------------------------------------------ what is not said is not guessed */

#define HEAD \
	"x: page allocation failure: order:0, mode:0xcc0(GFP_KERNEL), nodemask=(null)\n"

static struct explained *explain_words(const char *text)
{
	return explain_text(text, strlen(text));
}

TEST(explain, a_number_that_is_cut_does_not_count)
{
	struct explained *x = explain_words(HEAD "Normal free:900kB min:20");

	CHECK_EQ(x->e.nr_zones, 1);
	CHECK_EQ(x->e.zone[0].verdict, QY_EXPLAIN_UNKNOWN);
	done(x);
}

TEST(explain, without_its_reserve_a_lower_zone_that_passes_min_is_unknown)
{
	struct explained *x =
		explain_words(HEAD "DMA free:900kB min:20kB\nNormal free:8kB min:20kB\n");

	CHECK_EQ(x->e.zone[0].verdict, QY_EXPLAIN_WATERMARK);
	CHECK_EQ(x->e.zone[1].verdict, QY_EXPLAIN_UNKNOWN);
	done(x);
}

TEST(explain, cut_flags_leave_the_number_and_a_cut_number_leaves_nothing)
{
	struct explained *x = explain_words(
		"x: page allocation failure: order:0, mode:0x820(GFP_AT\nNormal free:8kB min:20kB\n");

	CHECK(!x->e.no_mode);
	CHECK_EQ(x->e.request.gfp, QY_GFP_ATOMIC);
	done(x);
	x = explain_words(
		"x: page allocation failure: order:0, mo\nNormal free:8kB min:20kB\n");
	CHECK(x->e.no_mode);
	CHECK_EQ(x->e.nr_zones, 0);
	done(x);
}

TEST(explain, an_unknown_release_with_the_old_atomic_bit_gets_the_old_rules)
{
	struct explained *x = explain_words(
		"x: page allocation failure: order:0, mode:0xa20(GFP_ATOMIC)\nNormal free:8kB min:80kB\n");

	CHECK(x->e.request.old_rules && x->e.request.atomic);
	CHECK_EQ(x->e.zone[0].mark_pages, 8); /* 20, less 10, less 2 */
	done(x);
}

TEST(explain, from_6_3_on_a_request_that_cannot_wait_may_use_highatomic_pages)
{
#define NOWAIT(release)                                                       \
	"x: page allocation failure: order:0, mode:0x800(GFP_NOWAIT)\n"       \
	"CPU: 0 PID: 1 Comm: x Tainted: G           O       " release " #1\n" \
	"Normal free:800kB min:80kB reserved_highatomic:2048KB\n"
	struct explained *x = explain_words(NOWAIT("6.2.16"));

	CHECK_EQ(x->e.zone[0].verdict, QY_EXPLAIN_WATERMARK);
	done(x);
	x = explain_words(NOWAIT("6.3.0"));
	CHECK_EQ(x->e.zone[0].verdict, QY_EXPLAIN_SERVES);
	done(x);
}

TEST(explain, a_single_page_with_reserve_rights_is_measured_without_boost)
{
	struct explained *x = explain_words(
		"x: page allocation failure: order:0, mode:0x820(GFP_ATOMIC)\n"
		"CPU: 0 UID: 0 PID: 1 Comm: x Not tainted 6.12.1 #1\nNormal free:8kB boost:400kB min:480kB\n");

	CHECK(x->e.zone[0].boost_ignored);
	CHECK_EQ(x->e.zone[0].mark_pages, 8);
	done(x);
}

TEST(explain, exactly_the_mark_is_one_page_short)
{
	struct explained *x = explain_words(HEAD "Normal free:80kB min:80kB\n");

	CHECK_EQ(x->e.zone[0].short_pages, 1);
	done(x);
	x = explain_words(HEAD "Normal free:84kB min:80kB\n");
	CHECK_EQ(x->e.zone[0].verdict, QY_EXPLAIN_SERVES);
	done(x);
}

TEST(explain, memalloc_has_no_watermark)
{
	struct explained *x = explain_words(
		"x: page allocation failure: order:0, mode:0x20cc0(GFP_KERNEL|__GFP_MEMALLOC)\n"
		"Normal free:8kB min:480kB\n");

	CHECK(x->e.no_watermark);
	CHECK_EQ(x->e.zone[0].verdict, QY_EXPLAIN_SERVES);
	done(x);
}

TEST(explain, a_log_without_a_report_has_none_and_other_reports_are_named)
{
	static const char text[] =
		"[1.0] init: vmalloc error: size 1099511627776, exceeds total pages\n"
		"[2.0] cma: Reserved 64 MiB at 0x000000003bc00000 on node -1\n"
		"[3.0] x: page allocation stalls for 10004ms, order:0\n";
	struct qy_dmesg log;
	char buf[256];

	CHECK_EQ(qy_dmesg_parse(text, sizeof(text) - 1, &log, NULL), 0);
	CHECK_EQ(log.nr_reports, 0);
	CHECK_STR_EQ(qy_dmesg_others_text(&log, buf, sizeof(buf)),
		"1 vmalloc failure (the first in line 1), 1 allocation stall (the first in line 3)");
	qy_dmesg_free(&log);
}

TEST(explain, reports_of_three_kinds_in_one_log_are_kept_apart)
{
	static const char text[] =
		"[1.0] hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
		"[1.1] memory: usage 100kB, limit 100kB, failcnt 7\n"
		"[1.2] Memory cgroup out of memory: Killed process 7 (hog) total-vm:9kB, anon-rss:4kB, file-rss:0kB\n"
		"[2.0] cma: cma_alloc: alloc failed, req-size: 4 pages, ret: -16\n"
		"[3.0] x: page allocation failure: order:0, mode:0xcc0(GFP_KERNEL)\n"
		"[3.1] Normal free:8kB min:20kB\n";
	struct qy_dmesg log;

	CHECK_EQ(qy_dmesg_parse(text, sizeof(text) - 1, &log, NULL), 0);
	CHECK_EQ(log.nr_reports, 3);
	CHECK_EQ(log.report[0].kind, QY_DMESG_OOM);
	CHECK(log.report[0].oom.has_limit && log.report[0].oom.has_victim);
	CHECK_EQ(log.report[0].oom.victim_pid, 7);
	CHECK_EQ(log.report[0].nr_zones, 0);
	CHECK_EQ(log.report[1].kind, QY_DMESG_CMA);
	CHECK_EQ(log.report[1].cma.requested, 4);
	CHECK_STR_EQ(log.report[1].cma.area, "");
	CHECK(!log.report[1].cma.has_free);
	CHECK_EQ(log.report[2].kind, QY_DMESG_FAILURE);
	CHECK_EQ(log.report[2].nr_zones, 1);
	qy_dmesg_free(&log);
}

TEST(explain, cut_lines_of_the_oom_killer_and_of_cma_say_nothing)
{
	static const char text[] =
		"cma: cma_alloc: reserved: alloc failed, req-size: 4\n"
		"cma: cma_alloc: reserved: alloc failed, req-size: 4 pages, ret: -12\n"
		"cma: number of available pages: 3@0+7@16=> 10 free of 32 tot\n"
		"hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=99, oom_score_adj=0\n"
		"hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
		"memory: usage 100kB, limit 10\n"
		"Out of memory: Killed process 7 (ho\n";
	struct qy_dmesg log;

	CHECK_EQ(qy_dmesg_parse(text, sizeof(text) - 1, &log, NULL), 0);
	CHECK_EQ(log.nr_reports, 2);
	CHECK_EQ(log.report[0].cma.error, 12);
	CHECK(!log.report[0].cma.has_free);
	CHECK(!log.report[1].oom.has_limit && !log.report[1].oom.has_victim);
	qy_dmesg_free(&log);
}

TEST(explain, a_cpuset_binds_only_requests_that_are_walled_in)
{
#define CPUSET(names)                                      \
	"x: page allocation failure: order:0, mode:" names \
	", nodemask=(null),cpuset=camera,mems_allowed=1\n" \
	"Node 0 Normal free:8kB min:20kB\nNode 1 Normal free:8kB min:20kB\n"
	struct explained *x = explain_words(CPUSET("0x110cc0(GFP_USER|__GFP_NORETRY)"));

	CHECK_EQ(x->e.nr_zones, 1);
	CHECK_EQ(x->e.zone[0].report->node, 1);
	done(x);
	x = explain_words(CPUSET("0xcc0(GFP_KERNEL)"));
	CHECK_EQ(x->e.nr_zones, 2);
	done(x);
}

/* A copy of a report as other programs keep it: @prefix before each line, lines longer than @width broken at a blank. */
static char *written_by_others(const char *text, const char *prefix, size_t width)
{
	size_t size;
	char *copy;
	FILE *out = open_memstream(&copy, &size);

	while (*text) {
		size_t length = strcspn(text, "\n"), cut = length;

		while (cut > width && (cut == length || text[cut] != ' '))
			cut--;
		if (cut <= width && length > width && text[cut] == ' ') {
			fprintf(out, "%s%.*s\n", prefix, (int)cut, text);
			text += cut + 1;
			continue;
		}
		fprintf(out, "%s%.*s\n", prefix, (int)length, text);
		text += length + (text[length] == '\n');
	}
	fclose(out);
	return copy;
}

/* The same answer and the same task, whatever stands in front of a line and wherever it was broken. */
TEST(explain, who_kept_the_log_makes_no_difference)
{
	static const char *const reports[] = { "guest-6.1-arm64-order3", "guest-6.12-oom",
		"guest-5.10-debian-atomic-order3", "guest-6.12-debian-this-node" };
	static const char *const prefixes[] = { "", "    ", "> ", "> > [   12.345678] ",
		"kern  :warn  : [  100.000000] ", "2026-11-30T03:04:05,123456+00:00 ",
		"2026-11-30T03:04:05.123456+00:00 host kernel: [    7.000000] ",
		"<4>1 2026-11-30T03:04:05.000Z host kernel - - - ", "4,123,45678,-;",
		"11-30 03:04:05.123     0     0 W         : ",
		"Nov 30 03:04:05 host kernel[0]: ", "\033[33m[  100.000001] \033[0m",
		"[   12.345678][    C1] " };
	static const size_t widths[] = { 4000, 72, 100 };

	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		struct explained *plain = explain_file(reports[i]);
		char path[512], *text, *bare, *wanted = answer_of(&plain->e);
		size_t size;

		snprintf(path, sizeof(path), DATA "%s.txt", reports[i]);
		text = read_whole(path, &size);
		bare = written_by_others(text, "", 4000);
		for (size_t n = 0; n < sizeof(prefixes) / sizeof(prefixes[0]) * 3; n++) {
			char *other =
				written_by_others(bare, prefixes[n / 3], widths[n % 3]);
			struct explained *x = explain_words(other);
			char *answer = answer_of(&x->e);

			if (strcmp(answer, wanted) != 0 ||
				strcmp(x->log.report[0].comm,
					plain->log.report[0].comm) != 0)
				FAIL("\"%s\", wide %zu: %s says\n%swanted\n%s%s",
					prefixes[n / 3], widths[n % 3],
					x->log.report[0].comm, answer, wanted, other);
			free(answer);
			free(other);
			done(x);
		}
		free(bare);
		free(text);
		free(wanted);
		done(plain);
	}
}

TEST(explain, a_zone_that_stands_below_its_node_is_that_nodes)
{
	struct explained *x = explain_words(
		HEAD "Node 1\nNormal free:8kB min:20kB\nlowmem_reserve[]:\n 0\n 0\n 0\n");

	CHECK_EQ(x->e.zone[0].report->node, 1);
	CHECK_EQ(x->e.zone[0].report->nr_reserve, 3);
	done(x);
	x = explain_words(HEAD "Node 99 Normal free:8kB min:20kB\n");
	CHECK_EQ(x->e.nr_zones, 0);
	done(x);
}

TEST(explain, a_syslog_line_that_joins_several_is_taken_apart)
{
	struct explained *x = explain_words(
		"Feb  9 08:09:39 host kernel: " HEAD
		"Feb  9 08:09:39 host kernel: free:1 free_pcp:2#012Normal free:8kB min:480kB#012lowmem_reserve[]: 0 0\n");

	CHECK_STR_EQ(x->log.report[0].comm, "x");
	CHECK_EQ(x->e.zone[0].verdict, QY_EXPLAIN_WATERMARK);
	CHECK_EQ(x->log.report[0].zone[0].nr_reserve, 2);
	done(x);
}

/* ------------------------------------------------------------------ the scenario */

static const struct qy_why_zone *why_of(const struct qy_why *why, const char *name)
{
	for (uint32_t i = 0; i < why->nr_zones; i++)
		if (strcmp(why->zone[i].stats.name, name) == 0)
			return &why->zone[i];
	return NULL;
}

/* The last request of the scenario is refused in every zone for the report's reason. */
static void check_why(const struct qy_explain *e, const struct qy_check *check)
{
	const struct qy_why *why = check->request[check->scenario->nr_requests - 1].why;

	CHECK(!check->pass);
	CHECK_STR_EQ(check->broken, "");
	CHECK(why != NULL);
	CHECK_EQ(why->order, e->request.order);
	for (uint32_t i = 0; i < e->nr_zones; i++) {
		const struct qy_why_zone *zone = why_of(why, e->zone[i].report->name);

		CHECK(zone != NULL);
		CHECK_EQ(zone->refusal, e->zone[i].verdict == QY_EXPLAIN_WATERMARK
						? QY_REFUSED_WATERMARK
						: QY_REFUSED_NO_BLOCK);
		CHECK_EQ(zone->stats.managed_pages,
			e->zone[i].report->kb[QY_DMESG_MANAGED] / 4);
	}
	CHECK_EQ(why_of(why, e->zone[0].report->name)->mark_pages, e->zone[0].mark_pages);
}

static void reproduce(const char *name)
{
	struct explained *x = explain_file(name);
	struct qy_check *check = calloc(1, sizeof(*check));
	char dir[] = "/tmp/quarry-explain-XXXXXX", yaml[64], dts[64];
	const struct qy_check_hooks hooks = { 0 };
	struct qy_scenario *scenario;
	struct qy_err err = { "" };

	CHECK(check && mkdtemp(dir));
	snprintf(yaml, sizeof(yaml), "%s/x.yaml", dir);
	snprintf(dts, sizeof(dts), "%s/x.dts", dir);
	if (qy_explain_scenario(&x->e, yaml, &err))
		FAIL("%s: %s", name, err.text);
	scenario = qy_scenario_load(yaml, &err);
	if (!scenario || qy_check_prepare(scenario, check, &err) ||
		qy_check_run(check, &hooks, &err))
		FAIL("%s: %s", name, err.text);
	check_why(&x->e, check);
	/* a second one does not overwrite the first */
	CHECK_EQ(qy_explain_scenario(&x->e, yaml, &err), -1);
	CHECK(access(yaml, R_OK) == 0);
	qy_check_free(check);
	free(check);
	qy_scenario_free(scenario);
	CHECK_EQ(unlink(yaml) | unlink(dts) | rmdir(dir), 0);
	done(x);
}

TEST(explain,
	the_scenario_of_a_recorded_watermark_refusal_is_refused_by_the_same_watermark)
{
	reproduce("recorded-6.12-small-atomic");
	reproduce("recorded-6.12-debian-atomic");
}

TEST(explain, the_scenario_of_a_recorded_fragmentation_lacks_the_same_block)
{
	reproduce("recorded-6.12-small-order9");
	reproduce("recorded-6.12-debian-order9");
}

TEST(explain, the_scenario_of_an_oom_report_is_refused_by_the_same_watermark)
{
	reproduce("guest-6.12-oom");
}

TEST(explain, the_scenario_of_a_report_in_another_format_is_refused_too)
{
	reproduce("made-5.10-arm64-cma");
	reproduce("made-6.18-free-highatomic");
	reproduce("recorded-quarry-order4");
}

TEST(explain, the_scenario_makes_up_for_mins_that_are_not_shared_out_by_size)
{
	reproduce("made-6.6-mixed");
}

TEST(explain, an_arm64_scenario_ends_zone_dma_by_dma_ranges)
{
	reproduce("made-6.6-arm64-dma-dma32");
}

TEST(explain, a_scenario_of_three_zones_with_blocks_of_every_order_fits_its_64_requests)
{
	reproduce("made-6.6-every-order");
}

TEST(explain, a_report_that_has_no_board_is_refused_in_one_line_and_leaves_nothing)
{
	struct explained *x = explain_file("made-5.10-cut");
	struct qy_err err = { "" };

	CHECK_EQ(qy_explain_scenario(&x->e, "/tmp/quarry-explain-none.yaml", &err), -1);
	CHECK(strstr(err.text, "does not say what zone Normal manages") != NULL);
	CHECK(access("/tmp/quarry-explain-none.yaml", F_OK) != 0);
	done(x);
	x = explain_file("made-6.1-numa-dma32");
	CHECK_EQ(qy_explain_scenario(&x->e, "/tmp/quarry-explain-none.yaml", &err), -1);
	CHECK(strstr(err.text, "several nodes") != NULL);
	done(x);
}
