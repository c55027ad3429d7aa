// SPDX-License-Identifier: MIT
/*
 * Memory in pieces: kmalloc finds no block, kvmalloc maps scattered frames instead. Then the area is looked at from outside,
 * freed twice, and what stays is listed.
 *
 * Build: cc 03-mappings.c $(pkg-config --cflags --libs quarry)
 */
#include <quarry.h>
#include <quarry/hosted.h>
#include <quarry/owner.h>
#include <quarry/slab.h>
#include <quarry/stats.h>
#include <quarry/vmalloc.h>

#include <stdio.h>
#include <stdlib.h>

/* Every second page is kept, so that no two free ones are neighbours. */
static void fragment(struct qy_machine *m)
{
	static struct page *held[1 << 14];
	int nr = 0;

	while ((held[nr] = qy_alloc_pages(m, QY_GFP_ATOMIC | QY___GFP_NOWARN, 0)))
		nr++;
	while (nr-- > 0)
		if (qy_page_to_pfn(m, held[nr]) & 1)
			qy_free_pages(m, held[nr], 0);
}

int main(void)
{
	static const struct qy_bank ram = { .base = 1ull << 30, .size = 64ull << 20 };
	struct qy_board board;
	struct qy_machine *m;
	char text[1024];

	qy_board_defaults(&board, QY_ARCH_X86_64);
	board.banks = &ram;
	board.nr_banks = 1;
	m = qy_hosted_boot(&board, NULL, text, sizeof(text));
	if (!m) {
		fprintf(stderr, "%s\n", text);
		return EXIT_FAILURE;
	}
	qy_enter(m);
	qy_set_task(71, "insmod");
	fragment(m);

	void *block = qy_kmalloc(m, 16 << 20, QY_GFP_KERNEL | QY___GFP_NOWARN);
	char *area = QY_AT_SITE(qy_kvmalloc(m, 16 << 20, QY_GFP_KERNEL));

	printf("kmalloc: %s, kvmalloc: %s\n", block ? "a block" : "nothing",
		qy_is_vmalloc_addr(m, area) ? "an area" : "a block");
	for (int page = 0; page < 3; page++) {
		area[page * 4096] = (char)('a' + page);
		printf("  0x%llx -> pfn 0x%lx, which holds '%c'\n",
			(unsigned long long)qy_vmalloc_address(m, area + page * 4096),
			qy_vmalloc_to_pfn(m, area + page * 4096),
			*(char *)qy_page_address(
				m, qy_vmalloc_to_page(m, area + page * 4096)));
	}
	qy_proc_read(m, "/proc/vmallocinfo", text, sizeof(text));
	printf("%s", text);
	qy_kvfree(m, area);
	qy_kvfree(m,
		area); /* the mistake: reported on standard error, and nothing breaks */
	qy_proc_read(m, "/proc/vmallocinfo", text, sizeof(text));
	printf("freed:\n%s", text);
	qy_leave();
	qy_hosted_shutdown(m);
	return EXIT_SUCCESS;
}
