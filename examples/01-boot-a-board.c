// SPDX-License-Identifier: MIT
/*
 * A board boots inside this process, a few pages flow, and the board's /proc/buddyinfo tells the story.
 *
 * Build: cc 01-boot-a-board.c $(pkg-config --cflags --libs quarry)
 */
#include <quarry.h>
#include <quarry/hosted.h>
#include <quarry/stats.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_buddyinfo(struct qy_machine *m, const char *when)
{
	char text[1024];

	if (qy_proc_read(m, "/proc/buddyinfo", text, sizeof(text)) > 0)
		printf("%s\n%s", when, text);
}

int main(void)
{
	/* 256 MiB of RAM at 1 GiB, one CPU; every other setting is what a 6.12 kernel has */
	static const struct qy_bank ram = { .base = 1ull << 30, .size = 256ull << 20 };
	struct qy_board board;
	struct qy_machine *m;
	struct page *ring;
	char *buffer, why[256];

	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.model = "an example";
	board.banks = &ram;
	board.nr_banks = 1;

	m = qy_hosted_boot(&board, NULL, why, sizeof(why));
	if (!m) {
		fprintf(stderr, "%s\n", why);
		return EXIT_FAILURE;
	}
	qy_enter(m); /* this thread is a CPU of the board now */
	print_buddyinfo(m, "booted");

	/* a network ring: 32 KiB in one piece, from a context that cannot wait */
	ring = qy_alloc_pages(m, QY_GFP_ATOMIC | QY___GFP_COMP, 3);
	/* 2 MiB for a device that addresses 32 bits, zeroed */
	buffer = qy_get_free_pages(m, QY_GFP_KERNEL | QY_GFP_DMA32 | QY___GFP_ZERO, 9);
	if (!ring || !buffer) {
		fprintf(stderr, "no memory\n");
		return EXIT_FAILURE;
	}
	printf("ring   at physical %#llx, zone %s\n",
		(unsigned long long)qy_page_to_phys(m, ring), qy_page_zone_name(m, ring));
	printf("buffer at physical %#llx\n",
		(unsigned long long)qy_virt_to_phys(m, buffer));
	memset(buffer, 0xff, 2 << 20); /* real memory */
	print_buddyinfo(m, "a ring and a buffer allocated");

	qy_put_page(m, ring);
	qy_free_pages_addr(m, buffer, 9);
	qy_drain_all_pages(m);
	print_buddyinfo(m, "all freed");

	qy_leave();
	qy_hosted_shutdown(m);
	return EXIT_SUCCESS;
}
