/* SPDX-License-Identifier: MIT */
/*
 * Inside the reader of scenarios: where it stands, and words made into numbers. See scenario.h.
 *
 *   scenario.c          top level, board, start
 *   scenario_load.c     loads
 *   scenario_request.c  requests
 *   scenario_task.c     tasks
 *   scenario_file.c     files, swap
 *   scenario_driver.c   drivers
 *   scenario_timeline.c steps
 *   scenario_expect.c   expectations
 *   scenario_reader.c   what all of them use
 *
 * The first error wins; after it, readers do nothing. A word that is NULL keeps the default.
 *
 * No state.
 */
#ifndef LAB_SCENARIO_READER_H
#define LAB_SCENARIO_READER_H

#include "lab/scenario.h"
#include "lab/scenario_yaml.h"

#define SCN_MAX_COUNT 65536u /* blocks a round */

/* Where in the scenario we are. */
struct reader {
	struct qy_scenario *s;
	struct qy_err *err;
	char place[48]; /* "requests[2]", "" at the top */
	bool failed;
};

/* @key: "" for the place itself. */
__attribute__((format(printf, 3, 4))) void scn_bad(
	struct reader *r, const char *key, const char *fmt, ...);
__attribute__((format(printf, 2, 3))) void scn_enter(
	struct reader *r, const char *fmt, ...);

/* Strings that live as long as the scenario. */
__attribute__((format(printf, 2, 3))) const char *scn_keep(
	struct reader *r, const char *fmt, ...);
const char *scn_keep_word(struct reader *r, const char *text);
/* Relative file names count from the scenario's directory. */
const char *scn_keep_file(struct reader *r, const char *key, const char *name);

void scn_count(struct reader *r, const char *key, const char *text, uint64_t min,
	uint64_t max, uint64_t *out);
void scn_u32(struct reader *r, const char *key, const char *text, uint32_t min,
	uint32_t max, uint32_t *out);
void scn_duration(struct reader *r, const char *key, const char *text, uint64_t min_ns,
	uint64_t *out);
void scn_duration_or_forever(
	struct reader *r, const char *key, const char *text, uint64_t *out);
/* "64M", or with @ram a share of the board's RAM, "40%". */
void scn_amount(struct reader *r, const char *key, const char *text, bool ram,
	struct qy_share *out);
void scn_gfp(struct reader *r, const char *key, const char *text, qy_gfp_t *out);
/* Return: index of @text in @words (NULL-terminated), @fallback without text. */
unsigned int scn_word(struct reader *r, const char *key, const char *text,
	const char *const *words, unsigned int fallback);
void scn_want(
	struct reader *r, const char *key, const void *present, const char *example);

/* The only load of a scenario that names none: that of its capture. */
void scn_captured_load(struct reader *r);

/* Return: index of the request @name, nr_requests when there is none. */
uint32_t scn_find_request(const struct qy_scenario *s, const char *name);

void scn_load(struct reader *r, unsigned int i, const struct yaml_load *y);
/* One more request, at the place where @r stands. */
void scn_request(struct reader *r, const struct yaml_request *y);
void scn_task(struct reader *r, unsigned int i, const struct yaml_task *y);
/* A name as a process has it: 1 to 15 bytes. */
void scn_comm(struct reader *r, const char *name);
/* When somebody starts, stops, and how often he has his turn; without words as a task. */
void scn_turns(struct reader *r, const char *start, const char *stop, const char *every,
	uint64_t *start_ns, uint64_t *stop_ns, uint64_t *every_ns);
void scn_file(struct reader *r, unsigned int i, const struct yaml_file *y);
void scn_driver(struct reader *r, unsigned int i, const struct yaml_driver *y);
void scn_swap(struct reader *r, const char *swap, const char *disk);
/* Return: index of the task @name, nr_tasks when there is none. */
uint32_t scn_find_task(const struct qy_scenario *s, const char *name);

/* The requests of the timeline must all be read before its other steps, which name them. */
void scn_step_request(struct reader *r, unsigned int i, const struct yaml_step *y);
void scn_step(struct reader *r, unsigned int i, const struct yaml_step *y);
void scn_expect(struct reader *r, unsigned int i, const struct yaml_expect *y);

#endif
