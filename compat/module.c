// SPDX-License-Identifier: MIT
/*
 * Modules come and go: parameters, init, exit.
 *
 * Locking: none; see world.h.
 */
#include <linux/module.h>
#include "compat/host.h"
#include "compat/lockdep.h"
#include "compat/world.h"

/* ------------------------------------------------------------------ parameters */

static int set_number(const struct qy_module_param *p, void *value, const char *text)
{
	switch (p->type) {
	case QY_PARAM_bool:
		return kstrtobool(text, value);
	case QY_PARAM_byte:
		return kstrtou8(text, 0, value);
	case QY_PARAM_ushort:
		return kstrtou16(text, 0, value);
	case QY_PARAM_short: {
		long wide;
		int error = kstrtol(text, 0, &wide);

		if (error || wide != (short)wide)
			return error ? error : -ERANGE;
		*(short *)value = (short)wide;
		return 0;
	}
	case QY_PARAM_int:
		return kstrtoint(text, 0, value);
	case QY_PARAM_uint:
		return kstrtouint(text, 0, value);
	case QY_PARAM_long:
		return kstrtol(text, 0, value);
	case QY_PARAM_ulong:
	case QY_PARAM_ullong:
		return kstrtoull(text, 0, value);
	default:
		return -EINVAL;
	}
}

static size_t bytes_of(const struct qy_module_param *p)
{
	switch (p->type) {
	case QY_PARAM_bool:
	case QY_PARAM_byte:
		return 1;
	case QY_PARAM_short:
	case QY_PARAM_ushort:
		return 2;
	case QY_PARAM_int:
	case QY_PARAM_uint:
		return 4;
	default:
		return 8;
	}
}

/* @text ends at its NUL and lives as long as the module. */
static int set_one(const struct qy_module_param *p, char *text)
{
	unsigned int n = 0;
	int error = 0;

	if (p->type == QY_PARAM_charp && p->limit == 1) {
		*(char **)p->value = text;
		return 0;
	}
	if (p->type == QY_PARAM_string) {
		if (strlen(text) >= p->bytes)
			return -ENOSPC;
		memcpy(p->value, text, strlen(text) + 1);
		return 0;
	}
	if (p->limit == 1)
		return set_number(p, p->value, text);
	for (char *part; !error && (part = strsep(&text, ",")); n++) {
		if (n == p->limit)
			return -EINVAL;
		if (p->type == QY_PARAM_charp)
			((char **)p->value)[n] = part;
		else
			error = set_number(p, (char *)p->value + n * bytes_of(p), part);
	}
	if (!error && p->count)
		*p->count = n;
	return error;
}

static const struct qy_module_param *find_param(
	const struct qy_module_info *info, const char *name)
{
	for (const struct qy_module_param *p = info->params; p < info->params_end; p++)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

static int set_params(
	const struct qy_module_info *info, char *text, char *why, size_t why_size)
{
	for (char *word; (word = strsep(&text, " \t\n"));) {
		const struct qy_module_param *p;
		char *value = word;
		int error;

		if (!*word)
			continue;
		strsep(&value, "=");
		p = find_param(info, word);
		if (!p) {
			scnprintf(why, why_size, "%s: unknown parameter '%s'", info->name,
				word);
			return -EINVAL;
		}
		if (!value && p->type != QY_PARAM_bool) {
			scnprintf(why, why_size,
				"%s: parameter '%s' wants a value: %s=...", info->name,
				word, word);
			return -EINVAL;
		}
		error = value ? set_one(p, value) : (*(bool *)p->value = true, 0);
		if (error) {
			scnprintf(why, why_size,
				"%s: '%s' invalid for parameter '%s' (%pe)", info->name,
				value, word, ERR_PTR(error));
			return error;
		}
	}
	return 0;
}

/* ------------------------------------------------------------------ insmod, rmmod */

struct insertion {
	const struct qy_module_info *info;
	const char *params;
	char *why;
	size_t why_size;
};

static int insert(void *arg)
{
	struct insertion *in = arg;
	const struct qy_module_info *info = in->info;
	struct qy_callback begin;
	char what[96];
	int error;

	if (in->params && *in->params) {
		char *text = kstrdup(in->params, GFP_KERNEL);

		if (!text)
			return -ENOMEM;
		qy_let_go(QY_HELD_OBJECT, text); /* the module's, for ever */
		error = set_params(info, text, in->why, in->why_size);
		if (error)
			return error;
	}
	begin = qy_callback_begin();
	error = info->init ? info->init() : 0;
	scnprintf(what, sizeof(what), "initcall of %s", info->name);
	qy_callback_end(&begin, what, false);
	if (error > 0)
		qy_compat_report(
			"WARNING: init_module of %s suspiciously returned %d, it should follow 0/-E convention",
			info->name, error);
	if (error < 0)
		scnprintf(in->why, in->why_size, "%s: init returned %d (%pe)", info->name,
			error, ERR_PTR(error));
	else if (info->suites_end > info->suites)
		qy_compat_kunit_run(info);
	return error < 0 ? error : 0;
}

static int remove_it(void *arg)
{
	struct insertion *in = arg;
	struct qy_callback begin = qy_callback_begin();
	char what[96];

	if (in->info->module->qy_refs) {
		scnprintf(in->why, in->why_size, "%s: in use by %d", in->info->name,
			in->info->module->qy_refs);
		return -EBUSY;
	}
	if (in->info->init && !in->info->exit) {
		scnprintf(in->why, in->why_size,
			"%s: has no module_exit(): it cannot be unloaded",
			in->info->name);
		return -EBUSY;
	}
	if (in->info->exit)
		in->info->exit();
	scnprintf(what, sizeof(what), "exit of %s", in->info->name);
	qy_callback_end(&begin, what, false);
	return 0;
}

int qy_world_insmod(struct qy_world *w, const struct qy_module_info *info,
	const char *params, char *why, size_t why_size)
{
	struct insertion in = { info, params, why, why_size };

	if (why_size)
		*why = '\0';
	return qy_world_run(w, "insmod", insert, &in);
}

int qy_world_rmmod(
	struct qy_world *w, const struct qy_module_info *info, char *why, size_t why_size)
{
	struct insertion in = { info, NULL, why, why_size };

	if (why_size)
		*why = '\0';
	return qy_world_run(w, "rmmod", remove_it, &in);
}

bool try_module_get(struct module *module)
{
	if (module)
		module->qy_refs++;
	return true;
}

void module_put(struct module *module)
{
	if (!module)
		return;
	WARN_ON(module->qy_refs <= 0);
	module->qy_refs--;
}
