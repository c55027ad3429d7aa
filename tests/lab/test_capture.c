// SPDX-License-Identifier: MIT
/*
 * Captures of two guests as board, start state and load, and the same archives with one entry changed.
 * tests/lab/data/capture/README.md tells where they come from.
 */
#include "lab/capture.h"
#include "lab/check.h"
#include "tests/runner/test.h"

#include <archive.h>
#include <archive_entry.h>
#include <quarry/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA   QY_SOURCE_DIR "/tests/lab/data/capture/"
#define X86_64 DATA "x86_64.tar.gz"
#define ARM64  DATA "arm64.tar.gz"
#define TOP    "quarry-capture/"

static void load(const char *path, struct qy_capture *capture)
{
	struct qy_err err = { "" };

	if (qy_capture_load(path, capture, &err))
		FAIL("%s", err.text);
}

/* ------------------------------------------------------------------ what is in it */

TEST(capture, an_archive_is_a_machine_with_its_trace)
{
	struct qy_capture x86, arm;

	load(X86_64, &x86);
	load(ARM64, &arm);
	CHECK(x86.x86_64 && !arm.x86_64);
	CHECK_EQ(x86.cpus, 2);
	CHECK_EQ(arm.cpus, 2);
	CHECK_STR_EQ(x86.trace.kernel, "6.12.117+deb12-amd64");
	CHECK_STR_EQ(arm.trace.kernel, "6.12.95+deb12-arm64");
	CHECK(x86.trace.nr_alloc > 1000 && x86.trace.nr_free > 1000);
	CHECK(arm.trace.nr_alloc > 1000 && arm.trace.nr_free > 1000);
	CHECK_EQ(x86.trace.nr_lost, 0);
	CHECK_STR_EQ(x86.no_trace, "");
	CHECK(!x86.text[QY_CAPTURE_FDT] && arm.text[QY_CAPTURE_FDT]);
	qy_capture_free(&x86);
	qy_capture_free(&arm);
}

static uint64_t apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* The recorded watermarks of a zone, in pages: "min", "low", "high" behind its name in zoneinfo. */
static void recorded_marks(
	const struct qy_capture *c, const char *zone, unsigned long marks[3])
{
	static const char *const names[] = { "\n        min ", "\n        low ",
		"\n        high " };
	char head[64];
	const char *at;

	snprintf(head, sizeof(head), "Node 0, zone %8s\n", zone);
	at = strstr(c->text[QY_CAPTURE_ZONEINFO], head);
	CHECK(at != NULL);
	for (int i = 0; i < 3; i++) {
		const char *line = strstr(at, names[i]);

		CHECK(line && sscanf(line + strlen(names[i]), "%lu", &marks[i]) == 1);
	}
}

static void check_zones(struct qy_capture *c, struct qy_machine *m)
{
	static struct qy_snapshot snap;
	struct qy_zone_stats ours;
	struct qy_err err;
	unsigned long marks[3];
	uint32_t nr = 0;

	CHECK_EQ(qy_capture_snapshot(c, &snap, &err), 0);
	for (uint32_t i = 0; i < snap.nr_zones; i++) {
		for (uint32_t z = 0; qy_zone_stats(m, z, &ours); z++) {
			if (strcmp(ours.name, snap.zone[i].name) != 0 ||
				!ours.managed_pages)
				continue;
			CHECK_EQ(ours.managed_pages, snap.zone[i].managed_pages);
			recorded_marks(c, ours.name, marks);
			for (int w = 0; w < 3; w++)
				CHECK(apart(ours.watermark[w], marks[w]) <= 1);
			nr++;
		}
	}
	CHECK(nr > 0);
}

TEST(capture, its_board_boots_with_the_zones_of_the_target)
{
	static const char *const paths[] = { X86_64, ARM64 };
	const struct qy_sim_opts quiet = { .no_contents = true };
	const struct qy_board_opts none = { 0 };

	for (size_t i = 0; i < 2; i++) {
		struct qy_loaded_board *board;
		struct qy_err err = { "" };
		struct qy_capture c;
		struct qy_machine *m;
		char why[256];

		load(paths[i], &c);
		board = qy_capture_board(&c, &none, &err);
		if (!board)
			FAIL("%s", err.text);
		m = qy_sim_boot(&board->board, &quiet, why, sizeof(why));
		CHECK(m != NULL);
		check_zones(&c, m);
		qy_sim_shutdown(m);
		qy_board_free(board);
		qy_capture_free(&c);
	}
}

TEST(capture, a_setting_that_somebody_made_is_taken_over)
{
	const struct qy_board_opts none = { 0 };
	struct qy_loaded_board *board;
	struct qy_err err = { "" };
	struct qy_capture c;
	bool told = false;

	load(ARM64, &c);
	board = qy_capture_board(&c, &none, &err);
	CHECK(board != NULL);
	CHECK_EQ(board->board.vm.min_free_kbytes, 3000);
	CHECK_EQ(board->board.vm.watermark_scale_factor, 10);
	for (size_t i = 0; i < board->notes.nr; i++)
		told |= strstr(board->notes.line[i],
				"vm.min_free_kbytes = 3000 is the target's") != NULL;
	CHECK(told);
	qy_board_free(board);
	qy_capture_free(&c);
}

/* ------------------------------------------------------------------ what is played */

struct ran {
	struct qy_scenario *scenario;
	struct qy_check check;
};

static void run(struct ran *r, struct qy_scenario *scenario, struct qy_err *err)
{
	struct qy_check_hooks hooks = { 0 };

	r->scenario = scenario;
	if (!scenario || qy_check_prepare(scenario, &r->check, err) ||
		qy_check_run(&r->check, &hooks, err))
		FAIL("%s", err->text);
}

static void run_text(struct ran *r, const char *text)
{
	struct qy_err err = { "" };

	run(r, qy_scenario_parse(text, strlen(text), DATA "x.yaml", &err), &err);
}

static void done(struct ran *r)
{
	qy_check_free(&r->check);
	qy_scenario_free(r->scenario);
}

TEST(capture, nothing_but_the_archive_is_needed_for_a_verdict)
{
	static const char *const paths[] = { X86_64, ARM64 };

	for (size_t i = 0; i < 2; i++) {
		struct qy_err err = { "" };
		struct ran r;

		run(&r, qy_scenario_of(NULL, paths[i], &err), &err);
		CHECK(r.check.pass);
		CHECK_EQ(r.check.scenario->nr_requests, 3);
		CHECK_EQ(r.check.gap.free_blocks, 0);
		CHECK_EQ(r.check.gap.pageblocks, 0);
		CHECK_EQ(r.check.gap.pcp_pages, 0);
		CHECK(r.check.load[0].counts.nr_allocs > 1000);
		CHECK_STR_EQ(r.check.broken, "");
		done(&r);
	}
}

TEST(capture, a_scenario_says_what_it_wants_otherwise)
{
#define ASK                                                            \
	"requests: [{name: a, order: 3, count: 4, gfp: GFP_ATOMIC}]\n" \
	"expect: [{request: a, each: 4}]\n"
	struct ran plain, more, fresh;

	run_text(&plain, "capture: x86_64.tar.gz\n" ASK);
	CHECK(plain.check.start_pages > 0);
	CHECK_EQ(plain.check.board->board.nr_cpus, 2);
	run_text(&more,
		"capture: x86_64.tar.gz\nboard: {smp: 1, sysctl: [vm.min_free_kbytes=4096]}\n"
		"start: fresh\nload: [{trace: {repeat: 2}}]\n" ASK);
	CHECK_EQ(more.check.board->board.nr_cpus, 1);
	CHECK_EQ(more.check.board->board.vm.min_free_kbytes, 4096);
	CHECK_EQ(more.check.start_pages, 0);
	CHECK_EQ(more.check.load[0].rounds, 2);
	CHECK_EQ(more.check.load[0].nr_events, 2 * plain.check.load[0].nr_events);
	run_text(&fresh,
		"capture: x86_64.tar.gz\nboard: {dts: " QY_SOURCE_DIR
		"/boards/qemu-virt-8g.dts, memory: 1G}\nstart: fresh\nduration: 1s\n" ASK);
	CHECK_EQ(fresh.check.board->board.arch, QY_ARCH_ARM64);
	CHECK_EQ(fresh.check.duration_ns, 1000000000);
	done(&plain);
	done(&more);
	done(&fresh);
}

/* ------------------------------------------------------------------ what is changed */

enum kind {
	PLAIN,
	SYMLINK,
	HARDLINK,
	CUT, /* the archive ends in the middle of this entry */
};

/* One entry of the archive left out (no text), or with another text; or one more, under a name of its own. */
struct change {
	const char *entry, *text;
	enum kind kind;
	bool add;
};

static void put(struct archive *out, const char *name, const void *bytes, size_t size,
	enum kind kind)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, kind == SYMLINK ? AE_IFLNK : AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	if (kind == SYMLINK)
		archive_entry_set_symlink(entry, "/etc/passwd");
	if (kind == HARDLINK)
		archive_entry_set_hardlink(entry, TOP "MANIFEST");
	archive_entry_set_size(
		entry, kind == PLAIN || kind == CUT ? (la_int64_t)size : 0);
	CHECK_EQ(archive_write_header(out, entry), ARCHIVE_OK);
	if (kind == PLAIN || kind == CUT)
		archive_write_data(out, bytes, kind == CUT ? size / 2 : size);
	archive_entry_free(entry);
}

static void copy_entries(struct archive *in, struct archive *out, const struct change *c)
{
	static char bytes[1 << 20];
	struct archive_entry *entry;

	while (archive_read_next_header(in, &entry) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(entry);
		la_ssize_t size = archive_read_data(in, bytes, sizeof(bytes));
		bool meant = c->entry && !c->add && strcmp(name, c->entry) == 0;

		if (archive_entry_filetype(entry) != AE_IFREG || (meant && !c->text))
			continue;
		if (meant)
			put(out, name, c->text, strlen(c->text), c->kind);
		else
			put(out, name, bytes, (size_t)size, PLAIN);
	}
}

/* Return: the archive's path, in /tmp. */
static void make(char path[64], const char *from, const struct change *c)
{
	struct archive *in = archive_read_new(), *out = archive_write_new();
	int fd;

	strcpy(path, "/tmp/quarry-capture-XXXXXX");
	fd = mkstemp(path);
	CHECK(fd >= 0);
	archive_read_support_filter_gzip(in);
	archive_read_support_format_tar(in);
	CHECK_EQ(archive_read_open_filename(in, from, 10240), ARCHIVE_OK);
	archive_write_set_format_ustar(out);
	CHECK_EQ(archive_write_open_fd(out, fd), ARCHIVE_OK);
	copy_entries(in, out, c);
	if (c->add)
		put(out, c->entry, c->text, strlen(c->text), c->kind);
	archive_write_close(out);
	archive_write_free(out);
	archive_read_free(in);
	if (c->kind == CUT)
		CHECK_EQ(ftruncate(fd, lseek(fd, 0, SEEK_END) / 1024 * 512), 0);
	close(fd);
}

/* The first refusal on the way from the archive to a verdict. */
static bool refused(const char *path, struct qy_err *err)
{
	struct qy_check_hooks hooks = { 0 };
	struct qy_scenario *s = qy_scenario_of(NULL, path, err);
	struct qy_check check;
	bool bad;

	CHECK(s != NULL);
	bad = qy_check_prepare(s, &check, err) || qy_check_run(&check, &hooks, err);
	qy_check_free(&check);
	qy_scenario_free(s);
	return bad;
}

TEST(capture, what_does_not_belong_together_ends_in_one_line)
{
	static const struct {
		struct change change;
		const char *line; /* behind the archive's name */
	} cases[] = {
		{ { TOP "MANIFEST", NULL, PLAIN, false },
			"MANIFEST: is missing: this is not a capture" },
		{ { TOP "MANIFEST", "quarry-capture 2\n", PLAIN, false },
			"MANIFEST: of another version than 1" },
		{ { TOP "MANIFEST", "quarry-capture 1\nmachine ppc64\n", PLAIN, false },
			"MANIFEST: neither an aarch64 nor an x86_64 machine" },
		{ { TOP "MANIFEST",
			  "quarry-capture 1\nmachine x86_64\nnotrace not asked for\n",
			  PLAIN, false },
			"MANIFEST: says that there is no trace, but there is one" },
		{ { TOP "trace.txt.gz", NULL, PLAIN, false },
			"MANIFEST: says that there is a trace, but there is none" },
		{ { TOP "trace.txt.gz", "\x1f\x8b\x08\x08 and no more of it", PLAIN,
			  false },
			"trace.txt.gz:1: the last line has no end" },
		{ { TOP "trace.txt.gz", "hello\n", PLAIN, false },
			"trace.txt.gz:1: neither a trace.dat nor the text of a trace" },
		{ { TOP "trace.txt", "# tracer: nop\n", PLAIN, true },
			"trace.txt: twice in the archive" },
		{ { TOP "cpus", "many\n", PLAIN, false }, "cpus: not a list of CPUs" },
		{ { TOP "cpus", "0-63\n", PLAIN, false },
			"cpus: the last one online is CPU 63, before/zoneinfo ends with CPU 1" },
		{ { TOP "cpus", NULL, PLAIN, false }, "cpus: is missing" },
		{ { TOP "cpus", "0\n", PLAIN, true }, "cpus: twice in the archive" },
		{ { TOP "iomem", NULL, PLAIN, false },
			"fdt: is missing, and so is iomem" },
		{ { TOP "iomem", "00000000-00000000 : System RAM\n", PLAIN, false },
			"iomem: its addresses are hidden" },
		{ { TOP "iomem", "00000000-000fffff : PCI\n", PLAIN, false },
			"iomem: no System RAM in it" },
		{ { TOP "fdt", "no tree", PLAIN, true }, "fdt: FDT_ERR_" },
		{ { TOP "before/buddyinfo", NULL, PLAIN, false },
			"before/buddyinfo: is missing" },
		{ { TOP "before/buddyinfo", "Node 0, zone DMA x\n", PLAIN, false },
			"before/buddyinfo:1: eleven counts of free blocks are wanted" },
		{ { TOP "before/meminfo", "MemTotal: 1 kB\n", PLAIN, false },
			"before/meminfo: MemTotal is 1 kB, the zones of before/zoneinfo manage" },
		{ { TOP "../../etc/passwd", "x", PLAIN, true },
			"quarry-capture/../../etc/passwd: does not belong into a capture" },
		{ { "/etc/passwd", "x", PLAIN, true },
			"/etc/passwd: does not belong into a capture" },
		{ { TOP "after/vmstat", "x", SYMLINK, true },
			"quarry-capture/after/vmstat: a link or a device" },
		{ { TOP "after/more", "x", HARDLINK, true },
			"quarry-capture/after/more: a link or a device" },
		{ { TOP "zz", "a long text that is not all there", CUT, true },
			"not a whole archive: " },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qy_err err = { "" };
		char path[64], *line;

		make(path, X86_64, &cases[i].change);
		if (!refused(path, &err))
			FAIL("taken, but wanted: %s", cases[i].line);
		line = err.text + strlen(path) + 2;
		CHECK(strncmp(err.text, path, strlen(path)) == 0);
		if (strncmp(line, cases[i].line, strlen(cases[i].line)) != 0)
			FAIL("'%s' is not '%s'", line, cases[i].line);
		CHECK(!strchr(err.text, '\n'));
		unlink(path);
	}
}

TEST(capture, what_is_larger_than_it_can_be_is_refused)
{
	static char text[(64 << 10) + 2];
	const struct change change = { TOP "cmdline", text, PLAIN, false };
	struct qy_err err = { "" };
	char path[64];

	memset(text, 'x', sizeof(text) - 1);
	make(path, X86_64, &change);
	CHECK(refused(path, &err));
	CHECK(strstr(err.text, "cmdline: larger than this file can be; "));
	unlink(path);
}

TEST(capture, without_a_trace_the_machine_still_has_a_verdict)
{
	const struct change no_trace = { TOP "trace.txt.gz", NULL, PLAIN, false };
	const struct change manifest = { TOP "MANIFEST",
		"quarry-capture 1\nmachine x86_64\nnotrace this kernel has no tracefs\n",
		PLAIN, false };
	char first[64], path[64];
	struct qy_err err = { "" };
	struct ran r;

	make(first, X86_64, &no_trace);
	make(path, first, &manifest);
	run(&r, qy_scenario_of(NULL, path, &err), &err);
	CHECK(r.check.pass);
	CHECK_EQ(r.check.load[0].nr_events, 0);
	CHECK_EQ(r.check.duration_ns, 1000000000);
	CHECK_EQ(r.check.request[0].rounds, 10);
	done(&r);
	unlink(first);
	unlink(path);
}

TEST(capture, the_packing_does_not_matter)
{
	const struct change nothing = { NULL, NULL, PLAIN, false };
	struct qy_err err = { "" };
	struct ran packed, plain;
	char path[64];

	make(path, X86_64, &nothing);
	run(&packed, qy_scenario_of(NULL, X86_64, &err), &err);
	run(&plain, qy_scenario_of(NULL, path, &err), &err);
	CHECK_EQ(packed.check.digest, plain.check.digest);
	CHECK(packed.check.digest != 0);
	done(&packed);
	done(&plain);
	unlink(path);
}
