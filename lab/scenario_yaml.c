// SPDX-License-Identifier: MIT
/*
 * The shape of a scenario, as a libcyaml schema, and libcyaml's complaints as one line of ours.
 *
 * libcyaml reports an error as a message and a backtrace, innermost place first; the path (requests[2].count) is put
 * together from it. Aliases are refused: a scenario has no use for them, and nested ones grow without bound.
 *
 * No state.
 */
#include "lab/scenario_yaml.h"

#include <cyaml/cyaml.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/scenario.h"

#define WORD_MAX 4096
#define OPT      (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

#define WORD(type, member) \
	CYAML_FIELD_STRING_PTR(#member, OPT, struct type, member, 0, WORD_MAX)
#define LIST(type, member, entry, max) \
	CYAML_FIELD_SEQUENCE_COUNT(    \
		#member, OPT, struct type, member, nr_##member, &(entry), 0, max)

static const cyaml_schema_value_t sysctl_entry = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, WORD_MAX),
};

static const cyaml_schema_field_t board_fields[] = {
	WORD(yaml_board, dts),
	WORD(yaml_board, dtb),
	WORD(yaml_board, cmdline),
	WORD(yaml_board, sysctl_conf),
	WORD(yaml_board, memory),
	WORD(yaml_board, smp),
	WORD(yaml_board, append),
	WORD(yaml_board, costs),
	LIST(yaml_board, sysctl, sysctl_entry, QY_MAX_SYSCTLS),
	LIST(yaml_board, areas, sysctl_entry, QY_MAX_AREAS),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t trace_fields[] = {
	WORD(yaml_trace, file),
	WORD(yaml_trace, repeat),
	WORD(yaml_trace, until),
	WORD(yaml_trace, scale),
	WORD(yaml_trace, speed),
	WORD(yaml_trace, leftovers),
	WORD(yaml_trace, unknown_frees),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t class_fields[] = {
	WORD(yaml_class, gfp),
	WORD(yaml_class, order),
	WORD(yaml_class, weight),
	WORD(yaml_class, lifetime),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t class_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_class, class_fields),
};

static const cyaml_schema_field_t generator_fields[] = {
	WORD(yaml_generator, rate),
	WORD(yaml_generator, duration),
	LIST(yaml_generator, mix, class_entry, QY_MAX_CLASSES),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t load_fields[] = {
	WORD(yaml_load, start),
	WORD(yaml_load, instances),
	CYAML_FIELD_MAPPING_PTR("trace", OPT, struct yaml_load, trace, trace_fields),
	CYAML_FIELD_MAPPING_PTR(
		"generator", OPT, struct yaml_load, generator, generator_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t load_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_load, load_fields),
};

static const cyaml_schema_field_t request_fields[] = {
	WORD(yaml_request, name),
	WORD(yaml_request, order),
	WORD(yaml_request, cma),
	WORD(yaml_request, device),
	WORD(yaml_request, use),
	WORD(yaml_request, size),
	WORD(yaml_request, pin),
	WORD(yaml_request, longterm),
	WORD(yaml_request, count),
	WORD(yaml_request, gfp),
	WORD(yaml_request, start),
	WORD(yaml_request, every),
	WORD(yaml_request, times),
	WORD(yaml_request, hold),
	WORD(yaml_request, cpu),
	WORD(yaml_request, context),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t request_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_request, request_fields),
};

#define PART(type, member, fields) \
	CYAML_FIELD_MAPPING_PTR(#member, OPT, struct type, member, fields)

static const cyaml_schema_field_t ramp_fields[] = {
	WORD(yaml_ramp, from),
	WORD(yaml_ramp, to),
	WORD(yaml_ramp, over),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t sawtooth_fields[] = {
	WORD(yaml_sawtooth, low),
	WORD(yaml_sawtooth, high),
	WORD(yaml_sawtooth, period),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t leak_fields[] = {
	WORD(yaml_leak, from),
	WORD(yaml_leak, rate),
	WORD(yaml_leak, at_most),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t recorded_fields[] = {
	WORD(yaml_recorded, file),
	WORD(yaml_recorded, process),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t memory_fields[] = {
	WORD(yaml_memory, constant),
	PART(yaml_memory, ramp, ramp_fields),
	PART(yaml_memory, sawtooth, sawtooth_fields),
	PART(yaml_memory, leak, leak_fields),
	PART(yaml_memory, recorded, recorded_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t task_fields[] = {
	WORD(yaml_task, name),
	WORD(yaml_task, oom_score_adj),
	PART(yaml_task, memory, memory_fields),
	WORD(yaml_task, reads),
	WORD(yaml_task, start),
	WORD(yaml_task, stop),
	WORD(yaml_task, every),
	WORD(yaml_task, cpu),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t task_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_task, task_fields),
};

static const cyaml_schema_field_t file_fields[] = {
	WORD(yaml_file, name),
	WORD(yaml_file, write),
	WORD(yaml_file, read),
	WORD(yaml_file, size),
	WORD(yaml_file, access),
	WORD(yaml_file, times),
	WORD(yaml_file, fsync),
	WORD(yaml_file, start),
	WORD(yaml_file, stop),
	WORD(yaml_file, every),
	WORD(yaml_file, cpu),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t file_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_file, file_fields),
};

static const cyaml_schema_field_t use_fields[] = {
	WORD(yaml_use, at),
	WORD(yaml_use, every),
	WORD(yaml_use, times),
	WORD(yaml_use, open),
	WORD(yaml_use, close),
	WORD(yaml_use, read),
	WORD(yaml_use, write),
	WORD(yaml_use, ioctl),
	WORD(yaml_use, irq),
	WORD(yaml_use, arg),
	WORD(yaml_use, bytes),
	WORD(yaml_use, returns),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t use_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_use, use_fields),
};

static const cyaml_schema_field_t driver_fields[] = {
	WORD(yaml_driver, source),
	LIST(yaml_driver, more, sysctl_entry, QY_MAX_DRIVER_SOURCES - 1),
	WORD(yaml_driver, params),
	WORD(yaml_driver, kernel),
	WORD(yaml_driver, device),
	WORD(yaml_driver, hardware),
	WORD(yaml_driver, kmemleak),
	WORD(yaml_driver, load),
	WORD(yaml_driver, unload),
	LIST(yaml_driver, uses, use_entry, QY_MAX_DRIVER_USES),
	LIST(yaml_driver, program, sysctl_entry, QY_MAX_PROGRAM),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t driver_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_driver, driver_fields),
};

static const cyaml_schema_field_t write_fields[] = {
	WORD(yaml_write, path),
	WORD(yaml_write, value),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t step_fields[] = {
	WORD(yaml_step, at),
	CYAML_FIELD_MAPPING_PTR(
		"request", OPT, struct yaml_step, request, request_fields),
	WORD(yaml_step, free),
	CYAML_FIELD_MAPPING_PTR("write", OPT, struct yaml_step, write, write_fields),
	WORD(yaml_step, snapshot),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t step_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_step, step_fields),
};

static const cyaml_schema_field_t load_limit_fields[] = {
	WORD(yaml_load_limit, failures),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t kill_limit_fields[] = {
	WORD(yaml_kill_limit, at_most),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t free_limit_fields[] = {
	WORD(yaml_free_limit, at_least),
	WORD(yaml_free_limit, zone),
	WORD(yaml_free_limit, node),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t index_limit_fields[] = {
	WORD(yaml_index_limit, zone),
	WORD(yaml_index_limit, node),
	WORD(yaml_index_limit, order),
	WORD(yaml_index_limit, at_most),
	WORD(yaml_index_limit, at),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t expect_fields[] = {
	WORD(yaml_expect, request),
	WORD(yaml_expect, success),
	WORD(yaml_expect, each),
	WORD(yaml_expect, latency),
	WORD(yaml_expect, percentile),
	WORD(yaml_expect, task),
	WORD(yaml_expect, survives),
	WORD(yaml_expect, killed_first),
	PART(yaml_expect, oom_kills, kill_limit_fields),
	PART(yaml_expect, atomic, load_limit_fields),
	CYAML_FIELD_MAPPING_PTR("load", OPT, struct yaml_expect, load, load_limit_fields),
	CYAML_FIELD_MAPPING_PTR("free", OPT, struct yaml_expect, free, free_limit_fields),
	CYAML_FIELD_MAPPING_PTR("fragmentation", OPT, struct yaml_expect, fragmentation,
		index_limit_fields),
	CYAML_FIELD_MAPPING_PTR(
		"unusable", OPT, struct yaml_expect, unusable, index_limit_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t expect_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_expect, expect_fields),
};

static const cyaml_schema_field_t snapshot_fields[] = {
	WORD(yaml_snapshot, buddyinfo),
	WORD(yaml_snapshot, pagetypeinfo),
	WORD(yaml_snapshot, zoneinfo),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t start_fields[] = {
	CYAML_FIELD_MAPPING_PTR(
		"snapshot", OPT, struct yaml_start, snapshot, snapshot_fields),
	WORD(yaml_start, aged),
	CYAML_FIELD_END,
};

/* libcyaml wants one type for a key, and `start` is a mapping or a word: so there are two schemas. */
#define SCENARIO_FIELDS(start_field)                                                  \
	CYAML_FIELD_MAPPING_PTR(                                                      \
		"board", OPT, struct yaml_scenario, board, board_fields),             \
		start_field, WORD(yaml_scenario, capture), WORD(yaml_scenario, seed), \
		WORD(yaml_scenario, seeds), WORD(yaml_scenario, duration),            \
		WORD(yaml_scenario, reclaim), WORD(yaml_scenario, contents),          \
		LIST(yaml_scenario, load, load_entry, QY_MAX_LOADS),                  \
		LIST(yaml_scenario, requests, request_entry, QY_MAX_REQUESTS),        \
		LIST(yaml_scenario, tasks, task_entry, QY_MAX_TASKS),                 \
		LIST(yaml_scenario, files, file_entry, QY_MAX_FILES),                 \
		LIST(yaml_scenario, drivers, driver_entry, QY_MAX_DRIVERS),           \
		WORD(yaml_scenario, swap), WORD(yaml_scenario, disk),                 \
		LIST(yaml_scenario, timeline, step_entry, QY_MAX_STEPS),              \
		LIST(yaml_scenario, expect, expect_entry, QY_MAX_EXPECTS),            \
		CYAML_FIELD_END

static const cyaml_schema_field_t scenario_fields[] = { SCENARIO_FIELDS(
	CYAML_FIELD_MAPPING_PTR(
		"start", OPT, struct yaml_scenario, start, start_fields)) };

static const cyaml_schema_field_t worded_fields[] = { SCENARIO_FIELDS(
	CYAML_FIELD_STRING_PTR(
		"start", OPT, struct yaml_scenario, start_word, 0, WORD_MAX)) };

enum { START_MAPPING, START_WORD };

static const cyaml_schema_value_t scenario_schema[] = {
	[START_MAPPING] = { CYAML_VALUE_MAPPING(
		CYAML_FLAG_POINTER, struct yaml_scenario, scenario_fields) },
	[START_WORD] = { CYAML_VALUE_MAPPING(
		CYAML_FLAG_POINTER, struct yaml_scenario, worded_fields) },
};

/* ------------------------------------------------------------------ one line out of libcyaml's several */

#define PATH_MAX_LEN 160

struct complaint {
	char message[200]; /* the first line that is not a place */
	char path[PATH_MAX_LEN];
	unsigned int line; /* of the innermost place; 0 = unknown */
};

/* libcyaml goes from the inside out, so each place stands in front of what is there. */
static void put_in_front(struct complaint *c, const char *piece)
{
	char rest[PATH_MAX_LEN];
	bool dot = c->path[0] && c->path[0] != '[';

	memcpy(rest, c->path, sizeof(rest));
	snprintf(c->path, sizeof(c->path), "%s%s%.100s", piece, dot ? "." : "", rest);
}

static void note_place(struct complaint *c, const char *text)
{
	char piece[64], name[48];
	unsigned int entry;
	const char *at = strstr(text, "(line: ");

	if (at && !c->line)
		sscanf(at, "(line: %u", &c->line);
	if (sscanf(text, "mapping field '%47[^']'", name) == 1) {
		put_in_front(c, name);
	} else if (sscanf(text, "sequence entry '%u'", &entry) == 1 && entry > 0) {
		snprintf(piece, sizeof(piece), "[%u]", entry - 1);
		put_in_front(c, piece);
	}
}

static void hear(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	struct complaint *c = ctx;
	char text[256];

	(void)level;
	vsnprintf(text, sizeof(text), fmt, args);
	text[strcspn(text, "\n")] = '\0';
	if (strncmp(text, "  in ", 5) == 0)
		note_place(c, text + 5);
	else if (!c->message[0] && !strstr(text, "Backtrace"))
		snprintf(c->message, sizeof(c->message), "%.199s",
			strncmp(text, "Load: ", 6) == 0 ? text + 6 : text);
}

/* The keys that stand where an unknown one was found. */
static const cyaml_schema_field_t *fields_at(const char *path)
{
	const cyaml_schema_field_t *fields = scenario_fields;

	while (*path) {
		size_t length = strcspn(path, ".[");
		const cyaml_schema_value_t *value = NULL;

		for (const cyaml_schema_field_t *f = fields; f->key && !value; f++) {
			if (strlen(f->key) == length && memcmp(f->key, path, length) == 0)
				value = &f->value;
		}
		if (value && value->type == CYAML_SEQUENCE)
			value = value->sequence.entry;
		if (!value || value->type != CYAML_MAPPING)
			return NULL;
		fields = value->mapping.fields;
		path += length;
		path += strcspn(path, ".");
		path += *path == '.';
	}
	return fields;
}

static void list_keys(char *buf, size_t size, const char *path)
{
	const cyaml_schema_field_t *fields = fields_at(path);
	size_t used = 0;

	buf[0] = '\0';
	for (; fields && fields->key && used < size; fields++)
		used += (size_t)snprintf(
			buf + used, size - used, "%s%s", used ? " " : "", fields->key);
}

/* libcyaml's words, where ours are clearer. */
static void explain(struct complaint *c, cyaml_err_t code, char *buf, size_t size)
{
	static const struct {
		const char *theirs, *ours;
	} words[] = {
		{ "Expecting MAPPING", "expected keys with values, like `name: value`" },
		{ "Expecting SEQUENCE", "expected a list, like `- name: value`" },
		{ "Expecting STRING", "expected a single value" },
		{ "Mapping field already seen", "the key is there twice: keep one" },
		{ "Ignoring documents",
			"a second document: a scenario is one (remove the `---`)" },
	};
	char keys[200], key[64];
	unsigned int most;

	if (sscanf(c->message, "Unexpected key: %63[^\n]", key) == 1) {
		list_keys(keys, sizeof(keys), c->path);
		snprintf(buf, size, "unknown key `%s` (known here: %s)", key, keys);
		return;
	}
	if (sscanf(c->message, "Excessive entries (%u max)", &most) == 1) {
		snprintf(buf, size, "more than %u entries: shorten the list", most);
		return;
	}
	if (code == CYAML_ERR_ALIAS) {
		snprintf(buf, size, "aliases are not read: write the value out");
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(c->message, words[i].theirs, strlen(words[i].theirs)) == 0) {
			snprintf(buf, size, "%s", words[i].ours);
			return;
		}
	}
	if (strncmp(c->message, "libyaml: ", 9) == 0)
		snprintf(buf, size, "not YAML (truncated?): %s", c->message + 9);
	else
		snprintf(buf, size, "%s",
			c->message[0] ? c->message : cyaml_strerror(code));
}

static int complain(
	struct complaint *c, cyaml_err_t code, const char *path, struct qy_err *err)
{
	char why[320], line[16] = "";

	explain(c, code, why, sizeof(why));
	/* of a key that should not be there libcyaml knows the line before; the path says enough */
	if (c->line && code != CYAML_ERR_INVALID_KEY &&
		!strstr(c->message, "already seen"))
		snprintf(line, sizeof(line), ":%u", c->line);
	return qy_fail(
		err, "%s%s: %s%s%s", path, line, c->path, c->path[0] ? ": " : "", why);
}

/* ------------------------------------------------------------------ doors */

static cyaml_config_t config_of(struct complaint *c)
{
	return (cyaml_config_t){
		.log_fn = hear,
		.log_ctx = c,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_WARNING,
		.flags = CYAML_CFG_NO_ALIAS,
	};
}

static cyaml_err_t load_as(int shape, const char *text, size_t size, struct complaint *c,
	cyaml_data_t **data)
{
	cyaml_config_t config = config_of(c);

	*c = (struct complaint){ 0 };
	return cyaml_load_data((const uint8_t *)text, size, &config,
		&scenario_schema[shape], data, NULL);
}

struct yaml_scenario *qy_yaml_read(
	const char *text, size_t size, const char *path, struct qy_err *err)
{
	struct complaint c = { 0 };
	cyaml_data_t *data = NULL;
	cyaml_err_t code;

	if (memchr(text, '\0', size)) {
		qy_fail(err, "%s: a zero byte: this is not a text file", path);
		return NULL;
	}
	code = load_as(START_MAPPING, text, size, &c, &data);
	if (code != CYAML_OK && strcmp(c.path, "start") == 0 &&
		strncmp(c.message, "Expecting MAPPING", 17) == 0)
		code = load_as(START_WORD, text, size, &c, &data);
	if (code == CYAML_OK && data && !c.message[0])
		return data;
	if (code == CYAML_OK && !data)
		qy_fail(err, "%s: empty: a scenario starts with `board:`", path);
	else
		complain(&c, code, path, err);
	qy_yaml_free(data);
	return NULL;
}

void qy_yaml_free(struct yaml_scenario *yaml)
{
	struct complaint unheard = { 0 };
	cyaml_config_t config = config_of(&unheard);

	if (yaml)
		cyaml_free(&config,
			&scenario_schema[yaml->start_word ? START_WORD : START_MAPPING],
			yaml, 0);
}
