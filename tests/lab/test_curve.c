// SPDX-License-Identifier: MIT
/*
 * How much memory a task wants over time: the curves, and recordings of real ones.
 */
#include "lab/curve.h"
#include "tests/runner/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define S   1000000000ull
#define MIB (1ull << 20)
#define RAM (1024 * MIB)

static uint64_t at(const struct qy_curve *curve, uint64_t ns)
{
	return qy_curve_at(curve, RAM, NULL, ns);
}

TEST(curve, a_ramp_ends_where_it_was_sent)
{
	const struct qy_curve up = { .kind = QY_CURVE_RAMP,
		.from = { .bytes = 100 * MIB },
		.to = { .bytes = 300 * MIB },
		.length_ns = 10 * S };
	const struct qy_curve down = { .kind = QY_CURVE_RAMP,
		.from = { .bytes = 300 * MIB },
		.to = { .bytes = 100 * MIB },
		.length_ns = 10 * S };

	CHECK_EQ(at(&up, 0), 100 * MIB);
	CHECK_EQ(at(&up, 5 * S), 200 * MIB);
	CHECK_EQ(at(&up, 10 * S), 300 * MIB);
	CHECK_EQ(at(&up, 1000 * S), 300 * MIB);
	CHECK_EQ(at(&down, 5 * S), 200 * MIB);
	CHECK_EQ(at(&down, 10 * S), 100 * MIB);
}

TEST(curve, a_sawtooth_falls_back_and_a_leak_goes_on_to_its_end)
{
	const struct qy_curve saw = { .kind = QY_CURVE_SAWTOOTH,
		.from = { .bytes = 10 * MIB },
		.to = { .bytes = 20 * MIB },
		.length_ns = 2 * S };
	struct qy_curve leak = {
		.kind = QY_CURVE_LEAK, .from = { .bytes = MIB }, .rate = { .bytes = MIB }
	};

	CHECK_EQ(at(&saw, S), 15 * MIB);
	CHECK_EQ(at(&saw, 2 * S - 1), 20 * MIB - 1);
	CHECK_EQ(at(&saw, 2 * S), 10 * MIB);
	CHECK_EQ(at(&saw, 7 * S), 15 * MIB);
	CHECK_EQ(at(&leak, 1500000000), 2 * MIB + MIB / 2);
	CHECK_EQ(at(&leak, 86400 * S), 86401 * MIB);
	leak.to.bytes = 5 * MIB;
	CHECK_EQ(at(&leak, 86400 * S), 5 * MIB);
}

TEST(curve, a_share_is_one_of_the_boards_ram)
{
	const struct qy_curve half = { .to = { .millipercent = 50000 } };

	CHECK_EQ(at(&half, 0), RAM / 2);
	CHECK_EQ(qy_curve_at(&half, 8ull << 30, NULL, 0), 4ull << 30);
}

static const char recording[] = "# seconds pid rss_kb name\n"
				"100.00 7 1000 inferenced\n"
				"100.00 8 50 sh\n"
				"101.00 7 2000 inferenced\n"
				"101.00 9 30 inferenced\n"
				"102.50 8 50 sh\n"
				"104.00 7 4000 inferenced\n";

TEST(curve, a_recording_gives_the_sum_of_the_processes_of_a_name)
{
	const struct qy_curve curve = { .kind = QY_CURVE_RECORDED };
	struct qy_err err;
	struct qy_rss rss;

	CHECK_EQ(qy_rss_parse(
			 recording, strlen(recording), "x.rss", "inferenced", &rss, &err),
		0);
	CHECK_EQ(qy_curve_at(&curve, RAM, &rss, 0), 1000 << 10);
	CHECK_EQ(qy_curve_at(&curve, RAM, &rss, S - 1), 1000 << 10);
	CHECK_EQ(qy_curve_at(&curve, RAM, &rss, S), 2030 << 10);
	CHECK_EQ(qy_curve_at(&curve, RAM, &rss, 2500000000), 0); /* it had ended */
	CHECK_EQ(qy_curve_at(&curve, RAM, &rss, 100 * S), 4000 << 10);
	qy_rss_free(&rss);
}

static void check_refused(const char *text, const char *name, const char *why)
{
	struct qy_err err;
	struct qy_rss rss;

	CHECK_EQ(qy_rss_parse(text, strlen(text), "x.rss", name, &rss, &err), -1);
	CHECK_STR_EQ(err.text, why);
	qy_rss_free(&rss);
}

TEST(curve, what_is_no_recording_is_refused_with_its_line)
{
	check_refused(recording, "modeld",
		"x.rss: no process is named `modeld` in it: name another one with `process`");
	check_refused("1.00 7 10 a\n2.00 seven 10 a\n", "a",
		"x.rss:2: expected `SECONDS.HUNDREDTHS PID KB NAME`, as tools/record-rss.sh writes it");
	check_refused("2.00 7 10 a\n1.00 7 10 a\n", "a",
		"x.rss:2: earlier than the line before: keep one recording to a file");
	check_refused("", "a",
		"x.rss: no process is named `a` in it: name another one with `process`");
}

TEST(curve, the_recorder_records_a_living_process)
{
	const char *script = "sh " QY_SOURCE_DIR "/tools/record-rss.sh -n 1 2>&1";
	char comm[32] = "", text[1 << 16];
	struct qy_err err;
	struct qy_rss rss;
	size_t size;
	FILE *file = fopen("/proc/self/comm", "r");

	CHECK(file && fscanf(file, "%31[^\n]", comm) == 1);
	fclose(file);
	file = popen(script, "r");
	CHECK(file != NULL);
	size = fread(text, 1, sizeof(text), file);
	CHECK_EQ(pclose(file), 0);
	if (qy_rss_parse(text, size, "recorded", comm, &rss, &err))
		FAIL("%s", err.text);
	CHECK_EQ(rss.nr, 1);
	CHECK(rss.sample[0].bytes > 100 << 10);
	qy_rss_free(&rss);
}
