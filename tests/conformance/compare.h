/* SPDX-License-Identifier: MIT */
/*
 * The comparisons with recorded kernels. Each boots its guests, adds to the tally and leaves nothing; the test of the
 * same name checks it alone, the tally test runs them all.
 */
#ifndef CONFORMANCE_COMPARE_H
#define CONFORMANCE_COMPARE_H

void compare_boot_log(void);
void compare_zones(void);
void compare_pagesets(void);
void compare_exact(void);
void compare_watermarks(void);
void compare_snapshot(void);
void compare_buddy(void);
void compare_frag(void);
void compare_report(void);
void compare_shapes(void);
void compare_shape_pages(void);
void compare_slab_geometry(void);
void compare_contig(void);
void compare_slab_reports(void);
void compare_slabinfo(void);
void compare_dma(void);
void compare_mappings(void);
void compare_objects(void);
void compare_oom(void);
void compare_stream(void);

struct guest;
struct lines;

/* The stop points of @kernel, a recorded "watermarks" scenario, against those of a freshly booted guest. */
void compare_stops(struct guest *guest, const struct lines *kernel);

/* Every recorded guest, NULL last. */
extern const char *const all_runs[];

#endif
