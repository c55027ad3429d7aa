// SPDX-License-Identifier: MIT
/*
 * Faults of this process that are no crash: a page of the program is touched, which its driver is asked for; and looks for shadow
 * where there cannot be any. A pointer that no CPU could follow (of a deleted list entry, say) has no shadow, so code that checks inline
 * faults before it can ask. The look is answered as if it had met a code that says no; then the code
 * calls the run time, which tells of the access, and the access itself faults.
 *
 * State: who wants it, and what was told of last.
 */
#include "compat/host.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <quarry/sim.h>
#include <quarry/world.h>

#define NO 0xe1 /* KASAN_NULL */

static bool answers;
static unsigned int nr_catchers;
static struct sigaction usual; /* what it was before it moved */
static bool moved; /* the handler, for one fault, to the stack of who makes it */
static uintptr_t told, told_bytes; /* its own fault is to come */
static uintptr_t answered;         /* a look, and nobody was told since */

/*
 * A page of the program was touched that is not there. The driver is asked on the stack of who touched it, since it may sleep: where
 * this handler has come on a stack of its own, the access is made once more, with the handler where it is made. (To
 * disable the signal stack in the context would not do: kernels since 6.12 look at it while they still stand on it.)
 */
static bool fault_in(ucontext_t *context)
{
	const void *address;
	int write = qy_sim_fault_at(context, &address);
	struct sigaction here;
	stack_t now;
	sigset_t set;

	if (moved) {
		sigaction(SIGSEGV, &usual, NULL);
		moved = false;
	}
	if (!qy_compat_user_has(address))
		return false;
	sigaltstack(NULL, &now);
	if (now.ss_flags & SS_ONSTACK) {
		sigaction(SIGSEGV, NULL, &usual);
		here = usual;
		here.sa_flags &= ~SA_ONSTACK;
		moved = !sigaction(SIGSEGV, &here, NULL);
		return moved;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGSEGV); /* what the driver does may fault, too */
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	return !qy_compat_user_touch(address, write);
}

#if defined(__x86_64__)

#define FIRST_LOOK \
	(3ul << 44) /* what is looked at for the first address that is none, and the last */
#define LAST_LOOK ((1ul << 61) + (1ul << 45))

enum answer {
	INTO_REGISTER, /* movzbl, movzwl, movsbl */
	INTO_LOW_BYTE, /* movb */
	INTO_FLAGS,    /* cmpb, cmpw with 0 */
};

struct look {
	uintptr_t at;
	size_t bytes; /* of the instruction */
	enum answer answer;
	unsigned int reg;
	bool sign;
};

static greg_t *reg_of(ucontext_t *context, unsigned int n)
{
	static const unsigned char order[] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX,
		REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11,
		REG_R12, REG_R13, REG_R14, REG_R15 };

	return &context->uc_mcontext.gregs[order[n]];
}

/* ModRM and what is behind it: the address, and where the instruction goes on. NULL: none that a look has. */
static const uint8_t *operand(
	ucontext_t *context, const uint8_t *code, unsigned int rex, struct look *look)
{
	unsigned int mod = *code >> 6, rm = *code & 7;
	uintptr_t at = 0;
	int32_t wide;

	look->reg = (*code++ >> 3 & 7) | (rex & 4) << 1;
	if (mod == 3 || (mod == 0 && rm == 5))
		return NULL;
	if (rm == 4) {
		unsigned int scale = *code >> 6;
		unsigned int index = (*code >> 3 & 7) | (rex & 2) << 2;

		rm = *code++ & 7;
		if (index != 4)
			at = (uintptr_t)*reg_of(context, index) << scale;
		if (mod == 0 && rm == 5)
			return NULL;
	}
	at += (uintptr_t)*reg_of(context, rm | (rex & 1) << 3);
	if (mod == 1) {
		at += (uintptr_t)(int8_t)*code++;
	} else if (mod == 2) {
		memcpy(&wide, code, sizeof(wide));
		at += (uintptr_t)wide;
		code += sizeof(wide);
	}
	look->at = at;
	return code;
}

static bool read_look(ucontext_t *context, struct look *look)
{
	const uint8_t *begin = (const uint8_t *)context->uc_mcontext.gregs[REG_RIP];
	const uint8_t *code = begin;
	unsigned int rex = 0;

	if (*code == 0x66)
		code++;
	if (*code >> 4 == 4)
		rex = *code++;
	if (code[0] == 0x0f && (code[1] == 0xb6 || code[1] == 0xb7 || code[1] == 0xbe)) {
		look->answer = INTO_REGISTER;
		look->sign = code[1] == 0xbe;
		code = operand(context, code + 2, rex, look);
	} else if (code[0] == 0x8a) {
		look->answer = INTO_LOW_BYTE;
		code = operand(context, code + 1, rex, look);
		if (!rex && look->reg >= 4)
			return false; /* %ah and its like */
	} else if ((code[0] == 0x80 || code[0] == 0x83) && (code[1] >> 3 & 7) == 7) {
		look->answer = INTO_FLAGS;
		code = operand(context, code + 1, rex, look);
		code = code && !*code ? code + 1 : NULL;
	} else {
		return false;
	}
	look->bytes = code ? (size_t)(code - begin) : 0;
	return code && look->at >= FIRST_LOOK && look->at <= LAST_LOOK;
}

static bool answer_look(void *where)
{
	const greg_t carry = 1, zero = 0x40, sign = 0x80, overflow = 0x800;
	ucontext_t *context = where;
	greg_t *flags = &context->uc_mcontext.gregs[REG_EFL];
	greg_t *pc = &context->uc_mcontext.gregs[REG_RIP];
	struct look look;

	if (!answers || *pc == context->uc_mcontext.gregs[REG_CR2])
		return false; /* a call to nowhere has no instruction */
	if (!read_look(context, &look) || look.at - told < told_bytes ||
		(uintptr_t)*pc == answered)
		return false;
	answered = (uintptr_t)*pc;
	if (look.answer == INTO_REGISTER)
		*reg_of(context, look.reg) = look.sign ? (uint32_t)(int8_t)NO : NO;
	else if (look.answer == INTO_LOW_BYTE)
		*reg_of(context, look.reg) = (*reg_of(context, look.reg) & ~0xffll) | NO;
	else
		*flags = (*flags & ~(carry | zero | overflow)) | sign;
	*pc += (greg_t)look.bytes;
	return true;
}

#else

static bool answer_look(void *where)
{
	(void)where;
	return false;
}

#endif

bool qy_world_fault(void *where)
{
	return fault_in(where) || answer_look(where);
}

void qy_host_told_of(uintptr_t at, size_t bytes)
{
	told = at;
	told_bytes = bytes;
	answered = 0;
}

void qy_host_catch_faults(bool on)
{
	nr_catchers += on ? 1u : -1u;
	qy_sim_watch_faults(nr_catchers ? qy_world_fault : NULL);
}

void qy_host_answer_looks(bool on)
{
	if (on == answers)
		return;
	told_bytes = answered = 0;
	answers = on;
	qy_host_catch_faults(on);
}
