// SPDX-License-Identifier: MIT
/*
 * The steps of the timeline in the reports. See report.h. No state.
 */
#include "lab/report.h"

#include "lab/units.h"

#define ULL(x) ((unsigned long long)(x))

void qy_report_step_text(const struct qy_check *check, uint32_t i, char *buf, size_t size)
{
	const struct qy_step_spec *step = &check->scenario->step[i];
	const struct qy_step_result *result = &check->step[i];
	char free_word[32], what[48];

	qy_format_size(free_word, sizeof(free_word), result->free_pages * QY_PAGE_SIZE);
	switch (step->kind) {
	case QY_STEP_FREE:
		snprintf(buf, size, "free %s: %llu %s go back, %s free",
			check->scenario->request[step->request].name, ULL(result->blocks),
			qy_request_what(&check->scenario->request[step->request], what,
				sizeof(what)),
			free_word);
		break;
	case QY_STEP_WRITE:
		snprintf(buf, size, "echo %s > %s", step->value, step->path);
		break;
	case QY_STEP_SNAPSHOT:
		snprintf(buf, size, "snapshot %s: %s free", step->name, free_word);
		break;
	}
	if (!result->done)
		snprintf(
			buf, size, "timeline[%u]: the machine broke before", step->index);
}

void qy_report_print_timeline(FILE *out, const struct qy_check *check)
{
	char text[512], time[32];

	for (uint32_t i = 0; i < check->scenario->nr_steps; i++) {
		qy_report_step_text(check, i, text, sizeof(text));
		fprintf(out, "%s at %s: %s\n", i ? "        " : "timeline",
			qy_format_duration(
				time, sizeof(time), check->scenario->step[i].at_ns),
			text);
	}
}
