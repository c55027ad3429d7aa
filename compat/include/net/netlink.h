/* SPDX-License-Identifier: MIT */
/* Attributes of messages about interfaces: none comes here, but code that reads them compiles. No state. */
#ifndef COMPAT_NET_NETLINK_H
#define COMPAT_NET_NETLINK_H

#include <linux/types.h>

struct nlattr {
	u16 nla_len, nla_type;
};

struct nla_policy {
	u8 type, validation_type;
	u16 len;
};

struct netlink_ext_ack {
	const char *_msg;
};

#define NL_SET_ERR_MSG(extack, msg)                      \
	do {                                             \
		struct netlink_ext_ack *ack_ = (extack); \
		if (ack_)                                \
			ack_->_msg = (msg);              \
	} while (0)
#define NL_SET_ERR_MSG_MOD(extack, msg) NL_SET_ERR_MSG(extack, KBUILD_MODNAME ": " msg)

static inline int nla_len(const struct nlattr *nla)
{
	return nla->nla_len - (int)sizeof(*nla);
}

static inline void *nla_data(const struct nlattr *nla)
{
	return (void *)(uintptr_t)(nla + 1);
}

#endif
