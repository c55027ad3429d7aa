/* SPDX-License-Identifier: MIT */
/* Channels of mailboxes (linux/mailbox_controller.h), as a driver uses them. No state. */
#ifndef COMPAT_LINUX_MAILBOX_CLIENT_H
#define COMPAT_LINUX_MAILBOX_CLIENT_H

#include <asm/quarry.h>
#include <linux/device.h>
#include <linux/of.h>

struct mbox_chan;

struct mbox_client {
	struct device *dev;
	bool tx_block;         /* mbox_send_message() waits until it is out, */
	unsigned long tx_tout; /* ms; 0: an hour */
	bool knows_txdone;
	void (*rx_callback)(struct mbox_client *cl, void *mssg);
	void (*tx_prepare)(struct mbox_client *cl, void *mssg);
	void (*tx_done)(struct mbox_client *cl, void *mssg, int r);
	bool qy_of_the_world; /* nobody else has the channel */
};

/*
 * The index-th of the node's mboxes; the one that mbox-names calls @name. A device that was made up has those of the controller
 * that was registered last. Return: an error pointer: -ENODEV, -EPROBE_DEFER, -EBUSY, what startup says. Context: task, may sleep.
 */
struct mbox_chan *mbox_request_channel(struct mbox_client *cl, int index)
	QY_REAL(mbox_request_channel);
struct mbox_chan *mbox_request_channel_byname(struct mbox_client *cl, const char *name)
	QY_REAL(mbox_request_channel_byname);
int mbox_bind_client(struct mbox_chan *chan, struct mbox_client *cl)
	QY_REAL(mbox_bind_client);
void mbox_free_channel(struct mbox_chan *chan) QY_REAL(mbox_free_channel);

/* @mssg stays the client's until it is out. Return: its place in the queue; -EINVAL, -ENOBUFS, -ETIME. Context: any, unless it waits. */
int mbox_send_message(struct mbox_chan *chan, void *mssg) QY_REAL(mbox_send_message);
int mbox_flush(struct mbox_chan *chan, unsigned long timeout) QY_REAL(mbox_flush);
void mbox_client_txdone(struct mbox_chan *chan, int r) QY_REAL(mbox_client_txdone);
bool mbox_client_peek_data(struct mbox_chan *chan) QY_REAL(mbox_client_peek_data);

#endif
