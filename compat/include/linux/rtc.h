/* SPDX-License-Identifier: MIT */
/* Moments as dates and as seconds since 1970. There are no clocks that run while a board is off. No state. */
#ifndef COMPAT_LINUX_RTC_H
#define COMPAT_LINUX_RTC_H

#include <linux/ktime.h>
#include <linux/types.h>
#include <asm/quarry.h>

struct rtc_time {
	int tm_sec;
	int tm_min;
	int tm_hour;
	int tm_mday; /* from 1 on */
	int tm_mon;  /* from 0 on */
	int tm_year; /* since 1900 */
	int tm_wday; /* 0: Sunday */
	int tm_yday;
	int tm_isdst;
};

static inline bool is_leap_year(unsigned int year)
{
	return (!(year % 4) && year % 100) || !(year % 400);
}

int rtc_month_days(unsigned int month, unsigned int year) QY_REAL(rtc_month_days);
int rtc_year_days(unsigned int day, unsigned int month, unsigned int year)
	QY_REAL(rtc_year_days);
int rtc_valid_tm(struct rtc_time *tm) QY_REAL(rtc_valid_tm);
void rtc_time64_to_tm(time64_t time, struct rtc_time *tm) QY_REAL(rtc_time64_to_tm);
time64_t rtc_tm_to_time64(struct rtc_time *tm) QY_REAL(rtc_tm_to_time64);
time64_t mktime64(unsigned int year, unsigned int month, unsigned int day,
	unsigned int hour, unsigned int minute, unsigned int second) QY_REAL(mktime64);

#endif
