// SPDX-License-Identifier: MIT
/*
 * Suites of tests inside of the kernel (kunit/test.h): run, and told as KTAP in the log.
 *
 *   qy_compat_kunit_run     the suites of a module that has been loaded
 *   kunit_run_tests         one suite
 *
 * A case runs in a task; what undoes it (exit, resources) runs in a second one, so that neither takes the other along.
 *
 * Locking: test->lock over status and resources.
 */
#include <kunit/device.h>
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kasan.h>
#include <linux/kthread.h>
#include "compat/model.h"

#define TIMEOUT_S 300 /* of a case */

struct stats {
	unsigned long passed, failed, skipped;
};

static unsigned long total(const struct stats *s)
{
	return s->passed + s->failed + s->skipped;
}

static void count(struct stats *s, enum kunit_status status)
{
	s->passed += status == KUNIT_SUCCESS;
	s->failed += status == KUNIT_FAILURE;
	s->skipped += status == KUNIT_SKIPPED;
}

static void add(struct stats *to, const struct stats *from)
{
	to->passed += from->passed;
	to->failed += from->failed;
	to->skipped += from->skipped;
}

/* ------------------------------------------------------------------ what is said */

static void say_result(enum kunit_status status, unsigned int depth, size_t number,
	const char *name, const char *comment)
{
	bool skipped = status == KUNIT_SKIPPED;

	printk(KERN_INFO "%*s%s %zu %s%s%s%s\n", (int)depth * KUNIT_INDENT_LEN, "",
		status == KUNIT_FAILURE ? "not ok" : "ok", number, name,
		skipped ? " # SKIP" : "", skipped && *comment ? " " : "",
		skipped ? comment : "");
}

static void say_stats(const char *indent, const char *name, const struct stats *s)
{
	if (total(s) > 1)
		printk(KERN_INFO "%s# %s: pass:%lu fail:%lu skip:%lu total:%lu\n", indent,
			name, s->passed, s->failed, s->skipped, total(s));
}

static void say_speed(const char *indent, const char *name, enum kunit_speed speed)
{
	static const char *const words[] = { "unset", "very_slow", "slow", "normal" };

	if (speed != KUNIT_SPEED_UNSET && speed != KUNIT_SPEED_NORMAL)
		printk(KERN_INFO "%s# %s.speed: %s\n", indent, name, words[speed]);
}

/* ------------------------------------------------------------------ failures */

static void set_failure(struct kunit *test)
{
	WRITE_ONCE(test->status, KUNIT_FAILURE);
}

void qy_compat_kunit_abort(struct kunit *test)
{
	test->qy_aborted = true;
	kthread_exit(0);
}

/* A value that stands in the text already says nothing more. */
static bool is_literal(const char *text, long long value)
{
	char number[32];

	scnprintf(number, sizeof(number), "%lld", value);
	return !strcmp(text, number);
}

static bool is_string_literal(const char *text, const char *value)
{
	size_t n = strlen(text);

	return n == strlen(value) + 2 && text[0] == '"' && text[n - 1] == '"' &&
	       !strncmp(text + 1, value, n - 2);
}

static void say_ints(char *buf, size_t size, const char *text, long long value)
{
	if (!is_literal(text, value))
		scnprintf(buf, size, "\n" KUNIT_SUBSUBTEST_INDENT "%s == %lld (0x%llx)",
			text, value, value);
}

static void say_string(char *buf, size_t size, const char *text, const char *value)
{
	if (!value)
		scnprintf(buf, size, "\n" KUNIT_SUBSUBTEST_INDENT "%s == (null)", text);
	else if (!is_string_literal(text, value))
		scnprintf(buf, size, "\n" KUNIT_SUBSUBTEST_INDENT "%s == \"%s\"", text,
			value);
}

/* Sixteen bytes a line; those that differ in <>. */
static void say_bytes(const char *text, const u8 *bytes, const u8 *others, size_t nr)
{
	char line[128];

	printk(KERN_ERR KUNIT_SUBSUBTEST_INDENT "%s ==\n", text);
	for (size_t at = 0; at < nr; at += 16) {
		size_t used = 0;

		for (size_t i = at; i < nr && i < at + 16; i++)
			used += (size_t)scnprintf(line + used, sizeof(line) - used,
				bytes[i] == others[i] ? " %02x " : "<%02x>", bytes[i]);
		printk(KERN_ERR KUNIT_SUBSUBTEST_INDENT "%s\n", line);
	}
}

#define LEFT_AND_RIGHT(say, type)                                                 \
	do {                                                                      \
		say(left, sizeof(left), check->left_text, (type)check->left);     \
		say(right, sizeof(right), check->right_text, (type)check->right); \
	} while (0)

static void say_expected(const struct qy_kunit_check *check)
{
	char left[384] = "", right[384] = "";
	const void *p = (const void *)(uintptr_t)check->left;

	switch (check->kind) {
	case QY_KUNIT_FAIL:
		return;
	case QY_KUNIT_UNARY:
		printk(KERN_ERR KUNIT_SUBTEST_INDENT "Expected %s to be %s, but is %s\n",
			check->left_text, check->left ? "true" : "false",
			check->left ? "false" : "true");
		return;
	case QY_KUNIT_NOT_ERR:
		if (p)
			printk(KERN_ERR KUNIT_SUBTEST_INDENT
				"Expected %s is not error, but is: %ld\n",
				check->left_text, PTR_ERR(p));
		else
			printk(KERN_ERR KUNIT_SUBTEST_INDENT
				"Expected %s is not null, but is\n",
				check->left_text);
		return;
	case QY_KUNIT_INT:
		LEFT_AND_RIGHT(say_ints, long long);
		break;
	case QY_KUNIT_PTR:
		scnprintf(left, sizeof(left), "\n" KUNIT_SUBSUBTEST_INDENT "%s == %px",
			check->left_text, p);
		scnprintf(right, sizeof(right), "\n" KUNIT_SUBSUBTEST_INDENT "%s == %px",
			check->right_text, (const void *)(uintptr_t)check->right);
		break;
	case QY_KUNIT_STR:
		LEFT_AND_RIGHT(say_string, const char *);
		break;
	case QY_KUNIT_MEM:
		break;
	}
	printk(KERN_ERR KUNIT_SUBTEST_INDENT "Expected %s %s %s, but%s%s\n",
		check->left_text, check->op, check->right_text, left, right);
	if (check->kind == QY_KUNIT_MEM && p && check->right) {
		say_bytes(check->left_text, p, (const u8 *)(uintptr_t)check->right,
			check->bytes);
		say_bytes(check->right_text, (const u8 *)(uintptr_t)check->right, p,
			check->bytes);
	}
}

void qy_compat_kunit_failed(
	struct kunit *test, const struct qy_kunit_check *check, const char *fmt, ...)
{
	va_list args;

	set_failure(test);
	kunit_err(test, "%s FAILED at %s:%d\n",
		check->type == KUNIT_ASSERTION ? "ASSERTION" : "EXPECTATION", check->file,
		check->line);
	say_expected(check);
	if (fmt) {
		char text[512];

		va_start(args, fmt);
		vscnprintf(text, sizeof(text), fmt, args);
		va_end(args);
		printk(KERN_ERR "%s\n", text);
	}
	if (check->type == KUNIT_ASSERTION)
		qy_compat_kunit_abort(test);
}

struct kunit *kunit_get_current_test(void)
{
	return current->kunit_test;
}

void __kunit_fail_current_test(const char *file, int line, const char *fmt, ...)
{
	struct kunit *test = current->kunit_test;
	char text[512];
	va_list args;

	if (!test)
		return;
	set_failure(test);
	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	kunit_err(test, "%s:%d: %s", file, line, text);
}

/* ------------------------------------------------------------------ a case */

struct attempt {
	struct kunit *test;
	struct kunit_suite *suite;
	const struct kunit_case *test_case;
};

static int run_body(void *arg)
{
	const struct attempt *a = arg;
	int error;

	current->kunit_test = a->test;
	error = a->suite->init ? a->suite->init(a->test) : 0;
	if (error) {
		kunit_err(a->test, "failed to initialize: %d\n", error);
		set_failure(a->test);
		return 0;
	}
	a->test_case->run_case(a->test);
	return 0;
}

static int run_cleanup(void *arg)
{
	const struct attempt *a = arg;

	current->kunit_test = a->test;
	if (a->suite->exit)
		a->suite->exit(a->test);
	kunit_cleanup(a->test);
	return 0;
}

/* In a task, to its end. One that does not end stays, as there. */
static void try(struct attempt *a, int (*fn)(void *arg))
{
	struct task_struct *task =
		qy_compat_task(qy_compat_world(), "kunit_try_catch", fn, a);
	wait_queue_head_t *wait;

	if (!task) {
		kunit_err(a->test, "there is no memory for its task\n");
		set_failure(a->test);
		return;
	}
	wait = (wait_queue_head_t *)(void *)task->qy_exit_wait;
	if (wait_event_timeout(*wait, task->qy_exited, TIMEOUT_S * HZ)) {
		qy_compat_wait_exit(task);
		return;
	}
	kunit_err(a->test, "try timed out\n");
	set_failure(a->test);
}

void kunit_init_test(struct kunit *test, const char *name, struct string_stream *log)
{
	spin_lock_init(&test->lock);
	INIT_LIST_HEAD(&test->resources);
	test->name = name;
	test->log = log;
	test->status = KUNIT_SUCCESS;
	test->status_comment[0] = '\0';
	test->qy_aborted = false;
}

/* ------------------------------------------------------------------ a call that may be ended */

static int run_try(void *arg)
{
	struct kunit_try_catch *tc = arg;

	current->kunit_test = tc->test;
	tc->try(tc->context);
	return 0;
}

void kunit_try_catch_throw(struct kunit_try_catch *tc)
{
	tc->try_result = -EFAULT;
	kthread_exit(0);
}

void kunit_try_catch_run(struct kunit_try_catch *tc, void *context)
{
	struct task_struct *task;
	wait_queue_head_t *wait;

	tc->context = context;
	tc->try_result = 0;
	task = qy_compat_task(qy_compat_world(), "kunit_try_catch_thread", run_try, tc);
	if (!task) {
		tc->try_result = -ENOMEM;
	} else {
		wait = (wait_queue_head_t *)(void *)task->qy_exit_wait;
		if (wait_event_timeout(*wait, task->qy_exited, TIMEOUT_S * HZ))
			qy_compat_wait_exit(task);
		else
			tc->try_result = -ETIMEDOUT;
	}
	if (tc->try_result)
		tc->catch (tc->context);
}

static void run_once(struct attempt *a)
{
	kunit_init_test(a->test, a->test->name, NULL);
	try(a, run_body);
	try(a, run_cleanup);
}

static enum kunit_status of_stats(const struct stats *s)
{
	return s->failed ? KUNIT_FAILURE : s->passed ? KUNIT_SUCCESS : KUNIT_SKIPPED;
}

static void run_params(struct attempt *a, struct stats *stats)
{
	struct kunit *test = a->test;
	char desc[KUNIT_PARAM_DESC_SIZE] = "";

	printk(KERN_INFO KUNIT_SUBSUBTEST_INDENT "KTAP version 1\n");
	printk(KERN_INFO KUNIT_SUBSUBTEST_INDENT "# Subtest: %s\n", test->name);
	test->param_value = a->test_case->generate_params(NULL, desc);
	for (test->param_index = 0; test->param_value; test->param_index++) {
		run_once(a);
		if (!*desc)
			scnprintf(desc, sizeof(desc), "param-%d", test->param_index);
		say_result(test->status, 2, (size_t)test->param_index + 1, desc,
			test->status_comment);
		count(stats, test->status);
		desc[0] = '\0';
		test->param_value =
			a->test_case->generate_params(test->param_value, desc);
	}
}

static void run_case(struct kunit_suite *suite, struct kunit_case *test_case,
	size_t number, struct stats *cases, struct stats *runs)
{
	struct kunit test = { .name = test_case->name };
	struct attempt a = { &test, suite, test_case };
	struct stats stats = { 0 };

	if (test_case->generate_params) {
		run_params(&a, &stats);
		test_case->status = of_stats(&stats);
		if (test_case->status != KUNIT_SKIPPED)
			test.status_comment[0] = '\0';
	} else {
		run_once(&a);
		count(&stats, test.status);
		test_case->status = test.status;
	}
	say_speed(KUNIT_SUBTEST_INDENT, test.name, test_case->attr.speed);
	say_stats(KUNIT_SUBTEST_INDENT, test.name, &stats);
	say_result(test_case->status, 1, number, test.name, test.status_comment);
	count(cases, test_case->status);
	add(runs, &stats);
}

/* ------------------------------------------------------------------ a suite */

size_t kunit_suite_num_test_cases(struct kunit_suite *suite)
{
	struct kunit_case *test_case;
	size_t nr = 0;

	kunit_suite_for_each_test_case(suite, test_case) nr++;
	return nr;
}

enum kunit_status kunit_suite_has_succeeded(struct kunit_suite *suite)
{
	struct kunit_case *test_case;
	enum kunit_status status = KUNIT_SKIPPED;

	if (suite->suite_init_err)
		return KUNIT_FAILURE;
	kunit_suite_for_each_test_case(suite, test_case)
	{
		if (test_case->status == KUNIT_FAILURE)
			return KUNIT_FAILURE;
		if (test_case->status == KUNIT_SUCCESS)
			status = KUNIT_SUCCESS;
	}
	return status;
}

static void run_suite(struct kunit_suite *suite, const char *module, size_t number)
{
	struct stats cases = { 0 }, runs = { 0 };
	struct kunit_case *test_case;
	struct qy_world *w = qy_compat_world();

	suite->status_comment[0] = '\0';
	suite->suite_init_err = suite->suite_init ? suite->suite_init(suite) : 0;
	if (suite->suite_init_err) {
		printk(KERN_ERR KUNIT_SUBTEST_INDENT "# failed to initialize (%d)\n",
			suite->suite_init_err);
		w->kunit.failed++;
		goto say;
	}
	printk(KERN_INFO KUNIT_SUBTEST_INDENT "KTAP version 1\n");
	printk(KERN_INFO KUNIT_SUBTEST_INDENT "# Subtest: %s\n", suite->name);
	if (module)
		printk(KERN_INFO KUNIT_SUBTEST_INDENT "# module: %s\n", module);
	say_speed(KUNIT_SUBTEST_INDENT, suite->name, suite->attr.speed);
	printk(KERN_INFO KUNIT_SUBTEST_INDENT "1..%zu\n",
		kunit_suite_num_test_cases(suite));
	kunit_suite_for_each_test_case(suite, test_case)
		run_case(suite, test_case, total(&cases) + 1, &cases, &runs);
	if (suite->suite_exit)
		suite->suite_exit(suite);
	say_stats("", suite->name, &cases);
	say_stats("", "Totals", &runs);
	w->kunit.passed += runs.passed;
	w->kunit.failed += runs.failed;
	w->kunit.skipped += runs.skipped;
say:
	say_result(kunit_suite_has_succeeded(suite), 0, number, suite->name,
		suite->status_comment);
}

int kunit_run_tests(struct kunit_suite *suite)
{
	might_sleep();
	run_suite(suite, NULL, 1);
	return 0;
}

static void run_all(const char *module, struct kunit_suite *const *suites, size_t nr)
{
	if (!nr)
		return;
	printk(KERN_INFO "KTAP version 1\n");
	printk(KERN_INFO "1..%zu\n", nr);
	for (size_t i = 0; i < nr; i++)
		run_suite(suites[i], module, i + 1);
}

int __kunit_test_suites_init(struct kunit_suite *const *suites, int nr)
{
	might_sleep();
	run_all(NULL, suites, nr > 0 ? (size_t)nr : 0);
	return 0;
}

void qy_compat_kunit_run(const struct qy_module_info *info)
{
	run_all(info->name, info->suites, (size_t)(info->suites_end - info->suites));
}

/* ------------------------------------------------------------------ reports that a case provokes */

/* The log may be heard under any lock, so the resource is looked for without one. */
static struct kunit_resource *quiet_resource(const char *name)
{
	struct kunit *test = current ? current->kunit_test : NULL;
	struct kunit_resource *res;

	if (!test)
		return NULL;
	list_for_each_entry_reverse(res, &test->resources,
		node) if (res->name && !strcmp(res->name, name)) return res;
	return NULL;
}

void qy_compat_kunit_wrong_access(struct qy_world *w)
{
	struct kunit_resource *res = quiet_resource("kasan_status");

	if (res)
		((struct kunit_kasan_status *)res->data)->report_found = true;
	else if (!w->provokes_kasan && current->kunit_test)
		set_failure(current->kunit_test);
}

/* A report on a slab, a repair, an object that is left: as slub counts them for its tests. */
static bool is_slab_error(const char *line)
{
	return !strncmp(line, "BUG ", 4) || !strncmp(line, "FIX ", 4) ||
	       (!strncmp(line, "Object 0x", 9) && !strstr(line, " fp="));
}

bool qy_world_kunit_hears(struct qy_world *w, const char *line)
{
	struct kunit_resource *res;

	if (!strncmp(line, "BUG: KASAN: ", 12))
		return w->provokes_kasan || quiet_resource("kasan_status");
	res = quiet_resource("slab_errors");
	if (!res)
		return false;
	if (is_slab_error(line))
		++*(int *)res->data;
	return !strncmp(line, "BUG ", 4) || !strncmp(line, "WARNING: ", 9);
}

void qy_world_kunit(const struct qy_world *w, struct qy_world_kunit *results)
{
	*results = w->kunit;
}

/* ------------------------------------------------------------------ resources */

static void release_resource(struct kref *kref)
{
	struct kunit_resource *res = container_of(kref, struct kunit_resource, refcount);

	if (res->free)
		res->free(res);
	if (res->should_kfree)
		kfree(res);
}

void kunit_put_resource(struct kunit_resource *res)
{
	kref_put(&res->refcount, release_resource);
}

int __kunit_add_resource(struct kunit *test, kunit_resource_init_t init,
	kunit_resource_free_t free, struct kunit_resource *res, void *data)
{
	unsigned long flags;
	int error = 0;

	res->free = free;
	kref_init(&res->refcount);
	INIT_LIST_HEAD(&res->node);
	if (init)
		error = init(res, data);
	else
		res->data = data;
	if (error)
		return error;
	spin_lock_irqsave(&test->lock, flags);
	list_add_tail(&res->node, &test->resources);
	spin_unlock_irqrestore(&test->lock, flags);
	return 0;
}

int kunit_add_named_resource(struct kunit *test, kunit_resource_init_t init,
	kunit_resource_free_t free, struct kunit_resource *res, const char *name,
	void *data)
{
	struct kunit_resource *other;

	if (!name)
		return -EINVAL;
	other = kunit_find_named_resource(test, name);
	if (other) {
		kunit_put_resource(other);
		return -EEXIST;
	}
	res->name = name;
	res->should_kfree = false;
	return __kunit_add_resource(test, init, free, res, data);
}

struct kunit_resource *kunit_alloc_and_get_resource(struct kunit *test,
	kunit_resource_init_t init, kunit_resource_free_t free, gfp_t gfp, void *context)
{
	struct kunit_resource *res = kzalloc(sizeof(*res), gfp);

	if (!res)
		return NULL;
	res->should_kfree = true;
	if (__kunit_add_resource(test, init, free, res, context)) {
		kfree(res);
		return NULL;
	}
	kunit_get_resource(res);
	return res;
}

struct kunit_resource *kunit_find_resource(
	struct kunit *test, kunit_resource_match_t match, void *match_data)
{
	struct kunit_resource *res, *found = NULL;
	unsigned long flags;

	spin_lock_irqsave(&test->lock, flags);
	list_for_each_entry_reverse(
		res, &test->resources, node) if (match(test, res, match_data))
	{
		kunit_get_resource(res);
		found = res;
		break;
	}
	spin_unlock_irqrestore(&test->lock, flags);
	return found;
}

void kunit_remove_resource(struct kunit *test, struct kunit_resource *res)
{
	unsigned long flags;
	bool was;

	spin_lock_irqsave(&test->lock, flags);
	was = !list_empty(&res->node);
	list_del_init(&res->node);
	spin_unlock_irqrestore(&test->lock, flags);
	if (was)
		kunit_put_resource(res);
}

int kunit_destroy_resource(
	struct kunit *test, kunit_resource_match_t match, void *match_data)
{
	struct kunit_resource *res = kunit_find_resource(test, match, match_data);

	if (!res)
		return -ENOENT;
	kunit_remove_resource(test, res);
	kunit_put_resource(res);
	return 0;
}

void kunit_cleanup(struct kunit *test)
{
	for (;;) {
		struct kunit_resource *res = NULL;
		unsigned long flags;

		spin_lock_irqsave(&test->lock, flags);
		if (!list_empty(&test->resources))
			res = list_last_entry(
				&test->resources, struct kunit_resource, node);
		spin_unlock_irqrestore(&test->lock, flags);
		if (!res)
			return;
		kunit_remove_resource(test, res);
	}
}

/* ------------------------------------------------------------------ calls behind a case */

struct action_resource {
	struct kunit_resource res;
	kunit_action_t *func;
	void *context;
};

static void run_action(struct kunit_resource *res)
{
	struct action_resource *action = container_of(res, struct action_resource, res);

	action->func(action->context);
}

static bool is_action(struct kunit *test, struct kunit_resource *res, void *data)
{
	const struct action_resource *have =
		container_of(res, struct action_resource, res);
	const struct action_resource *wanted = data;

	(void)test;
	return res->free == run_action && have->func == wanted->func &&
	       have->context == wanted->context;
}

int kunit_add_action(struct kunit *test, kunit_action_t *func, void *context)
{
	struct action_resource *action = kzalloc(sizeof(*action), GFP_KERNEL);

	if (!action)
		return -ENOMEM;
	action->func = func;
	action->context = context;
	action->res.should_kfree = true; /* res comes first */
	return __kunit_add_resource(test, NULL, run_action, &action->res, action);
}
_Static_assert(offsetof(struct action_resource, res) == 0, "one object");

int kunit_add_action_or_reset(struct kunit *test, kunit_action_t *func, void *context)
{
	int error = kunit_add_action(test, func, context);

	if (error)
		func(context);
	return error;
}

void kunit_remove_action(struct kunit *test, kunit_action_t *func, void *context)
{
	struct action_resource wanted = { .func = func, .context = context };
	struct kunit_resource *res = kunit_find_resource(test, is_action, &wanted);

	if (!res)
		return;
	res->free = NULL;
	kunit_remove_resource(test, res);
	kunit_put_resource(res);
}

void kunit_release_action(struct kunit *test, kunit_action_t *func, void *context)
{
	struct action_resource wanted = { .func = func, .context = context };

	kunit_destroy_resource(test, is_action, &wanted);
}

static void free_object(void *p)
{
	kfree(p);
}

void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	void *p = kmalloc_array(n, size, gfp);

	if (!p || kunit_add_action_or_reset(test, free_object, p))
		return NULL;
	return p;
}

void kunit_kfree(struct kunit *test, const void *p)
{
	if (p)
		kunit_release_action(test, free_object, (void *)(uintptr_t)p);
}

/* ------------------------------------------------------------------ functions that are replaced */

struct stub {
	void *real_fn, *replacement;
};

static void free_stub(struct kunit_resource *res)
{
	kfree(res->data);
}

static bool is_stub(struct kunit *test, struct kunit_resource *res, void *real_fn)
{
	(void)test;
	return res->free == free_stub &&
	       ((const struct stub *)res->data)->real_fn == real_fn;
}

void *qy_compat_kunit_stub(struct kunit *test, void *real_fn)
{
	struct kunit_resource *res = kunit_find_resource(test, is_stub, real_fn);
	void *replacement;

	if (!res)
		return NULL;
	replacement = ((const struct stub *)res->data)->replacement;
	kunit_put_resource(res);
	return replacement;
}

void kunit_deactivate_static_stub(struct kunit *test, void *real_fn)
{
	kunit_destroy_resource(test, is_stub, real_fn);
}

void __kunit_activate_static_stub(struct kunit *test, void *real_fn, void *replacement)
{
	struct stub *stub;

	kunit_deactivate_static_stub(test, real_fn);
	if (!replacement)
		return;
	stub = kzalloc(sizeof(*stub), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, stub);
	*stub = (struct stub){ real_fn, replacement };
	if (!kunit_alloc_resource(test, NULL, free_stub, GFP_KERNEL, stub)) {
		kfree(stub);
		KUNIT_FAIL_AND_ABORT(test, "there is no memory for a stub");
	}
}

/* ------------------------------------------------------------------ devices */

static const struct bus_type kunit_bus = { .name = "kunit" };

static void remove_device(void *data)
{
	struct device *dev = data;

	if (dev->driver)
		qy_compat_unbind(dev);
	qy_compat_release_all(dev);
	if (dev->qy_dma_added)
		qy_dma_dev_release_managed(&dev->qy);
	qy_compat_device_del(dev);
	qy_let_go(QY_HELD_DEVICE, dev);
	qy_host_free(dev);
}

static struct device *register_device(
	struct kunit *test, const char *name, struct device_driver *drv)
{
	struct device *dev = qy_host_zalloc(sizeof(*dev));
	int error;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	qy_compat_device_init(dev, &kunit_bus);
	dev_set_name(dev, "%s", name);
	error = qy_compat_device_add(dev);
	if (error) {
		qy_host_free(dev);
		return ERR_PTR(error);
	}
	if (drv)
		qy_compat_bind(dev, drv);
	qy_hold(QY_HELD_DEVICE, dev, 0);
	error = kunit_add_action_or_reset(test, remove_device, dev);
	return error ? ERR_PTR(error) : dev;
}

struct device *kunit_device_register(struct kunit *test, const char *name)
{
	return register_device(test, name, NULL);
}

struct device *kunit_device_register_with_driver(
	struct kunit *test, const char *name, const struct device_driver *drv)
{
	return register_device(test, name, (struct device_driver *)(uintptr_t)drv);
}

struct device_driver *kunit_driver_create(struct kunit *test, const char *name)
{
	struct device_driver *drv = kunit_kzalloc(test, sizeof(*drv), GFP_KERNEL);

	if (!drv)
		return ERR_PTR(-ENOMEM);
	drv->name = name;
	drv->bus = &kunit_bus;
	return drv;
}

void kunit_device_unregister(struct kunit *test, struct device *dev)
{
	kunit_release_action(test, remove_device, dev);
}
