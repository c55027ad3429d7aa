/* SPDX-License-Identifier: MIT */
/*
 * The table of what is tried against a failed expectation, in which order for which cause.
 *
 *   qy_remedy_candidates()   those for one expectation
 *
 * A candidate is a row of changes, 0 .. nr. A row with numbers begins with the scenario as it is, which fails, and goes
 * on in equal steps; of a row without numbers each change from 1 on stands alone.
 *
 * No state.
 */
#ifndef LAB_REMEDY_TABLE_H
#define LAB_REMEDY_TABLE_H

#include "lab/remedy.h"

/* What the makers of changes look at. */
struct qy_remedy_case {
	const struct qy_check *check; /* has failed */
	uint32_t expect;
	const struct qy_request_spec *request; /* NULL when it is of no request */
	const struct qy_why *why; /* of the first refusal, NULL when there was none */
};

struct qy_remedy_candidate {
	enum qy_remedy_kind kind;
	bool has_number;
	/* Return: the last of the row, 0 when it has nothing for this case. @first: which one to try first. */
	uint64_t (*range)(const struct qy_remedy_case *c, uint64_t *first);
	/* @i: 0 .. last */
	void (*make)(
		const struct qy_remedy_case *c, uint64_t i, struct qy_change *change);
};

/* @only: a knob of the board, NONE for all. Return: the candidates, ending with NULL. */
const struct qy_remedy_candidate *const *qy_remedy_candidates(
	const struct qy_remedy_case *c, enum qy_remedy_kind only);

#endif
