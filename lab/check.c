// SPDX-License-Identifier: MIT
/*
 * See check.h. One engine for each qy_check_run(); a panic of the machine comes back by longjmp() to play_or_break()
 * and ends the run with a verdict, not the process.
 */
#include "lab/engine.h"

#include <stdlib.h>
#include <string.h>
#include <quarry/sim.h>
#include <quarry/world.h>

#include "lab/convert.h"
#include "lab/generate.h"

#define MIN_CAPTURED_NS NS_PER_S /* of a capture whose trace is shorter, or not there */

static void hear_kernel(void *arg, enum qy_log_level level, const char *line)
{
	struct engine *e = arg;

	if (e->booted && level <= QY_LOG_WARNING)
		e->check->nr_warnings++;
	qy_play_driver_hear(e, (int)level, line);
	qy_engine_log(e, "kernel: %s", line);
}

__attribute__((noreturn)) static void hear_panic(void *arg, const char *line)
{
	struct engine *e = arg;

	snprintf(e->check->broken, sizeof(e->check->broken),
		"the machine panicked: %.200s", line);
	qy_play_driver_panic(e, line);
	longjmp(e->broken, 1);
}

/* Everything goes back, every stamp is checked, and the machine must be whole. */
static void clean_up(struct engine *e)
{
	struct qy_check *check = e->check;

	for (uint32_t i = 0; i < e->s->nr_requests; i++) {
		while (e->caller[i].nr)
			qy_play_release(e, &e->caller[i]);
	}
	qy_play_task_end(e);
	qy_replay_free_all(&e->replay);
	qy_play_file_end(e);
	if (!qy_machine_validate(e->m, check->broken, sizeof(check->broken)))
		check->broken_ns = e->now_ns;
	else
		check->broken[0] = '\0';
	qy_engine_log(e, "end: digest %016llx", (unsigned long long)e->replay.digest);
}

/* Return: 0, -1 when the machine's panic or a lost interrupt ended the run. */
static int play_or_break(struct engine *e)
{
	switch (setjmp(e->broken)) {
	case 0:
		qy_play(e);
		if (e->check->trial_over)
			return 0;
		qy_judge_pictures(e);
		qy_play_driver_end(e);
		if (!qy_play_driver_has_harmed(e))
			clean_up(e);
		return 0;
	case 2:
		snprintf(e->check->broken, sizeof(e->check->broken),
			"an interrupt was not delivered");
		break;
	}
	e->check->broken_ns = e->now_ns;
	return -1;
}

static int load_costs(
	const struct qy_scenario *scenario, struct qy_check *check, struct qy_err *err)
{
	qy_costs_default(&check->costs);
	check->costs_file = scenario->costs_file ? strdup(scenario->costs_file)
			    : scenario->board.dtb
				    ? qy_board_sibling(scenario->board.dtb, "costs")
				    : NULL;
	if (scenario->costs_file && !check->costs_file)
		return qy_fail(err, "%s: the host has no memory left", scenario->path);
	return check->costs_file ? qy_costs_load(check->costs_file, &check->costs, err)
				 : 0;
}

static int load_capture(
	const struct qy_scenario *scenario, struct qy_check *check, struct qy_err *err)
{
	check->capture = calloc(1, sizeof(*check->capture));
	if (!check->capture)
		return qy_fail(err, "%s: the host has no memory left", scenario->path);
	return qy_capture_load(scenario->capture, check->capture, err);
}

static int check_cpu(
	const struct qy_check *check, const char *place, uint32_t cpu, struct qy_err *err)
{
	uint32_t nr_cpus = check->board->board.nr_cpus;

	if (cpu < nr_cpus)
		return 0;
	return qy_fail(err, "%s: %s.cpu: the board has CPUs 0..%u (is %u)",
		check->scenario->path, place, nr_cpus - 1, cpu);
}

static int prepare_board(struct qy_check *check, struct qy_err *err)
{
	const struct qy_scenario *scenario = check->scenario;

	check->board_name = scenario->board.dtb ? scenario->board.dtb : scenario->capture;
	check->board = scenario->board.dtb
			       ? qy_board_load(&scenario->board, err)
			       : qy_capture_board(check->capture, &scenario->board, err);
	if (!check->board)
		return -1;
	if (load_costs(scenario, check, err))
		return -1;
	for (uint32_t i = 0; i < scenario->nr_tasks; i++)
		if (check_cpu(check, scenario->task[i].place, scenario->task[i].cpu, err))
			return -1;
	for (uint32_t i = 0; i < scenario->nr_files; i++)
		if (check_cpu(check, scenario->file[i].place, scenario->file[i].cpu, err))
			return -1;
	for (uint32_t i = 0; i < scenario->nr_requests; i++)
		if (check_cpu(check, scenario->request[i].place, scenario->request[i].cpu,
			    err))
			return -1;
	return 0;
}

/* Each load has events of its own: several may be the capture's. */
static int load_trace(const struct qy_check *check, const struct qy_load_trace *spec,
	struct qy_trace *trace, struct qy_err *err)
{
	const struct qy_trace *captured = spec->captured ? &check->capture->trace : NULL;

	if (!captured)
		return qy_convert_load(spec->file, trace, err);
	if (qy_trace_copy(captured, spec->file, trace))
		return qy_fail(err, "%s: the host has no memory left", spec->file);
	return 0;
}

static int load_snapshot(struct qy_check *check, struct qy_err *err)
{
	const struct qy_start_spec *start = &check->scenario->start;

	check->snapshot = malloc(sizeof(*check->snapshot));
	if (!check->snapshot)
		return qy_fail(
			err, "%s: the host has no memory left", check->scenario->path);
	return start->captured ? qy_capture_snapshot(check->capture, check->snapshot, err)
			       : qy_snapshot_load(start->files, check->snapshot, err);
}

static int prepare_load(struct qy_check *check, uint32_t i, struct qy_err *err)
{
	const struct qy_load_spec *spec = &check->scenario->load[i];

	if (spec->kind == QY_LOAD_GENERATOR)
		return qy_generate(&spec->generator, check->scenario->seed + i,
			&check->trace[i], err);
	if (load_trace(check, &spec->trace, &check->trace[i], err))
		return -1;
	if (spec->trace.scale < 1000 &&
		qy_load_scale(&check->trace[i], spec->trace.scale))
		return qy_fail(err, "%s: the host has no memory left", spec->trace.file);
	if (spec->trace.unknown_frees == QY_UNKNOWN_PREALLOCATE &&
		qy_load_older(&check->trace[i], &check->older[i]))
		return qy_fail(err, "%s: the host has no memory left", spec->trace.file);
	return 0;
}

static int prepare_tasks(struct qy_check *check, struct qy_err *err)
{
	for (uint32_t i = 0; i < check->scenario->nr_tasks; i++) {
		const struct qy_curve *curve = &check->scenario->task[i].memory;

		if (curve->kind == QY_CURVE_RECORDED &&
			qy_rss_load(curve->file, curve->name, &check->rss[i], err))
			return -1;
	}
	return 0;
}

/* Sources become modules in a directory that goes with the check. */
static int prepare_drivers(struct qy_check *check, struct qy_err *err)
{
	for (uint32_t i = 0; i < check->scenario->nr_drivers; i++)
		if (qy_driver_prepare(&check->scenario->driver[i], i, &check->modules,
			    check->scenario->stop, err))
			return -1;
	return 0;
}

int qy_check_prepare(
	const struct qy_scenario *scenario, struct qy_check *check, struct qy_err *err)
{
	*check = (struct qy_check){ .scenario = scenario };
	if (scenario->capture && load_capture(scenario, check, err))
		return -1;
	if (prepare_board(check, err))
		return -1;
	/* so that a report can say whose memory is in the way; the board behaves as without */
	if (check->board->board.page_owner == QY_PAGE_OWNER_OFF)
		check->board->board.page_owner = QY_PAGE_OWNER_BESIDE;
	if (scenario->start.kind == QY_START_SNAPSHOT && load_snapshot(check, err))
		return -1;
	for (uint32_t i = 0; i < scenario->nr_loads; i++) {
		if (prepare_load(check, i, err))
			return -1;
	}
	if (prepare_drivers(check, err))
		return -1;
	return prepare_tasks(check, err);
}

int qy_check_borrow(const struct qy_check *base, uint64_t seed,
	const struct qy_scenario *scenario, struct qy_check *check, struct qy_err *err)
{
	*check = (struct qy_check){ .scenario = scenario,
		.capture = base->capture,
		.snapshot = base->snapshot,
		.modules = base->modules };
	memcpy(check->trace, base->trace, sizeof(check->trace));
	memcpy(check->older, base->older, sizeof(check->older));
	memcpy(check->rss, base->rss, sizeof(check->rss));
	if (prepare_board(check, err))
		return -1;
	for (uint32_t i = 0; i < scenario->nr_loads; i++) {
		if (scenario->load[i].kind == QY_LOAD_GENERATOR &&
			scenario->seed != seed && prepare_load(check, i, err))
			return -1;
	}
	return 0;
}

static int place_start(struct engine *e, struct qy_err *err)
{
	const struct qy_older *older[QY_MAX_LOADS] = { NULL };
	const struct qy_start_spec *spec = &e->s->start;

	for (uint32_t i = 0; i < e->s->nr_loads; i++)
		older[i] = e->check->older[i].nr ? &e->check->older[i] : NULL;
	if (spec->kind == QY_START_SNAPSHOT)
		return qy_start_snapshot(&e->start, e->m, e->check->board->board.nr_cpus,
			e->check->snapshot, spec->files[QY_SNAPSHOT_PAGETYPEINFO], older,
			e->s->nr_loads, e->s->seed, err);
	if (spec->kind == QY_START_AGED)
		return qy_start_aged(&e->start, e->m, spec->seed, err);
	return 0;
}

/* The board becomes what the scenario says it is when the loads begin. */
static int start_state(struct engine *e, struct qy_err *err)
{
	struct qy_check *check = e->check;
	struct qy_machine_stats stats;

	if (setjmp(e->broken))
		return qy_fail(err, "%s: start: %s", e->s->path, check->broken);
	qy_owner_is_start(e);
	if (place_start(e, err))
		return -1;
	if (qy_judge_plan(e, err) || qy_play_cma_plan(e, err) ||
		qy_play_device_plan(e, err))
		return -1;
	qy_machine_stats(e->m, &stats);
	check->free_at_start = check->min_free_pages = stats.free_pages;
	check->start_pages = e->start.pages;
	check->start_kept = e->start.nr_kept;
	check->gap = e->start.gap;
	return 0;
}

static int plan_time(struct engine *e, struct qy_err *err)
{
	const struct qy_scenario *s = e->s;
	unsigned __int128 end = s->duration_ns;

	for (uint32_t i = 0; i < s->nr_loads && !s->duration_ns; i++) {
		const struct qy_load_trace *t = &s->load[i].trace;
		unsigned __int128 length = e->check->trace[i].duration_ns;

		if (s->load[i].kind == QY_LOAD_TRACE)
			length = (length * 1000 / t->speed + 1) * t->repeat;
		length += s->load[i].start_ns + 1;
		if (s->load[i].kind == QY_LOAD_TRACE && t->until_ns)
			length = t->until_ns;
		if (length > end)
			end = length;
	}
	if (e->check->capture && end < MIN_CAPTURED_NS && !s->duration_ns)
		end = MIN_CAPTURED_NS;
	if (end > QY_MAX_DURATION_NS)
		return qy_fail(err,
			"%s: duration: the loads take more than 24h: set a duration",
			s->path);
	e->end_ns = e->check->duration_ns = (uint64_t)end;
	if (qy_play_load_plan(e, err) || qy_play_step_plan(e, err))
		return -1;
	qy_play_task_plan(e);
	qy_play_file_plan(e);
	return qy_play_request_plan(e, err);
}

static uint64_t read_min_free(struct qy_machine *m)
{
	char text[32] = "";

	qy_proc_read(m, "/proc/sys/vm/min_free_kbytes", text, sizeof(text));
	return strtoull(text, NULL, 10);
}

/* Their IOMMUs have tables, which are memory that is read and written. */
static bool has_devices(const struct qy_scenario *s)
{
	for (uint32_t i = 0; i < s->nr_requests; i++)
		if (s->request[i].kind == QY_REQUEST_DEVICE)
			return true;
	return false;
}

static int boot(struct engine *e, struct qy_err *err)
{
	struct qy_sim_opts opts = {
		.log = hear_kernel,
		.log_arg = e,
		.panic = hear_panic,
		.mapped = e->s->nr_drivers != 0,
		.mark = e->s->nr_drivers ? qy_world_mark : NULL,
		.no_contents = !e->s->contents && !has_devices(e->s),
		.on_touch = !e->s->contents || e->check->plan,
		.blank_tasks = e->check->plan != NULL,
		.disk_bytes = e->s->disk_bytes,
	};
	const struct qy_board *board = qy_play_driver_board(e);
	struct qy_machine_stats stats;
	char why[256] = "";

	qy_owner_plan(e);
	for (size_t i = 0; i < e->check->board->notes.nr; i++)
		qy_engine_log(e, "board: %s", e->check->board->notes.line[i]);
	if (setjmp(e->broken))
		return qy_fail(err, "%s: %s", e->check->board_name, e->check->broken);
	e->m = qy_sim_boot(board, &opts, why, sizeof(why));
	if (!e->m)
		return qy_fail(err, "%s: the board does not boot: %s",
			e->check->board_name, why);
	qy_machine_stats(e->m, &stats);
	e->check->free_at_boot = e->check->min_free_pages = stats.free_pages;
	e->check->min_free_kbytes = read_min_free(e->m);
	e->boot_ns = qy_sim_now(e->m);
	e->next_tick_ns = TICK_NS;
	if (start_state(e, err))
		return -1;
	if (qy_play_file_boot(e, err) || qy_play_driver_boot(e, err))
		return -1;
	e->oom_hooks = (struct qy_oom_hooks){
		.notify = qy_play_task_notify,
		.killed = qy_play_task_killed,
		.pressure = qy_engine_pressure,
		.arg = e,
	};
	qy_oom_set_hooks(e->m, &e->oom_hooks);
	e->booted = true;
	return 0;
}

static void free_engine(struct engine *e)
{
	qy_play_request_free(e);
	qy_play_device_free(e);
	qy_play_task_free(e);
	qy_replay_exit(&e->replay);
	qy_start_exit(&e->start);
	if (e->m)
		qy_sim_shutdown(e->m);
	qy_play_driver_free(e); /* the board may be theirs */
	free(e);
}

int qy_check_run(
	struct qy_check *check, const struct qy_check_hooks *hooks, struct qy_err *err)
{
	struct engine *e = calloc(1, sizeof(*e));
	int result = -1;

	if (!e)
		return qy_fail(
			err, "%s: the host has no memory left", check->scenario->path);
	e->check = check;
	e->s = check->scenario;
	e->hooks = hooks;
	e->err = err;
	if (plan_time(e, err) || qy_play_driver_open(e, err) || boot(e, err))
		goto out;
	if (qy_replay_init(&e->replay, e->m, check->board->board.nr_cpus) == 0) {
		e->replay.stand_in = e->s->stand_in_reclaim;
		e->replay.stop = hooks->stop;
		e->replay.no_stamps = !e->s->contents || check->plan;
		e->replay.start = &e->start;
		qy_play_film_open(e);
		play_or_break(e);
		qy_judge(e);
		qy_play_driver_judge(e);
	} else {
		e->replay.out_of_memory = true;
	}
	if (e->replay.out_of_memory)
		qy_fail(err, "%s: the host has no memory left for this load", e->s->path);
	else if (!e->refused)
		result = 0;
	qy_engine_log_end(e);
out:
	free_engine(e);
	return result;
}

void qy_check_free(struct qy_check *check)
{
	for (uint32_t i = 0; i < QY_MAX_LOADS; i++)
		qy_trace_free(&check->trace[i]);
	for (uint32_t i = 0; i < QY_MAX_LOADS; i++)
		qy_load_older_free(&check->older[i]);
	for (uint32_t i = 0; i < QY_MAX_LOADS; i++)
		free(check->load[i].why);
	for (uint32_t i = 0; i < QY_MAX_REQUESTS; i++) {
		free(check->request[i].why);
		free(check->request[i].cma_why);
		free(check->request[i].device_why);
		qy_latency_free(&check->request[i].latency);
	}
	for (uint32_t i = 0; i < QY_MAX_TASKS; i++) {
		qy_rss_free(&check->rss[i]);
		qy_latency_free(&check->task[i].latency);
	}
	free(check->costs_file);
	for (uint32_t i = 0; i < QY_MAX_STEPS; i++)
		free(check->step[i].zone);
	for (uint32_t i = 0; i < QY_MAX_EXPECTS; i++) {
		free(check->index_why[i]);
		free(check->remedy[i]);
	}
	qy_driver_modules_free(&check->modules);
	qy_driver_verdict_free(&check->drivers);
	free(check->refused);
	free(check->blocks);
	qy_film_free(check->film);
	free(check->snapshot);
	qy_board_free(check->board);
	if (check->capture)
		qy_capture_free(check->capture);
	free(check->capture);
	*check = (struct qy_check){ 0 };
}
