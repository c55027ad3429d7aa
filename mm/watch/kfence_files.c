// SPDX-License-Identifier: MIT
/*
 * The files of KFENCE: /sys/kernel/debug/kfence/objects and stats, and the parameter that can be written. They are there where
 * the board was booted with it, as on Linux.
 *
 * No state.
 */
#include "mm/watch/internal.h"
#include "mm/slab/slab.h"
#include <quarry/kfence.h>
#include <quarry/owner.h>

#define NS_PER_US 1000ull
#define NS_PER_S  1000000000ull

bool qy_has_kfence(const struct qy_machine *m)
{
	size_t bytes;

	return qy_kfence_pool(m, &bytes) != NULL;
}

void qy_show_kfence_stats(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	struct qy_kfence_stats stats;

	(void)which;
	qy_kfence_stats(m, &stats);
	qy_seq_printf(seq, "enabled: %d\n", stats.enabled);
	qy_seq_printf(seq, "currently allocated: %lu\n", stats.allocated);
	qy_seq_printf(seq, "total allocations: %lu\n", stats.allocations);
	qy_seq_printf(seq, "total frees: %lu\n", stats.frees);
	qy_seq_printf(seq, "zombie allocations: %lu\n", stats.zombies);
	qy_seq_printf(seq, "total bugs: %lu\n", stats.bugs);
	qy_seq_printf(seq, "skipped allocations (incompatible): %lu\n",
		stats.skipped_incompatible);
	qy_seq_printf(
		seq, "skipped allocations (capacity): %lu\n", stats.skipped_capacity);
	qy_seq_printf(seq, "skipped allocations (covered): %lu\n", stats.skipped_covered);
}

static void show_line(void *to, const char *text)
{
	qy_seq_printf(to, " %s\n", text);
}

static void show_track(struct qy_seq *seq, const struct qy_machine *m, const char *deed,
	const struct qy_kfence_track *track)
{
	u64 at = track->when_ns, ago = m->port->clock_ns(m->port->ctx) - at;

	qy_seq_printf(seq,
		"%s by task %d on cpu %u at %llu.%06llus (%llu.%06llus ago):\n", deed,
		track->pid, track->cpu, at / NS_PER_S, at % NS_PER_S / NS_PER_US,
		ago / NS_PER_S, ago % NS_PER_S / NS_PER_US);
	qy_kfence_tell(m, track, show_line, seq);
}

void qy_show_kfence_objects(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	struct qy_kfence_object object;

	(void)which;
	for (unsigned int n = 0; qy_kfence_object(m, n, &object); n++) {
		u64 at = qy_board_address(m, object.address);

		if (object.state == QY_KFENCE_UNUSED) {
			qy_seq_printf(seq, "kfence-#%u unused\n", n);
		} else {
			qy_seq_printf(seq,
				"kfence-#%u: 0x%016lx-0x%016lx, size=%u, cache=%s\n\n", n,
				at, at + object.size - 1, object.size, object.cache);
			show_track(seq, m, "allocated", &object.alloc);
		}
		if (object.state == QY_KFENCE_WAITING ||
			object.state == QY_KFENCE_FREED) {
			qy_seq_puts(seq, "\n");
			show_track(seq, m, "freed", &object.free);
		}
		qy_seq_puts(seq, "---------------------------------\n");
	}
}

void qy_show_kfence_interval(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	(void)which;
	qy_seq_printf(seq, "%lu\n", qy_kfence_interval_ms(m));
}

int qy_store_kfence_interval(struct qy_machine *m, unsigned int which, const char *text)
{
	s64 value;

	(void)which;
	if (!qy_parse_number(text, 0, UINT32_MAX, &value))
		return -QY_EINVAL;
	return qy_kfence_set_interval(m, (u64)value);
}
