// SPDX-License-Identifier: MIT
/*
 * Scenarios of the DMA API, the same text for a Linux module and for Quarry.
 *
 *   dma  dma_hold  dma_map  dma_pool
 */
#include "scenarios.h"

static bool is_linear(const void *p)
{
	return orc_virt_phys(p) != ~0ul;
}

static void sc_dma(void)
{
	struct device *d = orc_dev();
	static const int bits[] = { 64, 40, 32, 31, 30, 28, 24, 23, 20, 12 };
	static const size_t sz[] = { 1, 100, 4096, 4097, 12288, 65536, 1 << 20, 3 << 20,
		4 << 20, (4 << 20) + 1, 5 << 20, 8 << 20, 32 << 20 };
	int i, j;

	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		int r = dma_coerce_mask_and_coherent(d, DMA_BIT_MASK(bits[i]));

		E("dma mask %d set %d", bits[i], r);
		if (r)
			continue;
		for (j = 0; j < ARRAY_SIZE(sz); j++) {
			dma_addr_t h = ~0ULL;
			void *v = dma_alloc_coherent(
				d, sz[j], &h, GFP_KERNEL | __GFP_NOWARN);
			unsigned int o = get_order(sz[j]);

			if (!v) {
				I("dma %d size %zu NULL", bits[i], sz[j]);
				continue;
			}
			orc_out("%c dma %d size %zu fits %d zero %d page_aligned %d\n",
				sz[j] > KMALLOC_MAX_SIZE ? 'I' : 'E', bits[i], sz[j],
				h + sz[j] - 1 <= DMA_BIT_MASK(bits[i]),
				all_zero(v, sz[j]), PAGE_ALIGNED(h) && PAGE_ALIGNED(v));
			I("dma %d size %zu order_aligned %d align_order %u zone %s linear %d phys==dma %d",
				bits[i], sz[j], !(h & ((PAGE_SIZE << o) - 1)),
				(int)lowbit(h) - PAGE_SHIFT,
				!is_linear(v) ? "vmap"
					      : orc_page_zone_name(virt_to_page(v)),
				is_linear(v), orc_virt_phys(v) == h);
			dma_free_coherent(d, sz[j], v, h);
		}
	}
	{
		dma_addr_t h = 0;
		void *v;

		dma_coerce_mask_and_coherent(d, DMA_BIT_MASK(32));
		v = dma_alloc_coherent(d, 4096, &h, GFP_ATOMIC);
		E("dma atomic %d", !!v);
		if (v)
			dma_free_coherent(d, 4096, v, h);
		v = dmam_alloc_coherent(d, 4096, &h, GFP_KERNEL);
		E("dmam %d", !!v);
		if (v)
			dmam_free_coherent(d, 4096, v, h);
	}
}

static void sc_dma_hold(
	void) /* grab >4MiB and a few sizes; user space reads cma debugfs; release next call */
{
	static struct {
		void *v;
		dma_addr_t h;
		size_t n;
	} k[6];
	static int held;
	static const size_t sz[6] = { 6 << 20, 4096, 65536, 1 << 20, 12288, 100 };
	struct device *d = orc_dev();
	int i;

	if (held) {
		for (i = 0; i < 6; i++)
			if (k[i].v)
				dma_free_coherent(d, k[i].n, k[i].v, k[i].h);
		held = 0;
		I("dma released");
		return;
	}
	dma_coerce_mask_and_coherent(d, DMA_BIT_MASK(32));
	for (i = 0; i < 6; i++) {
		k[i].n = sz[i];
		k[i].v = dma_alloc_coherent(d, sz[i], &k[i].h, GFP_KERNEL | __GFP_NOWARN);
		I("dma hold size %zu ok %d pfn 0x%llx align_order %u", sz[i], !!k[i].v,
			(u64)k[i].h >> PAGE_SHIFT,
			k[i].v ? (int)lowbit(k[i].h) - PAGE_SHIFT : 0);
	}
	held = 1;
}

static void sc_dma_map(
	void) /* streaming mappings, bounce when the page is above the mask */
{
	struct device *d = orc_dev();
	struct page *p = alloc_page(GFP_KERNEL);
	dma_addr_t h;

	I("page zone %s above4G %d", orc_page_zone_name(p),
		page_to_phys(p) >= (1ULL << 32));
	memset(page_address(p), 0x5a, PAGE_SIZE);
	dma_coerce_mask_and_coherent(d, DMA_BIT_MASK(64));
	h = dma_map_single(d, page_address(p), 512, DMA_TO_DEVICE);
	E("dma_map_single 64-bit error %d identity %d", dma_mapping_error(d, h),
		h == page_to_phys(p));
	dma_unmap_single(d, h, 512, DMA_TO_DEVICE);
	dma_coerce_mask_and_coherent(d, DMA_BIT_MASK(32));
	h = dma_map_single(d, page_address(p), 512, DMA_TO_DEVICE);
	I("dma_map_single 32-bit error %d identity %d below4G %d",
		dma_mapping_error(d, h), h == page_to_phys(p), h + 511 < (1ULL << 32));
	if (!dma_mapping_error(d, h))
		dma_unmap_single(d, h, 512, DMA_TO_DEVICE);
	I("dma_max_mapping_size %zu", dma_max_mapping_size(d));
	__free_page(p);
}

static void sc_dma_pool(void)
{
	static const struct {
		size_t s, a, b;
	} t[] = { { 0, 8, 0 }, { 1, 0, 0 }, { 1, 1, 0 }, { 4, 1, 0 }, { 8, 8, 0 },
		{ 24, 8, 0 }, { 32, 64, 0 }, { 64, 64, 4096 }, { 100, 1, 0 },
		{ 100, 4, 256 }, { 256, 16, 4096 }, { 1000, 8, 4096 }, { 2048, 4096, 0 },
		{ 4096, 1, 0 }, { 5000, 8, 0 }, { 64, 3, 0 }, { 64, 8, 100 },
		{ 512, 8, 256 }, { 3000, 8, 4096 } };
	struct device *d = orc_dev();
	int i, j;

	dma_coerce_mask_and_coherent(d, DMA_BIT_MASK(32));
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		struct dma_pool *p =
			dma_pool_create("orc_pool", d, t[i].s, t[i].a, t[i].b);
		dma_addr_t h[6];
		void *v[6];
		char b[120];
		int n = 0, al = 1, cross = 0;

		E("dma_pool_create size %zu align %zu boundary %zu %s", t[i].s, t[i].a,
			t[i].b, p ? "ok" : "NULL");
		if (!p)
			continue;
		for (j = 0; j < 6; j++) {
			v[j] = dma_pool_alloc(p, GFP_KERNEL, &h[j]);
			n += scnprintf(
				b + n, sizeof(b) - n, " %lld", (long long)(h[j] - h[0]));
			if (t[i].a > 1)
				al &= !(h[j] & (t[i].a - 1));
			if (t[i].b)
				cross |=
					(h[j] / t[i].b) != ((h[j] + t[i].s - 1) / t[i].b);
		}
		E("dma_pool size %zu align %zu boundary %zu aligned %d crosses %d",
			t[i].s, t[i].a, t[i].b, al, cross);
		I("dma_pool size %zu align %zu boundary %zu offsets%s", t[i].s, t[i].a,
			t[i].b, b);
		dma_pool_free(p, v[2], h[2]);
		dma_pool_free(p, v[4], h[4]);
		{
			dma_addr_t hx, hy;
			void *x = dma_pool_alloc(p, GFP_KERNEL, &hx),
			     *y = dma_pool_zalloc(p, GFP_KERNEL, &hy);

			I("dma_pool size %zu reuse order %s", t[i].s,
				hx == h[4] && hy == h[2]   ? "LIFO"
				: hx == h[2] && hy == h[4] ? "FIFO"
							   : "other");
			dma_pool_free(p, x, hx);
			dma_pool_free(p, y, hy);
		}
		dma_pool_free(p, v[0], h[0]);
		dma_pool_free(p, v[1], h[1]);
		dma_pool_free(p, v[3], h[3]);
		dma_pool_free(p, v[5], h[5]);
		dma_pool_destroy(p);
	}
}

const struct orc_scenario orc_dma_scenarios[] = {
	{ "dma", sc_dma, "coherent by mask and size" },
	{ "dma_hold", sc_dma_hold, "toggle: hold/release coherent buffers" },
	{ "dma_map", sc_dma_map, "streaming" },
	{ "dma_pool", sc_dma_pool, "pools" },
	{ NULL, NULL, NULL },
};
