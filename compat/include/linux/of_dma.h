/* SPDX-License-Identifier: MIT */
/* Providers of DMA channels that the tree names (linux/dmaengine.h). No state. */
#ifndef COMPAT_LINUX_OF_DMA_H
#define COMPAT_LINUX_OF_DMA_H

#include <linux/dmaengine.h>
#include <linux/of.h>

struct of_dma {
	struct list_head of_dma_controllers;
	struct device_node *of_node;
	struct dma_chan *(*of_dma_xlate)(
		struct of_phandle_args *dma_spec, struct of_dma *ofdma);
	void *(*of_dma_route_allocate)(
		struct of_phandle_args *dma_spec, struct of_dma *ofdma);
	struct dma_router *dma_router;
	void *of_dma_data;
};

struct of_dma_filter_info {
	dma_cap_mask_t dma_cap;
	dma_filter_fn filter_fn;
};

/* Return: 0, -EINVAL, -ENOMEM. Context: task, may sleep. */
int of_dma_controller_register(struct device_node *np,
	struct dma_chan *(*xlate)(struct of_phandle_args *, struct of_dma *), void *data)
	QY_REAL(of_dma_controller_register);
void of_dma_controller_free(struct device_node *np) QY_REAL(of_dma_controller_free);
int of_dma_router_register(struct device_node *np,
	void *(*allocate)(struct of_phandle_args *, struct of_dma *),
	struct dma_router *router) QY_REAL(of_dma_router_register);
#define of_dma_router_free(np) of_dma_controller_free(np)
struct dma_chan *of_dma_request_slave_channel(struct device_node *np, const char *name)
	QY_REAL(of_dma_request_slave_channel);
/* For of_dma_xlate: data is a struct of_dma_filter_info; a struct dma_device. */
struct dma_chan *of_dma_simple_xlate(struct of_phandle_args *dma_spec,
	struct of_dma *ofdma) QY_REAL(of_dma_simple_xlate);
struct dma_chan *of_dma_xlate_by_chan_id(struct of_phandle_args *dma_spec,
	struct of_dma *ofdma) QY_REAL(of_dma_xlate_by_chan_id);

#endif
