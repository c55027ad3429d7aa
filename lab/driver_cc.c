// SPDX-License-Identifier: MIT
/*
 * Compiles driver source into a module, and says in one line each what of Linux is not there.
 *
 * A record that the loader finds (qy_module) is compiled along. What the compiler says goes through driver_message.c.
 *
 * No state.
 */
#include "lab/driver_cc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <quarry/world.h>

#include "lab/driver_place.h"

#define MAX_ARGS (QY_MAX_DRIVER_FILES + QY_MAX_DRIVER_FLAGS + 90)

/* ------------------------------------------------------------------ the command line */

struct build {
	const struct qy_driver_cc *cc;
	char dir[64]; /* all that is temporary */
	char glue[96], object[96], messages[96], missing[96];
	char name[64];
	char compiler_headers[PATH_MAX];
	char words[10][PATH_MAX + 64]; /* that had to be put together */
	int nr_words;
	char *argv[MAX_ARGS];
	int argc;
};

static void arg(struct build *b, const char *word)
{
	if (b->argc < MAX_ARGS - 1)
		b->argv[b->argc++] = (char *)(uintptr_t)word;
}

__attribute__((format(printf, 2, 3))) static void argf(
	struct build *b, const char *fmt, ...)
{
	char *word = b->words[b->nr_words++];
	va_list args;

	va_start(args, fmt);
	vsnprintf(word, sizeof(b->words[0]), fmt, args);
	va_end(args);
	arg(b, word);
}

static const char *compiler_of(const struct qy_driver_cc *cc)
{
	const char *from_environment = getenv("CC");

	if (cc->compiler)
		return cc->compiler;
	return from_environment && *from_environment ? from_environment : "cc";
}

/* "6.12", "6.1.192". Return: false when it is no version. */
static bool read_version(const char *text, unsigned int *code)
{
	unsigned int a, b, c = 0;
	char rest;
	int n = sscanf(text, "%u.%u.%u%c", &a, &b, &c, &rest);

	*code = (a << 16) + (b << 8) + (c > 255 ? 255 : c);
	return n == 2 || n == 3;
}

static bool ends_with(const char *file, const char *end)
{
	size_t length = strlen(file), n = strlen(end);

	return length > n && !strcmp(file + length - n, end);
}

bool qy_driver_is_source(const char *file)
{
	return ends_with(file, ".c");
}

bool qy_driver_is_module(const char *file)
{
	return ends_with(file, ".qko");
}

bool qy_driver_is_object(const char *file)
{
	return ends_with(file, ".o");
}

static bool has_objects(const struct qy_driver_cc *cc)
{
	for (int i = 0; i < cc->nr_files; i++)
		if (qy_driver_is_object(cc->files[i]))
			return true;
	return false;
}

/* "dir/isp.qko" -> "isp", with what no C name has made into '_'. */
static void name_module(struct build *b)
{
	const char *slash = strrchr(b->cc->output, '/');
	size_t n = 0;

	for (const char *at = slash ? slash + 1 : b->cc->output;
		*at && *at != '.' && n < sizeof(b->name) - 1; at++)
		b->name[n++] = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
					       (*at >= '0' && *at <= '9')
				       ? *at
				       : '_';
	b->name[n] = '\0';
}

/*
 * How a driver is compiled, whoever compiles it. Stack protectors and the like want symbols that no module has; the frame
 * pointer stays, and a call stays a call, so that stacks name everybody.
 */
enum only {
	BOTH = 0,
	GCC = 1,
	CLANG = 2,
	INLINE = 4, /* where modules may check inline; else... */
	CALLS = 8,
	KASAN = 16, /* each access is checked: not with --no-instrument */
};

static const struct {
	const char *flag;
	unsigned int only; /* enum only */
} driver_flags[] = {
	{ "-std=gnu11", BOTH },
	{ "-O2", BOTH },
	{ "-g", BOTH },
	{ "-fPIC", BOTH },
	{ "-shared", BOTH },
	{ "-nostdinc", BOTH },
	{ "-nostdlib", BOTH },
	{ "-ffreestanding", BOTH },
	{ "-fvisibility=hidden", BOTH },
	{ "-fno-strict-aliasing", BOTH },
	{ "-fno-strict-overflow", BOTH },
	{ "-fno-common", BOTH },
	{ "-fno-stack-protector", BOTH },
	{ "-fno-omit-frame-pointer", BOTH },
	{ "-fno-optimize-sibling-calls", BOTH },
	{ "-fasynchronous-unwind-tables", BOTH },
	{ "-fcf-protection=none", BOTH },
	{ "-Wall", BOTH },
	{ "-Wno-pointer-sign", BOTH },
	{ "-Wno-unused-parameter", BOTH },
	{ "-Wno-sign-compare", BOTH },
	{ "-Wno-main", BOTH },
	{ "-Werror=implicit-function-declaration", BOTH },
	{ "-Werror=implicit-int", BOTH },
	{ "-Werror=int-conversion", BOTH },
	{ "-Werror=incompatible-pointer-types", BOTH },
	{ "-Wno-gnu-variable-sized-type-not-at-end", CLANG },
	{ "-fno-caret-diagnostics", CLANG },
	{ "-ferror-limit=0", CLANG },
	/* each access is checked; asm/kasan.h says how, and that clang needs the assembler of binutils for it */
	{ "-include", KASAN },
	{ "asm/kasan.h", KASAN },
	{ "-fsanitize=kernel-address", KASAN },
	{ "--param=asan-stack=0", GCC | CALLS | KASAN },
	{ "--param=asan-stack=1", GCC | INLINE | KASAN },
	{ "--param=asan-globals=1", GCC | KASAN },
	{ "--param=asan-instrumentation-with-call-threshold=0", GCC | CALLS | KASAN },
	{ "--param=asan-instrumentation-with-call-threshold=1000000", GCC | INLINE },
	{ "-fasan-shadow-offset=0x280000000000", GCC | INLINE },
	{ "-fno-integrated-as", CLANG | KASAN },
	{ "-gdwarf-4", CLANG },
	{ "-mllvm", CLANG | KASAN },
	{ "-asan-stack=0", CLANG | CALLS | KASAN },
	{ "-asan-stack=1", CLANG | INLINE | KASAN },
	{ "-mllvm", CLANG | CALLS | KASAN },
	{ "-asan-instrumentation-with-call-threshold=0", CLANG | CALLS | KASAN },
	{ "-mllvm", CLANG | INLINE },
	{ "-asan-instrumentation-with-call-threshold=1000000", CLANG | INLINE },
	{ "-mllvm", CLANG | INLINE },
	{ "-asan-mapping-offset=0x280000000000", CLANG | INLINE },
	{ "-DQY_CHECKS_INLINE=1", INLINE },
	{ "-DQY_CHECKS_INLINE=0", CALLS },
	{ "-DQY_WORLD", BOTH },
	{ "-D__KERNEL__", BOTH },
	{ "-DMODULE", BOTH },
	{ "-Wl,-z,defs", BOTH },
	{ "-Wl,-Bsymbolic", BOTH },
	{ "-Wl,--warn-unresolved-symbols", BOTH },
};

/* Before, char was what the architecture makes of it. */
#define UNSIGNED_CHAR_SINCE ((6u << 16) + (2u << 8))

static void fill_argv(struct build *b, unsigned int version)
{
	const unsigned int mine = (strstr(b->compiler_headers, "/clang/") ? CLANG : GCC) |
				  (b->cc->no_instrument              ? CALLS
					  : qy_world_checks_inline() ? KASAN | INLINE
								     : KASAN | CALLS);

	arg(b, compiler_of(b->cc));
	for (size_t i = 0; i < sizeof(driver_flags) / sizeof(driver_flags[0]); i++)
		if (!(driver_flags[i].only & ~mine))
			arg(b, driver_flags[i].flag);
	if (version >= UNSIGNED_CHAR_SINCE)
		arg(b, "-funsigned-char");
	if (b->cc->no_instrument || has_objects(b->cc))
		arg(b, "-DQY_PLAIN"); /* for the glue */
	argf(b, "-DKBUILD_MODNAME=\"%s\"", b->name);
	argf(b, "-DLINUX_VERSION_CODE=%u", version);
	arg(b, "-include");
	arg(b, "linux/kconfig.h");
	arg(b, "-isystem");
	arg(b, b->compiler_headers);
	argf(b, "-I%s/compat/include", b->cc->headers);
	arg(b, "-iquote");
	argf(b, "%s/compat/include/mm", b->cc->headers);
	argf(b, "-I%s/include", b->cc->headers);
	argf(b, "-I%s", b->missing);
	for (int i = 0; i < b->cc->nr_flags; i++)
		arg(b, b->cc->flags[i]);
	for (int i = 0; i < b->cc->nr_files; i++)
		if (qy_driver_is_source(b->cc->files[i]) ||
			qy_driver_is_object(b->cc->files[i]))
			arg(b, b->cc->files[i]);
	arg(b, b->glue);
	arg(b, "-o");
	arg(b, b->object);
}

/* What every module has beside its own text. */
static int write_glue(const struct build *b, struct qy_err *err)
{
	FILE *f = fopen(b->glue, "w");

	if (!f)
		return qy_fail(err, "%s: %s", b->glue, strerror(errno));
	fputs("#include <linux/module.h>\n"
	      "#include <linux/version.h>\n"
	      "#define IN(name) __attribute__((used, aligned(1), section(name)))\n"
	      "struct module __this_module = { .name = KBUILD_MODNAME };\n"
	      "extern int init_module(void) __attribute__((weak));\n"
	      "extern void cleanup_module(void) __attribute__((weak));\n"
	      "static const struct qy_module_param none[0] IN(\"qy_params\");\n"
	      "extern const struct qy_module_param __start_qy_params[], __stop_qy_params[];\n"
	      "static const char name[] IN(\"qy_modinfo\") = \"name=\" KBUILD_MODNAME;\n"
	      "#ifdef QY_PLAIN\n"
	      "static const char plain[] IN(\"qy_modinfo\") = QY_MODULE_PLAIN;\n"
	      "#endif\n"
	      "extern const char __start_qy_modinfo[], __stop_qy_modinfo[];\n"
	      "static struct kunit_suite *no_suites[0] IN(\"qy_kunit\");\n"
	      "extern struct kunit_suite *const __start_qy_kunit[], *const __stop_qy_kunit[];\n"
	      "static const struct qy_module_export no_exports[0] IN(\"qy_exports\");\n"
	      "extern const struct qy_module_export __start_qy_exports[], __stop_qy_exports[];\n"
	      "const struct qy_module_info qy_module __attribute__((visibility(\"default\"))) = {\n"
	      "	QY_MODULE_ABI, LINUX_VERSION_CODE, KBUILD_MODNAME, &__this_module,\n"
	      "	init_module, cleanup_module, __start_qy_params, __stop_qy_params,\n"
	      "	__start_qy_modinfo, __stop_qy_modinfo, __start_qy_kunit, __stop_qy_kunit,\n"
	      "	QY_CHECKS_INLINE, __start_qy_exports, __stop_qy_exports };\n",
		f);
	if (fclose(f))
		return qy_fail(err, "%s: %s", b->glue, strerror(errno));
	return 0;
}

/* ------------------------------------------------------------------ running it */

/* Return: its status, -1 with errno. */
static int run(char *const argv[], const char *messages, const char *output,
	const volatile sig_atomic_t *stop)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC;
	posix_spawn_file_actions_t actions;
	char *environment[] = { NULL, NULL, "LC_ALL=C", NULL };
	char path[PATH_MAX], tmp[PATH_MAX];
	const char *value = getenv("PATH"), *slash = strrchr(messages, '/');
	int error, status;
	pid_t pid;

	snprintf(path, sizeof(path), "PATH=%s", value ? value : "/usr/bin:/bin");
	snprintf(tmp, sizeof(tmp), "TMPDIR=%.*s", (int)(slash - messages), messages);
	environment[0] = path;
	environment[1] = tmp;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(
		&actions, 1, output ? output : "/dev/null", flags, 0600);
	posix_spawn_file_actions_addopen(&actions, 2, messages, flags, 0600);
	error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	if (error) {
		errno = error;
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
		if (stop && *stop)
			kill(pid, SIGTERM);
	}
	return status;
}

static int find_compiler_headers(struct build *b, struct qy_err *err)
{
	char *argv[] = { (char *)(uintptr_t)compiler_of(b->cc),
		"-print-file-name=include", NULL };
	FILE *f;

	if (run(argv, b->messages, b->object, b->cc->stop) ||
		!(f = fopen(b->object, "r")))
		return qy_fail(err,
			"%s: no C compiler that can be run: install gcc, or name one with --compiler",
			argv[0]);
	if (!fgets(b->compiler_headers, sizeof(b->compiler_headers), f))
		*b->compiler_headers = '\0';
	b->compiler_headers[strcspn(b->compiler_headers, "\n")] = '\0';
	fclose(f);
	return 0;
}

/* ------------------------------------------------------------------ from end to end */

static int check_files(const struct qy_driver_cc *cc, struct qy_err *err)
{
	int nr_sources = 0;

	for (int i = 0; i < cc->nr_files; i++) {
		if (access(cc->files[i], R_OK))
			return qy_fail(err, "%s: %s: give the name of a readable file",
				cc->files[i], strerror(errno));
		nr_sources += qy_driver_is_source(cc->files[i]);
	}
	return nr_sources ? 0 : qy_fail(err, "quarry cc: no .c file among the files");
}

/* The output is there whole or not at all. */
static int put_output(const struct build *b, struct qy_err *err)
{
	char buffer[65536], part[PATH_MAX];
	FILE *from = fopen(b->object, "r"), *to;
	size_t n;
	bool ok;

	snprintf(part, sizeof(part), "%s.part", b->cc->output);
	to = from ? fopen(part, "w") : NULL;
	ok = to != NULL;
	while (ok && (n = fread(buffer, 1, sizeof(buffer), from)) > 0)
		ok = fwrite(buffer, 1, n, to) == n;
	if (to)
		ok = !fclose(to) && ok;
	if (from)
		fclose(from);
	if (ok && !rename(part, b->cc->output))
		return 0;
	qy_fail(err, "%s: %s: give -o a file that can be written", b->cc->output,
		strerror(errno));
	unlink(part);
	return -1;
}

/* An empty header in place of one that is not there, so that the compiler goes on and names the next. */
static int make_empty(const struct build *b, const char *header)
{
	char path[PATH_MAX];
	FILE *f;

	if (strstr(header, ".."))
		return -1;
	snprintf(path, sizeof(path), "%s/%s", b->missing, header);
	for (char *at = path + strlen(b->dir) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return -1;
		*at = '/';
	}
	f = fopen(path, "w");
	return f && !fclose(f) ? 0 : -1;
}

#define MAX_MISSING 32

/* Return: the compiler's status; @nr_missing headers have had their line. */
static int compile(struct build *b, FILE *out, int *nr_missing)
{
	char header[256], place[PATH_MAX], last[256] = "";
	int status;

	for (*nr_missing = 0;; ++*nr_missing) {
		status = run(b->argv, b->messages, NULL, b->cc->stop);
		if (!status || *nr_missing == MAX_MISSING ||
			(b->cc->stop && *b->cc->stop) ||
			!qy_driver_missing_header(b->messages, place, sizeof(place),
				header, sizeof(header)) ||
			!strcmp(header, last) || make_empty(b, header))
			return status;
		memcpy(last, header, sizeof(last));
		fprintf(out, "%s: <%s>: not supported: Quarry has no such header\n",
			place, header);
	}
}

static int build(struct build *b, FILE *out, struct qy_err *err)
{
	unsigned int version;
	int status, nr, nr_missing;

	if (!read_version(b->cc->kernel ? b->cc->kernel : "6.12", &version))
		return qy_fail(err, "quarry cc: --kernel: must be like 6.12 (is %s)",
			b->cc->kernel);
	if (find_compiler_headers(b, err) || write_glue(b, err))
		return -1;
	fill_argv(b, version);
	status = compile(b, out, &nr_missing);
	if (b->cc->stop && *b->cc->stop)
		return qy_fail(err, "quarry cc: interrupted");
	if (status < 0)
		return qy_fail(err, "%s: %s", b->argv[0], strerror(errno));
	nr = qy_driver_messages(b->cc, version, b->messages, out);
	if (status || nr || nr_missing)
		return qy_fail(err, "%s: does not compile against Quarry's headers",
			b->cc->files[0]);
	return put_output(b, err);
}

int qy_driver_cc(const struct qy_driver_cc *cc, FILE *out, struct qy_err *err)
{
	struct build *b;
	int error;

	if (check_files(cc, err))
		return -1;
	b = calloc(1, sizeof(*b));
	if (!b)
		return qy_fail(err, "quarry cc: the host has no memory left");
	b->cc = cc;
	name_module(b);
	if (qy_driver_temp(b->dir, sizeof(b->dir), err)) {
		free(b);
		return -1;
	}
	snprintf(b->glue, sizeof(b->glue), "%s/module.c", b->dir);
	snprintf(b->object, sizeof(b->object), "%s/module.qko", b->dir);
	snprintf(b->messages, sizeof(b->messages), "%s/messages", b->dir);
	snprintf(b->missing, sizeof(b->missing), "%s/missing", b->dir);
	error = build(b, out, err);
	qy_driver_remove(b->dir);
	free(b);
	return error;
}
