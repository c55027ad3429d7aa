// SPDX-License-Identifier: MIT
/*
 * Whole numbers: divisors, roots, powers, fractions.
 *
 * No state.
 */
#include <linux/gcd.h>
#include <linux/kernel.h>
#include <linux/lcm.h>
#include <linux/math64.h>
#include <linux/rational.h>

unsigned long gcd(unsigned long a, unsigned long b)
{
	while (b) {
		unsigned long rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

unsigned long lcm(unsigned long a, unsigned long b)
{
	return a && b ? a / gcd(a, b) * b : 0;
}

unsigned long lcm_not_zero(unsigned long a, unsigned long b)
{
	unsigned long l = lcm(a, b);

	return l ? l : (b ? b : a);
}

/* Digit by digit of base 4. */
static u64 root(u64 x)
{
	u64 result = 0;

	for (u64 bit = 1ull << 62; bit; bit >>= 2) {
		if (x >= result + bit) {
			x -= result + bit;
			result = (result >> 1) + bit;
		} else {
			result >>= 1;
		}
	}
	return result;
}

unsigned long int_sqrt(unsigned long x)
{
	return root(x);
}

u32 int_sqrt64(u64 x)
{
	return (u32)root(x);
}

u64 int_pow(u64 base, unsigned int exponent)
{
	u64 result = 1;

	for (; exponent; exponent >>= 1) {
		if (exponent & 1)
			result *= base;
		base *= base;
	}
	return result;
}

u64 mul_u64_u64_div_u64(u64 a, u64 mul, u64 div)
{
	unsigned __int128 product = (unsigned __int128)a * mul;
	u64 high = (u64)(product >> 64), low = (u64)product;

	if (high >= div)
		return ~0ull;
	/* long division, a bit at a time: the compiler's own would want a library */
	for (int bit = 0; bit < 64; bit++) {
		u64 carry = high >> 63;

		high = high << 1 | low >> 63;
		low <<= 1;
		if (carry || high >= div) {
			high -= div;
			low |= 1;
		}
	}
	return low;
}

/*
 * Continued fractions: n/d = a0 + 1/(a1 + 1/(a2 + ...)). Each convergent is nearer than all with smaller terms; where the next one
 * goes over a bound, a semiconvergent may be nearer still: with at least half of its term, by Khinchin.
 */
void rational_best_approximation(unsigned long n, unsigned long d, unsigned long max_n,
	unsigned long max_d, unsigned long *best_n, unsigned long *best_d)
{
	unsigned long n0 = 0, d0 = 1, n1 = 1, d1 = 0;

	while (d) {
		unsigned long term = n / d, rest = n % d, n2, d2;

		n2 = n0 + term * n1;
		d2 = d0 + term * d1;
		if (n2 > max_n || d2 > max_d) {
			unsigned long fits = ULONG_MAX;

			if (d1)
				fits = (max_d - d0) / d1;
			if (n1)
				fits = min(fits, (max_n - n0) / n1);
			/* the semiconvergent is nearer than n1/d1; at just half, where what follows says so */
			if (!d1 || 2 * fits > term ||
				(2 * fits == term && d0 * d > d1 * rest)) {
				n1 = n0 + fits * n1;
				d1 = d0 + fits * d1;
			}
			break;
		}
		n0 = n1;
		d0 = d1;
		n1 = n2;
		d1 = d2;
		n = d;
		d = rest;
	}
	*best_n = n1;
	*best_d = d1;
}
