/* SPDX-License-Identifier: MIT */
/* Sources of random numbers: /dev/hwrng reads the one that was registered last. No state. */
#ifndef COMPAT_LINUX_HW_RANDOM_H
#define COMPAT_LINUX_HW_RANDOM_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>
#include <asm/quarry.h>

struct device;

struct hwrng {
	const char *name;
	int (*init)(struct hwrng *rng);
	void (*cleanup)(struct hwrng *rng);
	int (*data_present)(struct hwrng *rng, int wait);
	int (*data_read)(struct hwrng *rng, u32 *data);
	int (*read)(struct hwrng *rng, void *data, size_t max, bool wait);
	unsigned long priv;
	unsigned short quality;
	struct list_head list;
};

/* Return: 0, -EINVAL, what init returned. Context: task, may sleep. */
int hwrng_register(struct hwrng *rng) QY_REAL(hwrng_register);
void hwrng_unregister(struct hwrng *rng) QY_REAL(hwrng_unregister);
int devm_hwrng_register(struct device *dev, struct hwrng *rng)
	QY_REAL(devm_hwrng_register);
void devm_hwrng_unregister(struct device *dev, struct hwrng *rng)
	QY_REAL(devm_hwrng_unregister);

#endif
