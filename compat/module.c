// SPDX-License-Identifier: MIT
/*
 * Modules come and go: parameters, init, exit; who uses whose symbols.
 *
 * Locking: none; see world.h.
 */
#include <linux/reboot.h>
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
	case QY_PARAM_invbool: {
		bool wanted;
		int error = kstrtobool(text, &wanted);

		if (!error)
			*(bool *)value = !wanted;
		return error;
	}
	case QY_PARAM_hexint:
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
	case QY_PARAM_invbool:
	case QY_PARAM_byte:
		return 1;
	case QY_PARAM_short:
	case QY_PARAM_ushort:
		return 2;
	case QY_PARAM_int:
	case QY_PARAM_uint:
	case QY_PARAM_hexint:
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

	if (p->type == QY_PARAM_callbacks) {
		const struct kernel_param *kp = p->value;

		return kp->ops->set ? kp->ops->set(text, kp) : -EPERM;
	}
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
		if (!value && p->type == QY_PARAM_callbacks &&
			((const struct kernel_param *)p->value)->ops->flags &
				KERNEL_PARAM_OPS_FL_NOARG)
			value = NULL;
		else if (!value && p->type != QY_PARAM_bool) {
			scnprintf(why, why_size,
				"%s: parameter '%s' wants a value: %s=...", info->name,
				word, word);
			return -EINVAL;
		}
		error = value || p->type == QY_PARAM_callbacks
				? set_one(p, value)
				: (*(bool *)p->value = true, 0);
		if (error) {
			scnprintf(why, why_size,
				"%s: '%s' invalid for parameter '%s' (%pe)", info->name,
				value, word, ERR_PTR(error));
			return error;
		}
	}
	return 0;
}

static int get_number(const struct qy_module_param *p, const void *value, char *to)
{
	const size_t room = PAGE_SIZE - 1;

	switch (p->type) {
	case QY_PARAM_bool:
		return scnprintf(to, room, "%c", *(const bool *)value ? 'Y' : 'N');
	case QY_PARAM_invbool:
		return scnprintf(to, room, "%c", *(const bool *)value ? 'N' : 'Y');
	case QY_PARAM_byte:
		return scnprintf(to, room, "%u", *(const u8 *)value);
	case QY_PARAM_short:
		return scnprintf(to, room, "%d", *(const short *)value);
	case QY_PARAM_ushort:
		return scnprintf(to, room, "%u", *(const unsigned short *)value);
	case QY_PARAM_int:
		return scnprintf(to, room, "%d", *(const int *)value);
	case QY_PARAM_uint:
		return scnprintf(to, room, "%u", *(const unsigned int *)value);
	case QY_PARAM_hexint:
		return scnprintf(to, room, "%#08x", *(const unsigned int *)value);
	case QY_PARAM_long:
		return scnprintf(to, room, "%ld", *(const long *)value);
	case QY_PARAM_charp:
		return scnprintf(to, room, "%s",
			*(char *const *)value ? *(char *const *)value : "(null)");
	case QY_PARAM_string:
		return scnprintf(to, room, "%s", (const char *)value);
	default:
		return scnprintf(to, room, "%lu", *(const unsigned long *)value);
	}
}

/* Without the newline that its file has. */
static int get_one(const struct qy_module_param *p, char *to)
{
	unsigned int nr = p->count ? *p->count : p->limit;
	int n = 0;

	if (p->type == QY_PARAM_callbacks) {
		const struct kernel_param *kp = p->value;

		return kp->ops->get ? kp->ops->get(to, kp) : -EPERM;
	}
	if (p->limit == 1)
		return get_number(p, p->value, to);
	for (unsigned int i = 0; i < nr && i < p->limit && n < (int)PAGE_SIZE / 2; i++) {
		if (i)
			to[n++] = ',';
		n += get_number(p, (const char *)p->value + i * bytes_of(p), to + n);
	}
	to[n] = '\0';
	return n;
}

/* ------------------------------------------------------------------ param_set_int() and its like */

#define FUNCTIONS(ptype)                                                       \
	int param_set_##ptype(const char *val, const struct kernel_param *kp)  \
	{                                                                      \
		const struct qy_module_param p = { .type = QY_PARAM_##ptype }; \
                                                                               \
		return val ? set_number(&p, kp->arg, val) : -EINVAL;           \
	}                                                                      \
	int param_get_##ptype(char *buffer, const struct kernel_param *kp)     \
	{                                                                      \
		const struct qy_module_param p = { .type = QY_PARAM_##ptype }; \
                                                                               \
		return get_number(&p, kp->arg, buffer) +                       \
		       scnprintf(buffer + strlen(buffer), 2, "\n");            \
	}
FUNCTIONS(byte)
FUNCTIONS(short)
FUNCTIONS(ushort)
FUNCTIONS(int)
FUNCTIONS(uint)
FUNCTIONS(long)
FUNCTIONS(ulong)
FUNCTIONS(ullong)
FUNCTIONS(hexint)
FUNCTIONS(invbool)

/* A word without "=" is yes. */
int param_set_bool(const char *val, const struct kernel_param *kp)
{
	return kstrtobool(val ? val : "1", kp->arg);
}

int param_get_bool(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%c\n", *(const bool *)kp->arg ? 'Y' : 'N');
}

/* As at boot: the text stays where it is. */
int param_set_charp(const char *val, const struct kernel_param *kp)
{
	if (!val || strlen(val) > 1024)
		return val ? -ENOSPC : -EINVAL;
	*(char **)kp->arg = (char *)(unsigned long)val;
	return 0;
}

int param_get_charp(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%s\n", *(char *const *)kp->arg);
}

int param_set_uint_minmax(const char *val, const struct kernel_param *kp,
	unsigned int min, unsigned int max)
{
	unsigned int number;
	int error = val ? kstrtouint(val, 0, &number) : -EINVAL;

	if (error)
		return error;
	if (number < min || number > max)
		return -EINVAL;
	*(unsigned int *)kp->arg = number;
	return 0;
}

/* ------------------------------------------------------------------ files of parameters */

struct param_call {
	const struct qy_module_param *p;
	char *page;
	const char *text; /* NULL: it is read */
};

static int call_param(void *arg)
{
	struct param_call *call = arg;
	char *text;
	int n;

	if (!call->text) {
		n = get_one(call->p, call->page);
		if (n >= 0 && (!n || call->page[n - 1] != '\n'))
			n += scnprintf(call->page + n, 2, "\n");
		return n;
	}
	text = kstrdup(call->text, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	qy_let_go(QY_HELD_OBJECT, text); /* the module's, for ever */
	text[strcspn(text, "\n")] = '\0';
	n = set_one(call->p, text);
	return n ? n : (int)strlen(call->text);
}

long qy_world_param_show(struct qy_world *w, const struct qy_module_info *info,
	const char *name, char *page)
{
	struct param_call call = { find_param(info, name), page, NULL };

	if (!call.p || !call.p->mode)
		return -ENOENT;
	if (!(call.p->mode & 0400))
		return -EACCES;
	return qy_world_run(w, "cat", call_param, &call);
}

long qy_world_param_store(struct qy_world *w, const struct qy_module_info *info,
	const char *name, const char *text)
{
	struct param_call call = { find_param(info, name), NULL, text };

	if (!call.p || !call.p->mode)
		return -ENOENT;
	if (!(call.p->mode & 0200))
		return -EACCES;
	return qy_world_run(w, "sh", call_param, &call);
}

/* ------------------------------------------------------------------ insmod, rmmod */

struct insertion {
	const struct qy_module_info *info;
	const char *params;
	char *why;
	size_t why_size;
};

static void begin_module(const struct qy_module_info *info)
{
	struct module *module = info->module;

	if (!module)
		return; /* init and suites alone */
	module->state = MODULE_STATE_COMING;
	module->qy_info = info;
	module->qy_refs = 0;
	list_add_tail(&module->qy_link, &qy_compat_world()->modules);
	for (unsigned int i = 0; i < module->qy_nr_uses; i++)
		module->qy_uses[i]->qy_refs++;
}

static void end_module(const struct qy_module_info *info)
{
	struct module *module = info->module;

	if (!module)
		return;
	list_del(&module->qy_link);
	for (unsigned int i = 0; i < module->qy_nr_uses; i++)
		module->qy_uses[i]->qy_refs--;
}

/* In rmmod's words, which names whoever has its symbols. */
static bool is_in_use(struct insertion *in)
{
	struct module *module = in->info->module, *other;
	size_t n;

	if (!module->qy_refs)
		return false;
	n = (size_t)scnprintf(
		in->why, in->why_size, "Module %s is in use", in->info->name);
	list_for_each_entry(other, &qy_compat_world()->modules, qy_link)
		for (unsigned int i = 0; i < other->qy_nr_uses; i++)
			if (other->qy_uses[i] == module)
				n += (size_t)scnprintf(in->why + n, in->why_size - n,
					"%s %s",
					strchr(in->why, ':') ? "" : " by:", other->name);
	return true;
}

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
	begin_module(info);
	begin = qy_callback_begin();
	error = info->init ? info->init() : 0;
	scnprintf(what, sizeof(what), "initcall of %s", info->name);
	qy_callback_end(&begin, what, false);
	if (error > 0)
		qy_compat_report(
			"WARNING: init_module of %s suspiciously returned %d, it should follow 0/-E convention",
			info->name, error);
	if (error < 0) {
		scnprintf(in->why, in->why_size, "%s: init returned %d (%pe)", info->name,
			error, ERR_PTR(error));
		end_module(info);
		return error;
	}
	if (info->module)
		info->module->state = MODULE_STATE_LIVE;
	if (info->suites_end > info->suites)
		qy_compat_kunit_run(info);
	return 0;
}

static int remove_it(void *arg)
{
	struct insertion *in = arg;
	struct qy_callback begin = qy_callback_begin();
	char what[96];

	if (is_in_use(in))
		return -EBUSY;
	if (in->info->init && !in->info->exit) {
		scnprintf(in->why, in->why_size,
			"%s: has no module_exit(): it cannot be unloaded",
			in->info->name);
		return -EBUSY;
	}
	in->info->module->state = MODULE_STATE_GOING;
	if (in->info->exit)
		in->info->exit();
	for (const struct qy_module_param *p = in->info->params; p < in->info->params_end;
		p++) {
		const struct kernel_param *kp = p->value;

		if (p->type == QY_PARAM_callbacks && kp->ops->free)
			kp->ops->free(kp->arg);
	}
	end_module(in->info);
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

void qy_world_module_uses(
	const struct qy_module_info *user, const struct qy_module_info *used)
{
	struct module *module = user->module;

	for (unsigned int i = 0; i < module->qy_nr_uses; i++)
		if (module->qy_uses[i] == used->module)
			return; /* of an earlier world */
	if (module->qy_nr_uses < ARRAY_SIZE(module->qy_uses))
		module->qy_uses[module->qy_nr_uses++] = used->module;
}

/* ------------------------------------------------------------------ uses */

bool qy_compat_module_get(struct module *module)
{
	if (module && module->state == MODULE_STATE_GOING)
		return false;
	if (module)
		module->qy_refs++;
	return true;
}

void qy_compat_module_put(struct module *module)
{
	if (!module)
		return;
	WARN_ON(module->qy_refs <= 0);
	module->qy_refs--;
}

bool try_module_get(struct module *module)
{
	bool got = qy_compat_module_get(module);

	if (got)
		qy_hold(QY_HELD_MODULE, module, 0);
	return got;
}

void __module_get(struct module *module)
{
	if (!module)
		return;
	module->qy_refs++;
	qy_hold(QY_HELD_MODULE, module, 0);
}

void module_put(struct module *module)
{
	qy_let_go(QY_HELD_MODULE, module);
	qy_compat_module_put(module);
}

int module_refcount(struct module *module)
{
	return module->qy_refs;
}

static const struct qy_module_export *find_export(
	const char *name, const void *address, struct module **owner)
{
	struct module *module;

	list_for_each_entry(module, &qy_compat_world()->modules, qy_link)
		for (const struct qy_module_export *e = module->qy_info->exports;
			e < module->qy_info->exports_end; e++)
			if (name ? !strcmp(e->name, name) : e->address == address) {
				*owner = module;
				return e;
			}
	return NULL;
}

void *__symbol_get(const char *symbol)
{
	struct module *owner;
	const struct qy_module_export *e = find_export(symbol, NULL, &owner);

	if (!e)
		return NULL;
	if (!e->gpl) {
		qy_printk_line(QY_LOG_WARNING,
			"failing symbol_get of non-GPLONLY symbol %s.", symbol);
		return NULL;
	}
	return try_module_get(owner) ? (void *)(unsigned long)e->address : NULL;
}

void __symbol_put(const char *symbol)
{
	struct module *owner;

	BUG_ON(!find_export(symbol, NULL, &owner));
	module_put(owner);
}

void symbol_put_addr(void *addr)
{
	struct module *owner;

	BUG_ON(!find_export(NULL, addr, &owner));
	module_put(owner);
}

/* '-' and '_' are one in names of modules. */
static bool is_name(const char *name, const char *of)
{
	for (; *name && *of; name++, of++)
		if (*name != *of && !(strchr("-_", *name) && strchr("-_", *of)))
			return false;
	return *name == *of;
}

static bool is_called(const struct module *module, const char *name)
{
	const struct qy_module_info *info = module->qy_info;

	if (is_name(name, info->name))
		return true;
	for (const char *at = info->modinfo; at < info->modinfo_end; at += strlen(at) + 1)
		if (!strncmp(at, "alias=", 6) && is_name(name, at + 6))
			return true;
	return false;
}

#define MODPROBE_FAILED 256 /* its exit status, as wait() has it */

int request_module(const char *fmt, ...)
{
	struct module *module;
	char name[56];
	va_list args;
	int n;

	might_sleep();
	va_start(args, fmt);
	n = vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	if (n >= (int)sizeof(name))
		return -ENAMETOOLONG;
	list_for_each_entry(module, &qy_compat_world()->modules, qy_link)
		if (is_called(module, name))
			return 0;
	qy_printk_line(QY_LOG_NOTICE,
		"request_module: %s was not given: name it before the module that asks for it",
		name);
	return MODPROBE_FAILED;
}

/* ------------------------------------------------------------------ the end of a kernel */

void panic(const char *fmt, ...)
{
	char text[200], line[240];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	scnprintf(line, sizeof(line), "Kernel panic - not syncing: %s", text);
	qy_compat_fatal(line);
}

void emergency_restart(void)
{
	qy_compat_fatal("reboot: emergency restart");
}
