// SPDX-License-Identifier: MIT
/*
 * Order: arrays by heapsort, whose worst case is its usual one; lists by merging, which keeps equal entries as they were.
 *
 *   a heap       the root is the largest; it goes to the end, the last one sinks from the root
 *   a list sort  runs of 2^n entries wait, at most one of each n: bit n of the count of entries says so
 *
 * No state.
 */
#include <linux/bsearch.h>
#include <linux/list.h>
#include <linux/list_sort.h>
#include <linux/sort.h>
#include <linux/string.h>

/* ------------------------------------------------------------------ arrays */

struct array {
	char *base;
	size_t size_bytes;
	cmp_r_func_t cmp_r; /* with priv, or cmp without */
	cmp_func_t cmp;
	swap_r_func_t swap_r;
	swap_func_t swap;
	const void *priv;
};

static int compare(const struct array *a, size_t i, size_t j)
{
	const char *left = a->base + i * a->size_bytes,
		   *right = a->base + j * a->size_bytes;

	return a->cmp_r ? a->cmp_r(left, right, a->priv) : a->cmp(left, right);
}

static void exchange(const struct array *a, size_t i, size_t j)
{
	char *left = a->base + i * a->size_bytes, *right = a->base + j * a->size_bytes;

	if (a->swap_r) {
		(a->swap_r)(left, right, (int)a->size_bytes, a->priv);
	} else if (a->swap) {
		(a->swap)(left, right, (int)a->size_bytes);
	} else {
		for (size_t n = a->size_bytes; n--; left++, right++)
			swap(*left, *right);
	}
}

static void sink(const struct array *a, size_t at, size_t nr)
{
	size_t child;

	while ((child = 2 * at + 1) < nr) {
		if (child + 1 < nr && compare(a, child, child + 1) < 0)
			child++;
		if (compare(a, at, child) >= 0)
			return;
		exchange(a, at, child);
		at = child;
	}
}

static void heapsort(const struct array *a, size_t nr)
{
	for (size_t at = nr / 2; at--;)
		sink(a, at, nr);
	while (nr > 1) {
		exchange(a, 0, --nr);
		sink(a, 0, nr);
	}
}

void sort(void *base, size_t nr, size_t size_bytes, cmp_func_t cmp, swap_func_t swap_func)
{
	heapsort(&(struct array){ .base = base,
			 .size_bytes = size_bytes,
			 .cmp = cmp,
			 .swap = swap_func },
		nr);
}

void sort_r(void *base, size_t nr, size_t size_bytes, cmp_r_func_t cmp,
	swap_r_func_t swap_func, const void *priv)
{
	heapsort(&(struct array){ .base = base,
			 .size_bytes = size_bytes,
			 .cmp_r = cmp,
			 .swap_r = swap_func,
			 .priv = priv },
		nr);
}

void *bsearch(
	const void *key, const void *base, size_t nr, size_t size_bytes, cmp_func_t cmp)
{
	const char *first = base;

	while (nr) {
		const char *middle = first + nr / 2 * size_bytes;
		int c = cmp(key, middle);

		if (!c)
			return (void *)(uintptr_t)middle;
		if (c > 0) {
			first = middle + size_bytes;
			nr--;
		}
		nr /= 2;
	}
	return NULL;
}

/* ------------------------------------------------------------------ lists */

/* Chains by next alone, each in order; @a's entries were before @b's. */
static struct list_head *merge(
	void *priv, list_cmp_func_t cmp, struct list_head *a, struct list_head *b)
{
	struct list_head *head, **last = &head;

	while (a && b) {
		struct list_head **from = cmp(priv, a, b) <= 0 ? &a : &b;

		*last = *from;
		last = &(*from)->next;
		*from = *last;
	}
	*last = a ? a : b;
	return head;
}

void list_sort(void *priv, struct list_head *head, list_cmp_func_t cmp)
{
	struct list_head *waits[8 * sizeof(size_t)] = { NULL }, *next, *all = NULL;
	size_t n;

	if (list_empty(head) || list_is_singular(head))
		return;
	head->prev->next = NULL;
	for (struct list_head *at = head->next; at; at = next) {
		next = at->next;
		at->next = NULL;
		for (n = 0; waits[n]; n++) {
			at = merge(priv, cmp, waits[n], at);
			waits[n] = NULL;
		}
		waits[n] = at;
	}
	for (n = 0; n < ARRAY_SIZE(waits); n++)
		if (waits[n])
			all = all ? merge(priv, cmp, waits[n], all) : waits[n];
	next = head;
	for (struct list_head *at = all; at; at = at->next) {
		next->next = at;
		at->prev = next;
		next = at;
	}
	next->next = head;
	head->prev = next;
}
