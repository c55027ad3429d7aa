// SPDX-License-Identifier: MIT
/*
 * The files of a check in words, swap, and what the machine's own reclaim did. See report.h. No state.
 */
#include "lab/report.h"

#include <stdio.h>
#include <string.h>

#include "lab/units.h"

#define ULL(x) ((unsigned long long)(x))

static const char *pages_word(char *buf, uint64_t pages)
{
	return qy_format_size(buf, 32, pages * QY_PAGE_SIZE);
}

static void print_file(
	FILE *out, const struct qy_file_spec *spec, const struct qy_file_result *result)
{
	char size[32], rate[32], done[32], other[32], when[32];

	fprintf(out, "file     %s (%s, %s/s): %s %s", spec->name,
		qy_format_size(size, sizeof(size), spec->file_bytes),
		qy_format_size(rate, sizeof(rate), spec->bytes_a_second),
		qy_format_size(done, sizeof(done), result->bytes),
		spec->write ? "written" : "read");
	if (!spec->write)
		fprintf(out, ", the disk read %s for it",
			pages_word(other, result->disk_pages));
	if (result->syncs)
		fprintf(out, ", %llu fsync%s", ULL(result->syncs),
			result->syncs == 1 ? "" : "s");
	if (result->throttled)
		fprintf(out, ", it had to write back %s itself",
			pages_word(other, result->throttled));
	fputc('\n', out);
	if (result->nr_errors)
		fprintf(out, "         %u error%s, the first at %s: %s\n",
			result->nr_errors, result->nr_errors == 1 ? "" : "s",
			qy_format_duration(when, sizeof(when), result->error_ns),
			strerror(-result->error));
}

void qy_report_print_files(FILE *out, const struct qy_check *check)
{
	const struct qy_reclaim_counts *r = &check->reclaim;
	char a[32], b[32], c[32];

	for (uint32_t i = 0; i < check->scenario->nr_files; i++)
		print_file(out, &check->scenario->file[i], &check->file[i]);
	if (check->scenario->swap_bytes)
		fprintf(out, "swap     %s: %s written, %s read back\n",
			qy_format_size(a, sizeof(a), check->scenario->swap_bytes),
			pages_word(b, r->swapped_out), pages_word(c, r->swapped_in));
	if (r->kswapd_freed || r->direct_freed)
		fprintf(out,
			"took     back: kswapd %s, requests that waited %s; %llu pages were wanted again soon\n",
			pages_word(a, r->kswapd_freed), pages_word(b, r->direct_freed),
			ULL(r->refaults_anon + r->refaults_file));
}
