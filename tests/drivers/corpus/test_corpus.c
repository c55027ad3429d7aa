// SPDX-License-Identifier: MIT
/*
 * The corpus: small drivers, each with one mistake of a kind that published fixes are full of. CLASS_name.c is compiled once;
 * with `bug=1` it makes its mistake, with `bug=0` it is fixed. `quarry check` must name the mistake and where it is made, and
 * have nothing to say of the fix.
 *
 * No state.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/runner/command.h"
#include "tests/runner/test.h"

#define MODULES    QY_BINARY_DIR "/tests/drivers/"
#define SOURCES    QY_SOURCE_DIR "/tests/drivers/corpus"
#define BOARD      " --dtb " MODULES "corpus.dtb -m 64M --quiet"
#define MIN_CLASS  6
#define MAX_REPORT 6000 /* bytes of the log that one takes, at most */

/*
 * How a mistake comes to light: the driver is loaded, probed, opened, interrupted and removed; or each request fails, too; or a
 * program uses it.
 */
#define LOADED          ""
#define REFUSED         " --fail-every"
#define USED(node, use) "      - {at: 10ms, open: " node "}\n      - " use "\n"

struct planted {
	const char *name; /* CLASS_... */
	const char *how;
	const char *cause; /* in the verdict of bug=1 */
	const char *place; /* likewise: who made it */
};

/* clang-format off */
static const struct planted planted[] = {
	{ "leak_device_numbers", REFUSED, "registration, taken by insmod/", "port_init (" },
	{ "leak_fault_path", USED("snap", "{at: 20ms, ioctl: 0x80885301, arg: 8, returns: -14}"),
		"object of 136 bytes, taken by program/", "snap_ioctl (" },
	{ "leak_first_ring", REFUSED, "DMA buffer of 1024 bytes, taken by", "eth_ring_alloc (" },
	{ "leak_irq_on_error", REFUSED, "interrupt, taken by", "hub_probe (" },
	{ "leak_krealloc", REFUSED, "object of 128 bytes, taken by", "filters_add (" },
	{ "leak_module_reference", LOADED, "reference to a module, taken by", "pin_probe (" },
	{ "leak_queue_of_init", REFUSED, "left by the insmod that failed:", "codec_init (" },
	{ "leak_queued_frames", LOADED, "object of 104 bytes, taken by", "cam_irq (" },
	{ "leak_session_on_error", REFUSED, "object of 40 bytes, taken by open/", "crypt_open (" },
	{ "leak_thread_on_error", REFUSED, "thread, taken by", "dog_probe (" },
	{ "leak_unwinding_loop", REFUSED, "pages of 4096 bytes, taken by", "grabber_get_pages (" },

	{ "memory_area_end", LOADED, "BUG: KASAN: vmalloc-out-of-bounds", "scan_probe+" },
	{ "memory_cache_in_use", LOADED, "Objects remaining on __kmem_cache_shutdown()", "log_exit (" },
	{ "memory_devm_and_kfree", LOADED, "Invalid object pointer", "tuner_remove (" },
	{ "memory_double_free", LOADED, "BUG: KASAN: double-free in gps_remove", "gps_remove+" },
	{ "memory_free_before_quiet", LOADED, "BUG: KASAN: slab-use-after-free", "motor_tick+" },
	{ "memory_list_walk_frees", LOADED, "BUG: KASAN: slab-use-after-free", "router_flush+" },
	{ "memory_parameter_bound", LOADED, "BUG: KASAN: global-out-of-bounds", "fan_probe+" },
	{ "memory_reference_put_twice", LOADED, "BUG: KASAN: slab-use-after-free in bus_remove", "bus_remove+" },
	{ "memory_ring_end", LOADED, "BUG: KASAN: slab-out-of-bounds", "dmac_probe+" },
	{ "memory_show_end", LOADED, "KASAN: slab-out-of-bounds", "table_show (" },
	{ "memory_size_overflow", USED("lut", "{at: 20ms, ioctl: 0x4c01, arg: 0x10000001, returns: any}"),
		"BUG: KASAN: slab-out-of-bounds in lut_", "lut_ioctl+" },
	{ "memory_string_end", LOADED, "BUG: KASAN: slab-out-of-bounds", "label_probe+" },
	{ "memory_timer_after_remove", LOADED, "timer, taken by", "lamp_blink (" },
	{ "memory_uninitialised_answer", USED("gauge", "{at: 20ms, ioctl: 0x80204701, bytes: 32}"),
		"BUG: KMSAN: kernel-infoleak in gauge_ioctl", "Bytes 8-31 of 32 are uninitialized" },
	{ "memory_work_after_remove", LOADED, "work, taken by", "scale_settle (" },
	{ "memory_write_bound", USED("panel", "{at: 20ms, write: a line that is longer than the panel}"),
		"BUG: KASAN: slab-out-of-bounds in panel_write", "(during write of /dev/panel)" },

	{ "context_cancel_under_lock", LOADED, "BUG: sleeping function called from invalid context",
		"nand_release (" },
	{ "context_coherent_free_in_irq", LOADED, "dma_free_attrs with interrupts off", "blit_irq (" },
	{ "context_copy_under_lock", USED("tally", "{at: 20ms, read: 8}"),
		"BUG: sleeping function called from invalid context", "tally_read (" },
	{ "context_irq_lock_open", LOADED, "inconsistent {HARDIRQ-ON-W} -> {IN-HARDIRQ-W} usage", "uart_open+" },
	{ "context_irq_returns_locked", LOADED, "leaves preempt count 00010001, found 00010000", "gpio" },
	{ "context_kernel_in_irq", LOADED, "BUG: sleeping function called from invalid context", "isp_irq (" },
	{ "context_kernel_under_lock", LOADED, "BUG: sleeping function called from invalid context",
		"pwm_open (" },
	{ "context_lock_order", LOADED, "possible circular locking dependency detected", "mixer_release+" },
	{ "context_mutex_in_timer", LOADED, "BUG: sleeping function called from invalid context",
		"meter_timer (" },
	{ "context_sleep_in_tasklet", LOADED, "BUG: sleeping function called from invalid context",
		"radio_tasklet (" },
	{ "context_unlock_missing", REFUSED, "lock held when returning to user space!", "tape_open (" },
	{ "context_wait_for_own_lock", LOADED, "hang in close of /dev/rtc9: INFO: task close blocked",
		"rtc_update (" },

	{ "dma_cursor_unmapped", LOADED, "tries to free DMA memory it has not allocated", "nvme_identify (" },
	{ "dma_error_unchecked", LOADED, "failed to check map error", "tpu_remove (" },
	{ "dma_free_size", LOADED, "frees DMA memory with different size", "npu_remove (" },
	{ "dma_list_without_end", LOADED, "BUG: KASAN: slab-out-of-bounds", "csi_probe+" },
	{ "dma_pool_freed_twice", LOADED, "already free (during rmmod", "ring_remove (" },
	{ "dma_pool_in_use", LOADED, "2 times DMA buffer, 64 bytes together, taken by", "usb_add_td (" },
	{ "dma_sg_count", LOADED, "frees DMA sg list with different entry count", "jpeg_remove (" },
	{ "dma_stack", LOADED, "maps memory from stack", "flash_send (" },
	{ "dma_unmap_direction", LOADED, "frees DMA memory with different direction", "audio_remove (" },
	{ "dma_unmap_missing", LOADED, "DMA mapping of 1600 bytes, taken by", "wifi_refill (" },
	{ "dma_unmap_size", LOADED, "[map size=2048 bytes] [unmap size=512 bytes]", "modem_remove (" },
	{ "dma_unmapped_twice", LOADED, "tries to free DMA memory it has not allocated", "sdmmc_remove (" },
	{ "dma_vmalloc", LOADED, "maps memory from invalid area", "fpga_load (" },

	{ "unchecked_coherent", REFUSED, "BUG: KASAN: null-ptr-deref in gpu_probe", "gpu_probe+" },
	{ "unchecked_error_pointer", REFUSED, "Unable to handle kernel paging request", "pcie_probe (" },
	{ "unchecked_in_irq", REFUSED, "crash in interrupt of adc: Unable to handle kernel NULL", "adc_irq (" },
	{ "unchecked_kmalloc", REFUSED, "Unable to handle kernel NULL pointer dereference", "buzzer_probe (" },
	{ "unchecked_open", REFUSED, "crash in open of /dev/rng: Unable to handle kernel NULL", "rng_open (" },
	{ "unchecked_queue", REFUSED, "Unable to handle kernel NULL pointer dereference", "tpm_probe (" },
	{ "unchecked_register", REFUSED, "Unable to handle kernel NULL pointer dereference", "led_remove (" },
	{ "unchecked_request_irq", REFUSED, "Trying to free already-free IRQ", "touch_remove (" },
	{ "unchecked_string", REFUSED, "Unable to handle kernel NULL pointer dereference", "mic_probe (" },
	{ "unchecked_swallowed", REFUSED, "Unable to handle kernel NULL pointer dereference", "nfc_remove (" },
	{ "unchecked_thread", REFUSED, "Unable to handle kernel ", "pump_remove (" },
};

/*
 * SET_... makes many mistakes in one run, each of which goes on to the next: found are all, with the step that made each. As cheap as
 * one driver.
 */
static const struct step {
	const char *set, *cause, *step;
} steps[] = {
	{ "set_dma", "reads memory before it is synced for the CPU", "d_read_before_sync+" },
	{ "set_dma", "writes to memory of the device without a sync", "d_write_after_map+" },
	{ "set_dma", "reads memory before it is synced for the CPU", "d_sg_read+" },
	{ "set_dma", "reads memory before it is synced for the CPU", "d_partial_sync+" },
	{ "set_dma", "KASAN: slab-out-of-bounds", "d_map_too_long+" },
	{ "set_dma", "KASAN: slab-use-after-free", "d_map_freed+" },
	{ "set_dma", "frees memory that is mapped", "d_free_while_mapped+" },
	{ "set_dma", "reads memory before it is synced for the CPU", "d_read_bidir+" },
	{ "set_dma", "reads memory before it is synced for the CPU", "d_small_struct+" },
	{ "set_dma", "reads memory before it is synced for the CPU", "d_copy_before_unmap+" },
	{ "set_dma", "writes to memory that the device writes to", "d_write_bidir_under_device+" },
	{ "set_dma", "reads memory before it is synced for the CPU", "d_noncoherent+" },
	{ "set_dma", "KASAN: slab-out-of-bounds", "d_sg_length+" },
	{ "set_memory", "KASAN: use-after-free", "m_pool_uaf+" },
	{ "set_memory", "KASAN: slab-use-after-free", "m_krealloc_old+" },
	{ "set_memory", "KASAN: slab-use-after-free", "m_kfree_sensitive+" },
	{ "set_memory", "KASAN: use-after-free", "m_pages_exact+" },
	{ "set_memory", "KASAN: vmalloc-out-of-bounds", "m_percpu_end+" },
	{ "set_memory", "KASAN: vmalloc-out-of-bounds", "m_percpu_uaf+" },
	{ "set_memory", "list_add double add", "m_list_add_twice+" },
	{ "set_memory", "KASAN: slab-use-after-free", "m_list_freed_still_linked+" },
	{ "set_memory", "KASAN: slab-out-of-bounds", "m_snprintf_sum+" },
	{ "set_memory", "KASAN: slab-use-after-free", "m_devm_uaf+" },
	{ "set_memory", "KASAN: slab-use-after-free", "m_mempool_uaf+" },
	{ "set_memory", "KASAN: slab-out-of-bounds", "m_kmemdup_long+" },
	{ "set_memory", "KASAN: slab-out-of-bounds", "m_printk_string+" },
	{ "set_memory", "KASAN: slab-use-after-free", "m_printk_freed+" },
	{ "set_memory", "free_pages_exact() of 16384 bytes", "m_exact_short" },
	{ "set_memory", "no percpu memory, or free already", "m_percpu_twice+" },
	{ "set_memory", "Trying to vunmap() nonexistent vm area", "m_iounmap_twice+" },
	{ "set_memory", "cache_from_obj: Wrong slab cache. set-b but object is from set-a", "" },
	{ "set_memory", "virt_to_phys used for non-linear address", "" },
	{ "set_memory", "sg_set_buf() of memory outside the linear map", "" },
	{ "set_leak", "reference to a node, taken by", "l_node_path (" },
	{ "set_leak", "reference to a node, taken by", "l_node_compatible (" },
	{ "set_leak", "reference to a node, taken by", "l_node_loop_left (" },
	{ "set_leak", "reference to a node, taken by", "l_node_scoped (" },
	{ "set_leak", "reference to a node, taken by", "l_node_parent (" },
	{ "set_leak", "reference to a node, taken by", "l_node_phandle (" },
	{ "set_leak", "OF: ERROR: of_node_release() detected bad of_node_put() on /pl031@", "" },
	{ "set_leak", "reference to a device, taken by", "l_device_found (" },
	{ "set_leak", "refcount_t: underflow; use-after-free", "l_device_put_twice+" },
	{ "set_leak", "reference to a device, taken by", "l_device_freed (" },
	{ "set_leak", "number, taken by", "l_number (" },
	{ "set_context", "sleeping function called from invalid context at include/linux/sched/mm.h", "" },
	{ "set_context", "inconsistent lock state", "soft_fn+" },
	{ "set_context", "suspicious RCU usage", "c_deref_without_rcu+" },
	{ "set_context", "possible circular locking", "c_cancel_holding+" },
	{ "set_context", "possible circular locking", "c_del_timer_holding+" },
	{ "set_context", "bad unlock balance detected", "" },
	{ "set_context", "raw_local_irq_restore() called with IRQs enabled", "" },
	{ "set_context", "ODEBUG: assert_init not available", "" },
	{ "set_context", "free active (active state 0) object type: work_struct", "" },
	{ "set_context", "free active (active state 0) object type: timer_list", "" },
	{ "set_context", "returned with an RCU read section open", "" },
	{ "set_context", "sleeping function called from invalid context at", "c_iounmap_atomic (" },
	{ "set_context", "queue_work(): the item is not initialised", "c_work_uninit+" },
	{ "set_context", "Unexpected gfp: 0x2 (__GFP_HIGHMEM). Fixing up to gfp: 0xcc0 (GFP_KERNEL).", "" },
	{ "set_context", "returned with preemption imbalance", "c_cpu_not_put+" },
	{ "set_context", "HARDIRQ-safe -> HARDIRQ-unsafe", "chain_irq+" },
	{ "set_context", "possible circular locking", "sh_scan+" },
};
/* clang-format on */

static char output[131072];

static int sh(const char *command)
{
	return run_command(command, output, sizeof(output));
}

/* A scenario in which a program does @uses. */
static int check_used(const char *name, const char *uses, int bug)
{
	char path[] = "/tmp/quarry-corpus-XXXXXX", command[256];
	int code, fd = mkstemp(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	CHECK(file != NULL);
	fprintf(file,
		"board: {dtb: " MODULES "corpus.dtb, memory: 64M}\n"
		"duration: 100ms\n"
		"drivers:\n"
		"  - source: " MODULES "%s.qko\n"
		"    params: bug=%d\n"
		"    uses:\n%s",
		name, bug, uses);
	CHECK_EQ(fclose(file), 0);
	snprintf(command, sizeof(command),
		QY_BINARY_DIR "/quarry check %s --quiet --no-remedy 2>&1", path);
	code = sh(command);
	remove(path);
	return code;
}

static int check(const char *name, const char *how, int bug)
{
	char command[1024];

	if (strstr(how, "{at:"))
		return check_used(name, how, bug);
	snprintf(command, sizeof(command),
		QY_BINARY_DIR "/quarry check " MODULES "%s.qko" BOARD
			      " --params bug=%d%s 2>&1",
		name, bug, how);
	return sh(command);
}

static void must_say(const char *name, const char *text)
{
	if (!strstr(output, text))
		FAIL("%s: `%s` is not in:\n%s", name, text, output);
}

static void check_class(const char *class)
{
	for (size_t i = 0; i < sizeof(planted) / sizeof(*planted); i++) {
		const struct planted *p = &planted[i];

		if (strncmp(p->name, class, strlen(class)) != 0)
			continue;
		if (check(p->name, p->how, 1) != 1)
			FAIL("%s: not found:\n%s", p->name, output);
		must_say(p->name, p->cause);
		must_say(p->name, p->place);
		if (check(p->name, p->how, 0) != 0)
			FAIL("%s: its fix is not silent:\n%s", p->name, output);
		must_say(p->name, "verdict: PASS (");
	}
}

TEST(corpus, what_an_error_path_keeps_is_found_and_the_fix_is_silent)
{
	check_class("leak_");
}

TEST(corpus, use_after_free_and_overflow_are_found_and_the_fix_is_silent)
{
	check_class("memory_");
}

TEST(corpus, what_the_context_forbids_is_found_and_the_fix_is_silent)
{
	check_class("context_");
}

TEST(corpus, misuse_of_dma_is_found_and_the_fix_is_silent)
{
	check_class("dma_");
}

TEST(corpus, an_unchecked_failure_is_found_and_the_fix_is_silent)
{
	check_class("unchecked_");
}

static bool listed(const char *file, size_t length)
{
	for (size_t i = 0; i < sizeof(planted) / sizeof(*planted); i++)
		if (strlen(planted[i].name) == length &&
			!strncmp(planted[i].name, file, length))
			return true;
	return false;
}

/* The report that begins with @cause, and not the next one, has @step in its stack. */
static bool is_told(const char *log, const char *cause, const char *step)
{
	for (const char *at = log; (at = strstr(at, cause)); at++) {
		const char *place = strstr(at, step);

		if (place && place - at < MAX_REPORT)
			return true;
	}
	return false;
}

static int check_set(const char *set, int bug)
{
	char command[512];

	snprintf(command, sizeof(command),
		QY_BINARY_DIR "/quarry check " MODULES "%s.qko" BOARD
			      " --params bug=%d --log " MODULES "%s.log 2>&1",
		set, bug, set);
	return sh(command);
}

/* Behind what the verdict says. */
static void read_log(const char *set)
{
	char path[512], *end = output + strlen(output);
	FILE *file;

	snprintf(path, sizeof(path), MODULES "%s.log", set);
	file = fopen(path, "r");
	CHECK(file != NULL);
	end[fread(end, 1, (size_t)(output + sizeof(output) - end) - 1, file)] = '\0';
	fclose(file);
}

TEST(corpus, several_mistakes_of_one_driver_are_all_told_and_the_fixes_are_silent)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		const struct step *s = &steps[i];

		if (!i || strcmp(s->set, s[-1].set) != 0) {
			if (check_set(s->set, 0) != 0)
				FAIL("%s: its fixes are not silent:\n%s", s->set, output);
			CHECK_EQ(check_set(s->set, 1), 1);
			read_log(s->set);
		}
		if (!is_told(output, s->cause, s->step))
			FAIL("%s: no `%s` of %s in:\n%s", s->set, s->cause, s->step,
				output);
	}
}

TEST(corpus, each_of_the_five_classes_has_its_drivers_and_each_driver_its_line)
{
	static const char *const classes[] = { "leak_", "memory_", "context_", "dma_",
		"unchecked_" };
	int nr[5] = { 0 };
	struct dirent *entry;
	DIR *dir = opendir(SOURCES);

	CHECK(dir != NULL);
	while ((entry = readdir(dir))) {
		const char *end = strstr(entry->d_name, ".c");

		if (!end || !strcmp(entry->d_name, "test_corpus.c"))
			continue;
		if (strncmp(entry->d_name, "set_", 4) != 0 &&
			!listed(entry->d_name, (size_t)(end - entry->d_name)))
			FAIL("%s: no line says what must be found", entry->d_name);
		for (int i = 0; i < 5; i++)
			nr[i] += !strncmp(entry->d_name, classes[i], strlen(classes[i]));
	}
	closedir(dir);
	for (int i = 0; i < 5; i++)
		CHECK(nr[i] >= MIN_CLASS);
}
