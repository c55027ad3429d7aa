// SPDX-License-Identifier: MIT
/* What Quarry has not: two headers, three functions, a type. */
#include <linux/module.h>
#include <linux/nothing_such.h>
#include <linux/platform_device.h>
#include <sound/nothing_such.h>

static snd_nothing_t *card;

static int __init unsupported_init(void)
{
	void *clk = clk_get(NULL, "bus");

	frobnicate(card);
	regulator_enable(clk);
	return clk ? 0 : -ENODEV;
}

module_init(unsupported_init);
MODULE_LICENSE("Dual MIT/GPL");
