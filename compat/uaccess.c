// SPDX-License-Identifier: MIT
/*
 * Structures of programs that are of another size than ours (linux/uaccess.h).
 *
 * No state.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/uaccess.h>

int check_zeroed_user(const void *from, size_t n)
{
	for (const char *at = from; n;) {
		char piece[64];
		size_t part = min(n, sizeof(piece));

		if (copy_from_user(piece, at, part))
			return -EFAULT;
		if (memchr_inv(piece, 0, part))
			return 0;
		at += part;
		n -= part;
	}
	return 1;
}

int copy_struct_from_user(void *to, size_t size, const void *from, size_t their_size)
{
	size_t both = min(size, their_size);

	if (their_size > size) {
		int zeroed =
			check_zeroed_user((const char *)from + size, their_size - size);

		if (zeroed <= 0)
			return zeroed ? zeroed : -E2BIG;
	}
	memset((char *)to + both, 0, size - both);
	return copy_from_user(to, from, both) ? -EFAULT : 0;
}
