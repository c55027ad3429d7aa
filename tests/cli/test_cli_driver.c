// SPDX-License-Identifier: MIT
/*
 * `quarry cc` and `quarry check DRIVER` as a user meets them. One module is compiled with the tests; its parameter chooses
 * which mistake it makes. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/runner/command.h"
#include "tests/runner/test.h"

#define QUARRY QY_BINARY_DIR "/quarry"
#define GADGET QY_BINARY_DIR "/tests/drivers/gadget.qko"
#define CARD   QY_BINARY_DIR "/tests/drivers/card.qko"
#define SOURCE QY_SOURCE_DIR "/tests/drivers/check"
#define BOARD  " --dtb " QY_SOURCE_DIR "/boards/qemu-virt-8g.dts -m 256M"

static char output[65536];

static int sh(const char *command)
{
	return run_command(command, output, sizeof(output));
}

/* What the gadget says with a mistake; @more: further words of the command line. */
static int check_mistake(const char *name, const char *more)
{
	char command[1024];

	snprintf(command, sizeof(command),
		QUARRY " check " GADGET BOARD " --params mistake=%s %s 2>&1", name, more);
	return sh(command);
}

/* FAIL, with these lines. */
static void finds(const char *mistake, const char *first, const char *second)
{
	CHECK_EQ(check_mistake(mistake, "--quiet"), 1);
	CHECK_CONTAINS(output, first);
	CHECK_CONTAINS(output, second);
	CHECK_CONTAINS(output, "verdict: FAIL (");
}

TEST(cli_driver, a_driver_without_mistakes_passes_and_says_what_it_was_given)
{
	CHECK_EQ(sh(QUARRY " check " GADGET BOARD), 0);
	CHECK_CONTAINS(output, "module   gadget: ");
	CHECK_CONTAINS(output,
		"device   gadget (quarry,gadget): made up, since the board has none");
	CHECK_CONTAINS(output, "  PASS  gadget probes gadget\n");
	CHECK_CONTAINS(output, "  PASS  everything that was taken is given back: ");
	CHECK_CONTAINS(output, "verdict: PASS (");
}

TEST(cli_driver, a_module_of_kunit_suites_is_judged_by_its_cases)
{
	CHECK_EQ(sh(QUARRY " check " SOURCE "/suite.c" BOARD " --quiet 2>&1"), 0);
	CHECK_EQ(sh(QUARRY " check " SOURCE "/suite.c -DBROKEN" BOARD " 2>&1"), 1);
	CHECK_CONTAINS(output, "  FAIL  suite: its KUnit cases pass");
	CHECK_CONTAINS(output, "1 of 4 failed");
	CHECK_CONTAINS(output, "not ok 1 twice");
}

TEST(cli_driver, what_is_left_is_told_with_the_line_that_took_it)
{
	finds("object", "object of 300 bytes, taken by kworker/bind/", "make_mistake (");
	CHECK_CONTAINS(output, ", left by rmmod:");
	finds("ring", "DMA buffer of 8192 bytes", "gadget_probe (");
	finds("cache", "cache of 192 bytes", "left by rmmod:");
	finds("timer", "timer, taken by", "gadget_probe (");
	CHECK_CONTAINS(output,
		"BUG: unable to handle page fault for address: gadget_timer+0x0/");
	CHECK_CONTAINS(output,
		"        timer, armed by:\n          mod_timer\n          gadget_probe (");
	finds("close", "object of 192 bytes, taken by open/", "gadget_open (");
	finds("hoard", "object of 40 bytes, taken by bind/",
		"left by unbind of gadget (rmmod frees it):");
	CHECK_CONTAINS(output, "0 of ");
	finds("map", "DMA mapping of 64 bytes, taken by", "make_mistake (");
	finds("refuse", "gadget probes gadget: returned -5 (EIO)",
		"DMA buffer of 8192 bytes");
}

TEST(cli_driver, files_below_proc_are_read_and_must_go)
{
	finds("entry", "registration, taken by kworker/bind/", "proc_create_single_data");
	finds("show", "object of 24 bytes, taken by cat/", "gadget_show (");
}

TEST(cli_driver, what_nothing_points_to_is_told_while_the_driver_runs)
{
	CHECK_EQ(check_mistake("none", "--kmemleak"), 0);
	CHECK_EQ(check_mistake("object", "--kmemleak"), 1);
	CHECK(!strstr(output, "kmemleak: ")); /* a variable points to it */
	CHECK_EQ(check_mistake("orphan", "--kmemleak"), 1);
	CHECK_CONTAINS(output,
		"  FAIL  nothing is reported: kmemleak: 1 new suspected memory leaks");
	CHECK_CONTAINS(output, "] unreferenced object 0xffff");
	CHECK_CONTAINS(output, " (size 72):\n");
	CHECK_CONTAINS(output, "   backtrace (crc 0):\n");
	CHECK_CONTAINS(output, " [gadget] (gadget.c:");
}

TEST(cli_driver, a_crash_a_hang_and_an_overflow_end_with_their_stack)
{
	finds("null", "crash in insmod gadget: Unable to handle kernel NULL pointer",
		"        make_mistake (");
	finds("jump", "crash in insmod gadget: ", "        make_mistake (");
	finds("recurse", "stack overflow in insmod gadget: kernel stack overflow",
		"        fall (");
	finds("wait", "INFO: task insmod blocked for more than 120 seconds.",
		"wait_for_completion");
	finds("bug", "kernel BUG at ", "        make_mistake (");
	finds("deadlock", "BUG: spinlock recursion on CPU#0", "        make_mistake (");
	CHECK_EQ(check_mistake("poll", "--quiet --timeout 1"), 1);
	CHECK_CONTAINS(output,
		"hang in insmod gadget: no end after 1 s of CPU time (--timeout)");
	CHECK_CONTAINS(output, "        make_mistake (");
}

TEST(cli_driver, what_the_kernel_reports_is_the_cause)
{
	finds("sleep", "BUG: sleeping function called from invalid context",
		"          make_mistake (");
	finds("unmap", "DMA-API: ", "          make_mistake (");
	finds("irq", "(during interrupt of gadget)", "          gadget_irq (");
	finds("warn", " [gadget]: level 7 is too high (during insmod gadget)",
		"------------[ cut here ]------------\n");
	CHECK_CONTAINS(output, "] level 7 is too high\n");
	CHECK_CONTAINS(output, "] WARNING: CPU: 0 PID: ");
	CHECK_CONTAINS(output, "gadget.c:");
	CHECK_CONTAINS(output, "] ---[ end trace 0000000000000000 ]---\n");
}

/* The command behind "again: " of what was printed, run with what else it needs. */
static int run_again(void)
{
	char command[1024], *again = strstr(output, "again: quarry ");

	CHECK(again != NULL);
	again += strlen("again: quarry ");
	snprintf(command, sizeof(command), QUARRY " %.*s --quiet 2>&1",
		(int)strcspn(again, "\n"), again);
	return sh(command);
}

TEST(cli_driver, each_request_fails_once_and_the_worst_is_played_again)
{
	CHECK_EQ(check_mistake("path", "--fail-every"), 1);
	CHECK_CONTAINS(output,
		"  FAIL  each request may fail: 1 of 12 end badly; 12 of 12 sites failed; the first that does:\n"
		"        request 11 fails: registration\n");
	CHECK_CONTAINS(output, "          gadget_probe (");
	CHECK_CONTAINS(output, "DMA buffer of 8192 bytes, taken by");
	CHECK_EQ(run_again(), 1);
	CHECK_CONTAINS(output, "  request 11 fails: registration\n");
	CHECK_CONTAINS(output, "  PASS  gadget probes gadget: returned -12 (ENOMEM)\n"
			       "  PASS  gadget unloads\n");
	CHECK_CONTAINS(output, "everything that was taken is given back: 1 of ");

	CHECK_EQ(check_mistake("unchecked", "--fail-every --quiet"), 1);
	CHECK_CONTAINS(output, "the run comes to its end: crash in insmod gadget");
	CHECK_EQ(run_again(), 1);
	CHECK_CONTAINS(output, "        make_mistake (");
}

/* Is @line, without its first eight bytes, in what --fail-every had to say? */
static void was_told(const char *every, const char *line, size_t bytes)
{
	char wanted[512];

	snprintf(wanted, sizeof(wanted), "%.*s\n", (int)bytes, line);
	if (!strstr(every, wanted))
		FAIL("`%s` is not in:\n%s", wanted, every);
}

/* Branches of one run, and the same from its begin: the same requests end badly, with the same words. */
TEST(cli_driver, a_branch_finds_what_a_run_from_the_begin_finds)
{
	static char every[sizeof(output)];
	char flag[32], *line;

	CHECK_EQ(check_mistake("path", "--fail-every --quiet"), 1);
	memcpy(every, output, sizeof(every));
	for (int k = 9; k <= 12; k++) {
		snprintf(flag, sizeof(flag), "--fail-at %d --quiet", k);
		CHECK_EQ(check_mistake("path", flag), k == 11);
		if (k != 11)
			continue;
		line = strstr(output, "  FAIL  everything");
		CHECK(line != NULL);
		was_told(every, line + 8, strcspn(line + 8, "\n"));
		for (line += strcspn(line, "\n") + 1;
			*line == ' ' && line[2] == ' ' && line[4] == ' ';
			line += strcspn(line, "\n") + 1)
			was_told(every, line, strcspn(line, "\n"));
	}
}

/* Branches end in any order; they are told in that of their requests. */
TEST(cli_driver, what_a_search_tells_does_not_depend_on_its_jobs)
{
	static char one[sizeof(output)];

	CHECK_EQ(check_mistake("path", "--fail-every --schedules 3 --jobs 1"), 1);
	memcpy(one, output, sizeof(one));
	CHECK_EQ(check_mistake("path", "--fail-every --schedules 3 --jobs 5"), 1);
	CHECK_STR_EQ(output, one);
	CHECK_EQ(check_mistake("none", "--fail-every --jobs 0"), 2);
	CHECK_CONTAINS(output, "--jobs: must be 1..64 (is 0)");
}

/* rmmod gives all of it back; a ring of 300 looks the same for a while. */
TEST(cli_driver, what_grows_with_each_use_is_named_and_a_ring_is_not)
{
	CHECK_EQ(check_mistake("grows", "--quiet"), 0);
	CHECK_CONTAINS(output,
		"  PASS  nothing grows with each use: but a remark: object of 16 bytes: 1024 more after 1024 interrupts that nobody reads; rmmod frees them\n");
	CHECK_CONTAINS(output, "          remember (");
	CHECK_EQ(check_mistake("bounded", "--quiet"), 0);
	CHECK(!strstr(output, "nothing grows"));
}

/* While three runs go on at once; the first ones are over soon, and others come. */
TEST(cli_driver, a_search_that_is_interrupted_leaves_neither_process_nor_file)
{
	CHECK_EQ(
		sh("d=$(mktemp -d); TMPDIR=$d " QUARRY " check " GADGET BOARD
		   " --schedules 1000000 --jobs 3 --quiet 2>&1 & p=$!; "
		   "c=/proc/$p/task/$p/children; "
		   "until [ \"$(cat $c | wc -w)\" = 3 ] || ! [ -e $c ]; do sleep 0.01; done; "
		   "k=$(cat $c); kill -TERM $p; wait $p 2>&-; code=$?; "
		   "for i in $k; do ! [ -e /proc/$i ] || echo $i lives; done; "
		   "ls $d; rmdir $d; exit $code"),
		128 + 15);
	CHECK_STR_EQ(output, "quarry: interrupted\n");
}

TEST(cli_driver, without_cma_the_page_allocator_is_asked)
{
	CHECK_EQ(check_mistake("none", "--append cma=16M --fail-kind contiguous --quiet"),
		0);
	CHECK_CONTAINS(output, " finds no CMA: DMA buffer of 8192 bytes\n");
	CHECK_CONTAINS(output, "  PASS  gadget probes gadget\n");
	CHECK_EQ(
		check_mistake("large", "--append cma=16M --fail-kind contiguous --quiet"),
		0);
	CHECK_CONTAINS(output, " finds no CMA: DMA buffer of 8388608 bytes\n");
	CHECK_CONTAINS(output, "  PASS  gadget probes gadget\n");
}

TEST(cli_driver, two_requests_of_one_act_fail_as_well)
{
	CHECK_EQ(check_mistake("none", "--fail-pairs --quiet"), 0);
	CHECK_CONTAINS(output,
		"  PASS  each request may fail: 12 of 12, each in a run of its own; 12 of 12 sites failed\n");
	CHECK_CONTAINS(output, "  PASS  it does without a DMA mask: 1 request\n");
	CHECK_CONTAINS(output, "  PASS  two requests of one act may fail: ");
	CHECK_EQ(check_mistake("none", "--fail-at 2,3 --quiet"), 0);
}

TEST(cli_driver, an_interrupt_that_comes_too_early_is_found_and_played_again_by_number)
{
	CHECK_EQ(check_mistake("early", "--quiet"), 0);
	CHECK_EQ(check_mistake("early", "--quiet --schedules 24"), 1);
	CHECK_CONTAINS(output, "  FAIL  any schedule will do: ");
	CHECK_CONTAINS(output, "gadget_irq");
	CHECK_EQ(run_again(), 1);
	CHECK_CONTAINS(output, "gadget_irq");
	CHECK_EQ(check_mistake("none", "--quiet --schedules 4"), 0);
	CHECK_CONTAINS(output,
		"  PASS  any schedule will do: 4 of them, with interrupts at 4 of ");
}

#define PROGRAM(params)                                                            \
	"board: {dts: " QY_SOURCE_DIR "/boards/qemu-virt-8g.dts, memory: 256M}\n"  \
	"duration: 2s\n"                                                           \
	"drivers:\n"                                                               \
	"  - source: " GADGET "\n"                                                 \
	"    params: mistake=" params "\n"                                         \
	"    load: 10ms\n"                                                         \
	"    uses:\n"                                                              \
	"      - {at: 100ms, open: gadget}\n"                                      \
	"      - {at: 150ms, write: hello}\n"                                      \
	"      - {at: 160ms, read: 64, returns: 5}\n"                              \
	"      - {at: 200ms, ioctl: 0x6700, every: 33ms, times: 30}\n"             \
	"      - {at: 210ms, irq: device, every: 33ms, times: 30}\n"               \
	"      - {at: 1.9s, close: gadget}\n"                                      \
	"requests: [{name: ring, order: 3, count: 8, every: 100ms, hold: 50ms}]\n" \
	"expect: [{request: ring, each: 8}]\n"

static int check_program(const char *text)
{
	FILE *file = fopen("/tmp/quarry-program.yaml", "w");
	int code;

	CHECK(file != NULL);
	fputs(text, file);
	CHECK_EQ(fclose(file), 0);
	code = sh(QUARRY " check /tmp/quarry-program.yaml --quiet --no-remedy 2>&1");
	remove("/tmp/quarry-program.yaml");
	return code;
}

TEST(cli_driver, a_scenario_has_drivers_with_their_programs_and_interrupts)
{
	CHECK_EQ(check_program(PROGRAM("none")), 0);
	CHECK_STR_EQ(output,
		"  PASS  ring: 8 of 8 blocks of order 3 in the worst of 20 rounds (expected 8)\n"
		"  PASS  gadget loads\n"
		"  PASS  gadget probes gadget\n"
		"  PASS  open of /dev/gadget\n"
		"  PASS  write of /dev/gadget\n"
		"  PASS  read of /dev/gadget\n"
		"  PASS  ioctl of /dev/gadget, command 0x6700, 30 times\n"
		"  PASS  close of /dev/gadget\n"
		"  PASS  gadget unloads\n"
		"  PASS  the run comes to its end\n"
		"  PASS  everything that was taken is given back: 14 of 14\n"
		"  PASS  nothing is reported\n"
		"verdict: PASS (1 expectation, 11 checks of drivers)\n");
	CHECK_EQ(check_program(PROGRAM("irq")), 1);
	CHECK_CONTAINS(output, "(during ioctl of /dev/gadget)");
	CHECK_CONTAINS(output, "          gadget_irq (");
	CHECK_EQ(check_program(PROGRAM("null")), 1);
	CHECK_CONTAINS(output, "        make_mistake (");
	CHECK_CONTAINS(output,
		"  FAIL  machine: a driver ended the run: Unable to handle kernel NULL");
}

/* The scenario's text with flags; what it says is in output. */
static int check_program_with(const char *text, const char *flags)
{
	char path[] = "/tmp/quarry-program-XXXXXX", command[512];
	int fd = mkstemp(path), code;

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	CHECK_EQ(close(fd), 0);
	snprintf(command, sizeof(command), QUARRY " check %s --quiet --no-remedy %s 2>&1",
		path, flags);
	code = sh(command);
	if (code == 1 && strstr(output, "again: "))
		code = run_again() == 1
			       ? 1
			       : -1; /* the same is found by the command that was told */
	remove(path);
	return code;
}

TEST(cli_driver, requests_of_a_scenarios_drivers_fail_as_well)
{
	CHECK_EQ(check_program_with(PROGRAM("none"), "--fail-every --append cma=16M"), 0);
	CHECK_CONTAINS(output, "(expected 8)\n  PASS  gadget loads\n");
	CHECK_CONTAINS(output,
		"  PASS  each request may fail: 12 of 12, each in a run of its own, the loads at a standstill; 12 of 12 sites failed\n"
		"  PASS  it does without contiguous DMA memory: 1 request\n"
		"  PASS  it does without a DMA mask: 1 request\n");
	CHECK_EQ(check_program_with(PROGRAM("path"), "--fail-every"), 1);
	CHECK_CONTAINS(output, "  request 11 fails: registration\n");
	CHECK_CONTAINS(output, " s on the loads stand still; the end is at 2 s\n");
	CHECK_CONTAINS(output, "  PASS  write of /dev/gadget: ");
	CHECK_CONTAINS(output, "everything that was taken is given back: 1 of ");
	CHECK_EQ(check_program_with(
			 PROGRAM("none"), "--fail-at 12 --json | grep -c 'ring'"),
		0);
	CHECK_EQ(
		check_program_with(
			"board: {dts: " QY_SOURCE_DIR "/boards/qemu-virt-8g.dts}\n"
			"duration: 1s\nrequests: [{name: a, order: 0, count: 1}]\nexpect: [{request: a, each: 1}]\n",
			"--fail-every"),
		2);
	CHECK_CONTAINS(output, "the scenario has none");
}

TEST(cli_driver, wrong_accesses_and_orders_of_locks_are_the_cause)
{
	finds("over", "BUG: KASAN: slab-out-of-bounds in ",
		" allocated 60-byte region [ffff");
	CHECK_CONTAINS(output, "Write of size 61 at addr ffff");
	CHECK_CONTAINS(output, "          make_mistake (");
	CHECK(!strstr(output,
		" (main.c:")); /* a stack ends with the driver's outermost function */
	finds("after", "BUG: KASAN: slab-use-after-free in ", "Freed by task ");
	CHECK_CONTAINS(output, " freed 60-byte region [ffff");
	finds("wild", "BUG: KASAN: wild-memory-access in ", "addr dead000000000108 ");
	CHECK_CONTAINS(output,
		"crash in insmod gadget: Unable to handle kernel paging request\n");
	CHECK_EQ(check_program(PROGRAM("wild")), 1);
	CHECK_CONTAINS(output, "BUG: KASAN: wild-memory-access in ");
	finds("order", "WARNING: possible circular locking dependency detected",
		"lock(&g->lock);");
}

/* A sanitizer in the command could not start there itself, or leaves no addresses anyhow. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__x86_64__)
#define FEW_ADDRESSES \
	"ulimit -v 16000000; " QUARRY " check --quiet -m 256M --params mistake=over "

TEST(cli_driver, accesses_are_checked_by_calls_where_addresses_are_few)
{
	CHECK_EQ(sh(FEW_ADDRESSES SOURCE "/gadget.c 2>&1"), 1);
	CHECK_CONTAINS(output, "BUG: KASAN: slab-out-of-bounds in ");
	CHECK_CONTAINS(output, "Write of size 61 at addr ffff");
	CHECK_CONTAINS(output, " allocated 60-byte region [ffff");
	CHECK_EQ(sh(FEW_ADDRESSES GADGET " 2>&1"), 2);
	CHECK_STR_EQ(output, GADGET
		": checks its accesses inline, for which this host refuses the addresses (ulimit -v, vm.overcommit_memory): compile it again here with `quarry cc`\n");
}
#endif
#define LENDER QY_BINARY_DIR "/tests/drivers/lender.qko"

/* borrower.c with these flags is compiled beside the lender, and checked behind @first. */
static int check_borrower(const char *flags, const char *first)
{
	char command[2048];

	snprintf(command, sizeof(command),
		"d=$(mktemp -d) && cd $d && " QUARRY " cc " SOURCE "/borrower.c " LENDER
		" %s -o borrower.qko && " QUARRY " check %s borrower.qko --quiet" BOARD
		" 2>&1; code=$?; rm -r $d; exit $code",
		flags, first);
	return sh(command);
}

TEST(cli_driver, a_module_has_what_others_export_as_insmod_allows_it)
{
	CHECK_EQ(check_borrower("", LENDER), 0);
	CHECK_CONTAINS(output, "  PASS  lender loads\n"
			       "  PASS  borrower loads\n"
			       "  PASS  one probes one\n"
			       "  PASS  two probes two\n"
			       "  PASS  borrower unloads\n"
			       "  PASS  lender unloads\n");
	CHECK_CONTAINS(output,
		"  PASS  nothing is reported: but a remark: request_module: bank-1 was not given: name it before the module that asks for it\n");
	CHECK_EQ(check_borrower("", ""), 1);
	CHECK_CONTAINS(output, "  FAIL  borrower loads: borrower: Unknown symbol lend_");
	CHECK_CONTAINS(output, " (err -2)\n");
	CHECK_EQ(check_borrower("-DPROPRIETARY", LENDER), 1);
	CHECK_CONTAINS(output,
		"  FAIL  borrower loads: borrower: Unknown symbol lend_gpl (err -2)\n");
	CHECK_EQ(check_borrower("-DNO_IMPORT", LENDER), 1);
	CHECK_CONTAINS(output,
		"borrower: module uses symbol (lend_spaced) from namespace LENDING, but does not import it.");
}

static const char user_project[] =
	"cmake_minimum_required(VERSION 3.22)\n"
	"project(drivers NONE)\n"
	"find_package(quarry REQUIRED)\n"
	"quarry_module(lender lender.c)\n"
	"quarry_module(borrower borrower.c ${CMAKE_CURRENT_BINARY_DIR}/lender.qko)\n";

/* Installed below a prefix, without a look at the source tree. */
TEST(cli_driver, a_users_cmake_project_builds_modules_with_an_installed_quarry)
{
	char dir[] = "/tmp/quarry-installed-XXXXXX", command[2048];
	FILE *f;

	CHECK(mkdtemp(dir) != NULL);
	snprintf(command, sizeof(command), "%s/CMakeLists.txt", dir);
	f = fopen(command, "w");
	CHECK(f && fputs(user_project, f) >= 0 && !fclose(f));
	snprintf(command, sizeof(command),
		"cd %s && cp " SOURCE "/lender.c " SOURCE "/borrower.c . && "
		"cmake --install " QY_BINARY_DIR
		" --prefix $PWD/usr >install.log 2>&1 && "
		"cmake -S . -B build -DCMAKE_PREFIX_PATH=$PWD/usr >cmake.log 2>&1 && "
		"cmake --build build >build.log 2>&1 && "
		"usr/bin/quarry check build/lender.qko build/borrower.qko --quiet 2>&1 || "
		"tail *.log; cd /; rm -r %s",
		dir, dir);
	sh(command);
	CHECK_CONTAINS(output, "  PASS  two probes two\n");
	CHECK_CONTAINS(output, "verdict: PASS (");
}

/* The driver on PCI with a mistake. */
static int check_card(const char *mistake, const char *more)
{
	char command[1024];

	snprintf(command, sizeof(command),
		QUARRY " check " CARD BOARD " --params mistake=%s --quiet %s 2>&1",
		mistake, more);
	return sh(command);
}

static void card_finds(const char *mistake, const char *first, const char *second)
{
	CHECK_EQ(check_card(mistake, ""), 1);
	CHECK_CONTAINS(output, first);
	CHECK_CONTAINS(output, second);
}

TEST(cli_driver, a_pci_driver_gets_a_device_that_sleeps_and_is_shut_down)
{
	CHECK_EQ(sh(QUARRY " check " CARD BOARD " 2>&1"), 0);
	CHECK_CONTAINS(output,
		"device   0000:00:01.0 (pci:v00008086d000010F5sv00001AF4sd00001100bcFFsc00i00): "
		"made up, since the board has none; registers at 0x10000000, 4 interrupts from ");
	CHECK_CONTAINS(output, "  PASS  card probes 0000:00:01.0\n"
			       "  PASS  the board suspends and resumes\n"
			       "  PASS  card unloads\n");
	CHECK_CONTAINS(output, "  PASS  the board shuts down\n");
	CHECK_EQ(check_card("none", "--fail-every"), 0);
}

TEST(cli_driver, what_a_pci_driver_keeps_or_gives_back_twice_is_told)
{
	card_finds("disable", "registration, taken by", "card_probe (");
	card_finds("regions", "registration, taken by", "card_probe (");
	card_finds("vectors", "interrupt, taken by", "card_probe (");
	card_finds("map", "mapping of registers of 65536 bytes", "card_probe (");
	card_finds("handlers", "removing non-empty directory 'irq/",
		"leaking at least 'card-0'");
	card_finds("twice", "Trying to free nonexistent resource <0000000010000000-",
		"card_remove (");
	card_finds("balance", "disabling already-disabled device", "card_remove (");
	card_finds(
		"early", "which nobody has enabled: reads are all ones", "card_probe (");
	CHECK_EQ(check_card("path", "--fail-every"), 1);
	CHECK_CONTAINS(output, "registration, taken by");
}

TEST(cli_driver, what_a_driver_does_wrong_when_the_board_sleeps_or_is_shut_down_is_told)
{
	card_finds("busy",
		"FAIL  the board suspends and resumes: suspend of 0000:00:01.0",
		"returned -16 (-EBUSY)");
	card_finds(
		"asleep", "PCI PM: Device state not saved by card", "suspend and resume");
	card_finds("sleep", "object of 100 bytes, taken by suspend/", "card_resume (");
	card_finds("shutdown", "crash in the board's shutdown: ", "card_shutdown (");
}

#define PLAIN QY_BINARY_DIR "/tests/drivers/plain.qko"

static int check_plain(int mistake, const char *more)
{
	char command[1024];

	snprintf(command, sizeof(command),
		QUARRY " check " PLAIN BOARD " --params mistake=%d %s 2>&1", mistake,
		more);
	return sh(command);
}

TEST(cli_driver, what_is_not_instrumented_has_its_objects_sampled)
{
	static const char *const said[] = { NULL,
		"BUG: KFENCE: out-of-bounds write in use+0x",
		"BUG: KFENCE: out-of-bounds read in use+0x",
		"BUG: KFENCE: out-of-bounds write in use+0x",
		"BUG: KFENCE: use-after-free read in use+0x",
		"BUG: KFENCE: invalid free in use+0x",
		"kmem_cache_destroy plain: Slab cache still has objects" };

	CHECK_EQ(check_plain(0, ""), 0);
	CHECK_CONTAINS(
		output, "plain.qko, for Linux 6.12, not instrumented, mistake=0\n");
	CHECK_CONTAINS(output, "verdict: PASS (");
	for (int mistake = 1; mistake < 7; mistake++) {
		CHECK_EQ(check_plain(mistake, ""), 1);
		if (mistake < 6)
			CHECK_CONTAINS(output, said[mistake]);
	}
	CHECK_CONTAINS(output, "object of 40 bytes, taken by insmod/");
	check_plain(1, "");
	CHECK_CONTAINS(output, "kfence-#");
	CHECK_CONTAINS(output, ", size=32, cache=kmalloc-32\n");
	CHECK_CONTAINS(output, "BUG: KFENCE: memory corruption in use+0x");
	CHECK_CONTAINS(output, "allocated by task 101 on cpu 0 at 0.");
	CHECK_CONTAINS(output, " plain_init+0x");
	/* off, it is as blind as the kernel that it stands for */
	CHECK_EQ(check_plain(2, "--append kfence.sample_interval=0"), 0);
}

TEST(cli_driver, programs_get_the_same_verdict)
{
	CHECK_EQ(check_mistake("ring", "--json"), 1);
	CHECK_CONTAINS(output, "\"schema\": \"quarry-driver/1\"");
	CHECK_CONTAINS(output, "\"kind\": \"DMA buffer\"");
	CHECK_EQ(check_mistake("ring", "--ktap"), 1);
	CHECK_CONTAINS(output, "KTAP version 1\n1..6\nok 1 gadget loads\n");
	CHECK_CONTAINS(output, "# DMA buffer of 8192 bytes");
	CHECK_EQ(check_mistake("ring", "--junit"), 1);
	CHECK_CONTAINS(output, "<failure message=\"1 of ");
}

TEST(cli_driver, what_quarry_has_not_is_named_in_one_line_each)
{
	CHECK_EQ(sh("cd " SOURCE " && " QUARRY " cc unsupported.c -o /tmp/none.qko 2>&1"),
		2);
	CHECK_CONTAINS(output,
		"unsupported.c:4: <linux/nothing_such.h>: not supported: Quarry has no such header\n");
	CHECK_CONTAINS(output,
		"unsupported.c:6: <sound/nothing_such.h>: not supported: Quarry has no such header\n");
	CHECK_CONTAINS(output,
		"unsupported.c:8: snd_nothing_t: not supported (<sound/core.h> in Linux)\n");
	CHECK_CONTAINS(output,
		"unsupported.c:14: frobnicate: not supported: no header of Quarry declares it\n");
	CHECK_CONTAINS(
		output, "unsupported.c: does not compile against Quarry's headers\n");
}

TEST(cli_driver, nothing_stays_behind_when_it_is_interrupted_or_its_reader_goes)
{
	char dir[] = "/tmp/quarry-left-XXXXXX", command[1024];

	CHECK(mkdtemp(dir) != NULL);
	/* in a session of its own: what is called quarry there afterwards was left */
	snprintf(command, sizeof(command),
		"export TMPDIR=%s; setsid -w sh -c 'cd " SOURCE " && " QUARRY
		" cc unsupported.c -o $TMPDIR/x.qko 2>&1 | head -n 1 >/dev/null; "
		"timeout --foreground -s INT 0.3 " QUARRY " check " GADGET BOARD
		" --params mistake=spin 2>&1; timeout --foreground -s INT 0.1 " QUARRY
		" check gadget.c >/dev/null 2>&1; ls $TMPDIR; rmdir $TMPDIR 2>&1; "
		"echo left $(ps -s $$ -o comm= | grep -c quarry)'",
		dir);
	sh(command);
	CHECK(!strstr(output, "quarry-"));
	CHECK_CONTAINS(output, "left 0\n");
}

TEST(cli_driver, branches_end_with_the_search_that_is_interrupted)
{
	/* the shell's own words do not have the mark whole */
	sh("m=mark; timeout --foreground -s INT 0.4 " QUARRY " check " GADGET BOARD
	   " --append ${m}er=$$ --fail-pairs --quiet >/dev/null 2>&1; sleep 0.1; pgrep -f ${m}er=$$");
	CHECK_STR_EQ(output, "");
}

TEST(cli_driver, bad_input_is_one_line_and_2)
{
	CHECK_EQ(sh(QUARRY " check none.c 2>&1"), 2);
	CHECK_STR_EQ(output,
		"none.c: No such file or directory: give the name of a readable file\n");
	CHECK_EQ(sh(QUARRY " check " GADGET " --html x.html 2>&1"), 2);
	CHECK_CONTAINS(output, "--html is of scenarios");
	CHECK_EQ(check_mistake("x", "--timeout 0"), 2);
	CHECK_EQ(check_mistake("x", "--schedules 0"), 2);
	CHECK_EQ(check_mistake("x", "--fail-at 0"), 2);
	CHECK_EQ(check_mistake("x", "--fail-at 1,2,3"), 2);
	CHECK_EQ(check_mistake("x", "--fail-at 4294967296"), 2);
	CHECK_EQ(check_mistake("none", "--fail-at 99 --quiet 2>&1"), 2);
	CHECK_CONTAINS(output, "--fail-at 99: the run makes ");
	CHECK_EQ(check_program_with(PROGRAM("none"), "--fail-at 99 2>&1"), 2);
	CHECK_CONTAINS(output, "--fail-at 99: the run makes 12 requests: ");
	CHECK_EQ(check_mistake("x", "--fail-kind all"), 2);
	CHECK_EQ(check_mistake("x", "--fail-at 1 --fail-every"), 2);
	CHECK_EQ(sh(QUARRY " check " GADGET BOARD " --params colour=3 --quiet"), 1);
	CHECK_CONTAINS(
		output, "  FAIL  gadget loads: gadget: unknown parameter 'colour'\n");
	CHECK_EQ(sh(QUARRY " check " QY_BINARY_DIR "/CMakeCache.txt " GADGET " 2>&1"), 2);
	CHECK_EQ(sh(QUARRY " cc x.h 2>&1"), 2);
}

/* ------------------------------------------------------------------ docs/your-driver.md */

static char page[65536];

/* What stands between @from and the next @to, at or behind *@at, which moves behind it. */
static bool cut(char **at, const char *from, const char *to, char **text, size_t *bytes)
{
	char *begin = strstr(*at, from), *end;

	if (!begin)
		return false;
	begin += strlen(from);
	end = strstr(begin, to);
	if (!end)
		return false;
	*text = begin;
	*bytes = (size_t)(end - begin);
	*at = end + strlen(to);
	return true;
}

/* "$ quarry ..." and, up to the end of the block, what it prints. */
static void run_block(const char *dir, char *text, size_t bytes)
{
	char command[1024], *newline = memchr(text, '\n', bytes);
	size_t head = (size_t)(newline + 1 - text);

	CHECK(newline != NULL);
	snprintf(command, sizeof(command), "cd %s && PATH=%s:$PATH && %.*s 2>&1", dir,
		QY_BINARY_DIR, (int)(newline - text), text);
	sh(command);
	if (strlen(output) != bytes - head || memcmp(output, text + head, bytes - head))
		FAIL("`%.*s` prints:\n%s", (int)(newline - text), text, output);
}

/* A block of C goes into the file that is named last in front of it: `lamp.c`. */
static void write_file(const char *dir, const char *text, size_t bytes)
{
	const char *end = text, *begin;
	char path[96];
	FILE *file;

	while (end > page && strncmp(end, ".c`", 3) != 0)
		end--;
	for (begin = end; begin > page && begin[-1] != '`'; begin--)
		;
	snprintf(path, sizeof(path), "%s/%.*s.c", dir, (int)(end - begin), begin);
	file = fopen(path, "w");
	CHECK(file != NULL);
	fwrite(text, 1, bytes, file);
	CHECK_EQ(fclose(file), 0);
}

TEST(cli_driver, the_page_for_newcomers_shows_what_is_printed)
{
	char dir[] = "/tmp/quarry-page-XXXXXX", path[64], *at = page, *text;
	FILE *file = fopen(QY_SOURCE_DIR "/docs/your-driver.md", "r");
	size_t bytes;
	int nr = 0, nr_files = 0;

	CHECK(file && mkdtemp(dir));
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	fclose(file);
	for (; cut(&at, "```c\n", "```", &text, &bytes); nr_files++)
		write_file(dir, text, bytes);
	CHECK_EQ(nr_files, 3);
	at = page;
	for (; cut(&at, "```\n$ ", "```", &text, &bytes); nr++)
		run_block(dir, text, bytes);
	snprintf(path, sizeof(path), "rm -r %s", dir);
	sh(path);
	CHECK(nr >= 2);
}
