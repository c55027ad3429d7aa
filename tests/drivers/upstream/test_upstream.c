// SPDX-License-Identifier: MIT
/*
 * The kernel's own files, unmodified, against our headers: compiled when the test runs from the distribution's package of its
 * source, loaded, and put through the models that compat/ itself goes through; and KFENCE's own suite, which passes. Skipped where there is no such package.
 *
 * No state.
 */
#include <dlfcn.h>
#include <quarry/sim.h>
#include <quarry/world.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/drivers/upstream/source.h"
#include "tests/runner/test.h"

struct qy_machine *qy_this_machine(void);

#define FLAGS                                                                            \
	"-O1 -g -fPIC -std=gnu11 -w -Werror=implicit-function-declaration "              \
	"-Werror=incompatible-pointer-types -Werror=int-conversion "                     \
	"-fno-strict-aliasing -DQY_WORLD -D__KERNEL__ -DMODULE "                         \
	"-DKBUILD_MODNAME='\"upstream\"' -DLINUX_VERSION_CODE='((6 << 16) + (1 << 8))' " \
	"-I" QY_SOURCE_DIR "/compat/include -I" QY_SOURCE_DIR                            \
	"/include -I" QY_SOURCE_DIR " "

/* Its output is told when it fails. */
static void run(const char *command)
{
	char text[8192], line[8400];
	FILE *pipe;
	size_t n;

	snprintf(line, sizeof(line), "{ %s; } 2>&1", command);
	pipe = popen(line, "r");
	CHECK(pipe != NULL);
	n = fread(text, 1, sizeof(text) - 1, pipe);
	text[n] = '\0';
	if (pclose(pipe))
		FAIL("%s\n%s", command, text);
}

/* @file of the kernel and the model of that name, as one module in a temporary directory. Return: dlopen()'s handle. */
static void *build(const char *file, const char *model)
{
	char source[512], directory[] = "/tmp/quarry-upstream-XXXXXX", command[4096];
	void *module;

	upstream_find(source, sizeof(source));
	CHECK(mkdtemp(directory) != NULL);
	snprintf(command, sizeof(command),
		"cd %s && cp '%s/%s' file.c && : > slab.h && cp " QY_SOURCE_DIR
		"/tests/drivers/models/%s_model.c model.c && "
		"printf '#include <linux/module.h>\\nstruct module __this_module = { \"upstream\" };\\n' > mod.c && "
		"cc " FLAGS "-shared -Wl,-Bsymbolic -o module.so file.c model.c mod.c",
		directory, source, file, model);
	run(command);
	snprintf(command, sizeof(command), "%s/module.so", directory);
	module = dlopen(command, RTLD_NOW | RTLD_LOCAL);
	if (!module)
		FAIL("%s", dlerror());
	snprintf(command, sizeof(command), "rm -r %s", directory);
	run(command);
	return module;
}

/* ------------------------------------------------------------------ a world */

static struct {
	char log[8192];
	size_t used;
	unsigned int reports;
} heard;

static void hear(void *arg, enum qy_log_level level, const char *line)
{
	int n = snprintf(heard.log + heard.used, sizeof(heard.log) - heard.used,
		"<%d>%s\n", (int)level, line);

	(void)arg;
	heard.reports += !strncmp(line, "BUG", 3) || !strncmp(line, "WARNING:", 8);
	if (n > 0 && heard.used + (size_t)n < sizeof(heard.log))
		heard.used += (size_t)n;
}

struct call {
	int (*init)(void);
	void (*exit)(void);
	void (*model)(uint64_t seed, unsigned long steps);
	unsigned long steps;
};

static int call_model(void *arg)
{
	struct call *call = arg;

	if (call->init)
		CHECK_EQ(call->init(), 0);
	call->model(qy_test_seed(), call->steps);
	if (call->exit)
		call->exit();
	return 0;
}

static void run_model(struct call *call)
{
	struct qy_sim_opts opts = { .log = hear, .mapped = true };
	struct qy_bank bank = { .base = 1ull << 30, .size = 64ull << 20 };
	struct qy_world_held held;
	struct qy_board board;
	struct qy_machine *m;
	struct qy_world *w;
	char why[256];

	if (qy_this_machine())
		qy_leave(); /* a test that failed stands there still */
	memset(&heard, 0, sizeof(heard));
	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.kernel = (struct qy_kernel_image){ 0 };
	board.nr_cpus = 2;
	board.nr_nodes = 1;
	board.banks = &bank;
	board.nr_banks = 1;
	m = qy_sim_boot(&board, &opts, why, sizeof(why));
	CHECK(m);
	w = qy_world_boot(m, NULL);
	CHECK(w);
	CHECK_EQ(qy_world_run(w, "model", call_model, call), 0);
	if (heard.reports)
		FAIL("%s", heard.log);
	if (qy_world_next_held(w, 0, &held))
		FAIL("held: %s of %zu bytes", qy_held_name(held.kind), held.bytes);
	qy_world_down(w);
	if (!qy_machine_validate(m, why, sizeof(why)))
		FAIL("%s", why);
	qy_sim_shutdown(m);
}

static void upstream(const char *file, const char *name, unsigned long steps)
{
	void *module = build(file, name);
	struct call call = { .steps = steps };
	char symbol[64];

	snprintf(symbol, sizeof(symbol), "%s_model", name);
	*(void **)&call.model = dlsym(module, symbol);
	*(void **)&call.init = dlsym(module, "qy_init_module");
	*(void **)&call.exit = dlsym(module, "qy_cleanup_module");
	CHECK(call.model);
	run_model(&call);
	dlclose(module);
}

TEST(upstream, mempool_c_compiles_unmodified_and_agrees_with_its_model)
{
	upstream("mm/mempool.c", "mempool", qy_test_scale(4000));
}

TEST(upstream, dmapool_c_compiles_unmodified_and_agrees_with_its_model)
{
	upstream("mm/dmapool.c", "dmapool", qy_test_scale(6000));
}

TEST(upstream, genalloc_c_compiles_unmodified_and_agrees_with_its_model)
{
	upstream("lib/genalloc.c", "genalloc", qy_test_scale(4000));
}

TEST(upstream, btree_c_compiles_unmodified_and_agrees_with_its_model)
{
	upstream("lib/btree.c", "btree", qy_test_scale(8000));
}

/* ------------------------------------------------------------------ KFENCE's own suite */

/* Probe of each line of the log; time that passes while the suite looks at it. */
void (*upstream_console)(void *data, const char *text, size_t bytes);
unsigned long upstream_jiffies(void);
unsigned long qy_compat_jiffies(void);

unsigned long upstream_jiffies(void)
{
	qy_sim_advance(qy_this_machine(), 1000000);
	return qy_compat_jiffies();
}

static void hear_probed(void *arg, enum qy_log_level level, const char *line)
{
	if (upstream_console)
		upstream_console(NULL, line, strlen(line));
	if (strncmp(line, "BUG: KFENCE", 11) != 0 && level != QY_LOG_INFO)
		hear(arg, level, line);
	else if (strstr(line, "not ok"))
		hear(arg, level, line);
}

/* As `quarry cc` makes a module. Its file is read for names as long as it runs: @directory is the caller's to remove. */
static void *build_suite(char *directory)
{
	char source[512], command[8192];
	void *module;

	upstream_find(source, sizeof(source));
	CHECK(mkdtemp(directory) != NULL);
	snprintf(command, sizeof(command),
		"cd %s && mkdir kfence && cp '%s'/mm/kfence/* kfence && cp " QY_SOURCE_DIR
		"/tests/drivers/upstream/kfence_slab.h slab.h && "
		"printf '#include <linux/module.h>\\n"
		"#define IN(name) __attribute__((used, aligned(1), section(name)))\\n"
		"struct module __this_module = { .name = KBUILD_MODNAME };\\n"
		"static const struct qy_module_param none[0] IN(\"qy_params\");\\n"
		"extern const struct qy_module_param __start_qy_params[], __stop_qy_params[];\\n"
		"static const char plain[] IN(\"qy_modinfo\") = QY_MODULE_PLAIN;\\n"
		"extern const char __start_qy_modinfo[], __stop_qy_modinfo[];\\n"
		"extern struct kunit_suite *const __start_qy_kunit[], *const __stop_qy_kunit[];\\n"
		"const struct qy_module_info qy_module = { QY_MODULE_ABI, LINUX_VERSION_CODE, "
		"KBUILD_MODNAME, &__this_module, NULL, NULL, __start_qy_params, __stop_qy_params, "
		"__start_qy_modinfo, __stop_qy_modinfo, __start_qy_kunit, __stop_qy_kunit };\\n' > mod.c && "
		"cc -I" QY_SOURCE_DIR "/tests/drivers/upstream/include " FLAGS
		" -fno-omit-frame-pointer -fno-optimize-sibling-calls -DCONFIG_KFENCE_NUM_OBJECTS=255 -shared -Wl,-Bsymbolic -o kfence_test.qko kfence/kfence_test.c mod.c",
		directory, source);
	run(command);
	snprintf(command, sizeof(command), "%s/kfence_test.qko", directory);
	module = dlopen(command, RTLD_NOW | RTLD_LOCAL);
	if (!module)
		FAIL("%s", dlerror());
	return module;
}

TEST(upstream, kfence_test_c_compiles_unmodified_and_passes)
{
	struct qy_sim_opts opts = { .log = hear_probed, .mapped = true };
	struct qy_bank bank = { .base = 1ull << 30, .size = 64ull << 20 };
	struct qy_world_kunit results;
	const struct qy_module_info *info;
	struct qy_board board;
	struct qy_machine *m;
	struct qy_world *w;
	char directory[] = "/tmp/quarry-upstream-XXXXXX", why[256];
	void *module = build_suite(directory);

	if (qy_this_machine())
		qy_leave(); /* a test that failed stands there still */
	memset(&heard, 0, sizeof(heard));
	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.kernel = (struct qy_kernel_image){ 0 };
	board.banks = &bank;
	board.nr_banks = 1;
	board.kfence.sample_interval_ms = 10;
	board.cmdline = "no_hash_pointers"; /* it looks for addresses as %p prints them */
	m = qy_sim_boot(&board, &opts, why, sizeof(why));
	CHECK(m);
	w = qy_world_boot(m, NULL);
	CHECK(w);
	info = dlsym(module, "qy_module");
	CHECK(info);
	CHECK_EQ(qy_world_insmod(w, info, NULL, why, sizeof(why)), 0);
	qy_world_kunit(w, &results);
	if (results.failed)
		FAIL("%s", heard.log);
	CHECK_EQ(results.passed, 23);
	CHECK_EQ(results.skipped, 2); /* CONFIG_INIT_ON_FREE_DEFAULT_ON */
	CHECK_EQ(qy_world_rmmod(w, info, why, sizeof(why)), 0);
	qy_world_down(w);
	if (!qy_machine_validate(m, why, sizeof(why)))
		FAIL("%s", why);
	qy_sim_shutdown(m);
	dlclose(module);
	snprintf(why, sizeof(why), "rm -r %s", directory);
	run(why);
}
