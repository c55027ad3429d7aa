// SPDX-License-Identifier: MIT
/*
 * Whose turn it is: memory that is mapped for a device is the device's until it is unmapped or synced for the CPU. See kasan.h.
 *
 *   qy_lend*, qy_lent*, qy_synced*, qy_returned*   as linux/dma-mapping.h calls them
 *
 * While the device has it, the shadow says KASAN_DMA of the granules that lie in the mapping, so that each access comes here:
 * the CPU reads nothing that the device may write, and what it writes the device sees after a sync alone. Granules that a
 * mapping shares with something else are left alone, as are bytes next to it in its cache lines.
 *
 * Invariant: a granule is KASAN_DMA only within a loan that is the device's.
 *
 * Locking: none; see world.h.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include "compat/host.h"
#include "compat/kasan.h"
#include "compat/stack.h"

#define PIECE (~0ull) /* of a list: found by its memory, not by its bus address */
#define STACK 16

struct kasan_loan {
	struct kasan_loan *next;
	const struct device *dev;
	u64 dma;
	const char *p;
	size_t bytes;
	enum qy_dma_direction dir;
	bool written; /* by the CPU, since the device got it */
	bool read_told, write_told;
	const void *writer, *mapper;
	unsigned int nr_writer, nr_mapper;
	void *write_frames[STACK], *map_frames[STACK];
};

#define say(...) qy_printk_line(QY_LOG_ERR, __VA_ARGS__)

static struct qy_world *checked_world(void)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;

	return w && w->kasan ? w : NULL;
}

/* By where it begins: on the bus, or in memory. */
static struct kasan_loan **bucket(struct qy_world *w, u64 start)
{
	return &w->loans[start >> 6 & (ARRAY_SIZE(w->loans) - 1)];
}

static bool holds(const struct kasan_loan *loan, const char *p)
{
	return (uintptr_t)p - (uintptr_t)loan->p < loan->bytes;
}

/* ------------------------------------------------------------------ marks */

/* A last granule that is not all the mapping's counts when nothing else is in it. */
static const char *last_mark(const char *end)
{
	size_t part = (uintptr_t)end % KASAN_GRANULE;
	u8 state = part ? qy_kasan_state(end - part) : 0;

	return !part || state == part || state == KASAN_DMA ? end : end - part;
}

static void give_to_device(const char *p, size_t bytes)
{
	const char *first = PTR_ALIGN(p, KASAN_GRANULE), *end = last_mark(p + bytes);

	if (first < end)
		qy_kasan_deny(first, (size_t)(end - first), KASAN_DMA);
}

/* What was freed meanwhile stays so. A granule at an edge goes as a whole. */
static void give_to_cpu(const struct kasan_loan *loan, const char *p, size_t bytes)
{
	const char *at = (const char *)((uintptr_t)p & ~(uintptr_t)(KASAN_GRANULE - 1));
	const char *end = PTR_ALIGN(p + bytes, KASAN_GRANULE);
	const char *last = loan->p + loan->bytes, *run;

	at = max(at, PTR_ALIGN(loan->p, KASAN_GRANULE));
	while (at < end && at < last) {
		if (qy_kasan_state(at) != KASAN_DMA) {
			at += KASAN_GRANULE;
			continue;
		}
		for (run = at; at < end && at < last && qy_kasan_state(at) == KASAN_DMA;)
			at += KASAN_GRANULE;
		qy_kasan_allow(run, (size_t)(min(at, last) - run));
	}
}

/* ------------------------------------------------------------------ words */

static const char *dir_name(enum qy_dma_direction dir)
{
	return dir == QY_DMA_TO_DEVICE     ? "DMA_TO_DEVICE"
	       : dir == QY_DMA_FROM_DEVICE ? "DMA_FROM_DEVICE"
					   : "DMA_BIDIRECTIONAL";
}

/* Each place in the driver's code is told of once. */
static void report(const struct kasan_loan *loan, const char *what, const void *from)
{
	if (qy_kasan_told_before(qy_compat_world(), from))
		return;
	qy_compat_report(
		"DMA-API: %s %s: device driver %s [device address=0x%016llx] [size=%lu bytes] [mapped with %s]",
		dev_driver_string(loan->dev), dev_name(loan->dev), what,
		loan->dma == PIECE
			? (unsigned long long)qy_virt_to_phys(qy_this_machine(), loan->p)
			: (unsigned long long)loan->dma,
		(unsigned long)loan->bytes, dir_name(loan->dir));
	qy_stack_print_task();
	qy_stack_print_here(from);
	say("Mapped at:");
	qy_stack_print(loan->map_frames, loan->nr_mapper, loan->mapper, " ");
}

/* The device has had it all the while, and may have read it before. */
static void check_seen(struct kasan_loan *loan)
{
	if (!loan->written || qy_kasan_told_before(qy_compat_world(), loan->writer))
		return;
	qy_compat_report(
		"DMA-API: %s %s: device driver writes to memory of the device without a sync behind it [device address=0x%016llx] [size=%lu bytes] [mapped with %s]",
		dev_driver_string(loan->dev), dev_name(loan->dev),
		loan->dma == PIECE
			? (unsigned long long)qy_virt_to_phys(qy_this_machine(), loan->p)
			: (unsigned long long)loan->dma,
		(unsigned long)loan->bytes, dir_name(loan->dir));
	qy_stack_print_task();
	say("Written at:");
	qy_stack_print(loan->write_frames, loan->nr_writer, loan->writer, " ");
	say("Mapped at:");
	qy_stack_print(loan->map_frames, loan->nr_mapper, loan->mapper, " ");
}

/* ------------------------------------------------------------------ accesses */

static struct kasan_loan *loan_of(struct qy_world *w, const char *p)
{
	if (w->last_loan && holds(w->last_loan, p))
		return w->last_loan;
	for (size_t i = 0; i < ARRAY_SIZE(w->loans); i++)
		for (struct kasan_loan *loan = w->loans[i]; loan; loan = loan->next)
			if (holds(loan, p))
				return w->last_loan = loan;
	return NULL;
}

bool qy_kasan_on_loan(const char *p, size_t bytes, bool write)
{
	struct qy_world *w = checked_world();
	struct kasan_loan *loan = w && !w->lending ? loan_of(w, p) : NULL;

	(void)bytes;
	if (!loan) /* another mapping of the same memory */
		return true;
	if (!write && loan->dir != QY_DMA_TO_DEVICE && !loan->read_told) {
		loan->read_told = true;
		report(loan, "reads memory before it is synced for the CPU",
			qy_stack_driver());
	} else if (write && loan->dir == QY_DMA_FROM_DEVICE) {
		if (!loan->write_told)
			report(loan, "writes to memory that the device writes to",
				qy_stack_driver());
		loan->write_told = true;
	} else if (write && !loan->written) {
		loan->written = true;
		loan->nr_writer = qy_host_backtrace(loan->write_frames, STACK);
		loan->writer = qy_stack_driver();
	}
	return true;
}

void qy_kasan_loans_freed(const struct held *held)
{
	struct qy_world *w = checked_world();
	const char *p = w && w->nr_loans ? qy_kasan_bytes_of(held) : NULL;
	const char *end = p + held->what.bytes;
	struct kasan_loan *loan;

	if (!p || qy_kasan_is_plain(p, held->what.bytes))
		return;
	while (p < end && qy_kasan_state(p) != KASAN_DMA)
		p += KASAN_GRANULE;
	loan = p < end ? loan_of(w, p) : NULL;
	if (loan)
		report(loan, "frees memory that is mapped", qy_stack_driver());
}

/* ------------------------------------------------------------------ loans come and go */

static void look_at(const void *p, size_t bytes, unsigned int dir, void *from)
{
	struct qy_world *w = checked_world();
	bool good = true;

	if (!w || !p)
		return;
	if (virt_addr_valid(p) && bytes) {
		w->lending = true;
		good = qy_kasan_check(p, bytes, dir != QY_DMA_TO_DEVICE, from);
		w->lending = false;
	}
	if (dir != QY_DMA_FROM_DEVICE && good)
		qy_kasan_check_written(p, bytes, "uninit-value", NULL, from);
	if (dir != QY_DMA_TO_DEVICE)
		qy_kasan_set_written(p, bytes);
}

void qy_lend(const void *p, size_t bytes, unsigned int dir)
{
	look_at(p, bytes, dir, __builtin_return_address(0));
}

/* Drivers are wrong about how long a list is: it is followed to its end at most. */
#define for_each_piece(sg, nents) for (; (sg) && (nents); (sg) = sg_next(sg), (nents)--)

void qy_lend_list(struct scatterlist *sg, unsigned int nents, unsigned int dir)
{
	for_each_piece(sg, nents)
		look_at(sg_virt(sg), sg->length, dir, __builtin_return_address(0));
}

/* Nothing but other mappings keeps anybody from it. */
static bool is_there(struct qy_world *w, const char *p, size_t bytes)
{
	bool there;

	w->lending = true;
	there = !qy_kasan_first_bad(p, bytes, false);
	w->lending = false;
	return there;
}

static void lend(const struct device *dev, u64 dma, const char *p, size_t bytes,
	unsigned int dir, bool to_device, const void *from)
{
	struct qy_world *w = checked_world();
	struct kasan_loan *loan, **at;

	if (!w || !bytes || !virt_addr_valid(p))
		return;
	loan = qy_host_record(sizeof(*loan));
	if (!loan)
		return; /* it is not checked */
	*loan = (struct kasan_loan){ .dev = dev,
		.dma = dma,
		.p = p,
		.bytes = bytes,
		.dir = (enum qy_dma_direction)dir,
		.mapper = from };
	loan->nr_mapper = qy_host_backtrace(loan->map_frames, STACK);
	at = bucket(w, dma == PIECE ? (uintptr_t)p : dma);
	loan->next = *at;
	*at = loan;
	w->nr_loans++;
	if (to_device && is_there(w, p, bytes))
		give_to_device(p, bytes);
}

void qy_lent(const void *dev, uint64_t dma, const void *p, size_t bytes, unsigned int dir)
{
	lend(dev, dma, p, bytes, dir, true, __builtin_return_address(0));
}

void qy_lent_list(
	const void *dev, struct scatterlist *sg, unsigned int nents, unsigned int dir)
{
	for_each_piece(sg, nents) lend(dev, PIECE, sg_virt(sg), sg->length, dir, true,
		__builtin_return_address(0));
}

void qy_lent_later(
	const void *dev, uint64_t dma, const void *p, size_t bytes, unsigned int dir)
{
	lend(dev, dma, p, bytes, dir, false, __builtin_return_address(0));
}

static struct kasan_loan **find_address(
	struct qy_world *w, const struct device *dev, u64 dma)
{
	struct kasan_loan **at = bucket(w, dma);

	while (*at && ((*at)->dev != dev || (*at)->dma != dma))
		at = &(*at)->next;
	return *at ? at : NULL;
}

/* Of a part of it. */
static struct kasan_loan *find_around(
	struct qy_world *w, const struct device *dev, u64 dma)
{
	struct kasan_loan **at = find_address(w, dev, dma);

	for (size_t i = 0; !at && i < ARRAY_SIZE(w->loans); i++)
		for (struct kasan_loan *loan = w->loans[i]; loan; loan = loan->next)
			if (loan->dev == dev && loan->dma != PIECE &&
				dma - loan->dma < loan->bytes)
				return loan;
	return at ? *at : NULL;
}

static struct kasan_loan **find_piece(
	struct qy_world *w, const struct device *dev, const char *p)
{
	struct kasan_loan **at = bucket(w, (uintptr_t)p);

	while (*at && ((*at)->dev != dev || (*at)->dma != PIECE || (*at)->p != p))
		at = &(*at)->next;
	return *at ? at : NULL;
}

static void end_loan(struct qy_world *w, struct kasan_loan **at)
{
	struct kasan_loan *loan = at ? *at : NULL;

	if (!loan)
		return; /* the call itself is told */
	check_seen(loan);
	if (w->last_loan == loan)
		w->last_loan = NULL;
	*at = loan->next;
	w->nr_loans--;
	give_to_cpu(loan, loan->p, loan->bytes);
	qy_host_forget_record(loan);
}

void qy_returned(const void *dev, uint64_t dma)
{
	struct qy_world *w = checked_world();

	if (w)
		end_loan(w, find_address(w, dev, dma));
}

void qy_returned_list(const void *dev, struct scatterlist *sg, unsigned int nents)
{
	struct qy_world *w = checked_world();

	if (!w)
		return;
	for_each_piece(sg, nents) end_loan(w, find_piece(w, dev, sg_virt(sg)));
}

static void sync(struct kasan_loan *loan, const char *p, size_t bytes, bool for_cpu)
{
	bytes = min(bytes, (size_t)(loan->p + loan->bytes - p));
	if (for_cpu) {
		give_to_cpu(loan, p, bytes);
	} else {
		loan->written = loan->read_told = loan->write_told = false;
		give_to_device(p, bytes);
	}
}

void qy_synced(const void *dev, uint64_t dma, size_t bytes, bool for_cpu)
{
	struct qy_world *w = checked_world();
	struct kasan_loan *loan = w ? find_around(w, dev, dma) : NULL;

	if (loan)
		sync(loan, loan->p + (dma - loan->dma), bytes, for_cpu);
}

void qy_synced_list(
	const void *dev, struct scatterlist *sg, unsigned int nents, bool for_cpu)
{
	struct qy_world *w = checked_world();
	struct kasan_loan **at;

	if (!w)
		return;
	for_each_piece(sg, nents)
	{
		at = find_piece(w, dev, sg_virt(sg));
		if (at)
			sync(*at, (*at)->p, sg->length, for_cpu);
	}
}

void qy_kasan_loans_down(struct qy_world *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(w->loans); i++)
		for (struct kasan_loan *loan = w->loans[i], *next; loan; loan = next) {
			next = loan->next;
			qy_host_forget_record(loan);
		}
	memset(w->loans, 0, sizeof(w->loans));
	w->last_loan = NULL;
	w->nr_loans = 0;
}
