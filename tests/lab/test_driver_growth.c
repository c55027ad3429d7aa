// SPDX-License-Identifier: MIT
/*
 * Which series of a cache's objects grows without end: rising ones, and the kinds that only look so. No state but the series.
 */
#include <string.h>

#include "lab/driver_growth.h"
#include "tests/runner/test.h"

#define NS_PER_MS ((uint64_t)1000000)

static struct qy_driver_series series;

/* @nr samples, one each 100 ms, of what @held says at each. */
static void make(uint32_t nr, uint32_t (*held)(uint32_t at))
{
	memset(&series, 0, sizeof(series));
	for (uint32_t at = 0; at < nr; at++) {
		CHECK(!qy_series_sample(&series, at * 100 * NS_PER_MS));
		for (uint32_t n = held(at); n; n--)
			qy_series_count(&series, "kmalloc-64", 64);
	}
}

static bool grows(uint32_t nr, uint32_t (*held)(uint32_t at))
{
	struct qy_growth growth;

	make(nr, held);
	return qy_growth_find(&series, 0, &growth);
}

static uint32_t steady(uint32_t at)
{
	return 20 + 3 * at;
}

static uint32_t slow(uint32_t at)
{
	return 1 + at / 6;
}

/* A leak below a load that comes and goes. */
static uint32_t rising_sawtooth(uint32_t at)
{
	return 2 * at + at * 7 % 5;
}

static uint32_t plateau(uint32_t at)
{
	return at < 40 ? 3 * at : 120;
}

static uint32_t late_plateau(uint32_t at)
{
	return at < 88 ? 3 * at : 264;
}

/* 1 - 1 / x: ever slower. */
static uint32_t filling(uint32_t at)
{
	return 1000 - 1000 / (1 + at / 4);
}

static uint32_t sawtooth(uint32_t at)
{
	return 10 + 3 * (at % 16);
}

static uint32_t few(uint32_t at)
{
	return 1 + at / 12;
}

static uint32_t shrinking(uint32_t at)
{
	return 400 - 3 * at;
}

static uint32_t one_step(uint32_t at)
{
	return at < 50 ? 10 : 60;
}

TEST(driver_growth, what_rises_to_the_end_grows)
{
	CHECK(grows(96, steady));
	CHECK(grows(96, slow));
	CHECK(grows(96, rising_sawtooth));
	CHECK(grows(16, steady));
}

TEST(driver_growth, what_comes_to_rest_or_goes_again_does_not)
{
	CHECK(!grows(96, plateau));
	CHECK(!grows(96, late_plateau));
	CHECK(!grows(96, filling));
	CHECK(!grows(96, sawtooth));
	CHECK(!grows(96, few));
	CHECK(!grows(96, shrinking));
	CHECK(!grows(96, one_step));
}

TEST(driver_growth, fewer_than_sixteen_samples_say_nothing)
{
	CHECK(!grows(15, steady));
	make(0, steady);
	CHECK_EQ(series.nr_caches, 0);
}

TEST(driver_growth, its_rate_is_told_in_the_unit_that_suits)
{
	struct qy_growth growth;
	char text[64];

	make(96, steady);
	CHECK(qy_growth_find(&series, 0, &growth));
	CHECK(growth.first == 24 && growth.last == 95 && growth.objects == 213);
	qy_growth_rate(text, sizeof(text), &growth);
	CHECK_STR_EQ(text, "30 objects a second");
	growth.ns *= 60;
	qy_growth_rate(text, sizeof(text), &growth);
	CHECK_STR_EQ(text, "30 objects a minute");
	growth.ns *= 1200;
	qy_growth_rate(text, sizeof(text), &growth);
	CHECK_STR_EQ(text, "1.5 objects an hour");
	growth.ns *= 3;
	qy_growth_rate(text, sizeof(text), &growth);
	CHECK_STR_EQ(text, "0.5 objects an hour");
}

TEST(driver_growth, a_series_that_is_full_loses_every_second_sample)
{
	char name[32];

	memset(&series, 0, sizeof(series));
	for (uint32_t at = 0; at <= QY_DRIVER_SAMPLES; at++) {
		CHECK_EQ(qy_series_sample(&series, at), at == QY_DRIVER_SAMPLES);
		for (uint32_t n = 0; n < at; n++)
			qy_series_count(&series, "b", 8);
	}
	CHECK_EQ(series.nr, QY_DRIVER_SAMPLES / 2 + 1);
	for (uint32_t at = 0; at < series.nr; at++) {
		CHECK_EQ(series.at_ns[at], 2 * at);
		CHECK_EQ(series.cache[0].held[at], 2 * at);
	}
	qy_series_count(&series, "a", 16);
	CHECK_STR_EQ(series.cache[0].name, "a");
	CHECK_EQ(series.cache[1].held[series.nr - 1], QY_DRIVER_SAMPLES);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		qy_series_count(&series, name, 8);
	}
	CHECK_EQ(series.nr_caches, QY_DRIVER_CACHES);
	CHECK_STR_EQ(series.cache[0].name, "(others)");
	CHECK_EQ(series.cache[0].held[series.nr - 1], 42 - (QY_DRIVER_CACHES - 1));
}
