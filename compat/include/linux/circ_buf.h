/* SPDX-License-Identifier: MIT */
/* Rings whose size is a power of two; one place stays empty. No state. */
#ifndef COMPAT_LINUX_CIRC_BUF_H
#define COMPAT_LINUX_CIRC_BUF_H

struct circ_buf {
	char *buf;
	int head, tail;
};

#define CIRC_CNT(head, tail, size)   (((head) - (tail)) & ((size)-1))
#define CIRC_SPACE(head, tail, size) CIRC_CNT((tail), ((head) + 1), (size))
/* Up to the end of the buffer. */
#define CIRC_CNT_TO_END(head, tail, size)              \
	({                                             \
		int end_ = (size) - (tail);            \
		int n_ = ((head) + end_) & ((size)-1); \
		n_ < end_ ? n_ : end_;                 \
	})
#define CIRC_SPACE_TO_END(head, tail, size)            \
	({                                             \
		int end_ = (size)-1 - (head);          \
		int n_ = (end_ + (tail)) & ((size)-1); \
		n_ <= end_ ? n_ : end_ + 1;            \
	})

#endif
