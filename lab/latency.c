// SPDX-License-Identifier: MIT
/*
 * See latency.h. The values are sums of a few costs, so there are few different ones: a sorted array. No state.
 */
#include "lab/latency.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Index of the first value that is not below @ns. */
static uint32_t find(const struct qy_latency *latency, uint64_t ns)
{
	uint32_t low = 0, high = latency->nr_values;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (latency->value[middle].ns < ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int insert(struct qy_latency *latency, uint32_t at, uint64_t ns)
{
	if (latency->nr_values == latency->size) {
		uint32_t size = latency->size ? 2 * latency->size : 16;
		struct qy_latency_value *grown =
			realloc(latency->value, size * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		latency->value = grown;
		latency->size = size;
	}
	memmove(&latency->value[at + 1], &latency->value[at],
		(latency->nr_values - at) * sizeof(*latency->value));
	latency->value[at] = (struct qy_latency_value){ .ns = ns };
	latency->nr_values++;
	return 0;
}

int qy_latency_add(struct qy_latency *latency, const struct qy_meter *meter,
	const struct qy_costs *costs, uint64_t at_ns)
{
	uint64_t ns = qy_meter_ns(meter, costs);
	uint32_t at = find(latency, ns);

	if ((at == latency->nr_values || latency->value[at].ns != ns) &&
		insert(latency, at, ns))
		return -ENOMEM;
	latency->value[at].nr++;
	if (latency->nr_blocks == latency->nr_refused || ns > latency->slowest_ns) {
		latency->slowest = *meter;
		latency->slowest_ns = ns;
		latency->slowest_at_ns = at_ns;
	}
	latency->nr_blocks++;
	return 0;
}

void qy_latency_refuse(struct qy_latency *latency)
{
	latency->nr_refused++;
	latency->nr_blocks++;
}

uint64_t qy_latency_percentile(const struct qy_latency *latency, uint32_t millipercent)
{
	/* how many must have come; rounded up, so that 100 % is all of them */
	uint64_t wanted =
		(uint64_t)(((unsigned __int128)latency->nr_blocks * millipercent +
				   99999) /
			   100000);
	uint64_t came = 0;

	for (uint32_t i = 0; i < latency->nr_values; i++) {
		came += latency->value[i].nr;
		if (came >= wanted)
			return latency->value[i].ns;
	}
	return QY_NEVER_CAME;
}

const char *qy_format_latency(char *buf, size_t size, uint64_t ns)
{
	if (ns == QY_NEVER_CAME)
		snprintf(buf, size, "never");
	else if (ns < 10000)
		snprintf(buf, size, "%llu ns", (unsigned long long)ns);
	else if (ns < 10000000)
		snprintf(buf, size, "%llu.%llu us", (unsigned long long)ns / 1000,
			(unsigned long long)ns % 1000 / 100);
	else
		snprintf(buf, size, "%llu.%llu ms", (unsigned long long)ns / 1000000,
			(unsigned long long)ns % 1000000 / 100000);
	return buf;
}

void qy_latency_free(struct qy_latency *latency)
{
	free(latency->value);
	*latency = (struct qy_latency){ 0 };
}
