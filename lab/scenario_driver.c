// SPDX-License-Identifier: MIT
/*
 * The drivers of a scenario, and what programs and the hardware do with them. No state.
 */
#include "lab/scenario_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab/driver_cc.h"
#include "lab/program.h"

#define MAX_BUFFER   (1u << 20)
#define MAX_TIMES    1000000u
#define MIN_EVERY_NS 1000u

/* 42, 0x5600: as C has them. */
static uint64_t read_number(struct reader *r, const char *key, const char *text)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end || end == text || *text == '-')
		scn_bad(r, key, "must be a number like 42 or 0x5600 (is %.40s)",
			*text ? text : "empty");
	return value;
}

static int64_t read_signed(struct reader *r, const char *key, const char *text)
{
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, 0);
	if (errno || *end || end == text)
		scn_bad(r, key, "must be a number like 0 or -11, or `any` (is %.40s)",
			*text ? text : "empty");
	return value;
}

static void read_kind(struct reader *r, const struct yaml_use *y, struct qy_use_spec *out)
{
	if (y->open) {
		out->kind = QY_USE_OPEN;
		out->word = scn_keep_word(r, y->open);
		if (*y->open != '/' && strchr(y->open, '/'))
			scn_bad(r, "open",
				"must be a name below /dev, or a path (is %.40s)",
				y->open);
	} else if (y->close) {
		out->kind = QY_USE_CLOSE;
	} else if (y->read) {
		out->kind = QY_USE_READ;
		scn_count(r, "read", y->read, 0, MAX_BUFFER, &out->number);
	} else if (y->write) {
		out->kind = QY_USE_WRITE;
		out->word = scn_keep_word(r, y->write);
	} else if (y->ioctl) {
		out->kind = QY_USE_IOCTL;
		out->number = read_number(r, "ioctl", y->ioctl);
	} else {
		out->kind = QY_USE_IRQ;
		if (strcmp(y->irq, "device") != 0)
			scn_count(r, "irq", y->irq, 1, 511, &out->number);
	}
}

static void read_use(struct reader *r, unsigned int driver, unsigned int i,
	const struct yaml_use *y, struct qy_use_spec *out)
{
	scn_enter(r, "drivers[%u].uses[%u]", driver, i);
	if (!!y->open + !!y->close + !!y->read + !!y->write + !!y->ioctl + !!y->irq !=
		1) {
		scn_bad(r, "",
			"give exactly one of open, close, read, write, ioctl, irq");
		return;
	}
	out->times = 1;
	read_kind(r, y, out);
	scn_duration(r, "at", y->at, 0, &out->at_ns);
	scn_duration(r, "every", y->every, MIN_EVERY_NS, &out->every_ns);
	scn_u32(r, "times", y->times, 1, MAX_TIMES, &out->times);
	if (!r->failed && out->times > 1 && !out->every_ns)
		scn_bad(r, "every", "is missing: how long from one time to the next");
	if ((y->arg || y->bytes) && out->kind != QY_USE_IOCTL)
		scn_bad(r, y->arg ? "arg" : "bytes", "goes with ioctl only");
	if (y->arg && y->bytes)
		scn_bad(r, "arg", "and bytes: give one of them");
	if (y->returns && out->kind == QY_USE_IRQ)
		scn_bad(r, "returns", "an interrupt returns nothing");
	if (y->arg && !r->failed)
		out->arg = read_number(r, "arg", y->arg);
	scn_count(r, "bytes", y->bytes, 1, MAX_BUFFER, &out->bytes);
	out->any = y->returns && !strcmp(y->returns, "any");
	out->exact = y->returns && !out->any;
	if (out->exact && !r->failed)
		out->returns = read_signed(r, "returns", y->returns);
}

static void read_sources(
	struct reader *r, const struct yaml_driver *y, struct qy_driver_spec *out)
{
	out->source[out->nr_sources++] = scn_keep_file(r, "source", y->source);
	for (unsigned int i = 0; i < y->nr_more; i++)
		out->source[out->nr_sources++] = scn_keep_file(r, "more", y->more[i]);
	for (uint32_t i = 0; i < out->nr_sources && !r->failed; i++) {
		const char *key = i ? "more" : "source";

		if (!out->source[i] ||
			(!qy_driver_is_source(out->source[i]) &&
				(out->nr_sources > 1 ||
					!qy_driver_is_module(out->source[i]))))
			scn_bad(r, key,
				"must be C source (.c), or one module that `quarry cc` made (.qko)");
	}
}

static void read_program(struct reader *r, unsigned int driver,
	const struct yaml_driver *y, struct qy_driver_spec *out)
{
	struct qy_program_step step;
	char why[256];

	for (unsigned int i = 0; i < y->nr_program && !r->failed; i++) {
		scn_enter(r, "drivers[%u].program[%u]", driver, i);
		if (qy_program_parse(y->program[i], &step, why, sizeof(why)))
			scn_bad(r, "", "%s", why);
		out->program[out->nr_program++] = scn_keep_word(r, y->program[i]);
	}
}

void scn_driver(struct reader *r, unsigned int i, const struct yaml_driver *y)
{
	static const char *const truths[] = { "false", "true", NULL };
	struct qy_driver_spec *out = &r->s->driver[r->s->nr_drivers];

	scn_enter(r, "drivers[%u]", i);
	scn_want(r, "source", y->source, "isp.c");
	if (r->failed)
		return;
	if (!r->s->contents)
		scn_bad(r, "", "drivers read and write memory: remove `contents: false`");
	out->place = scn_keep_word(r, r->place);
	read_sources(r, y, out);
	out->params = scn_keep_word(r, y->params);
	out->kernel = scn_keep_word(r, y->kernel);
	out->device = scn_keep_word(r, y->device);
	out->hardware = scn_word(r, "hardware", y->hardware, truths, 0) == 1;
	out->kmemleak = scn_word(r, "kmemleak", y->kmemleak, truths, 0) == 1;
	out->unload_ns = QY_FOREVER;
	scn_duration(r, "load", y->load, 0, &out->load_ns);
	scn_duration(r, "unload", y->unload, 1, &out->unload_ns);
	if (!r->failed && out->unload_ns <= out->load_ns)
		scn_bad(r, "unload", "must lie behind its load (is %s)", y->unload);
	for (unsigned int k = 0; k < y->nr_uses && !r->failed; k++)
		read_use(r, i, k, &y->uses[k], &out->use[out->nr_uses++]);
	read_program(r, i, y, out);
	r->s->nr_drivers++;
}
