/* SPDX-License-Identifier: MIT */
/* Mailboxes: a controller's channels, over which clients (linux/mailbox_client.h) send messages. No state. */
#ifndef COMPAT_LINUX_MAILBOX_CONTROLLER_H
#define COMPAT_LINUX_MAILBOX_CONTROLLER_H

#include <linux/completion.h>
#include <linux/device.h>
#include <linux/hrtimer.h>
#include <linux/of.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct mbox_chan;
struct mbox_client;

struct mbox_chan_ops {
	int (*send_data)(struct mbox_chan *chan, void *data); /* atomic */
	int (*flush)(struct mbox_chan *chan, unsigned long timeout);
	int (*startup)(struct mbox_chan *chan);
	void (*shutdown)(struct mbox_chan *chan);
	bool (*last_tx_done)(struct mbox_chan *chan);
	bool (*peek_data)(struct mbox_chan *chan);
};

/* By whom it is told that a message is out: an interrupt; a poll each txpoll_period ms; neither: its client. */
struct mbox_controller {
	struct device *dev;
	const struct mbox_chan_ops *ops;
	struct mbox_chan *chans;
	int num_chans;
	bool txdone_irq, txdone_poll;
	unsigned int txpoll_period;
	/* NULL: the cell is the channel's number */
	struct mbox_chan *(*of_xlate)(
		struct mbox_controller *mbox, const struct of_phandle_args *sp);
	struct hrtimer poll_hrt;
	spinlock_t poll_hrt_lock;
	struct list_head node;
};

#define MBOX_TX_QUEUE_LEN 20

struct mbox_chan {
	struct mbox_controller *mbox;
	unsigned int txdone_method;
	struct mbox_client *cl; /* NULL: nobody has it */
	struct completion tx_complete;
	void *active_req;
	unsigned int msg_count, msg_free;
	void *msg_data[MBOX_TX_QUEUE_LEN];
	spinlock_t lock;
	void *con_priv;
};

/* Return: 0, -EINVAL. Context: task, may sleep. */
int mbox_controller_register(struct mbox_controller *mbox)
	QY_REAL(mbox_controller_register);
/* Channels that clients have are freed. */
void mbox_controller_unregister(struct mbox_controller *mbox)
	QY_REAL(mbox_controller_unregister);
int devm_mbox_controller_register(struct device *dev, struct mbox_controller *mbox)
	QY_REAL(devm_mbox_controller_register);
void devm_mbox_controller_unregister(struct device *dev, struct mbox_controller *mbox)
	QY_REAL(devm_mbox_controller_unregister);
/* A message for the channel's client; the last one is out. Context: any. */
void mbox_chan_received_data(struct mbox_chan *chan, void *data)
	QY_REAL(mbox_chan_received_data);
void mbox_chan_txdone(struct mbox_chan *chan, int r) QY_REAL(mbox_chan_txdone);

#endif
