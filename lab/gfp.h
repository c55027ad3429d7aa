/* SPDX-License-Identifier: MIT */
/*
 * GFP flags, asked both ways of a machine of the board: which ones fit a place and a need, and what given ones allow.
 *
 *   qy_gfp_parse()     flags as people and kernels write them
 *   qy_gfp_choose()    the decision tree: a place and a need become an allocator and its flags
 *   qy_gfp_look()      what flags mean there, by the code that serves such requests, and one request that is made
 *   qy_gfp_print(), qy_gfp_json()
 *
 * No state.
 */
#ifndef LAB_GFP_H
#define LAB_GFP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <quarry/rights.h>
#include "lab/board.h"

enum qy_gfp_place {
	QY_GFP_TASK,
	QY_GFP_PREEMPT_OFF, /* a spinlock, a read section of RCU, a softirq */
	QY_GFP_IRQS_OFF,    /* a spinlock taken with irqsave */
	QY_GFP_HARDIRQ,
};

enum qy_gfp_scope {
	QY_GFP_NO_SCOPE,
	QY_GFP_SCOPE_FS,      /* it holds locks of a file system */
	QY_GFP_SCOPE_IO,      /* it is a part of the way that pages are written by */
	QY_GFP_SCOPE_RECLAIM, /* it is called to free memory */
};

/* A word of --context. */
struct qy_gfp_context {
	enum qy_gfp_place place;
	enum qy_gfp_scope scope;
	char place_name[40], scope_name[40]; /* "in a hard interrupt"; "": in none */
};

/* What is wanted; all zero: an object of a driver. */
struct qy_gfp_need {
	uint64_t bytes; /* 0: not said */
	uint32_t
		device_bits; /* address lines of the device that reaches it; 0: none does */
	const char *device_name; /* of the tree; NULL: none in particular */
	bool contiguous;
	bool user;    /* pages of a program */
	bool movable; /* its owner lets it be moved */
	bool account;
	bool may_fail; /* it does without */
	bool no_fail;
};

#define QY_GFP_MAX_STEPS 12

/* A question of the tree, and what the answer decides. */
struct qy_gfp_step {
	char question[40];
	char answer[160];
};

enum qy_gfp_door {
	QY_GFP_ALLOC_PAGES,
	QY_GFP_KMALLOC,
	QY_GFP_KVMALLOC,
	QY_GFP_COHERENT, /* dma_alloc_coherent() */
};

/* A request that can be made. */
struct qy_gfp_request {
	enum qy_gfp_door door;
	qy_gfp_t gfp;
	unsigned int
		order;  /* of the pages that it comes to: 0 where single ones will do */
	uint64_t bytes; /* of all doors but the first */
	uint32_t device_bits; /* of QY_GFP_COHERENT: as in the need */
	const char *device_name;
};

struct qy_gfp_choice {
	struct qy_gfp_step step[QY_GFP_MAX_STEPS];
	uint32_t nr_steps;
	struct qy_gfp_request request;
	char use[256];    /* "kmalloc(4096, GFP_ATOMIC)" */
	char before[160]; /* what has to be done first; "": nothing */
};

#define QY_GFP_MAX_ZONES 16

struct qy_gfp_answer {
	struct qy_gfp_request request;
	struct qy_gfp_context context;
	struct qy_gfp_rights rights;
	char highest_zone[12]; /* "": a device's mask says which */
	struct qy_gfp_zone_rights zone[QY_GFP_MAX_ZONES];
	uint32_t nr_zones;  /* 0: no zone of the board is for it, or a mask says which */
	bool served;        /* that one request, on the board as it boots */
	char served_by[80]; /* its zone, and its CMA area */
	char report[160];   /* what the kernel said of it; "": nothing */
	bool misused;       /* it said that such a request must not be made there */
	char kernel_report[160]; /* what it says of GFP_KERNEL in that place */
};

/**
 * qy_gfp_parse() - "GFP_ATOMIC|__GFP_NOWARN", "0xcc0", both mixed
 * @err: one line with the first word that is no flag of Linux 6.12, and the one that was probably meant
 *
 * Context: Any.
 * Return: 0, or -1.
 */
int qy_gfp_parse(const char *text, qy_gfp_t *gfp, struct qy_err *err);

/* "irq,io": one place and one scope. Context: any. Return: 0, or -1 with @err. */
int qy_gfp_parse_context(
	const char *text, struct qy_gfp_context *context, struct qy_err *err);

/* Context: any. Return: 0, or -1 with @err: nothing serves that there. */
int qy_gfp_choose(const struct qy_gfp_context *context, const struct qy_gfp_need *need,
	struct qy_gfp_choice *choice, struct qy_err *err);

/**
 * qy_gfp_look() - boot @board, stand where @context says, and ask
 * @answer: filled in
 *
 * Context: A thread that stands in no machine.
 * Return: 0, or -1 with @err.
 */
int qy_gfp_look(const struct qy_loaded_board *board, const struct qy_gfp_context *context,
	const struct qy_gfp_request *request, struct qy_gfp_answer *answer,
	struct qy_err *err);

/* @choice: NULL: the flags were given. Context: any. */
void qy_gfp_print(FILE *out, const struct qy_gfp_choice *choice,
	const struct qy_gfp_answer *answer);
/* Schema quarry-gfp/1. Context: any. Return: 0, or -1: the host has no memory. */
int qy_gfp_json(FILE *out, const struct qy_gfp_choice *choice,
	const struct qy_gfp_answer *answer);

#endif
