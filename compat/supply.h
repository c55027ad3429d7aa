/* SPDX-License-Identifier: MIT */
/*
 * What a device is supplied with, as the files of it share.
 *
 *   supply.c      which one it is; got and put
 *   clk.c         clocks
 *   reset.c       reset lines, and their drivers
 *   regulator.c   regulators
 *   gpio.c        GPIO lines
 *
 * A supply is known by the entry of the tree that leads to it ("clocks 3:1": phandle and first cell), so whoever has the same
 * entry has the same supply; of a device that was made up, by its name and what it asks for. It stays as long as the world;
 * a handle of a driver is of the board's memory.
 *
 * Locking: none; see world.h.
 */
#ifndef COMPAT_SUPPLY_H
#define COMPAT_SUPPLY_H

#include "compat/model.h"

enum supply_type {
	CLOCK,
	RESET,
	REGULATOR,
	GPIO,
};

struct supply {
	struct list_head link;
	enum supply_type type;
	char key[96];
	char id[40];
	unsigned int nr_users;
	bool exclusive, fixed;
	unsigned int nr_prepared,
		nr_on;       /* of a reset line: of those who share it, not asserted */
	unsigned long value; /* Hz, uV; 1: asserted, driven high */
	bool out, active_low;
	unsigned int irq; /* of a GPIO line, 0: none yet */
	void *by_number;  /* handle of who has requested a GPIO line so (linux/gpio.h) */
	struct device_node *provider;
	struct of_phandle_args args;
};

/* A driver's part of it; struct clk and its like are one of these. */
struct supply_handle {
	struct supply *s;
	unsigned int nr_on;
	bool shared;
};

struct supply_wanted {
	enum supply_type type;
	struct device *dev;
	struct device_node *np;
	const char *id; /* or NULL */
	unsigned int index;
};

/* In the tree. Return: 0, -ENOENT. */
int qy_supply_entry(const struct supply_wanted *want, struct of_phandle_args *args);
/* Return: a handle, an error pointer: -ENOENT, -EBUSY, -ENOMEM. @alone: nobody else has it meanwhile. */
void *qy_supply_get(const struct supply_wanted *want, bool alone);
/* The one with that key, whatever else is wanted. */
void *qy_supply_get_key(const struct supply_wanted *want, const char *key, bool alone);
void qy_supply_put(struct supply_handle *h);
/* @handle, an error pointer or NULL as they are, goes with @dev. */
void *qy_supply_manage(struct device *dev, void *handle, void (*put)(void *handle));
/* Or earlier. Return: false: it does not go with that. */
bool qy_supply_unmanage(struct device *dev, void *handle);

static inline void *supply_or_null(void *handle, bool optional)
{
	return optional && handle == ERR_PTR(-ENOENT) ? NULL : handle;
}

#endif
