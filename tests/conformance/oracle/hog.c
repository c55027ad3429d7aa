/* SPDX-License-Identifier: MIT */
/* hog MiB oom_score_adj: set the score, touch that much anonymous memory, sleep. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
int main(int c, char **v)
{
	long mb = atol(v[1]);
	FILE *f = fopen("/proc/self/oom_score_adj", "w");
	if (f) {
		fputs(v[2], f);
		fclose(f);
	}
	while (mb--) {
		char *p = mmap(0, 1 << 20, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			break;
		memset(p, 0x5a, 1 << 20);
	}
	for (;;)
		pause();
}
