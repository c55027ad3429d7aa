// SPDX-License-Identifier: MIT
/*
 * The files of /proc/<pid>, in Linux's text: what the kernel knows of a task's memory, and its oom_score_adj to write.
 *
 *   qy_task_file_show, _store, _mode, _path
 *
 * Instead of the number a path may have what a shell would put there: /proc/$(pidof inferenced)/oom_score_adj.
 *
 * Locking: none of its own; each file is one look under task_room->lock.
 */
#include "mm/watch/internal.h"
#include "mm/task/task.h"
#include <quarry/oom.h>

#define KIB(nr_pages) ((nr_pages) << (QY_PAGE_SHIFT - 10))

/* the scale of oom_adj, before 2.6.36 */
#define OOM_DISABLE    (-17)
#define OOM_ADJUST_MIN (-16)
#define OOM_ADJUST_MAX 15

/* ------------------------------------------------------------------ texts */

static void show_comm(struct qy_seq *seq, const struct qy_oom_task *t)
{
	qy_seq_printf(seq, "%s\n", t->comm);
}

static void show_oom_score(struct qy_seq *seq, const struct qy_oom_task *t)
{
	qy_seq_printf(seq, "%u\n", t->oom_score);
}

static void show_oom_score_adj(struct qy_seq *seq, const struct qy_oom_task *t)
{
	qy_seq_printf(seq, "%d\n", t->oom_score_adj);
}

static void show_oom_adj(struct qy_seq *seq, const struct qy_oom_task *t)
{
	int adj = t->oom_score_adj * -OOM_DISABLE / QY_OOM_SCORE_ADJ_MAX;

	qy_seq_printf(seq, "%d\n", min(adj, OOM_ADJUST_MAX));
}

static u64 rss_of(const struct qy_oom_task *t)
{
	return t->rss_anon + t->rss_file + t->rss_shmem;
}

/* A task of ours has data alone: no text, no stack, no library. */
static void show_statm(struct qy_seq *seq, const struct qy_oom_task *t)
{
	qy_seq_printf(seq, "%lu %lu %lu 0 0 %lu 0\n", t->total_vm, rss_of(t),
		t->rss_file + t->rss_shmem, t->total_vm);
}

static void status_kib(struct qy_seq *seq, const char *name, u64 kib)
{
	qy_seq_printf(seq, "%s:\t%8lu kB\n", name, kib);
}

static void show_status(struct qy_seq *seq, const struct qy_oom_task *t)
{
	bool killed = t->spared == QY_OOM_DYING || t->spared == QY_OOM_REAPED;

	qy_seq_printf(seq, "Name:\t%s\nState:\t%s\nTgid:\t%d\nPid:\t%d\n", t->comm,
		killed ? "R (running)" : "S (sleeping)", t->tgid, t->pid);
	qy_seq_printf(seq, "Uid:\t%u\t%u\t%u\t%u\n", t->uid, t->uid, t->uid, t->uid);
	status_kib(seq, "VmSize", KIB(t->total_vm));
	status_kib(seq, "VmRSS", KIB(rss_of(t)));
	status_kib(seq, "RssAnon", KIB(t->rss_anon));
	status_kib(seq, "RssFile", KIB(t->rss_file));
	status_kib(seq, "RssShmem", KIB(t->rss_shmem));
	status_kib(seq, "VmData", KIB(t->total_vm));
	status_kib(seq, "VmPTE", t->page_table_bytes >> 10);
	status_kib(seq, "VmSwap", KIB(t->swap));
	qy_seq_puts(seq, "Threads:\t1\n");
}

/* ------------------------------------------------------------------ what is written */

/* As the kernel reads one number of such a file: blanks around it, and a sign. */
static int parse(const char *text, s64 lo, s64 hi, s64 *value)
{
	while (*text == ' ' || *text == '\t' || *text == '\n')
		text++;
	if (*text == '+' && text[1] >= '0' && text[1] <= '9')
		text++;
	text = qy_parse_number(text, lo, hi, value);
	return text && !*text ? 0 : -QY_EINVAL;
}

static int store_oom_score_adj(
	struct qy_machine *m, struct task_struct *task, const char *text)
{
	s64 adj;

	if (parse(text, QY_OOM_SCORE_ADJ_MIN, QY_OOM_SCORE_ADJ_MAX, &adj))
		return -QY_EINVAL;
	return qy_task_set_oom_score_adj(m, task, (int)adj);
}

static int store_oom_adj(struct qy_machine *m, struct task_struct *task, const char *text)
{
	s64 adj;

	if (parse(text, OOM_DISABLE, OOM_ADJUST_MAX, &adj))
		return -QY_EINVAL;
	adj = adj == OOM_ADJUST_MAX ? QY_OOM_SCORE_ADJ_MAX
				    : adj * QY_OOM_SCORE_ADJ_MAX / -OOM_DISABLE;
	return qy_task_set_oom_score_adj(m, task, (int)adj);
}

/* ------------------------------------------------------------------ paths */

static const struct task_file {
	const char *name;
	unsigned int mode;
	void (*show)(struct qy_seq *seq, const struct qy_oom_task *task);
	int (*store)(struct qy_machine *m, struct task_struct *task, const char *text);
} files[] = {
	{ "comm", 0444, show_comm, NULL },
	{ "oom_adj", 0644, show_oom_adj, store_oom_adj },
	{ "oom_score", 0444, show_oom_score, NULL },
	{ "oom_score_adj", 0644, show_oom_score_adj, store_oom_score_adj },
	{ "statm", 0444, show_statm, NULL },
	{ "status", 0444, show_status, NULL },
};

/* What is left of @text behind @word, NULL when it does not begin so. */
static const char *behind(const char *text, const char *word)
{
	while (*word && *text == *word)
		text++, word++;
	return *word ? NULL : text;
}

static bool same(const char *a, const char *b)
{
	a = behind(a, b);
	return a && !*a;
}

/* Of the tasks of that name, which is @length bytes, the only one. Return: its pid; -ENOENT; -EINVAL: there are several. */
static s32 pidof(struct qy_machine *m, const char *name, size_t length)
{
	s32 pid = -QY_ENOENT;

	qy_task_lock(m);
	for_each_task(m, task)
	{
		const char *comm = task->id.comm;

		if (length >= sizeof(task->id.comm) || memcmp(comm, name, length) != 0 ||
			comm[length])
			continue;
		pid = pid == -QY_ENOENT ? task->id.pid : -QY_EINVAL;
	}
	qy_task_unlock(m);
	return pid;
}

/* "/proc/12/comm": *name is the name of the task or NULL, *pid its number. Return: the file, NULL: no such path. */
static const struct task_file *parse_path(
	const char *path, const char **name, size_t *length, s32 *pid)
{
	const char *at = behind(path, "/proc/");
	s64 number = 0;

	*name = NULL;
	if (!at)
		return NULL;
	if (behind(at, "$(pidof ")) {
		*name = at = behind(at, "$(pidof ");
		while (*at && *at != ')' && *at != '/')
			at++;
		*length = (size_t)(at - *name);
		if (*at != ')' || !*length)
			return NULL;
		at++;
	} else {
		const char *digits = at;

		for (; *at >= '0' && *at <= '9' && number < INT32_MAX / 16; at++)
			number = number * 10 + (*at - '0');
		if (at == digits || *digits == '0')
			return NULL;
	}
	*pid = (s32)number;
	for (u32 i = 0; *at == '/' && i < ARRAY_SIZE(files); i++)
		if (same(at + 1, files[i].name))
			return &files[i];
	return NULL;
}

/* Return: pid; -ENOENT; -EINVAL. */
static s32 resolve(struct qy_machine *m, const char *path, const struct task_file **file)
{
	const char *name;
	size_t length;
	s32 pid;

	*file = parse_path(path, &name, &length, &pid);
	if (!*file)
		return -QY_ENOENT;
	return name ? pidof(m, name, length) : pid;
}

int qy_task_file_show(struct qy_seq *seq, struct qy_machine *m, const char *path)
{
	const struct task_file *file;
	s32 pid = resolve(m, path, &file);
	struct qy_oom_task task;

	if (pid < 0)
		return pid;
	for (u32 n = 0; qy_oom_candidate(m, n, &task); n++) {
		if (task.pid == pid) {
			file->show(seq, &task);
			return 0;
		}
	}
	return -QY_ENOENT;
}

int qy_task_file_store(struct qy_machine *m, const char *path, const char *text)
{
	const struct task_file *file;
	s32 pid = resolve(m, path, &file);
	struct task_struct *task;

	if (pid < 0)
		return pid;
	if (!file->store)
		return -QY_EACCES;
	task = qy_task_find(m, pid);
	return task ? file->store(m, task, text) : -QY_ENOENT;
}

int qy_task_file_mode(const char *path)
{
	const struct task_file *file;
	const char *name;
	size_t length;
	s32 pid;

	file = parse_path(path, &name, &length, &pid);
	return file ? (int)file->mode : -QY_ENOENT;
}

bool qy_task_file_path(struct qy_machine *m, unsigned int n, char *buf, size_t size)
{
	struct qy_oom_task task;

	if (!qy_oom_candidate(m, n / ARRAY_SIZE(files), &task))
		return false;
	qy_snprintf(
		buf, size, "/proc/%d/%s", task.pid, files[n % ARRAY_SIZE(files)].name);
	return true;
}
