// SPDX-License-Identifier: MIT
/*
 * Mailboxes: linux/mailbox_controller.h, linux/mailbox_client.h.
 *
 * A channel's queue is a ring of msg_data, of which msg_count are taken and the next goes to msg_free; active_req is with the
 * controller.
 *
 * Locking: chan->lock, as drivers see it; send_data runs under it.
 */
#include <linux/bits.h>
#include <linux/mailbox_client.h>
#include <linux/mailbox_controller.h>
#include <linux/module.h>
#include "compat/model.h"

#define TXDONE_BY_IRQ  BIT(0)
#define TXDONE_BY_POLL BIT(1)
#define TXDONE_BY_ACK  BIT(2) /* of the client */

#define HOUR_MS 3600000ul

/* ------------------------------------------------------------------ messages */

static int queue(struct mbox_chan *chan, void *mssg)
{
	unsigned long flags;
	int place;

	spin_lock_irqsave(&chan->lock, flags);
	if (chan->msg_count == MBOX_TX_QUEUE_LEN) {
		spin_unlock_irqrestore(&chan->lock, flags);
		return -ENOBUFS;
	}
	place = (int)chan->msg_free;
	chan->msg_data[place] = mssg;
	chan->msg_count++;
	chan->msg_free = ((unsigned int)place + 1) % MBOX_TX_QUEUE_LEN;
	spin_unlock_irqrestore(&chan->lock, flags);
	return place;
}

/* The oldest that waits, unless one is out. */
static void submit(struct mbox_chan *chan)
{
	unsigned long flags;
	unsigned int oldest;
	void *mssg;
	int error = -EBUSY;

	spin_lock_irqsave(&chan->lock, flags);
	if (chan->msg_count && !chan->active_req) {
		oldest = (chan->msg_free + MBOX_TX_QUEUE_LEN - chan->msg_count) %
			 MBOX_TX_QUEUE_LEN;
		mssg = chan->msg_data[oldest];
		if (chan->cl->tx_prepare)
			chan->cl->tx_prepare(chan->cl, mssg);
		error = chan->mbox->ops->send_data(chan, mssg);
		if (!error) {
			chan->active_req = mssg;
			chan->msg_count--;
		}
	}
	spin_unlock_irqrestore(&chan->lock, flags);
	if (!error && chan->txdone_method & TXDONE_BY_POLL &&
		!hrtimer_active(&chan->mbox->poll_hrt))
		hrtimer_start(&chan->mbox->poll_hrt, 0, HRTIMER_MODE_REL);
}

static void is_out(struct mbox_chan *chan, int r)
{
	unsigned long flags;
	void *mssg;

	spin_lock_irqsave(&chan->lock, flags);
	mssg = chan->active_req;
	chan->active_req = NULL;
	spin_unlock_irqrestore(&chan->lock, flags);
	submit(chan);
	if (!mssg)
		return;
	if (chan->cl->tx_done)
		chan->cl->tx_done(chan->cl, mssg, r);
	if (r != -ETIME && chan->cl->tx_block)
		complete(&chan->tx_complete);
}

static enum hrtimer_restart poll(struct hrtimer *timer)
{
	struct mbox_controller *mbox =
		container_of(timer, struct mbox_controller, poll_hrt);
	bool again = false;

	for (int i = 0; i < mbox->num_chans; i++) {
		struct mbox_chan *chan = &mbox->chans[i];

		if (!chan->active_req || !chan->cl)
			continue;
		if (mbox->ops->last_tx_done(chan))
			is_out(chan, 0);
		again |= chan->active_req != NULL;
	}
	if (!again)
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, ms_to_ktime(mbox->txpoll_period));
	return HRTIMER_RESTART;
}

void mbox_chan_received_data(struct mbox_chan *chan, void *data)
{
	if (chan->cl->rx_callback)
		chan->cl->rx_callback(chan->cl, data);
}

void mbox_chan_txdone(struct mbox_chan *chan, int r)
{
	if (!(chan->txdone_method & TXDONE_BY_IRQ)) {
		dev_err(chan->mbox->dev, "Controller can't run the TX ticker\n");
		return;
	}
	is_out(chan, r);
}

void mbox_client_txdone(struct mbox_chan *chan, int r)
{
	if (!(chan->txdone_method & TXDONE_BY_ACK)) {
		dev_err(chan->mbox->dev, "Client can't run the TX ticker\n");
		return;
	}
	is_out(chan, r);
}

bool mbox_client_peek_data(struct mbox_chan *chan)
{
	return chan->mbox->ops->peek_data && chan->mbox->ops->peek_data(chan);
}

int mbox_send_message(struct mbox_chan *chan, void *mssg)
{
	unsigned long ms;
	int place;

	if (!chan || !chan->cl)
		return -EINVAL;
	place = queue(chan, mssg);
	if (place < 0) {
		dev_err(chan->mbox->dev, "Try increasing MBOX_TX_QUEUE_LEN\n");
		return place;
	}
	submit(chan);
	if (!chan->cl->tx_block)
		return place;
	ms = chan->cl->tx_tout ? chan->cl->tx_tout : HOUR_MS;
	if (!wait_for_completion_timeout(&chan->tx_complete, msecs_to_jiffies(ms))) {
		is_out(chan, -ETIME);
		return -ETIME;
	}
	return place;
}

int mbox_flush(struct mbox_chan *chan, unsigned long timeout)
{
	int error = chan->mbox->ops->flush ? chan->mbox->ops->flush(chan, timeout)
					   : -ENOTSUPP;

	if (error < 0 && chan->mbox->ops->flush)
		is_out(chan, error);
	return error;
}

/* ------------------------------------------------------------------ clients */

static struct module *owner_of(const struct mbox_controller *mbox)
{
	return mbox->dev->driver ? mbox->dev->driver->owner : NULL;
}

static int bind(struct mbox_chan *chan, struct mbox_client *cl)
{
	unsigned long flags;
	int error;

	if (chan->cl || !qy_compat_module_get(owner_of(chan->mbox))) {
		dev_dbg(cl->dev, "%s: mailbox not free\n", __func__);
		return -EBUSY;
	}
	spin_lock_irqsave(&chan->lock, flags);
	chan->msg_free = chan->msg_count = 0;
	chan->active_req = NULL;
	chan->cl = cl;
	init_completion(&chan->tx_complete);
	if (chan->txdone_method == TXDONE_BY_POLL && cl->knows_txdone)
		chan->txdone_method = TXDONE_BY_ACK;
	spin_unlock_irqrestore(&chan->lock, flags);
	qy_hold(QY_HELD_SUPPLY, chan, 0);
	error = chan->mbox->ops->startup ? chan->mbox->ops->startup(chan) : 0;
	if (!error)
		return 0;
	dev_err(cl->dev, "Unable to startup the chan (%d)\n", error);
	mbox_free_channel(chan);
	return error;
}

int mbox_bind_client(struct mbox_chan *chan, struct mbox_client *cl)
{
	might_sleep();
	return qy_refuses(QY_HELD_SUPPLY, GFP_KERNEL, 0) ? -ENOMEM : bind(chan, cl);
}

static struct mbox_chan *by_number(
	struct mbox_controller *mbox, const struct of_phandle_args *sp)
{
	return sp->args[0] < (u32)mbox->num_chans ? &mbox->chans[sp->args[0]]
						  : ERR_PTR(-EINVAL);
}

/* Of the controllers that are there: the node's, else, for a device that was made up, the last. */
static struct mbox_controller *find(
	struct device *dev, int index, struct of_phandle_args *sp)
{
	struct list_head *all = &model_of(qy_compat_world())->mailboxes;
	struct mbox_controller *mbox;

	if (!qy_compat_of_args(dev->of_node, "mboxes", "#mbox-cells", -1, index, sp)) {
		list_for_each_entry(mbox, all, node)
			if (mbox->dev->of_node == sp->np)
				return mbox;
		return ERR_PTR(-EPROBE_DEFER);
	}
	if (!qy_compat_of_is_made_up(dev->of_node) || list_empty(all))
		return ERR_PTR(-ENODEV);
	*sp = (struct of_phandle_args){ .args_count = 1, .args = { (u32)index } };
	return list_first_entry(all, struct mbox_controller, node);
}

struct mbox_chan *mbox_request_channel(struct mbox_client *cl, int index)
{
	struct mbox_controller *mbox;
	struct of_phandle_args sp;
	struct mbox_chan *chan;
	int error;

	might_sleep();
	if (!cl->dev)
		return ERR_PTR(-ENODEV);
	mbox = find(cl->dev, index, &sp);
	if (IS_ERR(mbox))
		return ERR_CAST(mbox);
	chan = mbox->of_xlate ? mbox->of_xlate(mbox, &sp) : by_number(mbox, &sp);
	if (IS_ERR(chan))
		return chan;
	error = mbox_bind_client(chan, cl);
	return error ? ERR_PTR(error) : chan;
}

struct mbox_chan *mbox_request_channel_byname(struct mbox_client *cl, const char *name)
{
	struct device_node *np = cl->dev->of_node;
	int index = of_property_match_string(np, "mbox-names", name);

	if (index < 0 && !qy_compat_of_is_made_up(np))
		return ERR_PTR(-EINVAL);
	return mbox_request_channel(cl, index < 0 ? 0 : index);
}

void mbox_free_channel(struct mbox_chan *chan)
{
	unsigned long flags;

	if (!chan || !chan->cl)
		return;
	if (chan->mbox->ops->shutdown)
		chan->mbox->ops->shutdown(chan);
	spin_lock_irqsave(&chan->lock, flags);
	chan->cl = NULL;
	chan->active_req = NULL;
	if (chan->txdone_method == TXDONE_BY_ACK && chan->mbox->txdone_poll)
		chan->txdone_method = TXDONE_BY_POLL;
	spin_unlock_irqrestore(&chan->lock, flags);
	qy_let_go(QY_HELD_SUPPLY, chan);
	qy_compat_module_put(owner_of(chan->mbox));
}

/* A client that sends nothing and forgets what it receives. */
static bool is_of_the_world(const struct mbox_client *cl)
{
	return cl && cl->qy_of_the_world;
}

void qy_compat_mailbox_clients(struct qy_world *w, bool come)
{
	struct mbox_controller *mbox;

	list_for_each_entry(mbox, &model_of(w)->mailboxes, node)
		for (int i = 0; i < mbox->num_chans; i++) {
			struct mbox_chan *chan = &mbox->chans[i];
			struct mbox_client *cl = chan->cl;

			if (!come && is_of_the_world(cl)) {
				mbox_free_channel(chan);
				qy_host_free(cl);
			}
			if (!come || cl)
				continue;
			cl = qy_host_zalloc(sizeof(*cl));
			if (!cl)
				return;
			cl->dev = mbox->dev;
			cl->qy_of_the_world = true;
			if (bind(chan, cl))
				qy_host_free(cl);
		}
}

/* ------------------------------------------------------------------ controllers */

int mbox_controller_register(struct mbox_controller *mbox)
{
	unsigned int done = mbox && mbox->txdone_irq    ? TXDONE_BY_IRQ
			    : mbox && mbox->txdone_poll ? TXDONE_BY_POLL
							: TXDONE_BY_ACK;

	might_sleep();
	if (!mbox || !mbox->dev || !mbox->ops || !mbox->num_chans)
		return -EINVAL;
	if (done == TXDONE_BY_POLL && !mbox->ops->last_tx_done) {
		dev_err(mbox->dev, "last_tx_done method is absent\n");
		return -EINVAL;
	}
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	if (done == TXDONE_BY_POLL) {
		hrtimer_init(&mbox->poll_hrt, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
		mbox->poll_hrt.function = poll;
		spin_lock_init(&mbox->poll_hrt_lock);
	}
	for (int i = 0; i < mbox->num_chans; i++) {
		struct mbox_chan *chan = &mbox->chans[i];

		chan->cl = NULL;
		chan->mbox = mbox;
		chan->txdone_method = done;
		spin_lock_init(&chan->lock);
	}
	list_add(&mbox->node, &model_of(qy_compat_world())->mailboxes);
	qy_hold(QY_HELD_DEVICE, mbox, 0);
	return 0;
}

void mbox_controller_unregister(struct mbox_controller *mbox)
{
	if (!mbox)
		return;
	list_del(&mbox->node);
	for (int i = 0; i < mbox->num_chans; i++) {
		struct mbox_client *cl = mbox->chans[i].cl;

		mbox_free_channel(&mbox->chans[i]);
		if (is_of_the_world(cl))
			qy_host_free(cl);
	}
	if (mbox->txdone_poll)
		hrtimer_cancel(&mbox->poll_hrt);
	qy_let_go(QY_HELD_DEVICE, mbox);
}

static void unregister(void *mbox)
{
	mbox_controller_unregister(mbox);
}

int devm_mbox_controller_register(struct device *dev, struct mbox_controller *mbox)
{
	int error = mbox_controller_register(mbox);

	return error ? error : devm_add_action_or_reset(dev, unregister, mbox);
}

void devm_mbox_controller_unregister(struct device *dev, struct mbox_controller *mbox)
{
	devm_release_action(dev, unregister, mbox);
}
