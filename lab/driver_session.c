// SPDX-License-Identifier: MIT
/* See driver_session.h. */
#include "lab/driver_session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <quarry/cma.h>
#include <quarry/dma_debug.h>

#define NS_PER_S    1000000000ull
#define PATIENCE_NS (120 * NS_PER_S) /* the kernel's hung_task_timeout_secs */
#define SETTLE_NS   (NS_PER_S / 10)
#define DMA_ENTRIES 8192u /* mappings at a time; each run begins with writing them */

struct qy_session qy_session;

/* ------------------------------------------------------------------ the log */

/* The words with which a kernel begins when it has found a mistake. */
static bool is_mistake(const char *line)
{
	static const char *const begins[] = { "BUG",
		"WARNING: ", "DMA-API: ", "kernel BUG", "INFO: ", "Kernel panic",
		"kmemleak: ", "OF: ERROR: ", "cache_from_obj: Wrong",
		"Unexpected gfp: ", "Trying to free nonexistent resource" };

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (!strncmp(line, begins[i], strlen(begins[i])))
			return true;
	/* what a kernel says as an error of the device */
	return strstr(line, ": does not have a release() function") ||
	       strstr(line, ": dma_pool_free ") || strstr(line, ": dma_pool_destroy ");
}

/* Where no CMA area serves, a buffer that is larger than any block is asked of the page allocator, as on Linux, which warns. */
static bool is_of_search(const char *line)
{
	return qy_session.fail.scarce == QY_SCARCE_CONTIGUOUS &&
	       !strncmp(line, "WARNING: page allocation of order ", 34);
}

/* Linux does not ask for a mask: 32 bits are what a device has that says nothing. A module that is not given may be no loss. */
static bool is_remark(const char *line)
{
	return strstr(line, "does DMA before it has set a DMA mask") ||
	       !strncmp(line, "request_module: ", 16);
}

void note_line(enum qy_log_level level, const char *line)
{
	struct qy_driver_outcome *out = qy_session.out;
	uint64_t now = qy_sim_now(qy_session.m);
	size_t room = sizeof(out->log) - out->log_bytes;
	int n = snprintf(out->log + out->log_bytes, room, "<%d>[%5llu.%06llu] %s\n",
		(int)level, (unsigned long long)(now / NS_PER_S),
		(unsigned long long)(now % NS_PER_S / 1000), line);

	if (n < 0 || (size_t)n >= room) {
		out->log[out->log_bytes] = '\0';
		out->log_cut = true;
		return;
	}
	out->log_bytes += (uint32_t)n;
}

void qy_session_hear(void *arg, enum qy_log_level level, const char *line)
{
	struct qy_driver_outcome *out = qy_session.out;
	uint32_t begin = out->log_bytes;

	(void)arg;
	if (!qy_session.w)
		return; /* the boot */
	note_line(level, line);
	if (is_remark(line)) {
		if (!out->nr_remarks++)
			snprintf(out->remark, sizeof(out->remark), "%s", line);
		qy_session.heard = false;
		return;
	}
	if (qy_world_kunit_hears(qy_session.w, line)) {
		qy_session.heard = false;
		return;
	}
	if (!strncmp(line, "------------[ cut here ]", 24)) {
		qy_session.cut = true;
		qy_session.cut_begin = begin;
		qy_session.cut_text[0] = '\0';
		qy_session.heard = false;
		return;
	}
	if (is_mistake(line) && !is_of_search(line)) {
		bool cut = qy_session.cut;

		qy_session.cut = false;
		qy_session.heard = out->nr_mistakes < QY_DRIVER_REPORTS;
		if (qy_session.heard) {
			struct qy_driver_mistake *mistake =
				&out->mistake[out->nr_mistakes];

			*mistake = (struct qy_driver_mistake){
				.when_ns = qy_sim_now(qy_session.m),
				.act = qy_session.act,
				.log_begin = cut ? qy_session.cut_begin : begin,
				.log_end = out->log_bytes,
			};
			snprintf(mistake->line, sizeof(mistake->line), "%.200s%s%s", line,
				cut && *qy_session.cut_text ? ": " : "",
				cut ? qy_session.cut_text : "");
			qy_session_stack(&mistake->stack);
		}
		out->nr_mistakes++;
		return;
	}
	if (qy_session.cut && !*qy_session.cut_text)
		snprintf(qy_session.cut_text, sizeof(qy_session.cut_text), "%s", line);
	/* what is said in one breath belongs to it */
	qy_session.heard = qy_session.heard &&
			   (level <= QY_LOG_ERR || !strncmp(line, "---[ end trace", 14));
	if (qy_session.heard)
		out->mistake[out->nr_mistakes - 1].log_end = out->log_bytes;
}

void qy_session_panic(void *arg, const char *line)
{
	(void)arg;
	qy_session_end_early(QY_DRIVER_PANICKED, line);
	if (qy_session.w)
		note_line(QY_LOG_EMERG, line);
	qy_session_stack(&qy_session.out->end_stack);
	qy_session_finish(QY_DRIVER_PANICKED);
}

/* ------------------------------------------------------------------ failures */

/* Who holds nothing back for a moment without memory; a mempool does, and mappings are a kind of their own. */
static bool wants_reserve(const struct qy_world_request *request)
{
	const char *kind = qy_driver_kind_name(request->kind);

	return !(request->gfp & QY___GFP_DIRECT_RECLAIM) && strcmp(kind, "DMA mapping") &&
	       strcmp(kind, "object of a mempool");
}

bool qy_session_is_scarce(
	enum qy_driver_scarcity scarce, const struct qy_world_request *request)
{
	const char *kind = qy_driver_kind_name(request->kind);

	switch (scarce) {
	case QY_SCARCE_ATOMIC:
		return wants_reserve(request);
	case QY_SCARCE_MASK:
		return !strcmp(kind, "DMA mask");
	case QY_SCARCE_MAPPING:
		return !strcmp(kind, "DMA mapping");
	default:
		return false;
	}
}

static void note_refused(uint32_t n)
{
	struct qy_driver_outcome *out = qy_session.out;

	out->scarce = qy_session.fail.scarce;
	if (!out->nr_refused)
		out->refused_ns = qy_sim_now(qy_session.m);
	if (out->nr_refused < 2)
		out->refused[out->nr_refused] = n - 1;
	out->nr_refused++;
}

/* The nearest module that called. */
static bool is_of_hardware(const struct qy_driver_stack *stack)
{
	int module = -1;

	for (uint32_t i = 0; i < stack->nr && module < 0; i++)
		module = qy_session_module_of(stack->frame[i]);
	return module >= 0 && qy_session.plan->module[module].hardware;
}

static bool refuse(void *arg, const struct qy_world_request *request)
{
	const struct qy_driver_failure *fail = &qy_session.fail;
	struct qy_driver_outcome *out = qy_session.out;
	struct qy_driver_ask ask = { .kind = request->kind,
		.bytes = (uint32_t)request->bytes,
		.gfp = request->gfp,
		.act = qy_session.act };
	uint32_t n;
	bool refused;

	(void)arg;
	qy_session_stack(&ask.stack);
	if (qy_session.has_hardware && is_of_hardware(&ask.stack))
		return false;
	n = ++out->nr_asked;
	if (n <= QY_DRIVER_ASKS)
		out->ask[n - 1] = ask;
	if (qy_session.trunk)
		qy_session_branch(n, request);
	refused = n == fail->nth[0] || n == fail->nth[1] ||
		  qy_session_is_scarce(fail->scarce, request);
	if (refused)
		note_refused(n);
	return refused;
}

/* A CMA area is asked for a run: what then is tried instead, the core knows. Loads of a scenario ask from the host thread's stack. */
static bool refuse_run(void *arg, uint64_t nr_pages)
{
	uint32_t n = qy_session.out->nr_asked;
	size_t bytes;

	(void)arg, (void)nr_pages;
	if (!qy_fiber_stack(qy_fiber_self(qy_session.m), &bytes) || !n)
		return false;
	qy_session.out->nr_runs_asked++;
	if (qy_session.trunk)
		qy_session_branch(n, NULL);
	if (qy_session.fail.scarce != QY_SCARCE_CONTIGUOUS)
		return false;
	note_refused(n);
	return true;
}

/* ------------------------------------------------------------------ the schedule */

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* Each step of the core where nothing is masked. */
static void on_step(void *arg)
{
	uint64_t n = ++qy_session.out->nr_steps;

	(void)arg;
	while (qy_session.next_point < qy_session.nr_points &&
		qy_session.point[qy_session.next_point] <= n)
		qy_world_raise_irq(qy_session.w,
			qy_session.point_irq[qy_session.next_point++],
			qy_sim_now(qy_session.m));
}

/* 1, 2, 3 ... -> 1/2, 1/4, 3/4, 1/8 ... of @whole: the first n are spread evenly, whatever n is. */
static uint64_t spread(uint64_t n, uint64_t whole)
{
	uint64_t place = 0;

	for (uint64_t half = whole; n; n >>= 1) {
		half = (half + 1) / 2;
		place += n & 1 ? half : 0;
	}
	return place < whole ? place : whole - 1;
}

static void plan_points(void)
{
	const struct qy_driver_schedule *schedule = &qy_session.plan->schedule;
	uint64_t state = schedule->number;

	if (!schedule->number || !schedule->nr_irqs || !schedule->nr_steps)
		return;
	for (unsigned int i = 0; i < QY_DRIVER_POINTS; i++) {
		uint64_t n = (schedule->number - 1) * QY_DRIVER_POINTS + i + 1;
		uint64_t point = 1 + spread(n, schedule->nr_steps);
		unsigned int at = i;

		for (; at && qy_session.point[at - 1] > point; at--)
			qy_session.point[at] = qy_session.point[at - 1];
		qy_session.point[at] = point;
		qy_session.point_irq[i] =
			schedule->irq[next_random(&state) % schedule->nr_irqs];
	}
	qy_session.nr_points = QY_DRIVER_POINTS;
}

/* ------------------------------------------------------------------ acts */

struct qy_driver_act *qy_session_begin_again(struct qy_driver_act *act)
{
	int i = (int)(act - qy_session.out->act);
	struct qy_alarm *patience = &qy_session.patience[i];

	act->done = false;
	act->begin_ns = qy_sim_now(qy_session.m);
	act->log_begin = act->log_end = qy_session.out->log_bytes;
	qy_session.act = i;
	patience->fn = qy_session_lose_patience;
	qy_alarm_set(qy_session.m, patience, act->begin_ns + PATIENCE_NS);
	return act;
}

/* NULL: there were too many. */
struct qy_driver_act *qy_session_begin(
	enum qy_driver_act_kind kind, uint32_t module, const char *device)
{
	struct qy_driver_outcome *out = qy_session.out;
	struct qy_driver_act *act;

	if (out->nr_acts == QY_DRIVER_ACTS)
		return NULL;
	act = &out->act[out->nr_acts++];
	*act = (struct qy_driver_act){ .kind = kind, .module = module };
	snprintf(act->device, sizeof(act->device), "%s", device);
	return qy_session_begin_again(act);
}

void qy_session_end(struct qy_driver_act *act, long result)
{
	int i = (int)(act - qy_session.out->act);

	qy_alarm_cancel(qy_session.m, &qy_session.patience[i]);
	act->result = result;
	act->done = true;
	act->end_ns = qy_sim_now(qy_session.m);
	act->log_end = qy_session.out->log_bytes;
	if (qy_session.act == i)
		qy_session.act = -1;
}

/* Others run, timers expire, what waits for a grace period goes. */
void qy_session_settle(void)
{
	uint64_t until = qy_sim_now(qy_session.m) + SETTLE_NS;

	while (qy_sim_now(qy_session.m) < until)
		qy_fiber_block(qy_session.m, until);
}

/* What waits to be freed holds no pointers, and a moment later the stacks of who has ended are gone. */
void qy_session_scan(void)
{
	if (!qy_session.plan->kmemleak)
		return;
	qy_session_settle();
	qy_world_kmemleak(qy_session.w);
}

/* ------------------------------------------------------------------ what is left */

static bool same_place(
	const struct qy_driver_leak *leak, const struct qy_world_held *held)
{
	return leak->kind == held->kind && leak->stack.nr == held->nr_frames &&
	       !memcmp(leak->stack.frame, held->frames,
		       leak->stack.nr * sizeof(leak->stack.frame[0]));
}

static void begin_leak(struct qy_driver_leak *leak, const struct qy_world_held *held)
{
	*leak = (struct qy_driver_leak){ .kind = held->kind,
		.when_ns = held->when_ns,
		.pid = held->pid,
		.stack.nr = held->nr_frames };
	if (leak->stack.nr > QY_DRIVER_FRAMES)
		leak->stack.nr = QY_DRIVER_FRAMES;
	memcpy(leak->comm, held->comm, sizeof(leak->comm));
	memcpy(leak->stack.frame, held->frames,
		leak->stack.nr * sizeof(leak->stack.frame[0]));
}

static void note_left(const struct qy_world_held *held, int act)
{
	struct qy_driver_outcome *out = qy_session.out;
	struct qy_driver_leak *leak = out->leak, *end_of = leak + out->nr_leaks;

	if (act < 0) {
		out->nr_left++;
		out->bytes_left += held->bytes;
	}
	while (leak < end_of && !(leak->act == act && same_place(leak, held)))
		leak++;
	if (leak == end_of) {
		if (out->nr_leaks == QY_DRIVER_LEAKS)
			return;
		out->nr_leaks++;
		begin_leak(leak, held);
		leak->act = act;
	}
	leak->count++;
	leak->bytes += held->bytes;
}

/* What was taken after the @after-th thing, up to the @until-th, and is held still. */
void qy_session_note_left(uint64_t after, uint64_t until, int act)
{
	struct qy_world_held held;

	while (qy_world_next_held(qy_session.w, after, &held) && held.number <= until) {
		note_left(&held, act);
		after = held.number;
	}
}

/* ------------------------------------------------------------------ what grows */

/* Things of one kind that one line of a driver has taken: an interrupt comes wherever it comes, so the rest of a stack may differ. */
struct growing {
	struct qy_driver_leak leak;
	void *line;
};

static void *line_of(const struct qy_world_held *held)
{
	for (unsigned int i = 0; i < held->nr_frames; i++)
		if (qy_session_module_of(held->frames[i]) >= 0)
			return held->frames[i];
	return NULL;
}

static void count_growing(
	struct growing *growing, uint32_t *nr, const struct qy_world_held *held)
{
	void *line = line_of(held);
	struct growing *g = growing, *end_of = growing + *nr;

	while (g < end_of && !(g->line == line && g->leak.kind == held->kind))
		g++;
	if (!line || (g == end_of && *nr == QY_DRIVER_LEAKS))
		return;
	if (g == end_of) {
		++*nr;
		*g = (struct growing){ .line = line };
		begin_leak(&g->leak, held);
	}
	g->leak.count++;
	g->leak.bytes += held->bytes;
}

bool qy_session_has_grown(uint64_t after, uint32_t least, int act)
{
	static struct growing growing[QY_DRIVER_LEAKS]; /* too large for a task's stack */
	struct qy_driver_outcome *out = qy_session.out;
	struct qy_world_held held;
	uint32_t nr = 0;
	bool grown = false;

	while (qy_world_next_held(qy_session.w, after, &held)) {
		count_growing(growing, &nr, &held);
		after = held.number;
	}
	for (uint32_t i = 0; i < nr; i++) {
		if (growing[i].leak.count < least)
			continue;
		grown = true;
		growing[i].leak.act = act;
		if (act >= 0 && out->nr_leaks < QY_DRIVER_LEAKS)
			out->leak[out->nr_leaks++] = growing[i].leak;
	}
	return grown;
}

/* ------------------------------------------------------------------ devices */

static struct qy_driver_device *note_device(
	const struct qy_world_device *device, bool made_up)
{
	struct qy_driver_outcome *out = qy_session.out;
	struct qy_driver_device *d = out->device, *end_of = d + out->nr_devices;

	while (d < end_of && strcmp(d->name, device->name))
		d++;
	if (d == end_of) {
		if (out->nr_devices == QY_DRIVER_DEVICES)
			return NULL;
		out->nr_devices++;
		*d = (struct qy_driver_device){ .made_up = made_up };
	}
	snprintf(d->name, sizeof(d->name), "%s", device->name);
	snprintf(d->compatible, sizeof(d->compatible), "%s", device->compatible);
	snprintf(
		d->driver, sizeof(d->driver), "%s", device->driver ? device->driver : "");
	d->irq = device->irq;
	d->nr_irqs = device->nr_irqs < QY_DRIVER_IRQS ? device->nr_irqs : QY_DRIVER_IRQS;
	memcpy(d->irqs, device->irqs, d->nr_irqs * sizeof(d->irqs[0]));
	d->registers = device->registers;
	d->probe_error = device->probe_error;
	d->stays_bound = device->stays_bound;
	return d;
}

/* Was it tried by a driver? Devices of the tree that no module wants are no news. */
static bool is_tried(const struct qy_world_device *device)
{
	return device->driver || device->probe_error;
}

static void note_devices(uint32_t module, uint32_t nr_before, uint32_t log_begin)
{
	struct qy_driver_outcome *out = qy_session.out;
	struct qy_world_device device;

	for (unsigned int n = 0; qy_world_device(qy_session.w, n, &device); n++)
		if (is_tried(&device))
			note_device(&device, false);
	for (uint32_t i = nr_before; i < out->nr_devices; i++) {
		struct qy_driver_act *act =
			qy_session_begin(QY_ACT_PROBE, module, out->device[i].name);

		if (!act)
			return;
		act->log_begin = log_begin;
		qy_session_end(act, out->device[i].probe_error);
	}
}

/* "acme,isp-2" -> "isp-2" */
void qy_session_make_device(const char *wanted, bool by_name)
{
	const char *comma = strrchr(wanted, ',');
	struct qy_world_device device;
	int n = qy_world_add_device(qy_session.w,
		by_name ? wanted
		: comma ? comma + 1
			: wanted,
		by_name ? "" : wanted);

	if (n >= 0 && qy_world_device(qy_session.w, (unsigned int)n, &device))
		note_device(&device, true);
}

/* Of a driver that wants it now or never. */
static void make_wanted(void *arg, const char *wanted, bool by_name)
{
	(void)arg;
	qy_session_make_device(wanted, by_name);
}

static unsigned int count_drivers(void)
{
	struct qy_world_driver driver;
	unsigned int nr = 0;

	while (qy_world_driver(qy_session.w, nr, &driver))
		nr++;
	return nr;
}

/* One for each driver that came with this module and has found none; a driver may bring others, so there is a bound. */
static void make_devices(unsigned int nr_before)
{
	struct qy_world_driver driver;
	const char *made[QY_DRIVER_MADE_UP];
	unsigned int nr = 0;
	char wanted[128];

	if (count_drivers() == nr_before)
		return;
	for (unsigned int n = 0;
		nr < QY_DRIVER_MADE_UP && qy_world_driver(qy_session.w, n, &driver);
		n++) {
		unsigned int before = 0;

		if (driver.nr_probes || !driver.wanted)
			continue;
		while (before < nr && made[before] != driver.name)
			before++;
		if (before < nr)
			continue; /* it had its chance */
		made[nr++] = driver.name;
		if (!strncmp(driver.wanted,
			    "pci:", 4)) { /* lasts until the next question */
			snprintf(wanted, sizeof(wanted), "%s", driver.wanted);
			driver.wanted = wanted;
		}
		qy_session_make_device(driver.wanted, driver.by_name);
	}
}

/* ------------------------------------------------------------------ modules */

/* What the suites said stands in the log since @log_begin. */
static void note_kunit(
	uint32_t i, const struct qy_world_kunit *before, uint32_t log_begin)
{
	struct qy_world_kunit after;
	struct qy_driver_act *act;
	unsigned long failed, nr;

	qy_world_kunit(qy_session.w, &after);
	failed = after.failed - before->failed;
	nr = after.passed - before->passed + failed + after.skipped - before->skipped;
	act = nr ? qy_session_begin(QY_ACT_KUNIT, i, "") : NULL;
	if (!act)
		return;
	act->log_begin = log_begin;
	if (failed)
		snprintf(act->why, sizeof(act->why), "%lu of %lu failed", failed, nr);
	qy_session_end(act, failed ? -EINVAL : 0);
}

bool qy_session_load(uint32_t i)
{
	const struct qy_driver_module *module = &qy_session.plan->module[i];
	unsigned int nr_drivers = count_drivers();
	uint32_t nr_devices = qy_session.out->nr_devices;
	struct qy_driver_act *act = qy_session_begin(QY_ACT_INSMOD, i, "");
	struct qy_world_kunit kunit;
	long result;

	if (!act)
		return false;
	if (module->refusal) { /* as Linux says it */
		note_line(QY_LOG_WARNING, module->why);
		snprintf(act->why, sizeof(act->why), "%s", module->why);
		qy_session_end(act, module->refusal);
		return false;
	}
	for (uint32_t used = 0; used < i; used++)
		if (module->uses >> used & 1)
			qy_world_module_uses(
				module->info, qy_session.plan->module[used].info);
	qy_world_kunit(qy_session.w, &kunit);
	result = qy_world_insmod(
		qy_session.w, module->info, module->params, act->why, sizeof(act->why));
	if (!result)
		make_devices(nr_drivers);
	qy_session_end(act, result);
	if (result)
		qy_session_code_goes(i); /* init failed: as an unloaded one */
	note_kunit(i, &kunit, act->log_begin);
	note_devices(i, nr_devices, act->log_begin);
	return !result;
}

void qy_session_unload(uint32_t i)
{
	const struct qy_driver_module *module = &qy_session.plan->module[i];
	struct qy_driver_act *act = qy_session_begin(QY_ACT_RMMOD, i, "");
	long result;

	if (!act)
		return;
	result = qy_world_rmmod(qy_session.w, module->info, act->why, sizeof(act->why));
	qy_session_end(act, result);
	if (!result)
		qy_session_code_goes(i);
}

/* Is something left that is going to run? */
static bool is_alive(void)
{
	struct qy_world_held held;

	for (uint64_t at = 0; qy_world_next_held(qy_session.w, at, &held);
		at = held.number) {
		const char *kind = qy_held_name(held.kind);

		if (!strcmp(kind, "timer") || !strcmp(kind, "work") ||
			!strcmp(kind, "RCU callback") || !strcmp(kind, "thread") ||
			!strcmp(kind, "interrupt"))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------ begin and end */

void qy_session_note_end(uint64_t after, uint64_t until)
{
	struct qy_driver_outcome *out = qy_session.out;
	struct qy_dma_debug_facts facts;
	bool alive = is_alive();
	uint64_t taken;

	if (!alive)
		qy_session_settle();
	qy_world_nr_held(qy_session.w, &taken);
	out->nr_taken = taken - (until - after);
	qy_session_note_left(0, after, -1); /* a user binds once */
	qy_session_note_left(until, taken, -1);
	out->told_left = true;
	if (alive)
		qy_session_wait_for_late();
	if (qy_session.dma_debug) {
		qy_dma_debug_facts(qy_session.dma_debug, &facts);
		out->dma_mistakes = facts.nr_errors;
	}
}

void qy_session_note_gone(void)
{
	struct qy_driver_outcome *out = qy_session.out;
	struct qy_world_held held;

	if (out->told_left)
		return;
	qy_world_nr_held(qy_session.w, &out->nr_taken);
	for (uint64_t at = 0; qy_world_next_held(qy_session.w, at, &held);
		at = held.number)
		if (qy_session_taken_by_gone(&held))
			note_left(&held, -1);
	out->told_left = true;
}

static void start_dma_debug(void)
{
	struct qy_dma_debug_opts opts = { .nr_entries = DMA_ENTRIES };

	qy_session.dma_memory = calloc(1, qy_dma_debug_size(opts.nr_entries));
	if (qy_session.dma_memory)
		qy_session.dma_debug =
			qy_dma_debug_start(qy_session.m, qy_session.dma_memory, &opts);
}

void qy_session_init(const struct qy_driver_plan *plan, struct qy_driver_outcome *out)
{
	qy_session = (struct qy_session){ .plan = plan,
		.fail = plan->fail,
		.trunk = plan->trunk,
		.out = out,
		.act = -1 };
	out->end_act = -1;
}

int qy_session_open(struct qy_machine *m)
{
	const struct qy_driver_plan *plan = qy_session.plan;
	struct qy_world_opts opts = { 0 };
	struct qy_world *w;

	qy_session.m = m;
	qy_session_find_code();
	qy_session.tree = qy_driver_tree(plan->board);
	start_dma_debug();
	opts.seed = plan->schedule.number ? plan->schedule.number : plan->seed;
	opts.tree = qy_session.tree;
	opts.kasan = true;
	opts.wanted = make_wanted;
	if (qy_dt_pci_place(plan->board, &qy_session.pci)) {
		qy_dt_device_desc(&qy_session.pci, &qy_session.pci_place,
			qy_session.pci_ranges, &qy_session.pci_iommu);
		opts.pci_place = &qy_session.pci_place;
	}
	w = qy_session.tree ? qy_world_boot(m, &opts) : NULL;
	if (!w)
		return -1;
	qy_session.w = w;
	qy_world_refuse(w, refuse, NULL);
	qy_cma_refuse(m, refuse_run, NULL);
	plan_points();
	qy_sim_interrupt(m, on_step, NULL, true);
	return 0;
}

void qy_session_close(void)
{
	qy_session_code_comes_back();
	qy_sim_interrupt(qy_session.m, NULL, NULL, false);
	qy_cma_refuse(qy_session.m, NULL, NULL);
	qy_world_down(qy_session.w);
	qy_session.w = NULL;
	if (qy_session.dma_debug)
		qy_dma_debug_stop(qy_session.dma_debug);
	free(qy_session.dma_memory);
	qy_driver_tree_free(qy_session.tree);
}
