// SPDX-License-Identifier: MIT
/*
 * What the compiler and the linker say of a driver, with one line for each symbol and header that is not supported.
 *
 * The linker has named every symbol that it did not find; those that the command itself, the C library under the kernel's
 * name, or another module has are no news, the others are.
 *
 * No state.
 */
#include "lab/driver_cc.h"

#include <ctype.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lab/driver_place.h"
#include "lab/driver_versions.h"

#define MAX_TEXT  4096
#define MAX_SAID  256
#define MAX_NAME  128
#define MAX_PLACE 512

struct messages {
	const struct qy_driver_cc *cc;
	unsigned int version; /* of Linux */
	FILE *out;
	char said[MAX_SAID][MAX_NAME]; /* what has had its line */
	int nr_said;
	int nr_undefined;
	char place[MAX_PLACE]; /* of the last such line */
};

/* ------------------------------------------------------------------ whose it is in Linux */

/* By how the name begins; the longest that fits. */
static const struct {
	const char *prefix, *header;
} linux_headers[] = {
	{ "acpi_", "linux/acpi.h" },
	{ "bio_", "linux/bio.h" },
	{ "blk_", "linux/blk-mq.h" },
	{ "clk_", "linux/clk.h" },
	{ "cpufreq_", "linux/cpufreq.h" },
	{ "cpu_", "linux/cpu.h" },
	{ "crypto_", "crypto/internal/skcipher.h" },
	{ "debugfs_", "linux/debugfs.h" },
	{ "dev_pm_", "linux/pm_runtime.h" },
	{ "devm_clk_", "linux/clk.h" },
	{ "devm_gpiod_", "linux/gpio/consumer.h" },
	{ "devm_iio_", "linux/iio/iio.h" },
	{ "devm_input_", "linux/input.h" },
	{ "devm_mfd_", "linux/mfd/core.h" },
	{ "devm_phy_", "linux/phy/phy.h" },
	{ "devm_pinctrl_", "linux/pinctrl/consumer.h" },
	{ "devm_pwm_", "linux/pwm.h" },
	{ "devm_regmap_", "linux/regmap.h" },
	{ "devm_regulator_", "linux/regulator/consumer.h" },
	{ "devm_reset_", "linux/reset.h" },
	{ "devm_rtc_", "linux/rtc.h" },
	{ "devm_thermal_", "linux/thermal.h" },
	{ "devm_watchdog_", "linux/watchdog.h" },
	{ "dma_async_", "linux/dmaengine.h" },
	{ "dma_buf_", "linux/dma-buf.h" },
	{ "dma_fence_", "linux/dma-fence.h" },
	{ "dma_request_", "linux/dmaengine.h" },
	{ "dmaengine_", "linux/dmaengine.h" },
	{ "drm_", "drm/drm_drv.h" },
	{ "eth_", "linux/etherdevice.h" },
	{ "fb_", "linux/fb.h" },
	{ "firmware_", "linux/firmware.h" },
	{ "gen_pool_", "linux/genalloc.h" },
	{ "gpio_", "linux/gpio.h" },
	{ "gpiod_", "linux/gpio/consumer.h" },
	{ "hid_", "linux/hid.h" },
	{ "hwmon_", "linux/hwmon.h" },
	{ "i2c_", "linux/i2c.h" },
	{ "ida_", "linux/idr.h" },
	{ "idr_", "linux/idr.h" },
	{ "iio_", "linux/iio/iio.h" },
	{ "input_", "linux/input.h" },
	{ "iommu_", "linux/iommu.h" },
	{ "irq_domain_", "linux/irqdomain.h" },
	{ "kfifo_", "linux/kfifo.h" },
	{ "led_", "linux/leds.h" },
	{ "mfd_", "linux/mfd/core.h" },
	{ "mmc_", "linux/mmc/host.h" },
	{ "mtd_", "linux/mtd/mtd.h" },
	{ "napi_", "linux/netdevice.h" },
	{ "netdev_", "linux/netdevice.h" },
	{ "netif_", "linux/netdevice.h" },
	{ "nvmem_", "linux/nvmem-consumer.h" },
	{ "of_clk_", "linux/clk.h" },
	{ "of_dma_", "linux/of_dma.h" },
	{ "of_gpio_", "linux/of_gpio.h" },
	{ "of_phy_", "linux/of_mdio.h" },
	{ "pci_", "linux/pci.h" },
	{ "pcim_", "linux/pci.h" },
	{ "percpu_", "linux/percpu.h" },
	{ "phy_", "linux/phy/phy.h" },
	{ "pinctrl_", "linux/pinctrl/consumer.h" },
	{ "pm_runtime_", "linux/pm_runtime.h" },
	{ "proc_", "linux/proc_fs.h" },
	{ "pwm_", "linux/pwm.h" },
	{ "rb_", "linux/rbtree.h" },
	{ "regmap_", "linux/regmap.h" },
	{ "register_netdev", "linux/netdevice.h" },
	{ "regulator_", "linux/regulator/consumer.h" },
	{ "release_firmware", "linux/firmware.h" },
	{ "request_firmware", "linux/firmware.h" },
	{ "reset_control_", "linux/reset.h" },
	{ "rtc_", "linux/rtc.h" },
	{ "seq_", "linux/seq_file.h" },
	{ "serial8250_", "linux/serial_8250.h" },
	{ "single_open", "linux/seq_file.h" },
	{ "skb_", "linux/skbuff.h" },
	{ "snd_", "sound/core.h" },
	{ "spi_", "linux/spi/spi.h" },
	{ "syscon_", "linux/mfd/syscon.h" },
	{ "thermal_", "linux/thermal.h" },
	{ "tty_", "linux/tty.h" },
	{ "uart_", "linux/serial_core.h" },
	{ "unregister_netdev", "linux/netdevice.h" },
	{ "usb_", "linux/usb.h" },
	{ "v4l2_", "media/v4l2-common.h" },
	{ "vb2_", "media/videobuf2-core.h" },
	{ "video_", "media/v4l2-dev.h" },
	{ "watchdog_", "linux/watchdog.h" },
	{ "xa_", "linux/xarray.h" },
};

static const char *linux_header(const char *symbol)
{
	const char *best = NULL;
	size_t best_length = 0;

	for (size_t i = 0; i < sizeof(linux_headers) / sizeof(linux_headers[0]); i++) {
		size_t length = strlen(linux_headers[i].prefix);

		if (length > best_length &&
			!strncmp(symbol, linux_headers[i].prefix, length)) {
			best = linux_headers[i].header;
			best_length = length;
		}
	}
	return best;
}

/* ------------------------------------------------------------------ whose it is here */

/* What of the C library the kernel has under the same name, and what compilers call on their own. */
static bool is_shared_name(const char *symbol)
{
	static const char *const names[] = { "memcpy", "memmove", "memset", "memcmp",
		"memchr", "strlen", "strnlen", "strcmp", "strncmp", "strcasecmp",
		"strncasecmp", "strcpy", "strncpy", "strcat", "strncat", "strchr",
		"strrchr", "strstr", "strsep", "strspn", "strcspn", "strpbrk",
		"_GLOBAL_OFFSET_TABLE_" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(symbol, names[i]))
			return true;
	return false;
}

static bool module_has(const char *file, const char *symbol)
{
	void *module = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
	bool found = module && dlsym(module, symbol);

	if (module)
		dlclose(module);
	return found;
}

static bool is_known(const struct qy_driver_cc *cc, const char *symbol)
{
	char path[PATH_MAX];

	if (is_shared_name(symbol))
		return true;
	if ((!strncmp(symbol, "qy_", 3) || !strncmp(symbol, "__qy_", 5)) &&
		dlsym(RTLD_DEFAULT, symbol))
		return true;
	for (int i = 0; i < cc->nr_files; i++)
		if (!qy_driver_is_source(cc->files[i]) && realpath(cc->files[i], path) &&
			module_has(path, symbol))
			return true;
	return false;
}

/* ------------------------------------------------------------------ lines */

/* Text between @before and the next @after, in @line. Return: false when it is not there. */
static bool between(
	const char *line, const char *before, const char *after, char *text, size_t size)
{
	const char *begin = strstr(line, before), *end;

	if (!begin)
		return false;
	begin += strlen(before);
	end = strstr(begin, after);
	if (!end || (size_t)(end - begin) >= size)
		return false;
	memcpy(text, begin, (size_t)(end - begin));
	text[end - begin] = '\0';
	return true;
}

/* "drivers/isp.c:12:3: error: ..." -> "drivers/isp.c:12"; the linker's own name in front is left out. */
static void place_of(const char *line, char *place, size_t size)
{
	const char *end, *at = line;
	size_t n, colons = 0;

	while ((end = strstr(at, "ld: ")) && end < strstr(line, "warning:"))
		at = end + 4;
	end = strstr(at, ": ");
	n = end ? (size_t)(end - at) : 0;
	if (n >= size)
		n = size - 1;
	memcpy(place, at, n);
	place[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (place[i] == ':' && ++colons == 2)
			place[i] = '\0';
}

/* Return: has @symbol had its line? Afterwards it has. */
static bool was_said(struct messages *m, const char *symbol)
{
	for (int i = 0; i < m->nr_said; i++)
		if (!strcmp(m->said[i], symbol))
			return true;
	if (m->nr_said < MAX_SAID)
		snprintf(m->said[m->nr_said++], MAX_NAME, "%s", symbol);
	return false;
}

static void say_symbol(struct messages *m, const char *place, const char *symbol)
{
	char header[256], why[256];
	const char *theirs = linux_header(symbol);

	snprintf(m->place, sizeof(m->place), "%s", place);
	if (was_said(m, symbol))
		return;
	if (qy_driver_version_of(symbol, m->version, why, sizeof(why)))
		fprintf(m->out, "%s: %s: %s\n", place, symbol, why);
	else if (qy_driver_header_of(m->cc->headers, symbol, header, sizeof(header)))
		fprintf(m->out, "%s: %s: is in <%s>, which is not included\n", place,
			symbol, header);
	else if (theirs)
		fprintf(m->out, "%s: %s: not supported (<%s> in Linux)\n", place, symbol,
			theirs);
	else
		fprintf(m->out,
			"%s: %s: not supported: no header of Quarry declares it\n", place,
			symbol);
}

/* A line about what is not there. Return: false: the line is of another kind. */
static bool say_unsupported(struct messages *m, const char *line)
{
	/* how gcc and clang say that a name means nothing to them */
	static const char *const unknown[] = { "implicit declaration of function '",
		"call to undeclared function '", "use of undeclared identifier '",
		"unknown type name '", "defaults to 'int' in declaration of '" };
	char symbol[MAX_NAME], place[MAX_PLACE], header[256], why[512];

	place_of(line, place, sizeof(place));
	if (between(line, "with attribute error: ", "\n", why, sizeof(why)) ||
		between(line, "with 'error' attribute: ", "\n", why, sizeof(why))) {
		if (!between(line, "call to '", "'", symbol, sizeof(symbol)))
			snprintf(symbol, sizeof(symbol), "%.*s", (int)strcspn(why, "("),
				why);
		if (was_said(m, symbol))
			return true;
		if (!qy_driver_header_of(m->cc->headers, symbol, header, sizeof(header)))
			snprintf(header, sizeof(header), "?");
		fprintf(m->out, "%s: %s: not supported (<%s>)\n", place, why, header);
		return true;
	}
	if (strstr(line, "' undeclared") &&
		between(line, "error: '", "'", symbol, sizeof(symbol))) {
		say_symbol(m, place, symbol);
		return true;
	}
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		if (between(line, unknown[i], "'", symbol, sizeof(symbol))) {
			say_symbol(m, place, symbol);
			return true;
		}
	return false;
}

/* What is there, but not as it is used, may have been so in another version: that is said behind the compiler's line. */
static void say_version(struct messages *m, const char *line)
{
	char name[MAX_NAME], member[MAX_NAME], place[MAX_PLACE], why[256];
	bool said = qy_driver_version_of_type(line, m->version, why, sizeof(why));

	place_of(line, place, sizeof(place));
	if (said) {
		fprintf(m->out, "%s: %s\n", place, why);
		return;
	}
	if (between(line, "error: macro \"", "\"", name, sizeof(name)))
		was_said(m, name); /* that it is then no function either is no news */
	else if (between(line, "no member named '", "' in 'struct ", member,
			 sizeof(member)) &&
		 between(line, "' in 'struct ", "'", why, sizeof(why)))
		snprintf(name, sizeof(name), "%.60s.%.60s", why, member);
	else if (between(line, "'struct ", "' has no member named '", why, sizeof(why)) &&
		 between(line, "' has no member named '", "'", member, sizeof(member)))
		snprintf(name, sizeof(name), "%.60s.%.60s", why, member);
	else if (between(line, "field designator '", "'", member, sizeof(member)) &&
		 between(line, "in type 'struct ", "'", why, sizeof(why)))
		snprintf(name, sizeof(name), "%.60s.%.60s", why, member);
	else if (!between(
			 line, "many arguments to function '", "'", name, sizeof(name)) &&
		 !between(line, "few arguments to function '", "'", name, sizeof(name)))
		return;
	if (qy_driver_version_of(name, m->version, why, sizeof(why)))
		fprintf(m->out, "%s: %s: %s\n", place, name, why);
}

/* A name of ours is no advice. */
static void drop_advice(char *line)
{
	char *advice = strstr(line, "; did you mean 'qy_"), *end;

	end = advice ? strchr(advice, '?') : NULL;
	if (end)
		memmove(advice, end + 1, strlen(end + 1) + 1);
}

/* "...: warning: undefined reference to `foo'" of the linker. Return: false: another kind of line. */
/*
 * Of a reference in data the linker knows no line, but an object file that nobody else knows. Then the first line of the
 * sources that has the name says where it is used.
 */
static void find_place(const struct qy_driver_cc *cc, const char *symbol, char *place)
{
	char line[MAX_TEXT];

	if (!strstr(place, ".o:("))
		return;
	for (int i = 0; i < cc->nr_files; i++) {
		FILE *f = qy_driver_is_source(cc->files[i]) ? fopen(cc->files[i], "r")
							    : NULL;

		for (int nr = 1; f && fgets(line, sizeof(line), f); nr++) {
			const char *at = strstr(line, symbol);
			char behind = at ? at[strlen(symbol)] : 'a';

			if (isalnum((unsigned char)behind) || behind == '_')
				continue;
			snprintf(place, MAX_PLACE, "%s:%d", cc->files[i], nr);
			fclose(f);
			return;
		}
		if (f)
			fclose(f);
	}
}

static bool say_undefined(struct messages *m, const char *line)
{
	char symbol[MAX_NAME], place[MAX_PLACE];
	const char *name = symbol, *theirs;

	if (strstr(line, "more undefined references to `"))
		return true;
	if (!between(line, "undefined reference to `", "'", symbol, sizeof(symbol)))
		return false;
	if (is_known(m->cc, symbol))
		return true;
	m->nr_undefined++;
	if (!strncmp(name, "qy_k_", 5))
		name += 5;
	if (was_said(m, name))
		return true;
	place_of(line, place, sizeof(place));
	find_place(m->cc, name, place);
	theirs = linux_header(name);
	fprintf(m->out, "%s: %s: %s%s%s\n", place, name, theirs ? "not supported (<" : "",
		theirs ? theirs
		       : "nothing defines it: not this module, not Quarry, no module that was named",
		theirs ? "> in Linux)" : "");
	return true;
}

/* Lines that only say more about another one. */
static bool is_detail(const char *line)
{
	static const char *const more[] = { "In function '", "in function `",
		"At top level:", "data definition has no type or storage class",
		"parameter names (without types)", "note: in expansion of macro",
		"In file included from", "each undeclared identifier",
		"compilation terminated", "ld returned ",
		"cc1: ", "warnings being treated", " generated.", "linker command failed",
		"previous implicit declaration", "note: did you mean 'qy_",
		"note: 'qy_" };

	if (!strncmp(line, "                 from ", 22))
		return true;
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (strstr(line, more[i]))
			return true;
	return false;
}

/* What has no prototype returns int: what the compiler thinks of that. */
static bool is_consequence(const struct messages *m, const char *line)
{
	char place[MAX_PLACE];

	if (!strstr(line, "from integer") && !strstr(line, "integer to pointer"))
		return false;
	place_of(line, place, sizeof(place));
	return !strcmp(place, m->place);
}

/* "   12 |  code", "      |  ^~~~" */
static bool is_excerpt(const char *line)
{
	line += strspn(line, " ");
	line += strspn(line, "0123456789");
	line += strspn(line, " ");
	return *line == '|';
}

bool qy_driver_missing_header(
	const char *messages, char *place, size_t place_size, char *header, size_t size)
{
	FILE *f = fopen(messages, "r");
	char line[MAX_TEXT];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		found = between(line, "fatal error: ", ": No such file", header, size) ||
			between(line, "fatal error: '", "' file not found", header, size);
		if (found)
			place_of(line, place, place_size);
	}
	if (f)
		fclose(f);
	return found;
}

int qy_driver_messages(const struct qy_driver_cc *cc, unsigned int version,
	const char *messages, FILE *out)
{
	struct messages m = { .cc = cc, .version = version, .out = out };
	FILE *f = fopen(messages, "r");
	char line[MAX_TEXT];
	bool of_ours = false; /* the excerpt that follows belongs to a line of ours */

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		if (say_undefined(&m, line) || say_unsupported(&m, line)) {
			of_ours = true;
			continue;
		}
		if (is_consequence(&m, line)) {
			of_ours = true;
			continue;
		}
		if (is_detail(line) || (of_ours && is_excerpt(line)))
			continue;
		of_ours = false;
		drop_advice(line);
		fputs(line, out);
		say_version(&m, line);
	}
	fclose(f);
	return m.nr_undefined;
}
