/* SPDX-License-Identifier: MIT */
/*
 * DMA engines: a provider's channels, and what clients have them do. A channel is a device (dma0chan0) below the provider's.
 * Nothing moves by itself: registers of an engine are storage, until a model of it answers.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_DMAENGINE_H
#define COMPAT_LINUX_DMAENGINE_H

#include <linux/bitmap.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/kref.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/types.h>

typedef s32 dma_cookie_t;
#define DMA_MIN_COOKIE 1

static inline int dma_submit_error(dma_cookie_t cookie)
{
	return cookie < 0 ? cookie : 0;
}

enum dma_status {
	DMA_COMPLETE,
	DMA_IN_PROGRESS,
	DMA_PAUSED,
	DMA_ERROR,
	DMA_OUT_OF_ORDER,
};

enum dma_transaction_type {
	DMA_MEMCPY,
	DMA_XOR,
	DMA_PQ,
	DMA_XOR_VAL,
	DMA_PQ_VAL,
	DMA_MEMSET,
	DMA_MEMSET_SG,
	DMA_INTERRUPT,
	DMA_PRIVATE,
	DMA_ASYNC_TX,
	DMA_SLAVE,
	DMA_CYCLIC,
	DMA_INTERLEAVE,
	DMA_COMPLETION_NO_ORDER,
	DMA_REPEAT,
	DMA_LOAD_EOT,
	DMA_TX_TYPE_END,
};

enum dma_transfer_direction {
	DMA_MEM_TO_MEM,
	DMA_MEM_TO_DEV,
	DMA_DEV_TO_MEM,
	DMA_DEV_TO_DEV,
	DMA_TRANS_NONE,
};

struct data_chunk {
	size_t size, icg, dst_icg, src_icg;
};

struct dma_interleaved_template {
	dma_addr_t src_start, dst_start;
	enum dma_transfer_direction dir;
	bool src_inc, dst_inc, src_sgl, dst_sgl;
	size_t numf, frame_size;
	struct data_chunk sgl[];
};

enum dma_ctrl_flags {
	DMA_PREP_INTERRUPT = 1 << 0,
	DMA_CTRL_ACK = 1 << 1,
	DMA_PREP_PQ_DISABLE_P = 1 << 2,
	DMA_PREP_PQ_DISABLE_Q = 1 << 3,
	DMA_PREP_CONTINUE = 1 << 4,
	DMA_PREP_FENCE = 1 << 5,
	DMA_CTRL_REUSE = 1 << 6,
	DMA_PREP_CMD = 1 << 7,
	DMA_PREP_REPEAT = 1 << 8,
	DMA_PREP_LOAD_EOT = 1 << 9,
};

enum sum_check_flags {
	SUM_CHECK_P_RESULT = 1 << 0,
	SUM_CHECK_Q_RESULT = 1 << 1,
};

typedef struct {
	DECLARE_BITMAP(bits, DMA_TX_TYPE_END);
} dma_cap_mask_t;
#define dma_cap_set(tx, mask)   __set_bit(tx, (mask).bits)
#define dma_cap_clear(tx, mask) __clear_bit(tx, (mask).bits)
#define dma_cap_zero(mask)      bitmap_zero((mask).bits, DMA_TX_TYPE_END)
#define dma_has_cap(tx, mask)   test_bit(tx, (mask).bits)
#define for_each_dma_cap_mask(cap, mask) \
	for_each_set_bit(cap, (mask).bits, DMA_TX_TYPE_END)

enum dma_slave_buswidth {
	DMA_SLAVE_BUSWIDTH_UNDEFINED = 0,
	DMA_SLAVE_BUSWIDTH_1_BYTE = 1,
	DMA_SLAVE_BUSWIDTH_2_BYTES = 2,
	DMA_SLAVE_BUSWIDTH_3_BYTES = 3,
	DMA_SLAVE_BUSWIDTH_4_BYTES = 4,
	DMA_SLAVE_BUSWIDTH_8_BYTES = 8,
	DMA_SLAVE_BUSWIDTH_16_BYTES = 16,
	DMA_SLAVE_BUSWIDTH_32_BYTES = 32,
	DMA_SLAVE_BUSWIDTH_64_BYTES = 64,
	DMA_SLAVE_BUSWIDTH_128_BYTES = 128,
};

enum dma_residue_granularity {
	DMA_RESIDUE_GRANULARITY_DESCRIPTOR,
	DMA_RESIDUE_GRANULARITY_SEGMENT,
	DMA_RESIDUE_GRANULARITY_BURST,
};

enum dmaengine_alignment {
	DMAENGINE_ALIGN_1_BYTE,
	DMAENGINE_ALIGN_2_BYTES,
	DMAENGINE_ALIGN_4_BYTES,
	DMAENGINE_ALIGN_8_BYTES,
	DMAENGINE_ALIGN_16_BYTES,
	DMAENGINE_ALIGN_32_BYTES,
	DMAENGINE_ALIGN_64_BYTES,
	DMAENGINE_ALIGN_128_BYTES,
	DMAENGINE_ALIGN_256_BYTES,
};

struct dma_slave_config {
	enum dma_transfer_direction direction;
	phys_addr_t src_addr, dst_addr;
	enum dma_slave_buswidth src_addr_width, dst_addr_width;
	u32 src_maxburst, dst_maxburst;
	u32 src_port_window_size, dst_port_window_size;
	bool device_fc;
	void *peripheral_config;
	size_t peripheral_size;
};

struct dma_slave_caps {
	u32 src_addr_widths, dst_addr_widths, directions;
	u32 min_burst, max_burst, max_sg_burst;
	bool cmd_pause, cmd_resume, cmd_terminate;
	enum dma_residue_granularity residue_granularity;
	bool descriptor_reuse;
};

struct dma_async_tx_descriptor;
struct dma_chan;
struct dma_device;

struct dma_router {
	struct device *dev;
	void (*route_free)(struct device *dev, void *route_data);
};

struct dma_chan {
	struct dma_device *device;
	struct device *slave;
	dma_cookie_t cookie, completed_cookie;
	int chan_id;
	struct dma_chan_dev *dev;
	const char *name;
	struct list_head device_node; /* of dma_device.channels */
	int client_count;
	struct dma_router *router;
	void *route_data;
	void *private;
};

struct dma_chan_dev {
	struct dma_chan *chan;
	struct device device;
	int dev_id;
};

static inline const char *dma_chan_name(struct dma_chan *chan)
{
	return dev_name(&chan->dev->device);
}

typedef bool (*dma_filter_fn)(struct dma_chan *chan, void *filter_param);
typedef void (*dma_async_tx_callback)(void *param);

enum dmaengine_tx_result {
	DMA_TRANS_NOERROR,
	DMA_TRANS_READ_FAILED,
	DMA_TRANS_WRITE_FAILED,
	DMA_TRANS_ABORTED,
};
struct dmaengine_result {
	enum dmaengine_tx_result result;
	u32 residue;
};
typedef void (*dma_async_tx_callback_result)(
	void *param, const struct dmaengine_result *result);

/* Mappings that go when the last transaction with them is done. */
struct dmaengine_unmap_data {
	u16 map_cnt;
	u8 to_cnt, from_cnt, bidi_cnt;
	struct device *dev;
	struct kref kref;
	size_t len;
	dma_addr_t addr[];
};

struct dma_async_tx_descriptor {
	dma_cookie_t cookie;
	enum dma_ctrl_flags flags;
	dma_addr_t phys;
	struct dma_chan *chan;
	dma_cookie_t (*tx_submit)(struct dma_async_tx_descriptor *tx);
	int (*desc_free)(struct dma_async_tx_descriptor *tx);
	dma_async_tx_callback callback;
	dma_async_tx_callback_result callback_result;
	void *callback_param;
	struct dmaengine_unmap_data *unmap;
};

struct dma_tx_state {
	dma_cookie_t last, used;
	u32 residue, in_flight_bytes;
};

struct dma_slave_map {
	const char *devname, *slave;
	void *param;
};
struct dma_filter {
	dma_filter_fn fn;
	int mapcnt;
	const struct dma_slave_map *map;
};

struct dma_device {
	struct kref ref;
	unsigned int chancnt, privatecnt;
	struct list_head channels, global_node;
	struct dma_filter filter;
	dma_cap_mask_t cap_mask;
	unsigned short max_xor, max_pq;
	enum dmaengine_alignment copy_align, xor_align, pq_align, fill_align;
	int dev_id;
	struct device *dev;
	struct module *owner;
	u32 src_addr_widths, dst_addr_widths, directions;
	u32 min_burst, max_burst, max_sg_burst;
	bool descriptor_reuse;
	enum dma_residue_granularity residue_granularity;
	int (*device_alloc_chan_resources)(struct dma_chan *chan);
	int (*device_router_config)(struct dma_chan *chan);
	void (*device_free_chan_resources)(struct dma_chan *chan);
	struct dma_async_tx_descriptor *(*device_prep_dma_memcpy)(struct dma_chan *chan,
		dma_addr_t dst, dma_addr_t src, size_t len, unsigned long flags);
	struct dma_async_tx_descriptor *(*device_prep_dma_xor)(struct dma_chan *chan,
		dma_addr_t dst, dma_addr_t *src, unsigned int src_cnt, size_t len,
		unsigned long flags);
	struct dma_async_tx_descriptor *(*device_prep_dma_xor_val)(struct dma_chan *chan,
		dma_addr_t *src, unsigned int src_cnt, size_t len,
		enum sum_check_flags *result, unsigned long flags);
	struct dma_async_tx_descriptor *(*device_prep_dma_pq)(struct dma_chan *chan,
		dma_addr_t *dst, dma_addr_t *src, unsigned int src_cnt,
		const unsigned char *scf, size_t len, unsigned long flags);
	struct dma_async_tx_descriptor *(*device_prep_dma_pq_val)(struct dma_chan *chan,
		dma_addr_t *pq, dma_addr_t *src, unsigned int src_cnt,
		const unsigned char *scf, size_t len, enum sum_check_flags *pqres,
		unsigned long flags);
	struct dma_async_tx_descriptor *(*device_prep_dma_memset)(struct dma_chan *chan,
		dma_addr_t dest, int value, size_t len, unsigned long flags);
	struct dma_async_tx_descriptor *(*device_prep_dma_memset_sg)(
		struct dma_chan *chan, struct scatterlist *sg, unsigned int nents,
		int value, unsigned long flags);
	struct dma_async_tx_descriptor *(*device_prep_dma_interrupt)(
		struct dma_chan *chan, unsigned long flags);
	struct dma_async_tx_descriptor *(*device_prep_slave_sg)(struct dma_chan *chan,
		struct scatterlist *sgl, unsigned int sg_len,
		enum dma_transfer_direction direction, unsigned long flags,
		void *context);
	struct dma_async_tx_descriptor *(*device_prep_dma_cyclic)(struct dma_chan *chan,
		dma_addr_t buf_addr, size_t buf_len, size_t period_len,
		enum dma_transfer_direction direction, unsigned long flags);
	struct dma_async_tx_descriptor *(*device_prep_interleaved_dma)(
		struct dma_chan *chan, struct dma_interleaved_template *xt,
		unsigned long flags);
	struct dma_async_tx_descriptor *(*device_prep_dma_imm_data)(
		struct dma_chan *chan, dma_addr_t dst, u64 data, unsigned long flags);
	void (*device_caps)(struct dma_chan *chan, struct dma_slave_caps *caps);
	int (*device_config)(struct dma_chan *chan, struct dma_slave_config *config);
	int (*device_pause)(struct dma_chan *chan);
	int (*device_resume)(struct dma_chan *chan);
	int (*device_terminate_all)(struct dma_chan *chan);
	void (*device_synchronize)(struct dma_chan *chan);
	enum dma_status (*device_tx_status)(
		struct dma_chan *chan, dma_cookie_t cookie, struct dma_tx_state *txstate);
	void (*device_issue_pending)(struct dma_chan *chan);
	void (*device_release)(struct dma_device *dev);
};

/* ------------------------------------------------------------------ providers */

/* Return: 0, -EINVAL, -EIO: a function that it must have is missing, -ENOMEM. Context: task, may sleep. */
int dma_async_device_register(struct dma_device *device)
	QY_REAL(dma_async_device_register);
void dma_async_device_unregister(struct dma_device *device)
	QY_REAL(dma_async_device_unregister);
int dmaenginem_async_device_register(struct dma_device *device)
	QY_REAL(dmaenginem_async_device_register);

static inline void dma_async_tx_descriptor_init(
	struct dma_async_tx_descriptor *tx, struct dma_chan *chan)
{
	tx->chan = chan;
}

/* For who hands out his own channels: a reference, NULL: it is taken or cannot be had. */
struct dma_chan *dma_get_slave_channel(struct dma_chan *chan)
	QY_REAL(dma_get_slave_channel);
struct dma_chan *dma_get_any_slave_channel(struct dma_device *device)
	QY_REAL(dma_get_any_slave_channel);
/* As in a kernel without CONFIG_ASYNC_TX_ENABLE_CHANNEL_SWITCH: no transaction waits for another. */
#define dma_run_dependencies(tx) ((void)(tx))

/* ------------------------------------------------------------------ clients */

/*
 * The node's entry of dmas that dma-names calls @name; a device that was made up has channels of the provider that was registered
 * last. Return: an error pointer: -ENODEV, -EPROBE_DEFER, what the provider says. Context: task, may sleep.
 */
struct dma_chan *dma_request_chan(struct device *dev, const char *name)
	QY_REAL(dma_request_chan);
struct dma_chan *dma_request_chan_by_mask(const dma_cap_mask_t *mask)
	QY_REAL(dma_request_chan_by_mask);
struct dma_chan *__dma_request_channel(const dma_cap_mask_t *mask, dma_filter_fn fn,
	void *fn_param, struct device_node *np) QY_REAL(__dma_request_channel);
#define dma_request_channel(mask, fn, param) \
	__dma_request_channel(&(mask), fn, param, NULL)
void dma_release_channel(struct dma_chan *chan) QY_REAL(dma_release_channel);
int dma_get_slave_caps(struct dma_chan *chan, struct dma_slave_caps *caps)
	QY_REAL(dma_get_slave_caps);
/* Looks until it is done, for at most 5 s. */
enum dma_status dma_sync_wait(struct dma_chan *chan, dma_cookie_t cookie)
	QY_REAL(dma_sync_wait);
int dmaengine_terminate_sync(struct dma_chan *chan) QY_REAL(dmaengine_terminate_sync);

struct dmaengine_unmap_data *dmaengine_get_unmap_data(
	struct device *dev, int nr, gfp_t flags) QY_REAL(dmaengine_get_unmap_data);
void dmaengine_unmap_put(struct dmaengine_unmap_data *unmap) QY_REAL(dmaengine_unmap_put);

static inline struct dma_chan *dma_request_slave_channel(
	struct device *dev, const char *name)
{
	struct dma_chan *chan = dma_request_chan(dev, name);

	return IS_ERR(chan) ? NULL : chan;
}

static inline void dma_set_unmap(
	struct dma_async_tx_descriptor *tx, struct dmaengine_unmap_data *unmap)
{
	kref_get(&unmap->kref);
	tx->unmap = unmap;
}

static inline void dma_descriptor_unmap(struct dma_async_tx_descriptor *tx)
{
	struct dmaengine_unmap_data *unmap = tx->unmap;

	tx->unmap = NULL;
	if (unmap)
		dmaengine_unmap_put(unmap);
}

static inline int dmaengine_slave_config(
	struct dma_chan *chan, struct dma_slave_config *config)
{
	return chan->device->device_config ? chan->device->device_config(chan, config)
					   : -ENOSYS;
}

static inline bool is_slave_direction(enum dma_transfer_direction direction)
{
	return direction == DMA_MEM_TO_DEV || direction == DMA_DEV_TO_MEM ||
	       direction == DMA_DEV_TO_DEV;
}

static inline struct dma_async_tx_descriptor *dmaengine_prep_slave_sg(
	struct dma_chan *chan, struct scatterlist *sgl, unsigned int sg_len,
	enum dma_transfer_direction dir, unsigned long flags)
{
	return chan && chan->device && chan->device->device_prep_slave_sg
		       ? chan->device->device_prep_slave_sg(
				 chan, sgl, sg_len, dir, flags, NULL)
		       : NULL;
}

static inline struct dma_async_tx_descriptor *dmaengine_prep_slave_single(
	struct dma_chan *chan, dma_addr_t buf, size_t len,
	enum dma_transfer_direction dir, unsigned long flags)
{
	struct scatterlist sg;

	sg_init_table(&sg, 1);
	sg_dma_address(&sg) = buf;
	sg_dma_len(&sg) = (unsigned int)len;
	return dmaengine_prep_slave_sg(chan, &sg, 1, dir, flags);
}

static inline struct dma_async_tx_descriptor *dmaengine_prep_dma_cyclic(
	struct dma_chan *chan, dma_addr_t buf, size_t len, size_t period,
	enum dma_transfer_direction dir, unsigned long flags)
{
	return chan && chan->device && chan->device->device_prep_dma_cyclic
		       ? chan->device->device_prep_dma_cyclic(
				 chan, buf, len, period, dir, flags)
		       : NULL;
}

static inline struct dma_async_tx_descriptor *dmaengine_prep_dma_memcpy(
	struct dma_chan *chan, dma_addr_t dest, dma_addr_t src, size_t len,
	unsigned long flags)
{
	return chan && chan->device && chan->device->device_prep_dma_memcpy
		       ? chan->device->device_prep_dma_memcpy(chan, dest, src, len, flags)
		       : NULL;
}

static inline dma_cookie_t dmaengine_submit(struct dma_async_tx_descriptor *desc)
{
	return desc->tx_submit(desc);
}

static inline void dma_async_issue_pending(struct dma_chan *chan)
{
	chan->device->device_issue_pending(chan);
}

static inline enum dma_status dmaengine_tx_status(
	struct dma_chan *chan, dma_cookie_t cookie, struct dma_tx_state *state)
{
	return chan->device->device_tx_status(chan, cookie, state);
}

static inline enum dma_status dma_async_is_complete(
	dma_cookie_t cookie, dma_cookie_t last_complete, dma_cookie_t last_used)
{
	bool done = last_complete <= last_used
			    ? cookie <= last_complete || cookie > last_used
			    : cookie <= last_complete && cookie > last_used;

	return done ? DMA_COMPLETE : DMA_IN_PROGRESS;
}

static inline int dmaengine_terminate_async(struct dma_chan *chan)
{
	return chan->device->device_terminate_all
		       ? chan->device->device_terminate_all(chan)
		       : -EINVAL;
}
#define dmaengine_terminate_all(chan) dmaengine_terminate_async(chan)

/* What was terminated runs no callback any more. Context: task, may sleep. */
static inline void dmaengine_synchronize(struct dma_chan *chan)
{
	might_sleep();
	if (chan->device->device_synchronize)
		chan->device->device_synchronize(chan);
}

static inline int dmaengine_pause(struct dma_chan *chan)
{
	return chan->device->device_pause ? chan->device->device_pause(chan) : -ENOSYS;
}

static inline int dmaengine_resume(struct dma_chan *chan)
{
	return chan->device->device_resume ? chan->device->device_resume(chan) : -ENOSYS;
}

static inline bool dmaengine_check_align(
	enum dmaengine_alignment align, size_t off1, size_t off2, size_t len)
{
	return !((off1 | off2 | len) & ((1ul << align) - 1));
}

static inline bool is_dma_copy_aligned(
	struct dma_device *dev, size_t off1, size_t off2, size_t len)
{
	return dmaengine_check_align(dev->copy_align, off1, off2, len);
}

static inline bool dmaf_continue(enum dma_ctrl_flags flags)
{
	return flags & DMA_PREP_CONTINUE;
}

static inline bool dmaf_p_disabled_continue(enum dma_ctrl_flags flags)
{
	return dmaf_continue(flags) && flags & DMA_PREP_PQ_DISABLE_P;
}

static inline void dma_set_maxpq(struct dma_device *device, int max, int has_pq_continue)
{
	device->max_pq = (unsigned short)(max | (has_pq_continue ? 1 << 15 : 0));
}

static inline size_t dmaengine_get_icg(bool inc, bool sgl, size_t icg, size_t dir_icg)
{
	return !inc ? 0 : dir_icg ? dir_icg : sgl ? icg : 0;
}

static inline size_t dmaengine_get_dst_icg(
	struct dma_interleaved_template *xt, struct data_chunk *chunk)
{
	return dmaengine_get_icg(xt->dst_inc, xt->dst_sgl, chunk->icg, chunk->dst_icg);
}

static inline size_t dmaengine_get_src_icg(
	struct dma_interleaved_template *xt, struct data_chunk *chunk)
{
	return dmaengine_get_icg(xt->src_inc, xt->src_sgl, chunk->icg, chunk->src_icg);
}

static inline bool dmaengine_desc_test_reuse(struct dma_async_tx_descriptor *tx)
{
	return tx->flags & DMA_CTRL_REUSE;
}

/* Return: 0, -EPERM: its channel takes no descriptor twice. */
static inline int dmaengine_desc_set_reuse(struct dma_async_tx_descriptor *tx)
{
	struct dma_slave_caps caps;
	int error = dma_get_slave_caps(tx->chan, &caps);

	if (error)
		return error;
	if (!caps.descriptor_reuse)
		return -EPERM;
	tx->flags |= DMA_CTRL_REUSE;
	return 0;
}

static inline void dmaengine_desc_clear_reuse(struct dma_async_tx_descriptor *tx)
{
	tx->flags &= ~DMA_CTRL_REUSE;
}

static inline int dmaengine_desc_free(struct dma_async_tx_descriptor *tx)
{
	return dmaengine_desc_test_reuse(tx) ? tx->desc_free(tx) : -EPERM;
}

static inline bool async_tx_test_ack(struct dma_async_tx_descriptor *tx)
{
	return tx->flags & DMA_CTRL_ACK;
}

static inline void async_tx_ack(struct dma_async_tx_descriptor *tx)
{
	tx->flags |= DMA_CTRL_ACK;
}

#endif
