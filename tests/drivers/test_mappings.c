// SPDX-License-Identifier: MIT
/* Driver-shaped code on mappings, seen from outside. No state. */
#include "tests/drivers/drivers.h"
#include "tests/model/rig.h"
#include <quarry/vmalloc.h>

TEST(drivers, every_name_of_the_mapping_headers_does_as_linux_does)
{
	static struct rig rig;
	struct qy_vmalloc_stats stats;

	rig_one_zone(&rig, MIB(64), 2);
	rig_boot(&rig);
	CHECK_EQ(mappings_check(), 0);
	qy_vm_unmap_aliases(rig.m);
	qy_vmalloc_stats(rig.m, &stats);
	CHECK_EQ(stats.used_pages, 0);
	CHECK_EQ(stats.nr_mappings, 0);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "the mappings");
	rig_down(&rig);
}

TEST(drivers, vmallocinfo_names_the_function_of_the_driver_that_asked)
{
	static struct rig rig;
	char text[512];
	void *p;

	rig_one_zone(&rig, MIB(64), 2);
	rig_boot(&rig);
	p = mappings_hold();
	CHECK(qy_proc_read(rig.m, "/proc/vmallocinfo", text, sizeof(text)) > 0);
	CHECK_STR_EQ(text,
		"0xffff800080000000-0xffff800080005000   20480 mappings_hold pages=4 vmalloc N0=4\n");
	mappings_release(p);
	rig_down(&rig);
}
