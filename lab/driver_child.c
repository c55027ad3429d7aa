// SPDX-License-Identifier: MIT
/*
 * Modules in this process, and runs in children of it.
 *
 * No state.
 */
#include "lab/driver.h"
#include "lab/driver_link.h"
#include <quarry/world.h>

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static bool has_modinfo(const struct qy_module_info *info, const char *text)
{
	for (const char *at = info->modinfo; at < info->modinfo_end; at += strlen(at) + 1)
		if (!strcmp(at, text))
			return true;
	return false;
}

static int open_one(struct qy_driver_plan *plan, uint32_t i, struct qy_err *err)
{
	struct qy_driver_module *module = &plan->module[i];
	char path[PATH_MAX];

	if (!realpath(module->path, path))
		return qy_fail(err,
			"%s: %s: give the path of a module that `quarry cc` made",
			module->path, strerror(errno));
	if (qy_driver_link(plan, i, path, err))
		return -1;
	if (module->refusal)
		return 0;
	module->handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
	if (!module->handle)
		return qy_fail(err, "%s: %s", module->path, dlerror());
	module->info = dlsym(module->handle, "qy_module");
	if (!module->info)
		return qy_fail(err, "%s: is no module: compile it with `quarry cc`",
			module->path);
	if (module->info->abi != QY_MODULE_ABI)
		return qy_fail(err,
			"%s: is of another release of Quarry (%u, here %u): compile it again with `quarry cc`",
			module->path, module->info->abi, QY_MODULE_ABI);
	if (module->info->checks_inline && !qy_world_checks_inline())
		return qy_fail(err,
			"%s: checks its accesses inline, for which this host refuses the addresses (ulimit -v, vm.overcommit_memory): compile it again here with `quarry cc`",
			module->path);
	module->plain = has_modinfo(module->info, QY_MODULE_PLAIN);
	return 0;
}

bool qy_driver_sample(const struct qy_driver_plan *plan, struct qy_board *board)
{
	bool plain = false;

	for (uint32_t i = 0; i < plan->nr_modules; i++)
		plain |= plan->module[i].plain;
	if (!plain || board->kfence.given)
		return false;
	board->kfence.sample_interval_ms = 1;
	board->kfence.burst = INT32_MAX;
	return true;
}

int qy_driver_open(struct qy_driver_plan *plan, struct qy_err *err)
{
	void *frame;

	backtrace(&frame,
		1); /* the first time it loads its helpers, which children then have */
	for (uint32_t i = 0; i < plan->nr_modules; i++)
		if (open_one(plan, i, err))
			return -1;
	return 0;
}

void qy_driver_close(struct qy_driver_plan *plan)
{
	for (uint32_t i = plan->nr_modules; i--;)
		if (plan->module[i].handle)
			dlclose(plan->module[i].handle);
}

struct qy_driver_outcome *qy_driver_outcome_new(void)
{
	void *memory = mmap(NULL, sizeof(struct qy_driver_outcome),
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void qy_driver_outcome_free(struct qy_driver_outcome *outcome)
{
	if (outcome)
		munmap(outcome, sizeof(*outcome));
}

void qy_driver_be_child(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

pid_t qy_driver_start(const struct qy_driver_plan *plan, struct qy_driver_outcome *out,
	struct qy_err *err)
{
	pid_t parent = getpid(), child;

	memset(out, 0, offsetof(struct qy_driver_outcome, log));
	fflush(NULL);
	child = fork();
	if (child < 0)
		return qy_fail(
			err, "quarry: no process for the driver: %s", strerror(errno));
	if (child)
		return child;
	qy_driver_be_child(parent);
	plan->run(plan, out);
	_exit(0);
}

int qy_driver_finish(pid_t child, struct qy_driver_outcome *out,
	const volatile sig_atomic_t *stop, struct qy_err *err)
{
	int status;

	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return qy_fail(err, "quarry: waiting for the driver: %s",
				strerror(errno));
		if (stop && *stop)
			kill(child, SIGKILL);
	}
	if (stop && *stop)
		return qy_fail(err, "quarry: interrupted");
	if (out->end == QY_DRIVER_UNFINISHED && WIFSIGNALED(status))
		snprintf(out->end_line, sizeof(out->end_line), "ended by signal %d (%s)",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	return 0;
}

int qy_driver_play(const struct qy_driver_plan *plan, struct qy_driver_outcome *out,
	const volatile sig_atomic_t *stop, struct qy_err *err)
{
	pid_t child = qy_driver_start(plan, out, err);

	return child < 0 ? -1 : qy_driver_finish(child, out, stop, err);
}
