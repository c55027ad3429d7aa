// SPDX-License-Identifier: MIT
/*
 * What a run does with network devices: they are brought up, frames are sent, and they are taken down. Interrupts come meanwhile
 * (driver_run.c). Devices of a kind that a module offers (rtnl_link_ops) are added first.
 *
 * A frame is sent whether there is a carrier or not: a link may go between the stack's look at it and the driver.
 *
 * State: that of the session.
 */
#include "lab/driver_session.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define ETHERNET_HEADER 14
#define LATE_NS         ((uint64_t)12 * 1000000000) /* behind two looks of the queues' watchdog */

static void wait_ns(uint64_t ns)
{
	uint64_t until = qy_sim_now(qy_session.m) + ns;

	while (qy_sim_now(qy_session.m) < until)
		qy_fiber_block(qy_session.m, until);
}

static void add_links(void)
{
	const char *kind;

	for (unsigned int n = 0; qy_world_link(qy_session.w, n, &kind); n++) {
		struct qy_driver_act *act = qy_session_begin(QY_ACT_LINK, 0, kind);

		if (!act)
			return;
		qy_session_end(act, qy_world_link_add(qy_session.w, n));
	}
}

static bool find(const char *name, struct qy_world_netdev *netdev)
{
	for (unsigned int n = 0; qy_world_netdev(qy_session.w, n, netdev); n++)
		if (!strcmp(netdev->name, name))
			return true;
	return false;
}

/* Shortest and longest, and what lies between; a queue that is stopped gets no more. */
static void send_frames(struct qy_driver_act *act, const char *name)
{
	struct qy_world_netdev before, netdev;

	if (!find(name, &before))
		return;
	for (unsigned int paged = 0; paged <= before.gathers; paged++) {
		const unsigned int largest = before.mtu + ETHERNET_HEADER;
		const unsigned int sizes[] = { 60, 61, 590, largest };

		for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			unsigned int bytes = sizes[i] > largest ? largest : sizes[i];

			act->nr_calls++;
			if (qy_world_net_send(qy_session.w, name, bytes, paged))
				act->nr_bad++;
			if (find(name, &netdev) && netdev.stopped)
				qy_session_settle();
		}
	}
}

void qy_session_net_up(bool first)
{
	struct qy_world_netdev netdev;

	if (first)
		add_links();
	for (unsigned int n = 0; qy_world_netdev(qy_session.w, n, &netdev); n++) {
		char name[32];
		struct qy_driver_act *act;
		long result;

		snprintf(name, sizeof(name), "%s", netdev.name);
		act = qy_session_begin(QY_ACT_UP, 0, name);
		if (!act)
			return;
		result = qy_world_net_up(qy_session.w, name);
		qy_session_end(act, result);
		qy_session_settle();
		act = result ? NULL : qy_session_begin(QY_ACT_SEND, 0, name);
		if (!act)
			continue;
		send_frames(act, name);
		qy_session_end(act, 0);
		qy_session_settle();
	}
}

/* The act in which @name sent for the first time. */
static struct qy_driver_act *sending_of(const char *name)
{
	for (uint32_t i = 0; i < qy_session.out->nr_acts; i++)
		if (qy_session.out->act[i].kind == QY_ACT_SEND &&
			!strcmp(qy_session.out->act[i].device, name))
			return &qy_session.out->act[i];
	return NULL;
}

/* What came of the frames, once the interrupts have been. */
static void note_frames(const struct qy_world_netdev *netdev)
{
	struct qy_driver_act *act = sending_of(netdev->name);

	if (!act || *act->why)
		return;
	snprintf(act->why, sizeof(act->why),
		"%u frames, %" PRIu64 " taken, %" PRIu64 " given back, %" PRIu64
		" received",
		act->nr_calls, netdev->tx_frames, netdev->tx_freed, netdev->rx_frames);
	if (netdev->stopped && !*netdev->device) {
		snprintf(act->why, sizeof(act->why),
			"its queue is stopped, and no interrupt will wake it");
		act->result = -EBUSY;
	}
}

void qy_session_net_down(bool first)
{
	struct qy_world_netdev netdev;

	for (unsigned int n = 0; qy_world_netdev(qy_session.w, n, &netdev); n++) {
		struct qy_driver_act *act;
		char name[32];

		if (!netdev.up)
			continue;
		if (netdev.stopped && first)
			wait_ns(LATE_NS);
		snprintf(name, sizeof(name), "%s", netdev.name);
		if (find(name, &netdev))
			note_frames(&netdev);
		act = qy_session_begin(QY_ACT_DOWN, 0, name);
		if (!act)
			return;
		qy_session_end(act, qy_world_net_down(qy_session.w, name));
		qy_session_settle();
	}
}

/* Up, frames and down once more: what that leaves each time is the down's. */
void qy_session_net_again(void)
{
	struct qy_world_netdev netdev;
	uint64_t before, after;
	int down;

	if (!qy_world_netdev(qy_session.w, 0, &netdev))
		return;
	qy_world_nr_held(qy_session.w, &before);
	qy_session_net_up(false);
	qy_session_net_down(false);
	down = (int)qy_session.out->nr_acts - 1;
	qy_world_nr_held(qy_session.w, &after);
	if (down >= 0 && qy_session.out->act[down].kind == QY_ACT_DOWN)
		qy_session_note_left(before, after, down);
}
