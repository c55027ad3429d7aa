/* SPDX-License-Identifier: MIT */
/* Calls of firmware: the boards here have none, so each is answered as unknown. No state. */
#ifndef COMPAT_LINUX_ARM_SMCCC_H
#define COMPAT_LINUX_ARM_SMCCC_H

#include <linux/bits.h>
#include <linux/types.h>

#define ARM_SMCCC_STD_CALL         0UL
#define ARM_SMCCC_FAST_CALL        1UL
#define ARM_SMCCC_TYPE_SHIFT       31
#define ARM_SMCCC_SMC_32           0
#define ARM_SMCCC_SMC_64           1
#define ARM_SMCCC_CALL_CONV_SHIFT  30
#define ARM_SMCCC_OWNER_MASK       0x3F
#define ARM_SMCCC_OWNER_SHIFT      24
#define ARM_SMCCC_FUNC_MASK        0xFFFF
#define ARM_SMCCC_OWNER_ARCH       0
#define ARM_SMCCC_OWNER_CPU        1
#define ARM_SMCCC_OWNER_SIP        2
#define ARM_SMCCC_OWNER_OEM        3
#define ARM_SMCCC_OWNER_STANDARD   4
#define ARM_SMCCC_OWNER_VENDOR_HYP 6
#define ARM_SMCCC_OWNER_TRUSTED_OS 50
#define ARM_SMCCC_CALL_VAL(type, calling_convention, owner, func_num)       \
	(((type) << ARM_SMCCC_TYPE_SHIFT) |                                 \
		((calling_convention) << ARM_SMCCC_CALL_CONV_SHIFT) |       \
		(((owner)&ARM_SMCCC_OWNER_MASK) << ARM_SMCCC_OWNER_SHIFT) | \
		((func_num)&ARM_SMCCC_FUNC_MASK))
#define ARM_SMCCC_VERSION_1_0 0x10000
#define ARM_SMCCC_VERSION_1_1 0x10001

#define SMCCC_RET_SUCCESS           0
#define SMCCC_RET_NOT_SUPPORTED     -1
#define SMCCC_RET_NOT_REQUIRED      -2
#define SMCCC_RET_INVALID_PARAMETER -3

struct arm_smccc_res {
	unsigned long a0, a1, a2, a3;
};

enum arm_smccc_conduit {
	SMCCC_CONDUIT_NONE,
	SMCCC_CONDUIT_SMC,
	SMCCC_CONDUIT_HVC,
};

static inline enum arm_smccc_conduit arm_smccc_1_1_get_conduit(void)
{
	return SMCCC_CONDUIT_NONE;
}

static inline u32 arm_smccc_get_version(void)
{
	return ARM_SMCCC_VERSION_1_0;
}

static inline void qy_compat_smccc(struct arm_smccc_res *res)
{
	if (res)
		*res = (struct arm_smccc_res){
			.a0 = (unsigned long)SMCCC_RET_NOT_SUPPORTED
		};
}

#define arm_smccc_smc(a0, a1, a2, a3, a4, a5, a6, a7, res)                       \
	((void)(a0), (void)(a1), (void)(a2), (void)(a3), (void)(a4), (void)(a5), \
		(void)(a6), (void)(a7), qy_compat_smccc(res))
#define arm_smccc_hvc(a0, a1, a2, a3, a4, a5, a6, a7, res) \
	arm_smccc_smc(a0, a1, a2, a3, a4, a5, a6, a7, res)
/* The last argument is where the answer goes. */
static inline void qy_compat_smccc_last(int nr, const unsigned long *args)
{
	qy_compat_smccc((struct arm_smccc_res *)args[nr - 1]);
}
#define QY_SMCCC_WORD(x)                                             ((unsigned long)(x))
#define QY_SMCCC_2(a, b)                                             QY_SMCCC_WORD(a), QY_SMCCC_WORD(b)
#define QY_SMCCC_3(a, ...)                                           QY_SMCCC_WORD(a), QY_SMCCC_2(__VA_ARGS__)
#define QY_SMCCC_4(a, ...)                                           QY_SMCCC_WORD(a), QY_SMCCC_3(__VA_ARGS__)
#define QY_SMCCC_5(a, ...)                                           QY_SMCCC_WORD(a), QY_SMCCC_4(__VA_ARGS__)
#define QY_SMCCC_6(a, ...)                                           QY_SMCCC_WORD(a), QY_SMCCC_5(__VA_ARGS__)
#define QY_SMCCC_7(a, ...)                                           QY_SMCCC_WORD(a), QY_SMCCC_6(__VA_ARGS__)
#define QY_SMCCC_8(a, ...)                                           QY_SMCCC_WORD(a), QY_SMCCC_7(__VA_ARGS__)
#define QY_SMCCC_9(a, ...)                                           QY_SMCCC_WORD(a), QY_SMCCC_8(__VA_ARGS__)
#define QY_SMCCC_PICK(_1, _2, _3, _4, _5, _6, _7, _8, _9, name, ...) name
#define QY_SMCCC_WORDS(...)                                                        \
	QY_SMCCC_PICK(__VA_ARGS__, QY_SMCCC_9, QY_SMCCC_8, QY_SMCCC_7, QY_SMCCC_6, \
		QY_SMCCC_5, QY_SMCCC_4, QY_SMCCC_3, QY_SMCCC_2, QY_SMCCC_2)        \
	(__VA_ARGS__)
#define arm_smccc_1_1_smc(...)                                                           \
	do {                                                                             \
		const unsigned long words_[] = { QY_SMCCC_WORDS(__VA_ARGS__) };          \
		qy_compat_smccc_last((int)(sizeof(words_) / sizeof(words_[0])), words_); \
	} while (0)
#define arm_smccc_1_1_hvc(...)    arm_smccc_1_1_smc(__VA_ARGS__)
#define arm_smccc_1_1_invoke(...) arm_smccc_1_1_smc(__VA_ARGS__)

#endif
