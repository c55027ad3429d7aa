// SPDX-License-Identifier: MIT
/* A table of routes that is emptied by a walk. The walk took its next step from the entry that it had just freed. */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define NR_ROUTES 4

static bool bug;
module_param(bug, bool, 0444);

struct route {
	u32 to, via;
	struct list_head link;
};

struct router {
	struct list_head routes;
};

static void router_flush(struct router *r)
{
	struct route *route, *next;

	if (bug) {
		list_for_each_entry(route, &r->routes, link)
			kfree(route);
	} else {
		list_for_each_entry_safe(route, next, &r->routes, link)
			kfree(route);
	}
	INIT_LIST_HEAD(&r->routes);
}

static int router_probe(struct platform_device *pdev)
{
	struct router *r = devm_kzalloc(&pdev->dev, sizeof(*r), GFP_KERNEL);

	if (!r)
		return -ENOMEM;
	INIT_LIST_HEAD(&r->routes);
	for (u32 i = 0; i < NR_ROUTES; i++) {
		struct route *route = kmalloc(sizeof(*route), GFP_KERNEL);

		if (!route) {
			router_flush(r);
			return -ENOMEM;
		}
		route->to = 0x0a000000 + i;
		route->via = 0x0a0000fe;
		list_add_tail(&route->link, &r->routes);
	}
	platform_set_drvdata(pdev, r);
	return 0;
}

static void router_remove(struct platform_device *pdev)
{
	router_flush(platform_get_drvdata(pdev));
}

static const struct of_device_id router_ids[] = { { .compatible = "acme,router" }, {} };
MODULE_DEVICE_TABLE(of, router_ids);

static struct platform_driver router_driver = {
	.probe = router_probe,
	.remove = router_remove,
	.driver = { .name = "router", .of_match_table = router_ids },
};
module_platform_driver(router_driver);
MODULE_LICENSE("Dual MIT/GPL");
