// SPDX-License-Identifier: MIT
/*
 * Decodes a trace.dat with libtracecmd and libtraceevent, in a child that may crash or hang: its parent
 * believes only what is complete.
 *
 *   format text of the trace  ->  place of each field, name of each gfp bit
 *   each record               ->  struct qy_page_event  ->  pipe
 *
 * State: that of the child, which ends when the file does.
 */
#include "lab/trace_child.h"
#include "lab/trace_flags.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event-parse.h>
#include <trace-cmd.h>

#define BATCH 2048 /* events per write, 64 KiB */

struct place {
	int offset, size;
};

struct kind {
	int id;   /* -1 = this trace does not have it */
	int size; /* of a record that holds every field */
	struct place pfn, order, gfp, migratetype;
};

struct reader {
	const struct qy_trace_layout *layout;
	struct qy_trace_answer *answer;
	struct tep_handle *tep;
	struct kind alloc, free;
	int pid_offset;
	struct qy_trace_tasks tasks;

	const char *bit_name[64]; /* of the trace; NULL = no name */
	qy_gfp_t bit_value[64];   /* ours */
	uint64_t unknown, unknown_seen;

	uint64_t nr_records[QY_MAX_CPUS];
	uint64_t last_page[QY_MAX_CPUS]; /* file offset of the newest record's page */
	uint64_t first_page[QY_MAX_CPUS];
	uint64_t last_ts;
	bool begun;

	int pipe;
	size_t nr_batched;
	struct qy_page_event batch[BATCH];
};

static int complain(struct reader *r, const char *text)
{
	if (!r->answer->complaint[0])
		snprintf(r->answer->complaint, sizeof(r->answer->complaint), "%s", text);
	return -1;
}

/* --- the format text --------------------------------------------------------------------------------------- */

static int find_place(
	struct tep_event *event, const char *name, struct kind *kind, struct place *place)
{
	struct tep_format_field *field = tep_find_field(event, name);

	if (!field || field->offset < 0 ||
		(field->size != 4 && field->size != 8 && field->size != 2))
		return -1;
	place->offset = field->offset;
	place->size = field->size;
	if (field->offset + field->size > kind->size)
		kind->size = field->offset + field->size;
	return 0;
}

static int find_kinds(struct reader *r)
{
	struct tep_event *alloc = tep_find_event_by_name(r->tep, "kmem", "mm_page_alloc");
	struct tep_event *free = tep_find_event_by_name(r->tep, "kmem", "mm_page_free");
	struct kind *a = &r->alloc, *f = &r->free;

	a->id = alloc ? alloc->id : -1;
	f->id = free ? free->id : -1;
	if (!alloc || !free)
		return complain(r, "event formats: no kmem:mm_page_alloc and "
				   "kmem:mm_page_free; record with trace-cmd record "
				   "-e kmem:mm_page_alloc -e kmem:mm_page_free");
	if (find_place(alloc, "pfn", a, &a->pfn) ||
		find_place(alloc, "order", a, &a->order) ||
		find_place(alloc, "gfp_flags", a, &a->gfp) ||
		find_place(alloc, "migratetype", a, &a->migratetype) ||
		find_place(free, "pfn", f, &f->pfn) ||
		find_place(free, "order", f, &f->order))
		return complain(r,
			"event formats: the page events lack pfn, order, "
			"gfp_flags or migratetype; record on Linux 4.1 or later");
	return 0;
}

/* The flag table sits somewhere in "(REC->gfp_flags) ? __print_flags(...) : "none"". */
static struct tep_print_flag_sym *flags_below(struct tep_print_arg *arg, int depth)
{
	struct tep_print_flag_sym *found;

	if (!arg || depth > 64)
		return NULL;
	switch (arg->type) {
	case TEP_PRINT_FLAGS:
		return arg->flags.flags;
	case TEP_PRINT_TYPE:
		return flags_below(arg->typecast.item, depth + 1);
	case TEP_PRINT_OP:
		found = flags_below(arg->op.left, depth + 1);
		return found ? found : flags_below(arg->op.right, depth + 1);
	default:
		return NULL;
	}
}

static struct tep_print_flag_sym *find_flag_table(struct reader *r)
{
	struct tep_event *event = tep_find_event_by_name(r->tep, "kmem", "mm_page_alloc");
	struct tep_print_flag_sym *found = NULL;

	for (struct tep_print_arg *arg = event->print_fmt.args; arg && !found;
		arg = arg->next)
		found = flags_below(arg, 0);
	return found;
}

static void name_bit(struct reader *r, int bit, const char *name)
{
	bool known = qy_trace_flag(name, &r->bit_value[bit]);

	r->bit_name[bit] = name;
	if (known)
		r->unknown &= ~(1ull << bit);
	else
		r->unknown |= 1ull << bit;
}

/* Do the two names mean the same bit here? (GFP_DMA and __GFP_DMA do.) */
static bool same_flag(const char *a, const char *b)
{
	qy_gfp_t bits_a, bits_b;

	return qy_trace_flag(a, &bits_a) && qy_trace_flag(b, &bits_b) && bits_a == bits_b;
}

/*
 * Some kernels (6.10 to 6.13) print enum names where a bit's number belongs; all their flags then come out as
 * one bit. Those kernels have the bits of 6.12, which are ours.
 */
static void assume_our_bits(struct reader *r)
{
	const char *name;
	qy_gfp_t bits;

	memset(r->bit_name, 0, sizeof(r->bit_name));
	r->unknown = ~0ull;
	for (size_t i = 0; (name = qy_trace_flag_at(i, &bits)); i++)
		if (bits)
			name_bit(r, __builtin_ctz(bits), name);
	r->answer->counts.flags_assumed = true;
}

/* Every table entry of one bit names that bit; entries of several bits are only shorter spellings. */
static int name_bits(struct reader *r)
{
	struct tep_print_flag_sym *flag = find_flag_table(r);

	if (!flag)
		return complain(r, "event formats: kmem:mm_page_alloc has no table of "
				   "gfp flags; the file is damaged, record it again");
	r->unknown = ~0ull;
	for (; flag; flag = flag->next) {
		uint64_t value = strtoull(flag->value ? flag->value : "0", NULL, 0);
		int bit;

		if (!flag->str || strncmp(flag->str, "__GFP_", 6) || !value)
			continue;
		if (value & (value - 1)) {
			if (strcmp(flag->str, "__GFP_RECLAIM"))
				r->answer->counts.flags_assumed = true;
			continue;
		}
		bit = __builtin_ctzll(value);
		if (r->bit_name[bit] && !same_flag(r->bit_name[bit], flag->str))
			r->answer->counts.flags_assumed = true;
		name_bit(r, bit, flag->str);
	}
	if (r->answer->counts.flags_assumed || r->unknown == ~0ull)
		assume_our_bits(r);
	return 0;
}

/* --- records ----------------------------------------------------------------------------------------------- */

static int flush(struct reader *r)
{
	const char *from = (const char *)r->batch;
	size_t left = r->nr_batched * sizeof(r->batch[0]);

	while (left) {
		ssize_t n = write(r->pipe, from, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		from += n;
		left -= (size_t)n;
	}
	r->answer->nr_sent += r->nr_batched;
	r->nr_batched = 0;
	return 0;
}

static uint64_t get(struct reader *r, const struct tep_record *rec, struct place place)
{
	return tep_read_number(r->tep, (char *)rec->data + place.offset, place.size);
}

/* One of our bits for each of the trace's; what has no name here is remembered, not guessed. */
static qy_gfp_t decode_gfp(struct reader *r, uint64_t raw)
{
	qy_gfp_t gfp = 0;

	r->unknown_seen |= raw & r->unknown;
	for (; raw; raw &= raw - 1)
		gfp |= r->bit_value[__builtin_ctzll(raw)];
	return gfp;
}

static uint64_t time_of(struct reader *r, const struct tep_record *rec)
{
	struct qy_trace *counts = &r->answer->counts;

	if (!r->begun)
		counts->start_ns = r->last_ts = rec->ts;
	r->begun = true;
	if (rec->ts < r->last_ts)
		counts->nr_backwards++;
	else
		r->last_ts = rec->ts;
	return r->last_ts - counts->start_ns;
}

static int take(struct reader *r, const struct tep_record *rec, const struct kind *kind)
{
	struct qy_trace *counts = &r->answer->counts;
	bool alloc = kind == &r->alloc;
	uint64_t pfn = get(r, rec, kind->pfn), order = get(r, rec, kind->order);
	uint64_t none = kind->pfn.size == 8 ? ~0ull : ~0u;
	struct qy_page_event *event = &r->batch[r->nr_batched];

	if (alloc && pfn == none) {
		counts->nr_failed_alloc++;
		return 0;
	}
	/* a frame number beyond 64 - 12 bits is no address of any machine */
	if (order > QY_MAX_PAGE_ORDER || pfn >> (64 - QY_PAGE_SHIFT) ||
		pfn & ((1ull << order) - 1)) {
		counts->nr_bad++;
		return 0;
	}
	*event = (struct qy_page_event){
		.ts_ns = time_of(r, rec),
		.pfn = pfn,
		.pid = (int32_t)tep_read_number(
			r->tep, (char *)rec->data + r->pid_offset, 4),
		.cpu = (uint16_t)rec->cpu,
		.order = (uint8_t)order,
		.kind = alloc ? QY_EV_ALLOC : QY_EV_FREE,
	};
	event->task = qy_trace_task(&r->tasks, event->pid);
	if (alloc) {
		event->gfp = decode_gfp(r, get(r, rec, kind->gfp));
		event->migratetype = (uint8_t)get(r, rec, kind->migratetype);
		counts->nr_alloc++;
	} else {
		counts->nr_free++;
	}
	counts->duration_ns = event->ts_ns;
	return ++r->nr_batched == BATCH ? flush(r) : 0;
}

static void remember_progress(struct reader *r, const struct tep_record *rec, int cpu)
{
	uint64_t page = rec->offset / r->layout->page_size;

	if (!r->nr_records[cpu]++)
		r->first_page[cpu] = page;
	r->last_page[cpu] = page;
	if (rec->missed_events)
		r->answer->counts.nr_lost +=
			rec->missed_events > 0 ? (size_t)rec->missed_events : 1;
}

static int on_record(
	struct tracecmd_input *handle, struct tep_record *rec, int cpu, void *data)
{
	struct reader *r = data;
	int id;

	(void)handle;
	if (cpu < 0 || cpu >= QY_MAX_CPUS || rec->size < 2)
		return complain(r, "CPU data: an impossible record; the file is damaged, "
				   "copy or record it again");
	remember_progress(r, rec, cpu);
	id = tep_data_type(r->tep, rec);
	if (id == r->alloc.id && rec->size >= r->alloc.size)
		return take(r, rec, &r->alloc);
	if (id == r->free.id && rec->size >= r->free.size)
		return take(r, rec, &r->free);
	r->answer->counts.nr_other++;
	return 0;
}

/* --- was that all? ----------------------------------------------------------------------------------------- */

static bool all_read(struct reader *r, uint32_t i)
{
	const struct qy_trace_extent *cpu = &r->layout->cpu[i];

	if (!r->layout->compressed)
		return r->nr_records[i] == cpu->nr_records;
	/* the number of records is not known, the number of pages is */
	return !cpu->nr_pages ||
	       (r->nr_records[i] &&
		       r->last_page[i] - r->first_page[i] == cpu->nr_pages - 1);
}

static int check_all_read(struct reader *r)
{
	char text[160];

	for (uint32_t i = 0; i < r->layout->nr_cpus; i++) {
		const struct qy_trace_extent *cpu = &r->layout->cpu[i];

		if (all_read(r, i))
			continue;
		snprintf(text, sizeof(text),
			"byte %llu: data of CPU %u stops after %llu records; "
			"the file is damaged, copy or record it again",
			(unsigned long long)cpu->offset, cpu->id,
			(unsigned long long)r->nr_records[i]);
		return complain(r, text);
	}
	if (!r->answer->nr_sent)
		return complain(r,
			"CPU data: no page event; record with trace-cmd record "
			"-e kmem:mm_page_alloc -e kmem:mm_page_free");
	return 0;
}

static void name_unknown(struct reader *r)
{
	struct qy_trace *counts = &r->answer->counts;
	size_t at = 0, room = sizeof(counts->unknown_flags);

	counts->nr_unknown_flag_bits = (size_t)__builtin_popcountll(r->unknown_seen);
	for (uint64_t left = r->unknown_seen; left && at < room; left &= left - 1) {
		int bit = __builtin_ctzll(left);
		const char *bar = at ? "|" : "", *name = r->bit_name[bit];

		at += (size_t)(name ? snprintf(counts->unknown_flags + at, room - at,
					      "%s%s", bar, name)
				    : snprintf(counts->unknown_flags + at, room - at,
					      "%sbit %d", bar, bit));
	}
}

/* The file's own list of command names; who is not in it is "<...>". */
static void name_tasks(struct reader *r)
{
	for (uint32_t i = 0; i < r->tasks.nr; i++) {
		struct qy_task *task = &r->answer->task[i];

		*task = r->tasks.task[i];
		if (i) {
			const char *name = tep_data_comm_from_pid(r->tep, task->pid);

			qy_trace_task_name(task, name, strlen(name));
		}
	}
	r->answer->nr_tasks = r->tasks.nr;
}

static int open_trace(struct reader *r, const char *path, struct tracecmd_input **handle)
{
	struct tep_format_field *pid;

	tracecmd_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);
	*handle = tracecmd_open(path, TRACECMD_FL_LOAD_NO_PLUGINS);
	if (!*handle)
		return complain(r, "header: libtracecmd cannot open it; "
				   "if trace-cmd report cannot either, record it again");
	r->tep = tracecmd_get_tep(*handle);
	if (find_kinds(r) || name_bits(r))
		return -1;
	pid = tep_find_common_field(
		tep_find_event_by_name(r->tep, "kmem", "mm_page_free"), "common_pid");
	if (!pid || pid->size != 4 || pid->offset < 0 || pid->offset + 4 > r->free.size)
		return complain(r, "event formats: no common_pid; the file is "
				   "damaged, copy or record it again");
	r->pid_offset = pid->offset;
	return 0;
}

void qy_trace_child(const char *path, const struct qy_trace_layout *layout,
	struct qy_trace_answer *answer, int pipe)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct tracecmd_input *handle;

	if (!r || qy_trace_tasks_init(&r->tasks))
		return;
	r->layout = layout;
	r->answer = answer;
	r->pipe = pipe;
	if (open_trace(r, path, &handle))
		return;
	if (tracecmd_iterate_events(handle, NULL, 0, on_record, r) || flush(r)) {
		complain(r, "CPU data: reading stopped; the file is damaged, "
			    "copy or record it again");
		return;
	}
	name_unknown(r);
	name_tasks(r);
	if (!check_all_read(r))
		answer->done = true;
	/* removes the library's temporary files of a compressed trace */
	tracecmd_close(handle);
}
