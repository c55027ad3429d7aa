/* SPDX-License-Identifier: MIT */
/*
 * The hooks between the scenarios and the memory manager under them.
 *
 * scenarios.c is compiled twice, unchanged: into a real Linux module (oracle/glue_linux.c) and against Quarry
 * (glue_quarry.c, compat/include). What a scenario needs that is no public driver API goes through orc_*().
 *
 * First character of a line of output:
 *   E  exact: identical on every conforming implementation with the same page size, orders, cache line, CPUs
 *   I  informational: depends on the machine, the kernel's configuration, or history
 *   #  comment
 */
#ifndef ORACLE_H
#define ORACLE_H

struct page;
struct device;

__attribute__((format(printf, 1, 2))) void orc_out(const char *fmt, ...);
void orc_drain(void); /* return per-CPU page lists to the buddy lists, if possible */
int orc_nr_zones(void);
const char *orc_zone_name(int zi);
unsigned long orc_zone_free(int zi); /* exact free pages */
unsigned long orc_zone_free_order(int zi, unsigned int order);
unsigned long orc_zone_wmark(int zi, int which); /* 0 min 1 low 2 high */
unsigned long orc_zone_managed(int zi);
unsigned long orc_zone_present(int zi);
long orc_zone_reserve(int zi, int for_zi);
const char *orc_page_zone_name(struct page *p);
unsigned long orc_max_pfn(void);
unsigned int orc_nr_cpu_ids(void);
struct device *orc_dev(void); /* a bus-less (platform) device without an IOMMU */
unsigned long orc_virt_phys(const void *p); /* ~0 outside the linear map */
unsigned long *orc_bitmap(
	unsigned long nr_bits); /* zeroed; NULL when there is no memory */
void orc_bitmap_free(unsigned long *words);
void *orc_table(unsigned long bytes); /* zeroed; NULL when there is no memory */
void orc_table_free(void *table);
/* The default CMA area: 0 pages when there is none. A range is named by its first page. */
unsigned long orc_cma_pages(void);
unsigned int orc_cma_align_order(void); /* of its base */
struct page *orc_cma_take(unsigned long nr, unsigned int align_order);
int orc_cma_give(struct page *page, unsigned long nr);
long orc_cma_offset(struct page *page); /* pages from the base */
unsigned long orc_free_cma(void);       /* exact free pages of all areas */

struct orc_scenario {
	const char *name;
	void (*fn)(void);
	const char *what;
};
/* Each ends with a NULL name. */
extern const struct orc_scenario orc_page_scenarios[], orc_contig_scenarios[],
	orc_slab_scenarios[], orc_virt_scenarios[], orc_dma_scenarios[],
	orc_object_scenarios[];

#define E(fmt, ...) orc_out("E " fmt "\n", ##__VA_ARGS__)
#define I(fmt, ...) orc_out("I " fmt "\n", ##__VA_ARGS__)

#endif
