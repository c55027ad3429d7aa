/* SPDX-License-Identifier: MIT */
/* What boot_json.c and boot_json_views.c share. Nothing else includes this. No state. */
#ifndef LAB_BOOT_JSON_OUT_H
#define LAB_BOOT_JSON_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <quarry/cma.h>
#include <quarry/owner.h>
#include <quarry/stats.h>

#include "lab/boot_json.h"

struct boot_out {
	const struct qy_boot *boot;
	bool failed;
};

/* Each takes its value over; what could not be made is noted. */
void qy_boot_put(struct boot_out *o, json_t *object, const char *key, json_t *value);
void qy_boot_add(struct boot_out *o, json_t *array, json_t *value);
void qy_boot_put_number(
	struct boot_out *o, json_t *object, const char *key, uint64_t value);
void qy_boot_put_text(
	struct boot_out *o, json_t *object, const char *key, const char *text);
json_t *qy_boot_text(const char *text);
/* NULL: no such type. */
const char *qy_boot_type_name(unsigned int type);

/* boot_json_views.c */
void qy_boot_put_zoneinfo(
	struct boot_out *o, json_t *zone, const struct qy_zone_stats *z, uint32_t index);
void qy_boot_put_show_mem(
	struct boot_out *o, json_t *zone, const struct qy_zone_stats *z, uint32_t index);
json_t *qy_boot_meminfo(struct boot_out *o);
json_t *qy_boot_vmstat(struct boot_out *o);
json_t *qy_boot_slabinfo(struct boot_out *o);
json_t *qy_boot_sysctl(struct boot_out *o);
json_t *qy_boot_page_owner(struct boot_out *o);
json_t *qy_boot_allocinfo(struct boot_out *o);
json_t *qy_boot_cma(struct boot_out *o);
json_t *qy_boot_devices(struct boot_out *o);

#endif
