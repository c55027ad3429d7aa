/* SPDX-License-Identifier: MIT */
/*
 * Accesses of drivers, checked against shadow memory: what the files of it share.
 *
 *   kasan_store.c    where shadow lies
 *   kasan_shadow.c   which byte may be touched, and which was written
 *   kasan_access.c   what compilers call at an access
 *   kasan_stack.c    variables that are local to a function
 *   kasan_string.c   the functions of bytes and strings
 *   kasan.c          what comes and goes; what was freed waits here
 *   kasan_dma.c      what is a device's for a while
 *   kasan_pool.c     blocks of pools for devices
 *   kasan_report.c   the words
 *
 * One byte of shadow, the state, says of 8 bytes of memory (a granule):
 *
 *   00         all may be touched           01..07   the first so many
 *   a0..a7     as 00..07, but of some of them nobody has written: a second byte, `unwritten`, has a bit for each
 *   other      none may: the code says why, qy_kasan_meanings what is done about it
 *
 * Code that checks inline knows 00..07 alone, and asks the run time about everything else. So a store to a granule that is
 * written for the first time is seen, later ones cost two instructions.
 *
 * Shadow is flat where the host has the addresses: the state of address a at KASAN_FLAT + a / 8, the bits KASAN_SPAN behind
 * it. Elsewhere it is had in chunks, and code that checks inline cannot run; what calls for each access can.
 *
 * Locking: none; see world.h. The shadow is the process's, since addresses are.
 */
#ifndef COMPAT_KASAN_H
#define COMPAT_KASAN_H

#include <linux/compiler.h>
#include <linux/types.h>
#include "compat/core.h"
#include "compat/held.h"
#include "compat/world.h"

struct device;

#define KASAN_GRANULE     8u
#define KASAN_CHUNK_SHIFT 21 /* log2 of the bytes that a chunk covers */
#define KASAN_ADDRESS     47 /* bits of an address that can be one */
#define KASAN_CHUNKS      (1ul << (KASAN_ADDRESS - KASAN_CHUNK_SHIFT))
#define KASAN_CHUNK       (1ul << KASAN_CHUNK_SHIFT)
#define KASAN_GRANULES    (KASAN_CHUNK / KASAN_GRANULE)
#define KASAN_SPAN        (1ul << (KASAN_ADDRESS - 3)) /* of the shadow of all addresses */

/*
 * Compiled into modules: cmake/quarry.cmake and lab/driver_cc.c have it, too. Below where Linux puts programs, libraries and
 * stacks, above AddressSanitizer's shadow. Not a power of two: clang would set the bit where it can add while it looks.
 */
#define KASAN_FLAT (5 * KASAN_SPAN / 2)

/* Linux's values where it has one, and what it has none for is printed as what it is nearest to. */
enum {
	KASAN_PAGE_FREE = 0xff,
	KASAN_PAGE_REDZONE = 0xfe,
	KASAN_PAGE_WAITS = 0xfd, /* freed, and kept from use for a while */
	KASAN_SLAB_REDZONE = 0xfc,
	KASAN_SLAB_FREE = 0xfb,
	KASAN_GLOBAL_REDZONE = 0xf9,
	KASAN_VMALLOC_INVALID = 0xf8,
	KASAN_STACK_PARTIAL = 0xf4,
	KASAN_STACK_RIGHT = 0xf3,
	KASAN_STACK_MID = 0xf2,
	KASAN_STACK_LEFT = 0xf1, /* these four inline code writes itself */
	KASAN_ALLOCA_LEFT = 0xca,
	KASAN_ALLOCA_RIGHT = 0xcb,
	KASAN_USER = 0xe0, /* a program's */
	KASAN_NULL = 0xe1,
	KASAN_DMA = 0xe2, /* a device's turn */
	KASAN_UNSEEN =
		0xa0, /* to a7: unwritten bytes are among those that may be touched */
};

/* What is in a byte that nobody has written. Who writes it unseen (the runtime for a driver) leaves another one. */
#define KASAN_UNWRITTEN 0xa9

/* What a state that is a code means. */
struct kasan_meaning {
	const char *kind; /* of mistake, in reports; NULL: an unknown one */
	/*
	 * Is an access to [p, p + bytes), of one granule, right all the same? What it says holds for this access; it may change the
	 * state. NULL: no.
	 */
	bool (*may)(const char *p, size_t bytes, bool write);
};
extern const struct kasan_meaning qy_kasan_meanings[256]; /* kasan_access.c */

/* ------------------------------------------------------------------ kasan_store.c */

struct kasan_chunk {
	u8 state[KASAN_GRANULES];
	u8 unwritten[KASAN_GRANULES];
};

extern u8 *qy_kasan_flat; /* KASAN_FLAT; NULL: in chunks, or not there yet */
/* By address; entries are NULL where nothing was said. */
extern struct kasan_chunk **qy_kasan_chunks;
extern size_t qy_kasan_to_unwritten; /* from a granule's state to its bits */

/* Return: false: the host has no addresses for it. */
bool qy_kasan_shadow_init(void);
/* The state of an address below 1 << KASAN_ADDRESS and, behind it, of the rest of its chunk; NULL: nothing was said of it. */
static inline const u8 *qy_kasan_look(uintptr_t a)
{
	const struct kasan_chunk *chunk;

	if (likely(qy_kasan_flat))
		return qy_kasan_flat + a / KASAN_GRANULE;
	chunk = qy_kasan_chunks ? qy_kasan_chunks[a >> KASAN_CHUNK_SHIFT] : NULL;
	return chunk ? chunk->state + a / KASAN_GRANULE % KASAN_GRANULES : NULL;
}
/* Likewise, to be written. */
u8 *qy_kasan_own(uintptr_t a);
/* The state of all granules that [a, end) has a part in. */
void qy_kasan_fill(uintptr_t a, uintptr_t end, u8 state);
/* A range in which nearly all stays at @state. Return: false: the host has no memory. */
bool qy_kasan_begin(const void *p, size_t bytes, u8 state);
/* Back to nothing said: of a range; of everything but variables of modules, flat. */
void qy_kasan_forget(const void *p, size_t bytes);
void qy_kasan_forget_all(void);

/* ------------------------------------------------------------------ kasan_shadow.c */

/* [p, p + bytes) may be touched; nobody may. A granule is another's before @p, and nobody's behind the end. */
void qy_kasan_allow(const void *p, size_t bytes);
void qy_kasan_deny(const void *p, size_t bytes, u8 code);
/* The same for what no object is in; one that was freed there stays so. */
void qy_kasan_deny_rest(const void *p, size_t bytes);
/* As a kernel would print it. */
u8 qy_kasan_state(const void *p);
/* May all of it be touched, and is all of it written? false: perhaps not. */
bool qy_kasan_is_plain(const void *p, size_t bytes);
/* The first byte that may not be touched; NULL: none. */
const char *qy_kasan_first_bad(const void *p, size_t bytes, bool write);
/* Nobody has written these; they are written; those of @from are as written as they were there. */
void qy_kasan_set_unwritten(const void *p, size_t bytes);
void qy_kasan_set_written(const void *p, size_t bytes);
void qy_kasan_copy_written(const void *to, const void *from, size_t bytes);
/* The first byte that nobody has written; NULL: none. */
const char *qy_kasan_first_unwritten(const void *p, size_t bytes);

/* ------------------------------------------------------------------ kasan_access.c */

/* On behalf of a driver: may it? What may not is reported. @from: who does it. Return: it may. */
bool qy_kasan_check(const void *p, size_t bytes, bool write, void *from);
/* The same for both ends of a copy, whose bytes are as written as they were. */
/* Return: it may. */
bool qy_kasan_check_copy(void *to, const void *from, size_t bytes, void *caller);
/* What a driver hands to a program, or to a device: has it been written? @to: the program's; NULL. */
void qy_kasan_check_written(
	const void *p, size_t bytes, const char *deed, const void *to, void *from);

/* A variable of a module, between its redzones. */
struct kasan_global {
	uintptr_t start;
	size_t bytes, bytes_with_redzone;
	const char *name, *module;
	unsigned long has_constructor;
	void *location;
	char *odr;
};
/* The one whose memory or redzone an address lies in. */
const struct kasan_global *qy_kasan_global(const void *p);
/* Their redzones are there again. */
void qy_kasan_deny_globals(void);

/* ------------------------------------------------------------------ kasan_stack.c */

/* Nobody's function is on it, or ever returns: its red zones are of no meaning. */
void qy_kasan_clean_stack(const struct qy_fiber *fiber);

struct kasan_frame {
	const struct task_struct *task; /* whose stack */
	const void *function;           /* NULL: no frame was found */
	const char
		*variables; /* of it, to be read by the two functions below, in order */
	size_t offset;      /* of the address in it */
};
struct kasan_variable {
	size_t start, bytes; /* in the frame */
	char name[64];
};
/* Does an address lie on a stack? */
bool qy_kasan_frame(const struct qy_world *w, const void *p, struct kasan_frame *frame);
unsigned long qy_kasan_nr_variables(struct kasan_frame *frame);
void qy_kasan_next_variable(struct kasan_frame *frame, struct kasan_variable *variable);

/* ------------------------------------------------------------------ kasan.c */

struct kasan_freed {
	struct kasan_freed *next;
	struct held *held;        /* who had it */
	const void *p;            /* of pages: struct page */
	const char *start;        /* of its bytes */
	struct kmem_cache *cache; /* that it goes back to; NULL: by its kind */
	unsigned int order;
	bool waits; /* its memory is not free yet */
	int pid;
	const void
		*from; /* the call of the free: the first of frames that says something */
	unsigned int nr_frames;
	void *frames[QY_HELD_FRAMES];
};

/* The newest whose bytes an address lies in, or within @around of; NULL. */
const struct kasan_freed *qy_kasan_freed(const struct qy_world *w, const void *p);
const struct held *qy_kasan_held(const struct qy_world *w, const void *p);
/* Bytes of memory that a thing covers. */
const char *qy_kasan_bytes_of(const struct held *held);

/* As qy_defer_free(), of a devres; what of it is the driver's (device.c). */
bool qy_defer_free_devres(void *dr);
void *qy_compat_devres_data(void *dr);
/* Memory that the runtime has taken for a driver without a note. */
void qy_kasan_lent(const void *p, size_t bytes);

/*
 * An element goes back to a driver's pool. @kept: it is in its reserve now: who touches it is told. Else: before that; false: it is not
 * the driver's to give back, which has been said.
 */
bool qy_kasan_keep(enum qy_held kind, const void *element, const char *start,
	size_t bytes, bool kept, void *from);

int qy_kasan_init(struct qy_world *w);
void qy_kasan_down(struct qy_world *w);
void qy_kasan_took(struct qy_world *w, const struct held *held);
void qy_kasan_gave(struct qy_world *w, const struct held *held);
/* All that waits is freed. */
void qy_kasan_drain(struct qy_world *w);
/* A program's bytes, while a driver's function works for it. */
void qy_kasan_user(const void *p, size_t bytes, bool theirs);

/* ------------------------------------------------------------------ kasan_pool.c */

/* Those of a device that go with it, NULL: all. */
void qy_kasan_pools_gone(struct qy_world *w, const struct device *dev);

/* ------------------------------------------------------------------ kasan_dma.c */

/* What a state of KASAN_DMA means: an access that comes too early is told here, and is no mistake otherwise. Return: true. */
bool qy_kasan_on_loan(const char *p, size_t bytes, bool write);
/* A thing goes back while a device has it. */
void qy_kasan_loans_freed(const struct held *held);
void qy_kasan_loans_down(struct qy_world *w);

/* ------------------------------------------------------------------ kasan_report.c */

/* Of this place in the code; from now on it is. */
bool qy_kasan_told_before(struct qy_world *w, const void *from);

/* @bad: the first of them that may not be touched */
void qy_kasan_report(
	const void *p, size_t bytes, const char *bad, bool write, void *from);
/* @what: "double-free", "invalid-free" */
void qy_kasan_report_free(const void *p, const char *what, void *from);
/* @deed: "kernel-infoleak", "uninit-value" */
void qy_kasan_report_unwritten(
	const void *p, size_t bytes, const char *deed, const void *to, void *from);

#endif
