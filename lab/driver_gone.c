// SPDX-License-Identifier: MIT
/*
 * Modules that are gone: their code can not be run any more, as on Linux, where its pages are given back. What a driver has left
 * to come later (a timer, work, a thread, a callback behind a grace period) faults when it comes.
 *
 * State: that of the session.
 */
#include "lab/driver_session.h"

#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <quarry/symbol.h>

#define LATE_NS 1000000000ull /* board time in which what is left may come */

struct search {
	const void *inside; /* of the module's data */
	struct qy_code *code;
};

static int find_code(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct search *search = arg;
	const ElfW(Phdr) *code = NULL;
	bool here = false;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + part->p_vaddr;

		if (part->p_type != PT_LOAD)
			continue;
		here |= (uintptr_t)search->inside - start < part->p_memsz;
		if (part->p_flags & PF_X)
			code = part;
	}
	if (!here || !code)
		return 0;
	search->code->begin = info->dlpi_addr + code->p_vaddr;
	search->code->end = search->code->begin + code->p_memsz;
	return 1;
}

void qy_session_find_code(void)
{
	const struct qy_driver_plan *plan = qy_session.plan;

	for (uint32_t i = 0; i < plan->nr_modules; i++) {
		struct search search = { plan->module[i].info, &qy_session.code[i] };

		dl_iterate_phdr(find_code, &search);
		qy_session.has_hardware |= plan->module[i].hardware;
	}
}

int qy_session_module_of(const void *code)
{
	for (int i = 0; i < QY_MAX_MODULES; i++)
		if ((uintptr_t)code >= qy_session.code[i].begin &&
			(uintptr_t)code < qy_session.code[i].end)
			return i;
	return -1;
}

static int protect(const struct qy_code *code, int rights)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
	uintptr_t begin = code->begin & ~page, end = (code->end + page) & ~page;

	return mprotect((void *)begin, end - begin, rights);
}

void qy_session_code_goes(uint32_t module)
{
	struct qy_code *code = &qy_session.code[module];

	code->gone = code->end && !protect(code, PROT_NONE);
}

void qy_session_code_comes_back(void)
{
	for (uint32_t i = 0; i < QY_MAX_MODULES; i++) {
		if (qy_session.code[i].gone)
			protect(&qy_session.code[i], PROT_READ | PROT_EXEC);
		qy_session.code[i].gone = false;
	}
}

static bool is_gone(const void *code)
{
	int module = qy_session_module_of(code);

	return module >= 0 && qy_session.code[module].gone;
}

bool qy_session_taken_by_gone(const struct qy_world_held *held)
{
	for (unsigned int i = 0; i < held->nr_frames; i++)
		if (is_gone(held->frames[i]))
			return true;
	return false;
}

bool qy_session_is_late(const void *code, char *line, size_t size)
{
	struct qy_driver_outcome *out = qy_session.out;
	struct qy_world_held called;
	struct qy_symbol symbol;

	if (!is_gone(code))
		return false;
	if (qy_symbol_of((const char *)code + 1, &symbol))
		snprintf(line, size,
			"BUG: unable to handle page fault for address: %s+0x%llx/0x%llx [%s]: in a module that is gone",
			symbol.function, (unsigned long long)symbol.offset - 1,
			(unsigned long long)symbol.size, symbol.module);
	else
		snprintf(line, size,
			"BUG: unable to handle page fault: in a module that is gone");
	if (qy_world_called(qy_session.w, &called)) {
		out->late_kind = called.kind;
		out->late_stack.nr = called.nr_frames < QY_DRIVER_FRAMES
					     ? called.nr_frames
					     : QY_DRIVER_FRAMES;
		memcpy(out->late_stack.frame, called.frames,
			out->late_stack.nr * sizeof(called.frames[0]));
	}
	qy_session_note_gone();
	return true;
}

void qy_session_wait_for_late(void)
{
	uint64_t until = qy_sim_now(qy_session.m) + LATE_NS;

	while (qy_sim_now(qy_session.m) < until)
		qy_fiber_block(qy_session.m, until);
}
