// SPDX-License-Identifier: MIT
/*
 * See report_case.h. No state.
 */
#include "lab/report_case.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lab/report.h"

uint32_t qy_nr_cases(const struct qy_check *check)
{
	return check->scenario->nr_expects + 2 + check->drivers.nr;
}

/* Length of the UTF-8 sequence at @s, 0 when there is none. */
static size_t utf8_length(const unsigned char *s)
{
	size_t length = s[0] < 0x80                   ? 1
			: s[0] >= 0xc2 && s[0] < 0xe0 ? 2
			: (s[0] & 0xf0) == 0xe0       ? 3
			: s[0] >= 0xf0 && s[0] < 0xf5 ? 4
						      : 0;

	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	/* overlong forms, surrogates, past U+10FFFF, and two non-characters that XML forbids */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ||
		(s[0] == 0xef && s[1] == 0xbf && s[2] > 0xbd))
		return 0;
	return length;
}

char *qy_report_clean(char *text)
{
	for (unsigned char *s = (unsigned char *)text; *s;) {
		size_t length = utf8_length(s);

		if (length == 0 || (*s < ' ' && *s != '\n') || *s == 0x7f) {
			*s = '?';
			length = 1;
		}
		s += length;
	}
	return text;
}

static void name_expect(const struct qy_check *check, uint32_t i, struct qy_case *out)
{
	const struct qy_expect_spec *spec = &check->scenario->expect[i];
	const char *request = check->scenario->request[spec->request].name;

	switch (spec->kind) {
	case QY_EXPECT_SHARE:
		snprintf(out->name, sizeof(out->name), "%s: success %u.%03u%%", request,
			spec->millipercent / 1000, spec->millipercent % 1000);
		break;
	case QY_EXPECT_EACH:
		snprintf(out->name, sizeof(out->name), "%s: each %" PRIu64, request,
			spec->amount);
		break;
	case QY_EXPECT_LOAD:
		snprintf(out->name, sizeof(out->name), "load: failures %" PRIu64,
			spec->amount);
		break;
	case QY_EXPECT_FREE:
		snprintf(out->name, sizeof(out->name),
			"free%s%s: at_least %" PRIu64 " bytes", spec->zone ? " of " : "",
			spec->zone ? spec->zone : "", spec->amount);
		break;
	case QY_EXPECT_LATENCY:
		snprintf(out->name, sizeof(out->name),
			"%s: latency %" PRIu64 " ns, percentile %u.%03u", request,
			spec->amount, spec->millipercent / 1000,
			spec->millipercent % 1000);
		break;
	case QY_EXPECT_FRAGMENTATION:
	case QY_EXPECT_UNUSABLE:
		snprintf(out->name, sizeof(out->name),
			"%s of %s, order %u: at_most %u thousandths",
			spec->kind == QY_EXPECT_UNUSABLE ? "unusable" : "fragmentation",
			spec->zone, spec->order, (unsigned int)spec->amount);
		break;
	default:
		qy_report_task_name(check, i, out->name, sizeof(out->name));
	}
}

static int get_expect(const struct qy_check *check, uint32_t i, struct qy_case *out)
{
	size_t size;
	FILE *why;

	name_expect(check, i, out);
	out->pass = check->expect[i].pass;
	qy_report_expect_text(check, i, out->text, sizeof(out->text));
	if (out->pass)
		return 0;
	why = open_memstream(&out->why, &size);
	if (!why)
		return -ENOMEM;
	qy_report_print_why(why, check, i);
	if (fclose(why) != 0)
		return -ENOMEM;
	qy_report_clean(out->why);
	return 0;
}

static void get_memory(const struct qy_check *check, struct qy_case *out)
{
	strcpy(out->name, "memory: frames keep their content");
	out->pass = !check->nr_corrupt;
	out->skipped = !check->scenario->contents;
	snprintf(out->text, sizeof(out->text),
		out->skipped ? "contents: false in the scenario"
			     : "%" PRIu64
			       " frames lost their content, the first is pfn %#" PRIx64,
		check->nr_corrupt, check->corrupt_pfn);
}

static void get_machine(const struct qy_check *check, struct qy_case *out)
{
	strcpy(out->name, "machine: sound at the end");
	out->pass = !check->broken[0];
	snprintf(out->text, sizeof(out->text), "%s", check->broken);
}

static int get_driver(const struct qy_driver_case *c, struct qy_case *out)
{
	snprintf(out->name, sizeof(out->name), "%s", c->name);
	snprintf(out->text, sizeof(out->text), "%s", c->text);
	out->pass = c->pass;
	if (!c->why)
		return 0;
	out->why = strdup(c->why);
	if (!out->why)
		return -ENOMEM;
	qy_report_clean(out->why);
	return 0;
}

int qy_case_get(const struct qy_check *check, uint32_t i, struct qy_case *out)
{
	int error = 0;

	*out = (struct qy_case){ 0 };
	if (i < check->scenario->nr_expects)
		error = get_expect(check, i, out);
	else if (i == check->scenario->nr_expects)
		get_memory(check, out);
	else if (i == check->scenario->nr_expects + 1)
		get_machine(check, out);
	else
		error = get_driver(
			&check->drivers.cases[i - check->scenario->nr_expects - 2], out);
	if (error) {
		free(out->why);
		out->why = NULL;
	}
	qy_report_clean(out->name);
	qy_report_clean(out->text);
	return error;
}
