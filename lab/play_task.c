// SPDX-License-Identifier: MIT
/*
 * The tasks' turns: each takes, touches and gives back memory as its curve says, until it ends or is killed; and what is
 * noted of each kill. See engine.h.
 *
 * A task has its memory in pieces, mapped one after another and given back from the last one on. Every page of it carries a
 * stamp, which is compared whenever the task reads on.
 */
#include "lab/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <quarry/sim.h>
#include <quarry/slab.h>

#define BATCH_PAGES     64u  /* until kswapd has a turn */
#define MIN_PIECE_PAGES 256u /* as malloc() takes it: 1 MiB at least */
#define PIECE_SHARE     16u  /* or a 16th of what the task has */
#define FIRST_PID       100

struct piece {
	uint64_t address, pages, touched; /* the first ones */
};

static uint64_t ram_bytes(const struct engine *e)
{
	const struct qy_board *board = &e->check->board->board;
	uint64_t ram = 0;

	for (uint32_t i = 0; i < board->nr_banks; i++)
		ram += board->banks[i].size;
	return ram;
}

static uint32_t index_of(const struct engine *e, const struct player *p)
{
	return (uint32_t)(p - e->player);
}

static struct qy_task_result *result_of(const struct engine *e, const struct player *p)
{
	return &e->check->task[index_of(e, p)];
}

static uint64_t stamp_of(const struct engine *e, const struct player *p, uint64_t address)
{
	return ((uint64_t)(index_of(e, p) + 1) << 56) + (e->s->seed << 48) + address;
}

/* ------------------------------------------------------------------ the end of a task */

static void end_task(struct engine *e, struct player *p)
{
	struct qy_task_info info;

	qy_task_info(e->m, p->task, &info);
	result_of(e, p)->end_pages = info.rss_anon + info.rss_file + info.rss_shmem;
	qy_task_exit(e->m, p->task);
	p->task = NULL;
	p->nr_pieces = 0;
	p->touched = 0;
	p->next_ns = NEVER;
}

static struct player *find_player(struct engine *e, int32_t pid)
{
	for (uint32_t i = 0; i < e->s->nr_tasks; i++) {
		if (e->player[i].task && e->check->task[i].pid == pid)
			return &e->player[i];
	}
	return NULL;
}

static uint64_t cache_pages(const struct engine *e)
{
	uint64_t pages = 0;
	struct qy_stat stat;

	for (uint32_t node = 0; node < e->check->board->board.nr_nodes; node++)
		for (uint32_t n = 0; qy_node_stat_line(e->m, node, n, &stat); n++)
			if (strcmp(stat.name, "nr_file_pages") == 0)
				pages += stat.value;
	return pages;
}

void qy_play_note_use(struct engine *e, struct qy_memory_use *use)
{
	struct qy_machine_stats stats;
	struct qy_oom_task task;

	*use = (struct qy_memory_use){ .cache_pages = cache_pages(e) };
	for (uint32_t i = 0; qy_oom_candidate(e->m, i, &task); i++) {
		use->task_pages += task.rss_anon + task.rss_file + task.rss_shmem;
		use->table_pages += task.page_table_bytes / QY_PAGE_SIZE;
	}
	qy_machine_stats(e->m, &stats);
	use->managed_pages = stats.managed_pages;
	use->free_pages = stats.free_pages;
	use->slab_pages = qy_slab_pages(e->m, -1, true) + qy_slab_pages(e->m, -1, false);
	use->load_pages = e->replay.pages_now;
	for (uint32_t i = 0; i < e->s->nr_requests; i++) {
		const struct caller *c = &e->caller[i];

		for (uint32_t n = 0; n < c->nr; n++)
			use->request_pages += c->batches[(c->head + n) % c->size]->nr *
					      qy_request_pages(c->spec);
	}
}

/* The victim is listed as it was: it has its signal, and its memory still. */
static void note_kill(struct engine *e, const struct qy_oom_kill *kill, uint32_t task)
{
	struct qy_check *check = e->check;
	struct qy_kill_report *report;

	if (task < e->s->nr_tasks) {
		check->task[task].killed = true;
		check->task[task].killed_ns = e->now_ns;
		check->task[task].kill = check->nr_kills;
	}
	if (check->nr_kills++ >= QY_MAX_KILLS)
		return;
	report = &check->kill[check->nr_kills - 1];
	*report = (struct qy_kill_report){
		.when_ns = e->now_ns, .kill = *kill, .task = task
	};
	while (report->nr_seen < QY_MAX_TASKS &&
		qy_oom_candidate(e->m, report->nr_seen, &report->seen[report->nr_seen])) {
		struct qy_oom_task *seen = &report->seen[report->nr_seen++];

		if (seen->pid == kill->victim.pid)
			*seen = kill->victim;
	}
	qy_play_note_use(e, &report->use);
}

/* The kernel's page cache would go long before, so that of the loads does: 32 pages of it, then the request tries again. */
uint64_t qy_play_task_notify(void *arg, struct qy_machine *m)
{
	struct engine *e = arg;

	(void)m;
	return e->s->stand_in_reclaim ? qy_replay_reclaim(&e->replay) : 0;
}

/* A victim goes at once, unless it asks for a page right now: then its own turn ends it. */
void qy_play_task_killed(void *arg, struct qy_machine *m, const struct qy_oom_kill *kill)
{
	struct engine *e = arg;
	struct player *p = find_player(e, kill->victim.pid);

	(void)m;
	qy_engine_log(e, "killed: %s (pid %d), oom_score %u, needed by %s",
		kill->victim.comm, kill->victim.pid, kill->victim.oom_score,
		kill->caller_comm);
	note_kill(e, kill, p ? index_of(e, p) : e->s->nr_tasks);
	if (p && p != e->acting)
		end_task(e, p);
}

/* ------------------------------------------------------------------ memory */

static bool add_piece(struct player *p, uint64_t address, uint64_t pages)
{
	if (p->nr_pieces == p->size_pieces) {
		uint32_t size = p->size_pieces ? 2 * p->size_pieces : 16;
		struct piece *grown = realloc(p->pieces, size * sizeof(*grown));

		if (!grown)
			return false;
		p->pieces = grown;
		p->size_pieces = size;
	}
	p->pieces[p->nr_pieces++] = (struct piece){ .address = address, .pages = pages };
	return true;
}

static void note_refused(struct engine *e, struct player *p, uint64_t pages)
{
	struct qy_task_result *result = result_of(e, p);

	if (!result->refused_pages) {
		result->refused_ns = e->now_ns;
		qy_engine_log(e, "%s: refused: %llu pages", p->spec->name,
			(unsigned long long)pages);
	}
	if (pages > result->refused_pages)
		result->refused_pages = pages;
}

/* Return: 0, -errno. */
static int map_piece(struct engine *e, struct player *p, uint64_t wanted)
{
	uint64_t pages = wanted, address;
	int error;

	if (pages < MIN_PIECE_PAGES)
		pages = MIN_PIECE_PAGES;
	if (pages < p->touched / PIECE_SHARE)
		pages = p->touched / PIECE_SHARE;
	error = qy_task_map(e->m, p->task, pages * QY_PAGE_SIZE, 0, &address);
	if (error && pages > wanted) {
		pages = wanted;
		error = qy_task_map(e->m, p->task, pages * QY_PAGE_SIZE, 0, &address);
	}
	if (!error && !add_piece(p, address, pages)) {
		e->replay.out_of_memory = true;
		error = -ENOMEM;
	}
	return error;
}

/* One page more of the last piece, with its stamp. Return: as qy_task_write(). */
static int touch_page(struct engine *e, struct player *p)
{
	struct piece *piece = &p->pieces[p->nr_pieces - 1];
	uint64_t address = piece->address + piece->touched * QY_PAGE_SIZE;
	uint64_t stamp = stamp_of(e, p, address);
	struct qy_meter meter = { .nr = { [QY_COST_ZERO] = 1 } };
	struct qy_reading before;
	int error;

	if (p->metered)
		qy_replay_read(&e->replay, &before);
	e->replay.meter = p->metered ? &meter : NULL;
	error = qy_task_write(e->m, p->task, address, &stamp, sizeof(stamp));
	e->replay.meter = NULL;
	if (error)
		return error;
	piece->touched++;
	p->touched++;
	if (!p->metered)
		return 0;
	qy_replay_meter(&e->replay, &before, &meter);
	if (qy_latency_add(
		    &result_of(e, p)->latency, &meter, &e->check->costs, e->now_ns))
		e->replay.out_of_memory = true;
	return 0;
}

static bool last_piece_is_full(const struct player *p)
{
	return !p->nr_pieces ||
	       p->pieces[p->nr_pieces - 1].touched == p->pieces[p->nr_pieces - 1].pages;
}

/* Return: 0, or what ended it. */
static int grow(struct engine *e, struct player *p, uint64_t pages)
{
	int error = 0;

	while (pages && !error && !e->replay.out_of_memory) {
		uint64_t nr = 0;

		if (last_piece_is_full(p))
			error = map_piece(e, p, pages);
		for (; !error && nr < BATCH_PAGES && nr < pages && !last_piece_is_full(p);
			nr++)
			error = touch_page(e, p);
		pages -= nr;
		qy_engine_count(e, nr);
	}
	if (error == -ENOMEM)
		note_refused(e, p, pages);
	return error;
}

static void shrink(struct engine *e, struct player *p, uint64_t pages)
{
	while (pages && p->nr_pieces) {
		struct piece *piece = &p->pieces[p->nr_pieces - 1];
		uint64_t nr = piece->touched < pages ? piece->touched : pages;
		uint64_t keep = piece->touched - nr;

		qy_task_unmap(e->m, p->task, piece->address + keep * QY_PAGE_SIZE,
			(piece->pages - keep) * QY_PAGE_SIZE);
		piece->pages = piece->touched = keep;
		p->touched -= nr;
		pages -= nr;
		if (!keep)
			p->nr_pieces--;
	}
	if (p->hand_piece >= p->nr_pieces)
		p->hand_piece = p->hand_page = 0;
}

/* A page that comes back from swap counts among those that the task waited for. Return: as qy_task_read(). */
static int look_at(struct engine *e, struct player *p, uint64_t address, uint64_t *stamp)
{
	struct qy_meter meter = { .nr = { 0 } };
	struct qy_reading before;
	int error;

	if (!p->metered || !e->s->swap_bytes)
		return qy_task_read(e->m, p->task, address, stamp, sizeof(*stamp));
	qy_replay_read(&e->replay, &before);
	e->replay.meter = &meter;
	error = qy_task_read(e->m, p->task, address, stamp, sizeof(*stamp));
	e->replay.meter = NULL;
	if (error)
		return error;
	qy_replay_meter(&e->replay, &before, &meter);
	if (meter.nr[QY_COST_READ] && qy_latency_add(&result_of(e, p)->latency, &meter,
					      &e->check->costs, e->now_ns))
		e->replay.out_of_memory = true;
	return 0;
}

/* Looks at the next page of what it has, round and round. Return: as qy_task_read(). */
static int read_page(struct engine *e, struct player *p)
{
	struct piece *piece = &p->pieces[p->hand_piece];
	uint64_t address, stamp = 0;
	int error;

	if (p->hand_page >= piece->touched) {
		p->hand_page = 0;
		p->hand_piece = (p->hand_piece + 1) % p->nr_pieces;
		piece = &p->pieces[p->hand_piece];
		if (!piece->touched)
			return 0;
	}
	address = piece->address + p->hand_page++ * QY_PAGE_SIZE;
	error = look_at(e, p, address, &stamp);
	if (e->check->plan)
		return error; /* a search keeps no bytes of tasks */
	if (!error && stamp != stamp_of(e, p, address) && e->check->nr_corrupt++ == 0)
		qy_engine_log(e, "%s: lost the content of a page", p->spec->name);
	return error;
}

static int read_on(struct engine *e, struct player *p)
{
	uint64_t bytes = qy_share_of_ram(&p->spec->reads, ram_bytes(e));
	uint64_t pages = (uint64_t)((unsigned __int128)bytes * p->spec->every_ns /
				    NS_PER_S / QY_PAGE_SIZE);
	int error = 0;

	if (pages > p->touched)
		pages = p->touched;
	for (uint64_t i = 0; i < pages && !error && p->nr_pieces; i++) {
		error = read_page(e, p);
		if (i % BATCH_PAGES == BATCH_PAGES - 1)
			qy_engine_count(e, BATCH_PAGES);
	}
	return error;
}

/* ------------------------------------------------------------------ turns */

static int start_task(struct engine *e, struct player *p)
{
	struct qy_task_result *result = result_of(e, p);
	int pid = FIRST_PID + (int)index_of(e, p);
	int error = qy_task_create(
		e->m, p->spec->name, pid, p->spec->oom_score_adj, &p->task);

	if (error) {
		p->task = NULL;
		note_refused(e, p, 1);
		return error;
	}
	result->pid = pid;
	result->started = true;
	qy_engine_log(e, "%s: starts with pid %d", p->spec->name, pid);
	return 0;
}

static void note_size(struct engine *e, struct player *p)
{
	struct qy_task_result *result = result_of(e, p);
	struct qy_task_info info;
	uint64_t pages;

	qy_task_info(e->m, p->task, &info);
	pages = info.rss_anon + info.rss_file + info.rss_shmem;
	if (pages > result->peak_pages)
		result->peak_pages = pages;
	if (info.swap_entries > result->peak_swap_pages)
		result->peak_swap_pages = info.swap_entries;
}

static int live(struct engine *e, struct player *p)
{
	uint64_t wanted = qy_curve_at(&p->spec->memory, ram_bytes(e),
		&e->check->rss[index_of(e, p)], e->now_ns - p->spec->start_ns);
	uint64_t pages = (wanted + QY_PAGE_SIZE - 1) / QY_PAGE_SIZE;
	int error = 0;

	if (pages > p->touched)
		error = grow(e, p, pages - p->touched);
	else
		shrink(e, p, p->touched - pages);
	if (!error || error == -ENOMEM)
		error = read_on(e, p);
	return error;
}

void qy_play_task(struct engine *e, struct player *p)
{
	qy_replay_set_cpu(&e->replay, p->spec->cpu);
	if (e->now_ns >= p->spec->stop_ns) {
		qy_engine_log(e, "%s: ends", p->spec->name);
		end_task(e, p);
		return;
	}
	if (!p->task && start_task(e, p)) {
		p->next_ns = NEVER;
		return;
	}
	e->acting = p;
	live(e, p);
	e->acting = NULL;
	if (result_of(e, p)->killed) {
		end_task(e, p);
		return;
	}
	note_size(e, p);
	qy_engine_note_free(e);
	p->next_ns = e->now_ns + p->spec->every_ns;
	if (p->next_ns > p->spec->stop_ns)
		p->next_ns = p->spec->stop_ns;
}

void qy_play_task_plan(struct engine *e)
{
	for (uint32_t i = 0; i < e->s->nr_tasks; i++) {
		struct player *p = &e->player[i];

		p->spec = &e->s->task[i];
		p->next_ns = p->spec->start_ns;
	}
	for (uint32_t i = 0; i < e->s->nr_expects; i++) {
		if (e->s->expect[i].kind == QY_EXPECT_TASK_LATENCY)
			e->player[e->s->expect[i].task].metered = true;
	}
}

void qy_play_task_end(struct engine *e)
{
	for (uint32_t i = 0; i < e->s->nr_tasks; i++) {
		if (e->player[i].task)
			end_task(e, &e->player[i]);
	}
}

void qy_play_task_free(struct engine *e)
{
	for (uint32_t i = 0; i < e->s->nr_tasks; i++)
		free(e->player[i].pieces);
}
