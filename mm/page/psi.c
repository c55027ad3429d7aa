// SPDX-License-Identifier: MIT
/*
 * See psi.h. Averages are folded in every two seconds of the board's clock, as decaying means in Linux's fixed point: what
 * was missed while nobody looked is made up for period by period.
 */
#include "mm/page/psi.h"
#include "mm/machine.h"

#define PERIOD_NS    2000000000ull
#define FSHIFT       11
#define FIXED_1      (1u << FSHIFT)
#define MANY_PERIODS 2000u /* after that nothing is left of an average */

/* exp(-2/10), exp(-2/60), exp(-2/300) in that fixed point */
static const u32 decay[NR_PSI_AVGS] = { 1677, 1981, 2034 };

static u64 now_ns(const struct qy_machine *m)
{
	return m->port->clock_ns(m->port->ctx);
}

/* The state that was has lasted until now. psi->lock must be held. */
static void note_time(struct psi *psi, u64 now)
{
	u64 passed = now - psi->changed_ns;

	if (psi->nr_stalled)
		psi->total_ns[PSI_SOME] += passed;
	if (psi->nr_stalled && psi->nr_stalled >= psi->nr_acting)
		psi->total_ns[PSI_FULL] += passed;
	psi->changed_ns = now;
}

/* As Linux's calc_load(): rounds up while it rises. */
static u64 decayed(u64 avg, u32 exp, u64 active)
{
	u64 sum = avg * exp + active * (FIXED_1 - exp);

	if (active >= avg)
		sum += FIXED_1 - 1;
	return sum / FIXED_1;
}

static void fold(struct psi *psi, u64 periods)
{
	for (u32 state = 0; state < NR_PSI_STATES; state++) {
		u64 stalled = psi->total_ns[state] - psi->averaged_total[state];
		u64 percent =
			min(stalled * 100 / (PERIOD_NS * periods), 100ull) * FIXED_1;

		psi->averaged_total[state] = psi->total_ns[state];
		for (u32 i = 0; i < NR_PSI_AVGS; i++)
			for (u64 n = min(periods, (u64)MANY_PERIODS); n--;)
				psi->avg[state][i] =
					decayed(psi->avg[state][i], decay[i], percent);
	}
}

/* psi->lock must be held. */
static void update(struct psi *psi, u64 now)
{
	u64 periods = (now - psi->averaged_ns) / PERIOD_NS;

	note_time(psi, now);
	if (!periods)
		return;
	fold(psi, periods);
	psi->averaged_ns += periods * PERIOD_NS;
}

u32 qy_psi_memstall_enter(struct qy_machine *m)
{
	struct qy_context *self = qy_current();
	struct psi *psi = &m->psi;

	if (self->in_memstall)
		return 1;
	self->in_memstall = true;
	qy_spin_lock_irqsave(&psi->lock);
	update(psi, now_ns(m));
	psi->nr_stalled++;
	qy_spin_unlock_irqrestore(&psi->lock);
	return 0;
}

void qy_psi_memstall_leave(struct qy_machine *m, u32 flags)
{
	struct psi *psi = &m->psi;

	if (flags)
		return;
	qy_current()->in_memstall = false;
	qy_spin_lock_irqsave(&psi->lock);
	update(psi, now_ns(m));
	psi->nr_stalled--;
	qy_spin_unlock_irqrestore(&psi->lock);
}

void qy_psi_acting(struct qy_machine *m, bool begins)
{
	struct psi *psi = &m->psi;

	qy_spin_lock_irqsave(&psi->lock);
	if (psi->nr_stalled)
		update(psi, now_ns(m));
	psi->nr_acting += begins ? 1u : -1u;
	qy_spin_unlock_irqrestore(&psi->lock);
}

void qy_psi_read(struct qy_machine *m, struct psi_figures *out)
{
	struct psi *psi = &m->psi;

	qy_spin_lock_irqsave(&psi->lock);
	update(psi, now_ns(m));
	for (u32 state = 0; state < NR_PSI_STATES; state++) {
		out->total_us[state] = psi->total_ns[state] / 1000;
		for (u32 i = 0; i < NR_PSI_AVGS; i++)
			out->avg[state][i] = psi->avg[state][i] * 100 >> FSHIFT;
	}
	qy_spin_unlock_irqrestore(&psi->lock);
}
