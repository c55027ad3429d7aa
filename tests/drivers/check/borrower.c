// SPDX-License-Identifier: MIT
/* Uses what lender.c lends: -DPROPRIETARY without a licence for it, -DNO_IMPORT without the namespace. */
#include <linux/module.h>
#include <linux/platform_device.h>

int lend_any(void);
int lend_gpl(void);
int lend_spaced(void);
int lend_nobody(void);

static int probe(struct platform_device *pdev)
{
	dev_info(&pdev->dev, "bound\n");
	return 0;
}

static struct platform_driver one = { .probe = probe, .driver.name = "one" };
static const struct of_device_id two_ids[] = { { .compatible = "acme,two" }, {} };
static struct platform_driver two = { .probe = probe,
	.driver = { .name = "two", .of_match_table = two_ids } };
static struct platform_driver *const drivers[] = { &one, &two };

static int __init borrower_init(void)
{
	int (*gpl)(void) = symbol_get(lend_gpl);

	if (!gpl || symbol_get(lend_any) || symbol_get(lend_nobody))
		return -ENOENT;
	if (gpl() != 1 || lend_any() != 2)
		return -EINVAL;
	symbol_put(lend_gpl);
#ifndef PROPRIETARY
	if (lend_spaced() != 3)
		return -EINVAL;
#endif
	if (request_module("lending_office") || !request_module("bank-%d", 1))
		return -EEXIST;
	return platform_register_drivers(drivers, ARRAY_SIZE(drivers));
}

static void __exit borrower_exit(void)
{
	platform_unregister_drivers(drivers, ARRAY_SIZE(drivers));
}

module_init(borrower_init);
module_exit(borrower_exit);
#ifdef PROPRIETARY
int borrow(void)
{
	return lend_gpl();
}
MODULE_LICENSE("Proprietary");
#else
MODULE_LICENSE("Dual MIT/GPL");
#endif
#ifndef NO_IMPORT
MODULE_IMPORT_NS(LENDING);
#endif
