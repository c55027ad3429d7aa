// SPDX-License-Identifier: MIT
/* Lends symbols to borrower.c: one to everybody, one for the GPL, one of a namespace. */
#include <linux/module.h>

static int lent;

int lend_any(void)
{
	return ++lent;
}
EXPORT_SYMBOL(lend_any);

int lend_gpl(void)
{
	return ++lent;
}
EXPORT_SYMBOL_GPL(lend_gpl);

int lend_spaced(void)
{
	return ++lent;
}
EXPORT_SYMBOL_NS_GPL(lend_spaced, LENDING);

static int __init lender_init(void)
{
	return 0;
}

static void __exit lender_exit(void)
{
	pr_info("lent %d times\n", lent);
}

module_init(lender_init);
module_exit(lender_exit);
MODULE_ALIAS("lending-office");
MODULE_LICENSE("GPL");
