/* SPDX-License-Identifier: MIT */
/*
 * A scenario as it stands in the YAML: words only, NULL where a key is absent. Between scenario_yaml.c, which
 * reads it with libcyaml, and scenario.c, which gives the words a meaning.
 *
 * Every scalar is a string here, so that a wrong number is reported with its path and its bounds.
 *
 * No state.
 */
#ifndef LAB_SCENARIO_YAML_H
#define LAB_SCENARIO_YAML_H

#include <stddef.h>
#include "lab/error.h"

struct yaml_board {
	char *dts, *dtb;
	char *cmdline, *sysctl_conf;
	char *memory, *smp, *append, *costs;
	char **sysctl, **areas;
	unsigned int nr_sysctl, nr_areas;
};

struct yaml_trace {
	char *file, *repeat, *until, *scale, *speed, *leftovers, *unknown_frees;
};

struct yaml_class {
	char *gfp, *order, *weight, *lifetime;
};

struct yaml_generator {
	char *rate, *duration;
	struct yaml_class *mix;
	unsigned int nr_mix;
};

struct yaml_load {
	char *start, *instances;
	struct yaml_trace *trace;
	struct yaml_generator *generator;
};

struct yaml_request {
	char *name, *order, *cma, *device, *use, *size, *pin, *longterm;
	char *count, *gfp, *start, *every, *times, *hold, *cpu, *context;
};

struct yaml_ramp {
	char *from, *to, *over;
};

struct yaml_sawtooth {
	char *low, *high, *period;
};

struct yaml_leak {
	char *from, *rate, *at_most;
};

struct yaml_recorded {
	char *file, *process;
};

struct yaml_memory {
	char *constant;
	struct yaml_ramp *ramp;
	struct yaml_sawtooth *sawtooth;
	struct yaml_leak *leak;
	struct yaml_recorded *recorded;
};

struct yaml_task {
	char *name, *oom_score_adj, *start, *stop, *every, *cpu, *reads;
	struct yaml_memory *memory;
};

struct yaml_file {
	char *name, *write, *read, *size, *access, *times, *fsync;
	char *start, *stop, *every, *cpu;
};

struct yaml_write {
	char *path, *value;
};

struct yaml_use {
	char *at, *every, *times, *open, *close, *read, *write, *ioctl, *irq;
	char *arg, *bytes, *returns;
};

struct yaml_driver {
	char *source, *params, *kernel, *device, *hardware, *kmemleak, *load, *unload;
	char **more;
	unsigned int nr_more;
	struct yaml_use *uses;
	unsigned int nr_uses;
	char **program;
	unsigned int nr_program;
};

struct yaml_step {
	char *at;
	struct yaml_request *request;
	char *free;
	struct yaml_write *write;
	char *snapshot;
};

struct yaml_load_limit {
	char *failures;
};

struct yaml_kill_limit {
	char *at_most;
};

struct yaml_free_limit {
	char *at_least, *zone, *node;
};

struct yaml_index_limit {
	char *zone, *node, *order, *at_most, *at;
};

struct yaml_expect {
	char *request, *success, *each, *latency, *percentile;
	char *task, *survives, *killed_first;
	struct yaml_load_limit *load, *atomic;
	struct yaml_kill_limit *oom_kills;
	struct yaml_free_limit *free;
	struct yaml_index_limit *fragmentation, *unusable;
};

struct yaml_snapshot {
	char *buddyinfo, *pagetypeinfo, *zoneinfo;
};

struct yaml_start {
	struct yaml_snapshot *snapshot;
	char *aged;
};

struct yaml_scenario {
	struct yaml_board *board;
	struct yaml_start *start;
	char *start_word; /* `start: WORD`; then start is NULL */
	char *capture, *seed, *seeds, *duration, *reclaim, *contents;
	struct yaml_load *load;
	unsigned int nr_load;
	struct yaml_request *requests;
	unsigned int nr_requests;
	struct yaml_task *tasks;
	unsigned int nr_tasks;
	char *swap, *disk;
	struct yaml_file *files;
	unsigned int nr_files;
	struct yaml_driver *drivers;
	unsigned int nr_drivers;
	struct yaml_step *timeline;
	unsigned int nr_timeline;
	struct yaml_expect *expect;
	unsigned int nr_expect;
};

/* Return: to be given to qy_yaml_free(), or NULL after one line in @err. */
struct yaml_scenario *qy_yaml_read(
	const char *text, size_t size, const char *path, struct qy_err *err);
void qy_yaml_free(struct yaml_scenario *yaml);

#endif
