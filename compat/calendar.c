// SPDX-License-Identifier: MIT
/*
 * Moments as dates (linux/rtc.h): days are counted from a first of March, so that a leap day ends its year.
 *
 * No state.
 */
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/rtc.h>

#define DAY_SECONDS  86400
#define ERA_DAYS     146097 /* of 400 years */
#define DAYS_TO_1970 719468 /* from March 1st of the year 0 */

int rtc_month_days(unsigned int month, unsigned int year)
{
	static const u8 days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month] + (month == 1 && is_leap_year(year));
}

int rtc_year_days(unsigned int day, unsigned int month, unsigned int year)
{
	int days = (int)day - 1;

	while (month--)
		days += rtc_month_days(month, year);
	return days;
}

int rtc_valid_tm(struct rtc_time *tm)
{
	if (tm->tm_year < 70 || tm->tm_year > INT_MAX - 1900 ||
		(unsigned int)tm->tm_mon >= 12 || tm->tm_mday < 1 ||
		tm->tm_mday > rtc_month_days((unsigned int)tm->tm_mon,
				      (unsigned int)tm->tm_year + 1900) ||
		(unsigned int)tm->tm_hour >= 24 || (unsigned int)tm->tm_min >= 60 ||
		(unsigned int)tm->tm_sec >= 60)
		return -EINVAL;
	return 0;
}

void rtc_time64_to_tm(time64_t time, struct rtc_time *tm)
{
	s64 days = time / DAY_SECONDS, era, year;
	int seconds = (int)(time % DAY_SECONDS);
	int day, of_era, month;

	if (seconds < 0) {
		seconds += DAY_SECONDS;
		days--;
	}
	tm->tm_wday = (int)((days % 7 + 11) % 7);
	days += DAYS_TO_1970;
	era = (days >= 0 ? days : days - ERA_DAYS + 1) / ERA_DAYS;
	day = (int)(days - era * ERA_DAYS);
	of_era = (day - day / 1460 + day / 36524 - day / (ERA_DAYS - 1)) / 365;
	day -= 365 * of_era + of_era / 4 - of_era / 100;
	month = (5 * day + 2) / 153; /* from March on */
	tm->tm_mday = day - (153 * month + 2) / 5 + 1;
	tm->tm_mon = month < 10 ? month + 2 : month - 10;
	year = of_era + era * 400 + (tm->tm_mon < 2);
	tm->tm_year = (int)(year - 1900);
	tm->tm_yday = rtc_year_days(
		(unsigned int)tm->tm_mday, (unsigned int)tm->tm_mon, (unsigned int)year);
	tm->tm_hour = seconds / 3600;
	tm->tm_min = seconds / 60 % 60;
	tm->tm_sec = seconds % 60;
	tm->tm_isdst = 0;
}

time64_t mktime64(unsigned int year, unsigned int month, unsigned int day,
	unsigned int hour, unsigned int minute, unsigned int second)
{
	s64 y = (s64)year - (month <= 2), m = month > 2 ? month - 3 : month + 9;
	s64 days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 -
		   DAYS_TO_1970;

	return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

time64_t rtc_tm_to_time64(struct rtc_time *tm)
{
	return mktime64((unsigned int)tm->tm_year + 1900, (unsigned int)tm->tm_mon + 1,
		(unsigned int)tm->tm_mday, (unsigned int)tm->tm_hour,
		(unsigned int)tm->tm_min, (unsigned int)tm->tm_sec);
}
