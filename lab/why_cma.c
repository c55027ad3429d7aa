// SPDX-License-Identifier: MIT
/*
 * See why_cma.h. No state.
 */
#include "lab/why_cma.h"

#include <stdio.h>
#include <stdlib.h>
#include <quarry/stats.h>

#include "lab/units.h"

struct qy_cma_why *qy_cma_why_capture(struct qy_machine *m, uint32_t area,
	uint64_t buffer_pages, const struct qy_contig_failure *failure, uint64_t when_ns)
{
	struct qy_cma_why *why = calloc(1, sizeof(*why));
	struct qy_zone_stats z;

	if (!why)
		return NULL;
	qy_cma_stats(m, area, &why->area);
	snprintf(why->area_name, sizeof(why->area_name), "%s", why->area.name);
	why->area.name = NULL; /* the machine's */
	why->when_ns = when_ns;
	why->buffer_pages = buffer_pages;
	why->align_order = qy_cma_alignment(buffer_pages);
	why->failure = *failure;
	for (uint32_t i = 0; qy_zone_stats(m, i, &z); i++)
		why->free_outside_pages += z.free_pages - z.free_cma_pages;
	return why;
}

void qy_cma_why_add_holder(struct qy_cma_why *why, const struct qy_cma_holder *holder)
{
	uint32_t at = why->nr_holders;

	if (!holder->pages)
		return;
	while (at > 0 && why->holder[at - 1].pages < holder->pages)
		at--;
	if (at == QY_CMA_HOLDERS)
		return;
	if (why->nr_holders < QY_CMA_HOLDERS)
		why->nr_holders++;
	for (uint32_t i = why->nr_holders - 1; i > at; i--)
		why->holder[i] = why->holder[i - 1];
	why->holder[at] = *holder;
}

/* ------------------------------------------------------------------ in words */

struct sizes {
	char text[6][32];
	unsigned int used;
};

static const char *pages_word(struct sizes *s, uint64_t pages)
{
	return qy_format_size(
		s->text[s->used++], sizeof(s->text[0]), pages * QY_PAGE_SIZE);
}

static void holders_text(const struct qy_cma_why *why, char *buf, size_t size)
{
	size_t used = 0;

	for (uint32_t i = 0; i < why->nr_holders && used < size; i++) {
		const struct qy_cma_holder *h = &why->holder[i];
		struct sizes s = { 0 };

		if (h->pins)
			used += (size_t)snprintf(buf + used, size - used,
				"%s%s pins %llu page%s", i ? "; " : "by whom: ", h->name,
				(unsigned long long)h->pages, h->pages == 1 ? "" : "s");
		else
			used += (size_t)snprintf(buf + used, size - used, "%s%s has %s",
				i ? "; " : "by whom: ", h->name,
				pages_word(&s, h->pages));
	}
}

const char *qy_cma_why_text(
	const struct qy_cma_why *why, unsigned int line, char *buf, size_t size)
{
	const struct qy_cma_stats *a = &why->area;
	struct sizes s = { 0 };
	char text[160];

	buf[0] = '\0';
	switch (line) {
	case 0:
		snprintf(buf, size,
			"area %s: %s, of it %s handed out, %s free, %s lent to movable pages (%s of these cannot move now)",
			why->area_name, pages_word(&s, a->nr_pages),
			pages_word(&s, a->used_pages), pages_word(&s, a->free_pages),
			pages_word(&s, a->borrowed_pages),
			pages_word(&s, a->pinned_pages));
		break;
	case 1:
		snprintf(buf, size,
			"longest run: %s not handed out, %s that can be emptied; wanted %s, aligned to %s",
			pages_word(&s, a->largest_run_pages),
			pages_word(&s, a->max_alloc_pages),
			pages_word(&s, why->buffer_pages),
			pages_word(&s, 1ull << why->align_order));
		break;
	case 2:
		qy_contig_failure_text(&why->failure, text, sizeof(text));
		snprintf(buf, size, "%u place%s tried: %s", why->failure.nr_ranges,
			why->failure.nr_ranges == 1 ? "" : "s", text);
		break;
	case 3:
		holders_text(why, buf, size);
		break;
	case 4:
		if (why->failure.cause == QY_CONTIG_NO_TARGET)
			snprintf(buf, size, "outside of CMA: %s free",
				pages_word(&s, why->free_outside_pages));
		break;
	}
	return buf;
}

const char *qy_cma_cause_name(enum qy_contig_cause cause)
{
	static const char *const names[] = {
		[QY_CONTIG_NONE] = "none",
		[QY_CONTIG_NO_RUN] = "no_run",
		[QY_CONTIG_PINNED] = "pinned",
		[QY_CONTIG_UNMOVABLE] = "unmovable",
		[QY_CONTIG_KEPT] = "kept",
		[QY_CONTIG_OTHER] = "other",
		[QY_CONTIG_NO_TARGET] = "no_target",
		[QY_CONTIG_NO_HOST] = "no_host",
		[QY_CONTIG_UNSETTLED] = "unsettled",
		[QY_CONTIG_NO_MAPPING] = "no_mapping",
	};

	return names[cause];
}
