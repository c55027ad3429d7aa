// SPDX-License-Identifier: MIT
/*
 * See convert.h: the bytes. The files are convert_file.c's. No state.
 */
#include "lab/convert.h"
#include "lab/trace_tasks.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC        "QYLOAD\r\n"
#define VERSION      2u
#define MAX_KINDS    255 /* (flags, type) pairs with a number of their own */
#define MAX_EVENT    40  /* bytes of the longest one */
#define MIN_EVENT    4
#define MIN_TASK     3
#define MAX_PFN_BITS 52

/* All numbers little-endian; every host that we run on is. */
struct header {
	char magic[8];
	uint32_t version, header_bytes;
	struct qy_source source;
	uint64_t payload_bytes, payload_checksum;
	uint64_t nr_events, nr_alloc, nr_free, start_ns, duration_ns;
	uint64_t nr_failed_alloc, nr_other, nr_bad, nr_backwards, nr_lost,
		nr_unknown_bits;
	uint32_t nr_cpus, nr_other_buffers, nr_kinds, flags_assumed;
	char kernel[64], unknown_flags[128];
	uint32_t kind_gfp[MAX_KINDS + 1];
	uint8_t kind_type[MAX_KINDS + 1];
	uint32_t nr_tasks, unused;
	uint64_t header_checksum; /* of everything before */
};
_Static_assert(sizeof(struct header) == 1648, "docs/formats-load.md has the offsets");

uint64_t qy_convert_checksum(const unsigned char *bytes, size_t size)
{
	uint64_t sum = 0x9e3779b97f4a7c15ull ^ size;

	for (size_t at = 0; at < size; at += 8) {
		uint64_t word = 0;

		memcpy(&word, bytes + at, size - at < 8 ? size - at : 8);
		sum = (sum ^ word) * 0xff51afd7ed558ccdull;
		sum ^= sum >> 32;
	}
	return sum;
}

/* ------------------------------------------------------------------ numbers */

static unsigned char *put(unsigned char *at, uint64_t value)
{
	for (; value >= 128; value >>= 7)
		*at++ = (unsigned char)(value | 128);
	*at++ = (unsigned char)value;
	return at;
}

/* Signed differences, small ones short: 0, -1, 1, -2, 2 ... */
static uint64_t fold(uint64_t difference)
{
	return difference << 1 ^ (0 - (difference >> 63));
}

static uint64_t unfold(uint64_t value)
{
	return value >> 1 ^ (0 - (value & 1));
}

struct source {
	const unsigned char *at, *end;
	bool bad;
};

static uint64_t get(struct source *s)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64 && s->at < s->end; shift += 7) {
		unsigned char byte = *s->at++;

		value |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return value;
	}
	s->bad = true;
	return 0;
}

/* ------------------------------------------------------------------ events */

/*
 * What an event is told relative to: the one before.
 *
 *   byte   7   6    5..2    1..0        then: time passed, [CPU,] frame, [kind,] task
 *        kind CPU  order  type of kind 255
 */
struct context {
	uint64_t ts_ns, frame;
	uint16_t task, cpu;
};

#define HEAD_FREE  0x80u
#define HEAD_CPU   0x40u
#define HEAD_ORDER 2

/* The number of a (flags, type) pair, made when it is new; MAX_KINDS when there are too many. */
static unsigned int kind_of(struct header *h, const struct qy_page_event *e)
{
	unsigned int i = 0;

	while (i < h->nr_kinds &&
		(h->kind_gfp[i] != e->gfp || h->kind_type[i] != e->migratetype))
		i++;
	if (i == h->nr_kinds && i < MAX_KINDS) {
		h->kind_gfp[i] = e->gfp;
		h->kind_type[i] = e->migratetype;
		h->nr_kinds++;
	}
	return i;
}

static unsigned char *encode_event(unsigned char *at, struct header *h, struct context *c,
	const struct qy_page_event *e)
{
	bool is_free = e->kind == QY_EV_FREE;
	unsigned int kind = is_free ? 0 : kind_of(h, e);
	uint64_t frame = e->pfn >> e->order;

	*at++ = (unsigned char)((is_free ? HEAD_FREE : 0) |
				(e->cpu != c->cpu ? HEAD_CPU : 0) |
				(unsigned int)e->order << HEAD_ORDER |
				(e->migratetype & 3u));
	at = put(at, e->ts_ns - c->ts_ns);
	if (e->cpu != c->cpu)
		at = put(at, e->cpu);
	at = put(at, fold(frame - (c->frame >> e->order)));
	if (!is_free) {
		*at++ = (unsigned char)kind;
		if (kind == MAX_KINDS)
			at = put(at, e->gfp);
	}
	at = put(at, fold((uint64_t)((int64_t)e->task - c->task)));
	*c = (struct context){ e->ts_ns, e->pfn, e->task, e->cpu };
	return at;
}

static void decode_event(struct source *s, const struct header *h, struct context *c,
	struct qy_page_event *e)
{
	unsigned int head = s->at < s->end ? *s->at++ : (s->bad = true, 0);
	unsigned int kind = 0;
	uint64_t frame, cpu, task;

	*e = (struct qy_page_event){ .order = (uint8_t)(head >> HEAD_ORDER & 15),
		.kind = head & HEAD_FREE ? QY_EV_FREE : QY_EV_ALLOC };
	e->ts_ns = c->ts_ns + get(s);
	cpu = head & HEAD_CPU ? get(s) : c->cpu;
	frame = (c->frame >> e->order) + unfold(get(s));
	if (e->kind == QY_EV_ALLOC) {
		kind = s->at < s->end ? *s->at++ : (s->bad = true, 0);
		e->gfp = kind == MAX_KINDS ? (qy_gfp_t)get(s) : h->kind_gfp[kind];
		e->migratetype = kind == MAX_KINDS ? head & 3 : h->kind_type[kind];
	}
	task = c->task + unfold(get(s));
	e->task = (uint16_t)task;
	e->pfn = frame << e->order;
	e->cpu = (uint16_t)cpu;
	s->bad |= e->ts_ns < c->ts_ns || e->ts_ns > h->duration_ns || cpu >= h->nr_cpus ||
		  e->order > QY_MAX_PAGE_ORDER || frame >> (MAX_PFN_BITS - e->order) ||
		  (e->gfp & ~QY___GFP_BITS_MASK) || e->migratetype > 5 ||
		  task >= h->nr_tasks;
	*c = (struct context){ e->ts_ns, e->pfn, e->task, e->cpu };
}

/* ------------------------------------------------------------------ tasks: pid, tgid, length of the name, name */

#define MAX_TASK 36 /* bytes of the longest one */

static unsigned char *encode_tasks(unsigned char *at, const struct qy_trace *trace)
{
	for (uint32_t i = 0; i < trace->nr_tasks; i++) {
		const struct qy_task *task = &trace->tasks[i];
		size_t length = strlen(task->comm);

		at = put(at, fold((uint64_t)(int64_t)task->pid));
		at = put(at, fold((uint64_t)(int64_t)task->tgid));
		*at++ = (unsigned char)length;
		memcpy(at, task->comm, length);
		at += length;
	}
	return at;
}

static void decode_task(struct source *s, struct qy_task *task)
{
	size_t length;

	task->pid = (int32_t)unfold(get(s));
	task->tgid = (int32_t)unfold(get(s));
	length = s->at < s->end ? *s->at++ : (s->bad = true, 0);
	if (length >= sizeof(task->comm) || length > (size_t)(s->end - s->at)) {
		s->bad = true;
		return;
	}
	qy_trace_task_name(task, (const char *)s->at, length);
	s->at += length;
}

/* ------------------------------------------------------------------ doors */

unsigned char *qy_convert_encode(
	const struct qy_trace *trace, const struct qy_source *source, size_t *size)
{
	unsigned char *bytes = malloc(sizeof(struct header) + trace->nr_tasks * MAX_TASK +
				      trace->nr_events * MAX_EVENT);
	struct context c = { 0 };
	struct header h = {
		.version = VERSION,
		.header_bytes = sizeof(h),
		.source = *source,
		.nr_events = trace->nr_events,
		.nr_alloc = trace->nr_alloc,
		.nr_free = trace->nr_free,
		.start_ns = trace->start_ns,
		.duration_ns = trace->duration_ns,
		.nr_failed_alloc = trace->nr_failed_alloc,
		.nr_other = trace->nr_other,
		.nr_bad = trace->nr_bad,
		.nr_backwards = trace->nr_backwards,
		.nr_lost = trace->nr_lost,
		.nr_unknown_bits = trace->nr_unknown_flag_bits,
		.nr_cpus = trace->nr_cpus,
		.nr_other_buffers = trace->nr_other_buffers,
		.flags_assumed = trace->flags_assumed,
		.nr_tasks = trace->nr_tasks,
	};
	unsigned char *at = bytes ? bytes + sizeof(h) : NULL;

	if (!bytes)
		return NULL;
	memcpy(h.magic, MAGIC, sizeof(h.magic));
	memcpy(h.kernel, trace->kernel, sizeof(h.kernel));
	memcpy(h.unknown_flags, trace->unknown_flags, sizeof(h.unknown_flags));
	at = encode_tasks(at, trace);
	for (size_t i = 0; i < trace->nr_events; i++)
		at = encode_event(at, &h, &c, &trace->events[i]);
	*size = (size_t)(at - bytes);
	h.payload_bytes = *size - sizeof(h);
	h.payload_checksum = qy_convert_checksum(bytes + sizeof(h), h.payload_bytes);
	h.header_checksum = qy_convert_checksum(
		(const unsigned char *)&h, offsetof(struct header, header_checksum));
	memcpy(bytes, &h, sizeof(h));
	return bytes;
}

static bool believable(
	const struct header *h, size_t size, const struct qy_source *source)
{
	return memcmp(h->magic, MAGIC, sizeof(h->magic)) == 0 && h->version == VERSION &&
	       h->header_bytes == sizeof(*h) &&
	       h->header_checksum == qy_convert_checksum((const unsigned char *)h,
					     offsetof(struct header, header_checksum)) &&
	       h->source.size == source->size && h->source.checksum == source->checksum &&
	       h->source.mtime_ns == source->mtime_ns &&
	       h->payload_bytes == size - sizeof(*h) &&
	       h->nr_events <= h->payload_bytes / MIN_EVENT && h->nr_kinds <= MAX_KINDS &&
	       h->nr_tasks && h->nr_tasks <= QY_MAX_TRACE_TASKS &&
	       h->nr_tasks <= h->payload_bytes / MIN_TASK && h->nr_cpus <= UINT16_MAX &&
	       memchr(h->kernel, 0, sizeof(h->kernel)) &&
	       memchr(h->unknown_flags, 0, sizeof(h->unknown_flags));
}

static int decode_payload(
	const unsigned char *bytes, const struct header *h, struct qy_trace *trace)
{
	struct source s = { .at = bytes, .end = bytes + h->payload_bytes };
	struct context c = { 0 };
	size_t nr_free = 0;

	for (uint32_t i = 0; i < h->nr_tasks && !s.bad; i++)
		decode_task(&s, &trace->tasks[i]);
	for (size_t i = 0; i < h->nr_events && !s.bad; i++) {
		decode_event(&s, h, &c, &trace->events[i]);
		if (!s.bad)
			trace->events[i].pid = trace->tasks[trace->events[i].task].pid;
		nr_free += trace->events[i].kind == QY_EV_FREE;
		s.bad |= i == 0 && trace->events[i].ts_ns;
	}
	if (s.bad || s.at != s.end || nr_free != h->nr_free ||
		h->nr_alloc != h->nr_events - nr_free)
		return -1;
	return 0;
}

int qy_convert_decode(const unsigned char *bytes, size_t size,
	const struct qy_source *source, struct qy_trace *trace)
{
	struct header h;

	*trace = (struct qy_trace){ 0 };
	if (size < sizeof(h))
		return -1;
	memcpy(&h, bytes, sizeof(h));
	if (!believable(&h, size, source) ||
		qy_convert_checksum(bytes + sizeof(h), h.payload_bytes) !=
			h.payload_checksum)
		return -1;
	*trace = (struct qy_trace){
		.nr_events = h.nr_events,
		.nr_alloc = h.nr_alloc,
		.nr_free = h.nr_free,
		.start_ns = h.start_ns,
		.duration_ns = h.duration_ns,
		.nr_failed_alloc = h.nr_failed_alloc,
		.nr_other = h.nr_other,
		.nr_bad = h.nr_bad,
		.nr_backwards = h.nr_backwards,
		.nr_lost = h.nr_lost,
		.nr_unknown_flag_bits = h.nr_unknown_bits,
		.nr_cpus = h.nr_cpus,
		.nr_other_buffers = h.nr_other_buffers,
		.flags_assumed = h.flags_assumed,
		.nr_tasks = h.nr_tasks,
	};
	memcpy(trace->kernel, h.kernel, sizeof(h.kernel));
	memcpy(trace->unknown_flags, h.unknown_flags, sizeof(h.unknown_flags));
	trace->events = malloc((h.nr_events ? h.nr_events : 1) * sizeof(*trace->events));
	trace->tasks = calloc(h.nr_tasks, sizeof(*trace->tasks));
	if (trace->events && trace->tasks &&
		decode_payload(bytes + sizeof(h), &h, trace) == 0)
		return 0;
	qy_trace_free(trace);
	return -1;
}
