// SPDX-License-Identifier: MIT
/* Clocks, reset lines, regulators, GPIO lines, registers by number, devices on I2C and SPI: as a driver uses them. */
#include <linux/clk.h>
#include <linux/gpio.h>
#include <linux/gpio/consumer.h>
#include <linux/i2c.h>
#include <linux/io.h>
#include <linux/mfd/syscon.h>
#include <linux/of_gpio.h>
#include <linux/platform_device.h>
#include <linux/regmap.h>
#include <linux/regulator/consumer.h>
#include <linux/reset-controller.h>
#include <linux/reset.h>
#include <linux/spi/spi.h>
#include "tests/drivers/kernel/world.h"

#define BE(x) (u8)((x) >> 24), (u8)((x) >> 16), (u8)((x) >> 8), (u8)(x)

static const u8 one[] = { BE(1) }, two[] = { BE(2) }, three[] = { BE(3) };
static const u8 four[] = { BE(4) }, five[] = { BE(5) }, twelve[] = { BE(12000000) };
static const u8 millivolts[] = { BE(1800000) };
static const u8 clocks[] = { BE(1), BE(2), BE(7) }, resets[] = { BE(3), BE(5) };
static const u8 lines[] = { BE(4), BE(6), BE(1), BE(4), BE(7), BE(0) };
static const u8 syscon_reg[] = { BE(0xa0000000), BE(0x100) };
static const u8 syscon_args[] = { BE(5), BE(0x20) };

static const struct qy_tree_property properties[] = {
	{ "#address-cells", one, 4 },
	{ "#size-cells", one, 4 },
	/* 2 */
	{ "phandle", one, 4 },
	{ "compatible", "fixed-clock", 12 },
	{ "#clock-cells", "\0\0\0", 4 },
	{ "clock-frequency", twelve, 4 },
	/* 6 */
	{ "phandle", two, 4 },
	{ "#clock-cells", one, 4 },
	/* 8 */
	{ "phandle", three, 4 },
	{ "#reset-cells", one, 4 },
	/* 10 */
	{ "phandle", four, 4 },
	{ "#gpio-cells", two, 4 },
	{ "regulator-min-microvolt", millivolts, 4 },
	/* 13 */
	{ "phandle", five, 4 },
	{ "compatible", "acme,sys\0syscon", 16 },
	{ "reg", syscon_reg, sizeof(syscon_reg) },
	/* 16 */
	{ "compatible", "acme,user", 10 },
	{ "clocks", clocks, sizeof(clocks) },
	{ "clock-names", "osc\0bus", 8 },
	{ "resets", resets, sizeof(resets) },
	{ "enable-gpios", lines, sizeof(lines) },
	{ "core-supply", four, 4 },
	{ "acme,sys", syscon_args, sizeof(syscon_args) },
};
static const struct qy_tree_node nodes[] = {
	{ "", -1, 0, 2 },
	{ "osc", 0, 2, 4 },
	{ "clock-controller", 0, 6, 2 },
	{ "reset-controller", 0, 8, 2 },
	{ "gpio", 0, 10, 3 },
	{ "sys@a0000000", 0, 13, 3 },
	{ "user", 0, 16, 7 },
};
static const struct qy_tree tree = { nodes, ARRAY_SIZE(nodes), properties };

static void (*in_probe)(struct device *dev);
static int user_probe(struct platform_device *pdev)
{
	in_probe(&pdev->dev);
	return 0;
}
static const struct of_device_id user_of[] = { { .compatible = "acme,user" }, {} };
static struct platform_driver user_driver = { .probe = user_probe,
	.driver = { .name = "user", .of_match_table = user_of } };

static void of_the_tree(void)
{
	CHECK_EQ(__platform_driver_register(&user_driver, NULL), 0);
	platform_driver_unregister(&user_driver);
}

static void made_up(void)
{
	CHECK_EQ(__platform_driver_register(&user_driver, NULL), 0);
	CHECK(qy_world_add_device(test_world.w, "user", "acme,user") >= 0);
	platform_driver_unregister(&user_driver);
}

/* ------------------------------------------------------------------ clocks */

static void clocks_of_the_tree(struct device *dev)
{
	static struct clk_bulk_data missing[] = { { "no", NULL } };
	struct clk_bulk_data bulk[] = { { "osc", NULL }, { "bus", NULL } };
	struct clk *osc = clk_get(dev, "osc"), *bus, *other;

	CHECK_EQ(clk_get_rate(osc), 12000000);
	CHECK_EQ(clk_set_rate(osc, 5), 0);
	CHECK_EQ(clk_get_rate(osc), 12000000); /* it is fixed */
	bus = devm_clk_get(dev, "bus");
	CHECK_EQ(clk_get_rate(bus), 24000000);
	CHECK_EQ(clk_round_rate(bus, 5000), 5000);
	CHECK_EQ(clk_set_rate(bus, 48000000), 0);
	other = of_clk_get(dev->of_node, 1); /* the same clock */
	CHECK_EQ(clk_get_rate(other), 48000000);
	CHECK_EQ(clk_prepare_enable(bus), 0);
	CHECK(__clk_is_enabled(other));
	clk_put(other);
	CHECK_EQ(PTR_ERR(clk_get(dev, "no")), -ENOENT);
	CHECK(!clk_get_optional(dev, "no"));
	CHECK(!devm_clk_get_optional(dev, "no"));
	clk_disable_unprepare(bus);
	devm_clk_put(dev, bus);
	other = of_clk_get_by_name(dev->of_node, "bus");
	clk_disable(other);
	CHECK_EQ(test_log("bus already disabled"), 1);
	CHECK_EQ(clk_enable(other), -ESHUTDOWN);
	clk_unprepare(other);
	CHECK_EQ(test_log("bus already unprepared"), 1);
	test_forget(3);
	clk_put(other);
	clk_put(osc);
	CHECK_EQ(clk_bulk_get(dev, 2, bulk), 0);
	CHECK_EQ(clk_bulk_prepare_enable(2, bulk), 0);
	CHECK(__clk_is_enabled(bulk[1].clk));
	clk_bulk_disable_unprepare(2, bulk);
	clk_bulk_put(2, bulk);
	CHECK_EQ(devm_clk_bulk_get(dev, 1, missing), -ENOENT);
	CHECK_EQ(devm_clk_bulk_get_optional(dev, 1, missing), 0);
	CHECK_EQ(clk_bulk_prepare_enable(1, missing), 0); /* of NULL */
	CHECK(!IS_ERR(devm_clk_get_enabled(dev, "osc")));
	CHECK(!IS_ERR(devm_clk_get_prepared(dev, "bus")));
	CHECK(!devm_clk_get_optional_enabled(dev, "no"));
}

TEST(supply, a_clock_runs_for_whoever_enables_it)
{
	in_probe = clocks_of_the_tree;
	test_run(of_the_tree, &tree);
}

static void leave_on(struct device *dev)
{
	struct clk *clk = devm_clk_get(dev, "bus");
	struct qy_world_held held = { 0 };
	bool on = false;

	CHECK_EQ(clk_prepare_enable(clk), 0);
	for (u64 at = 0; qy_world_next_held(test_world.w, at, &held); at = held.number)
		on |= !strcmp(qy_held_name(held.kind), "supply that is on");
	CHECK(on);
	clk_disable_unprepare(clk);
}

TEST(supply, what_is_on_is_held)
{
	in_probe = leave_on;
	test_run(made_up, NULL);
}

/* ------------------------------------------------------------------ reset lines */

static unsigned long last_id;
static char last_op;
static int do_assert(struct reset_controller_dev *rcdev, unsigned long id)
{
	last_id = id;
	last_op = 'a';
	return 0;
}
static int do_deassert(struct reset_controller_dev *rcdev, unsigned long id)
{
	last_op = 'd';
	return 0;
}
static const struct reset_control_ops reset_ops = { .assert = do_assert,
	.deassert = do_deassert };

static void resets_of_the_tree(struct device *dev)
{
	static struct reset_controller_dev rcdev; /* until the device goes */
	struct reset_control *line = devm_reset_control_get_exclusive(dev, NULL);

	rcdev = (struct reset_controller_dev){ .ops = &reset_ops,
		.nr_resets = 8,
		.of_node = of_parse_phandle(dev->of_node, "resets", 0) };
	of_node_put(rcdev.of_node);
	CHECK(!IS_ERR(line));
	CHECK_EQ(PTR_ERR(reset_control_get_shared(dev, NULL)), -EBUSY);
	CHECK_EQ(reset_control_assert(line), 0); /* nobody drives it: it is remembered */
	CHECK_EQ(reset_control_status(line), 1);
	CHECK_EQ(reset_control_reset(line), 0);
	CHECK_EQ(reset_controller_register(&rcdev), 0);
	CHECK_EQ(reset_control_assert(line), 0);
	CHECK(last_id == 5 && last_op == 'a');
	CHECK_EQ(reset_control_deassert(line), 0);
	CHECK_EQ(last_op, 'd');
	CHECK_EQ(reset_control_reset(line), -ENOTSUPP);
	rcdev.nr_resets = 5;
	CHECK_EQ(reset_control_assert(line), -EINVAL);
	reset_controller_unregister(&rcdev);
	CHECK_EQ(devm_reset_controller_register(dev, &rcdev), 0);
	CHECK_EQ(PTR_ERR(reset_control_get(dev, "no")), -ENOENT);
	CHECK(!devm_reset_control_get_optional(dev, "no"));
	CHECK_EQ(reset_control_assert(NULL), 0);
	CHECK(device_reset_optional(dev) == -EBUSY && device_reset(dev) == -EBUSY);
}

static void shared_resets(struct device *dev)
{
	struct reset_control *a = reset_control_get_shared(dev, "x");
	struct reset_control *b = reset_control_get_optional_shared(dev, "x");

	CHECK_EQ(reset_control_deassert(a), 0);
	CHECK_EQ(reset_control_deassert(b), 0);
	CHECK_EQ(reset_control_assert(a), 0);
	CHECK_EQ(reset_control_status(b), 0); /* b needs it */
	CHECK_EQ(reset_control_assert(b), 0);
	CHECK_EQ(reset_control_status(b), 1);
	reset_control_put(a);
	CHECK_EQ(reset_control_assert(b), -EINVAL);
	test_forget(1);
	reset_control_put(b);
	CHECK_EQ(device_reset(dev), 0);
	CHECK(!IS_ERR(devm_reset_control_get_by_index(dev, 1)));
}

TEST(supply, a_reset_line_reaches_its_driver)
{
	in_probe = resets_of_the_tree;
	test_run(of_the_tree, &tree);
}

TEST(supply, a_shared_reset_is_asserted_by_the_last)
{
	in_probe = shared_resets;
	test_run(made_up, NULL);
}

/* ------------------------------------------------------------------ regulators */

static void regulators(struct device *dev)
{
	struct regulator_bulk_data bulk[] = { { "core", NULL, 0 }, { "io", NULL, 0 } };
	struct regulator *core = devm_regulator_get(dev, "core");

	CHECK_EQ(regulator_get_voltage(core), 1800000);
	CHECK_EQ(regulator_set_voltage(core, 900000, 1000000), 0);
	CHECK_EQ(regulator_get_voltage(core), 900000);
	CHECK_EQ(regulator_set_voltage(core, 2, 1), -EINVAL);
	CHECK_EQ(regulator_enable(core), 0);
	CHECK(regulator_is_enabled(core));
	CHECK_EQ(regulator_disable(core), 0);
	CHECK_EQ(regulator_disable(core), -EIO);
	CHECK_EQ(test_log("unbalanced disables for core"), 1);
	test_forget(1);
	CHECK_EQ(regulator_enable(core), 0);
	CHECK_EQ(regulator_force_disable(core), 0);
	CHECK_EQ(PTR_ERR(regulator_get_optional(dev, "io")), -ENODEV);
	CHECK_EQ(regulator_bulk_get(dev, 2, bulk), 0);
	CHECK_EQ(test_log("supply io not found, using dummy regulator"), 1);
	CHECK_EQ(regulator_bulk_enable(2, bulk), 0);
	CHECK_EQ(regulator_bulk_disable(2, bulk), 0);
	regulator_bulk_free(2, bulk);
	CHECK_EQ(devm_regulator_bulk_get(dev, 2, bulk), 0);
	devm_regulator_put(core);
	CHECK_EQ(devm_regulator_get_enable(dev, "io"), 0);
	core = regulator_get(dev, "io");
	CHECK_EQ(regulator_set_load(core, 1), 0);
	regulator_put(core);
}

TEST(supply, a_regulator_is_on_as_often_as_it_was_enabled)
{
	in_probe = regulators;
	test_run(of_the_tree, &tree);
}

/* ------------------------------------------------------------------ GPIO lines */

static void gpios_by_number(struct device *dev)
{
	int number = of_get_named_gpio(dev->of_node, "enable-gpios", 0);
	struct gpio_desc *desc;

	CHECK(gpio_is_valid(number));
	CHECK(of_get_named_gpio(dev->of_node, "enable-gpios", 1) != number);
	CHECK_EQ(of_get_named_gpio(dev->of_node, "no-gpios", 0), -ENOENT);
	CHECK_EQ(
		gpio_request_one((unsigned int)number, GPIOF_OUT_INIT_HIGH, "enable"), 0);
	CHECK_EQ(gpio_request((unsigned int)number, "again"), -EBUSY);
	CHECK_EQ(gpio_get_value(number),
		1); /* the wire's level, though the line is active low */
	gpio_free((unsigned int)number);
	desc = gpiod_get(dev, "enable", GPIOD_ASIS); /* the same line */
	CHECK_EQ(gpiod_get_raw_value(desc), 1);
	CHECK_EQ(gpio_request((unsigned int)number, "busy"), -EBUSY);
	gpiod_put(desc);
	CHECK_EQ(devm_gpio_request_one(dev, 17, GPIOF_IN, "button"), 0);
	CHECK(gpio_to_irq(17) > 0);
	CHECK(gpio_to_desc(18) == NULL && !gpio_is_valid(-1));
}

static void gpios(struct device *dev)
{
	struct gpio_desc *low = gpiod_get(dev, "enable", GPIOD_OUT_HIGH), *high;

	CHECK_EQ(gpiod_count(dev, "enable"), 2);
	CHECK_EQ(gpiod_count(dev, "no"), -ENOENT);
	CHECK(gpiod_is_active_low(low) && gpiod_get_value(low) == 1);
	CHECK_EQ(gpiod_get_raw_value(low), 0);
	CHECK_EQ(gpiod_get_direction(low), GPIO_LINE_DIRECTION_OUT);
	gpiod_set_value_cansleep(low, 0);
	CHECK_EQ(gpiod_get_raw_value(low), 1);
	gpiod_set_raw_value(low, 0);
	CHECK_EQ(gpiod_get_value_cansleep(low), 1);
	CHECK_EQ(PTR_ERR(gpiod_get(dev, "enable", GPIOD_ASIS)), -EBUSY);
	CHECK_EQ(gpiod_direction_input(low), 0);
	gpiod_set_value(low, 0); /* of an input: nothing */
	CHECK_EQ(gpiod_get_value(low), 1);
	gpiod_put(low);
	high = devm_gpiod_get_index(dev, "enable", 1, GPIOD_IN);
	CHECK(!gpiod_is_active_low(high) && !gpiod_cansleep(high));
	CHECK_EQ(gpiod_direction_output(high, 1), 0);
	CHECK_EQ(gpiod_direction_output_raw(high, 1), 0);
	CHECK(gpiod_to_irq(high) > 0 && gpiod_to_irq(high) == gpiod_to_irq(high));
	devm_gpiod_put(dev, high);
	CHECK_EQ(PTR_ERR(devm_gpiod_get(dev, "no", GPIOD_IN)), -ENOENT);
	CHECK(!devm_gpiod_get_optional(dev, "no", GPIOD_IN));
	CHECK(!gpiod_get_optional(dev, "no", GPIOD_IN));
	CHECK(!devm_gpiod_get_index_optional(dev, "enable", 2, GPIOD_IN));
	CHECK(!gpiod_get_index_optional(dev, "enable", 2, GPIOD_IN));
	CHECK_EQ(gpiod_get_value(NULL), 0);
	CHECK_EQ(gpiod_to_irq(NULL), -EINVAL);
	gpios_by_number(dev);
}

static void gpio_outside(struct device *dev)
{
	struct gpio_desc *line = devm_gpiod_get(dev, "button", GPIOD_IN);

	CHECK_EQ(qy_world_gpio(test_world.w, "user", "button", 1), 1);
	CHECK_EQ(gpiod_get_value(line), 1);
	CHECK_EQ(qy_world_gpio(test_world.w, "user", "other", 1), -ENOENT);
}

TEST(supply, a_line_has_the_level_that_somebody_drives)
{
	in_probe = gpios;
	test_run(of_the_tree, &tree);
	in_probe = gpio_outside;
	test_run(made_up, NULL);
}

/* ------------------------------------------------------------------ registers by number */

static bool is_volatile(struct device *dev, unsigned int reg)
{
	return reg == 8;
}
static bool is_writable(struct device *dev, unsigned int reg)
{
	return reg != 12;
}

static void maps(struct device *dev)
{
	static const struct reg_default defaults[] = { { 4, 0x44 } };
	static const struct regmap_config plain = {
		.name = "plain", .reg_bits = 32, .val_bits = 32, .reg_stride = 4
	};
	static const struct regmap_config strict = { .reg_bits = 32,
		.val_bits = 32,
		.reg_stride = 4,
		.max_register = 16,
		.writeable_reg = is_writable,
		.volatile_reg = is_volatile,
		.cache_type = REGCACHE_FLAT,
		.reg_defaults = defaults,
		.num_reg_defaults = 1 };
	static const struct regmap_config bad = { .val_bits = 12 };
	const struct reg_sequence sequence[] = { REG_SEQ0(0, 1), REG_SEQ(4, 2, 10) };
	const struct reg_field bits = REG_FIELD(0, 4, 7);
	void *regs = devm_ioremap(dev, 0xb0000000, 0x100);
	struct regmap *map = devm_regmap_init_mmio(dev, regs, &plain), *cache;
	struct regmap_field *field;
	u32 words[3] = { 7, 8, 9 };
	unsigned int val;
	bool change;

	CHECK(dev_get_regmap(dev, "plain") == map && !dev_get_regmap(dev, "other"));
	CHECK(regmap_get_device(map) == dev && regmap_get_val_bytes(map) == 4);
	CHECK_EQ(regmap_get_reg_stride(map), 4);
	CHECK_EQ(regmap_get_max_register(map), -EINVAL);
	CHECK_EQ(regmap_write(map, 4, 0x12), 0);
	CHECK_EQ(readl((char *)regs + 4), 0x12);
	CHECK_EQ(regmap_read(map, 5, &val), -EINVAL);
	CHECK_EQ(regmap_update_bits(map, 4, 0xf, 5), 0);
	CHECK_EQ(regmap_update_bits_check(map, 4, 0xf, 5, &change), 0);
	CHECK(!change);
	CHECK_EQ(regmap_set_bits(map, 4, 0x100), 0);
	CHECK_EQ(regmap_clear_bits(map, 4, 0x10), 0);
	CHECK_EQ(regmap_assign_bits(map, 4, 0x20, true), 0);
	CHECK_EQ(regmap_write_bits(map, 4, 0x1, 1), 0);
	CHECK_EQ(readl((char *)regs + 4), 0x125);
	CHECK(regmap_test_bits(map, 4, 0x120) == 1 && !regmap_test_bits(map, 4, 0x3));
	CHECK_EQ(regmap_bulk_write(map, 0x10, words, 3), 0);
	CHECK_EQ(readl((char *)regs + 0x18), 9);
	CHECK_EQ(regmap_raw_read(map, 0x10, words, 5), -EINVAL);
	CHECK_EQ(regmap_raw_write(map, 0x20, words, 8), 0);
	CHECK_EQ(regmap_noinc_write(map, 0x30, words, 12), 0);
	CHECK_EQ(regmap_noinc_read(map, 0x30, words, 8), 0);
	CHECK(words[0] == 9 && words[1] == 9);
	CHECK_EQ(regmap_bulk_read(map, 0x10, words, 2), 0);
	CHECK(words[0] == 7 && words[1] == 8);
	CHECK_EQ(regmap_multi_reg_write(map, sequence, 2), 0);
	CHECK_EQ(regmap_read_poll_timeout(map, 4, val, val == 2, 10, 100), 0);
	CHECK_EQ(regmap_read_poll_timeout(map, 4, val, val == 3, 10, 100), -ETIMEDOUT);
	field = devm_regmap_field_alloc(dev, map, bits);
	CHECK_EQ(regmap_field_write(field, 0xa), 0);
	CHECK_EQ(readl(regs), 0xa1);
	field = regmap_field_alloc(map, bits);
	CHECK(!regmap_field_read(field, &val) && val == 0xa);
	regmap_field_free(field);
	CHECK_EQ(PTR_ERR(regmap_init_mmio(dev, regs, &bad)), -EINVAL);

	cache = regmap_init_mmio(dev, regs, &strict);
	CHECK_EQ(regmap_get_max_register(cache), 16);
	CHECK(!regmap_read(cache, 4, &val) && val == 0x44); /* a default, not asked for */
	CHECK_EQ(regmap_write(cache, 12, 1), -EIO);
	CHECK_EQ(regmap_write(cache, 20, 1), -EIO);
	writel(0x88, (char *)regs + 8);
	CHECK(!regmap_read(cache, 8, &val) && val == 0x88);
	regcache_cache_only(cache, true);
	CHECK_EQ(regmap_read(cache, 8, &val), -EBUSY);
	CHECK_EQ(regmap_write(cache, 0, 0x77), 0);
	CHECK_EQ(readl(regs), 0xa1); /* not yet */
	regcache_cache_only(cache, false);
	CHECK_EQ(regcache_sync(cache), 0);
	CHECK_EQ(readl(regs), 0x77);
	writel(0, regs);
	regcache_mark_dirty(cache);
	CHECK_EQ(regcache_sync(cache), 0);
	CHECK_EQ(readl(regs), 0x77);
	writel(3, regs);
	regcache_cache_bypass(cache, true);
	CHECK(!regmap_read(cache, 0, &val) && val == 3);
	regcache_cache_bypass(cache, false);
	CHECK_EQ(regcache_drop_region(cache, 0, 0), 0);
	CHECK(!regmap_read(cache, 0, &val) && val == 3);
	regmap_exit(cache);
}

static int own_read(void *context, unsigned int reg, unsigned int *val)
{
	*val = *(unsigned int *)context + reg;
	return 0;
}
static int own_write(void *context, unsigned int reg, unsigned int val)
{
	*(unsigned int *)context = val;
	return reg ? -EREMOTEIO : 0;
}

static void own_maps(struct device *dev)
{
	static const struct regmap_config config = {
		.reg_bits = 8, .val_bits = 8, .reg_read = own_read, .reg_write = own_write
	};
	static const struct regmap_bus bus = { .reg_read = own_read,
		.reg_write = own_write };
	unsigned int state = 5, val;
	struct regmap *map = devm_regmap_init(dev, NULL, &state, &config);
	struct regmap *other = regmap_init(dev, &bus, &state, &config);

	CHECK(!regmap_read(map, 3, &val) && val == 8);
	CHECK_EQ(regmap_write(other, 1, 9), -EREMOTEIO);
	CHECK_EQ(state, 9);
	regmap_exit(other);
}

static void shared_maps(struct device *dev)
{
	struct device_node *node;
	unsigned int offset, val;
	struct regmap *map = syscon_regmap_lookup_by_phandle_args(
		dev->of_node, "acme,sys", 1, &offset);

	CHECK(!IS_ERR(map) && offset == 0x20);
	CHECK(map == syscon_regmap_lookup_by_phandle(dev->of_node, "acme,sys"));
	CHECK(map == syscon_regmap_lookup_by_compatible("acme,sys"));
	CHECK_EQ(regmap_write(map, offset, 0x99), 0);
	CHECK(!regmap_read(map, offset, &val) && val == 0x99);
	CHECK_EQ(regmap_read(map, 0x100, &val), -EIO);
	CHECK_EQ(PTR_ERR(syscon_node_to_regmap(dev->of_node)), -EINVAL);
	node = of_parse_phandle(dev->of_node, "acme,sys", 0);
	CHECK(device_node_to_regmap(node) == map);
	of_node_put(node);
	CHECK_EQ(PTR_ERR(syscon_regmap_lookup_by_phandle(dev->of_node, "no")), -ENODEV);
	CHECK(!syscon_regmap_lookup_by_phandle_optional(dev->of_node, "no"));
}

TEST(supply, a_map_reads_and_writes_registers)
{
	in_probe = maps;
	test_run(made_up, NULL);
	in_probe = own_maps;
	test_run(made_up, NULL);
	in_probe = shared_maps;
	test_run(of_the_tree, &tree);
}

static void cells(struct device *dev)
{
	struct of_phandle_args args;

	CHECK_EQ(of_count_phandle_with_args(dev->of_node, "clocks", "#clock-cells"), 2);
	CHECK_EQ(of_count_phandle_with_args(dev->of_node, "no", "#clock-cells"), -ENOENT);
	CHECK_EQ(of_parse_phandle_with_args(
			 dev->of_node, "enable-gpios", "#gpio-cells", 1, &args),
		0);
	CHECK(args.args_count == 2 && args.args[0] == 7 && args.args[1] == 0);
	of_node_put(args.np);
	CHECK_EQ(of_parse_phandle_with_fixed_args(dev->of_node, "acme,sys", 1, 0, &args),
		0);
	CHECK_EQ(args.args[0], 0x20);
	of_node_put(args.np);
	CHECK_EQ(of_parse_phandle_with_args(
			 dev->of_node, "clocks", "#clock-cells", 2, &args),
		-ENOENT);
	CHECK_EQ(of_parse_phandle_with_args(
			 dev->of_node, "clocks", "#reset-cells", 0, &args),
		-EINVAL);
}

TEST(supply, an_entry_of_the_tree_has_its_cells)
{
	in_probe = cells;
	test_run(of_the_tree, &tree);
}

/* ------------------------------------------------------------------ buses */

static struct i2c_client *client;
static int chip_probe(struct i2c_client *c)
{
	client = c;
	return 0;
}
static void chip_remove(struct i2c_client *c)
{
	client = NULL;
}
static const struct i2c_device_id chip_ids[] = { { "chip", 5 }, {} };
static const struct of_device_id chip_of[] = { { .compatible = "acme,chip-2" }, {} };
static struct i2c_driver chip_driver = { .probe = chip_probe,
	.remove = chip_remove,
	.id_table = chip_ids,
	.driver = { .name = "chip", .of_match_table = chip_of } };

WORLD(supply, a_device_on_i2c_has_registers_and_a_place)
{
	static const struct regmap_config config = { .reg_bits = 8, .val_bits = 16 };
	struct qy_world_device device;
	struct i2c_client *dummy;
	struct regmap *map;
	unsigned int val;
	bool by_name;
	u8 bytes[4] = { 0x10, 1, 2, 3 }, back[3];
	struct i2c_msg msgs[2];
	int n;

	CHECK_EQ(i2c_register_driver(NULL, &chip_driver), 0);
	CHECK_STR_EQ(qy_world_wanted(test_world.w, 0, &by_name), "i2c:acme,chip-2");
	CHECK_STR_EQ(qy_world_wanted(test_world.w, 1, &by_name), "i2c:chip");
	CHECK(!qy_world_wanted(test_world.w, 2, &by_name));
	n = qy_world_add_device(test_world.w, "x", "i2c:chip");
	CHECK(client && qy_world_device(test_world.w, (unsigned int)n, &device));
	CHECK_STR_EQ(device.name, "0-0050");
	CHECK_EQ(i2c_client_get_device_id(client)->driver_data, 5);
	CHECK(i2c_match_id(chip_ids, client) == &chip_ids[0]);
	CHECK_EQ((long)i2c_get_match_data(client), 5);
	CHECK(i2c_check_functionality(
		client->adapter, I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL));
	CHECK(!i2c_check_functionality(client->adapter, I2C_FUNC_10BIT_ADDR));
	CHECK_EQ(i2c_smbus_write_byte_data(client, 2, 0x42), 0);
	CHECK_EQ(i2c_smbus_read_byte_data(client, 2), 0x42);
	CHECK_EQ(i2c_smbus_write_word_swapped(client, 3, 0x1234), 0);
	CHECK_EQ(i2c_smbus_read_word_data(client, 3), 0x3412);
	CHECK_EQ(i2c_smbus_write_word_data(client, 3, 0x1234), 0);
	CHECK_EQ(i2c_smbus_read_word_swapped(client, 3), 0x3412);
	CHECK_EQ(i2c_smbus_write_byte(client, 2), 0);
	CHECK_EQ(i2c_smbus_read_byte(client), 0x42);
	CHECK_EQ(i2c_smbus_write_block_data(client, 0x20, 3, bytes), 0);
	CHECK_EQ(i2c_smbus_read_block_data(client, 0x20, back), 3);
	CHECK_EQ(back[2], 2);
	CHECK_EQ(i2c_smbus_write_i2c_block_data(client, 0x30, 4, bytes), 0);
	CHECK_EQ(i2c_smbus_read_i2c_block_data(client, 0x31, 3, back), 3);
	CHECK_EQ(back[2], 3);
	CHECK_EQ(i2c_master_send(client, (char *)bytes, 4), 4);
	msgs[0] = (struct i2c_msg){ .addr = client->addr, .len = 1, .buf = bytes };
	msgs[1] = (struct i2c_msg){
		.addr = client->addr, .flags = I2C_M_RD, .len = 3, .buf = back
	};
	CHECK_EQ(i2c_transfer(client->adapter, msgs, 2), 2);
	CHECK(back[0] == 1 && back[2] == 3);
	CHECK_EQ(i2c_master_recv(client, (char *)back, 1), 1);
	msgs[0].addr = 0x7f;
	CHECK_EQ(i2c_transfer(client->adapter, msgs, 1), -ENXIO);
	map = devm_regmap_init_i2c(client, &config);
	CHECK_EQ(regmap_write(map, 9, 0xa5a5a), 0);
	CHECK(!regmap_read(map, 9, &val) && val == 0x5a5a);
	dummy = i2c_new_dummy_device(client->adapter, 0x51);
	CHECK(!IS_ERR(dummy));
	CHECK_EQ(PTR_ERR(i2c_new_dummy_device(client->adapter, 0x51)), -EBUSY);
	i2c_unregister_device(dummy);
	CHECK(!IS_ERR(devm_i2c_new_dummy_device(&client->dev, client->adapter, 0x51)));
	i2c_set_clientdata(client, &val);
	CHECK(i2c_get_clientdata(client) == &val && !i2c_adapter_id(client->adapter));
	CHECK_EQ(qy_world_unbind(test_world.w, "0-0050"), 0);
	CHECK(!client);
	CHECK_EQ(qy_world_bind(test_world.w, "0-0050"), 0);
	CHECK(client);
	i2c_del_driver(&chip_driver);
	CHECK(!client);
}

static struct spi_device *spi;
static int adc_probe(struct spi_device *s)
{
	spi = s;
	return 0;
}
static const struct spi_device_id adc_ids[] = { { "adc", 3 }, {} };
static struct spi_driver adc_driver = {
	.probe = adc_probe, .id_table = adc_ids, .driver = { .name = "adc" }
};

WORLD(supply, a_device_on_spi_answers_zeros)
{
	static const struct regmap_config config = { .reg_bits = 8, .val_bits = 8 };
	u8 tx[2] = { 1, 2 }, rx[2] = { 3, 4 };
	struct spi_transfer t = { .tx_buf = tx, .rx_buf = rx, .len = 2 },
			    empty = { .len = 1 };
	struct regmap *map;
	unsigned int val;

	CHECK(qy_world_add_device(test_world.w, "x", "spi:adc") >= 0);
	CHECK_EQ(__spi_register_driver(NULL, &adc_driver), 0);
	CHECK(spi && spi_get_device_id(spi)->driver_data == 3);
	CHECK_EQ((long)spi_get_device_match_data(spi), 3);
	spi->bits_per_word = 0;
	CHECK_EQ(spi_setup(spi), 0);
	CHECK_EQ(spi->bits_per_word, 8);
	CHECK_EQ(spi_sync_transfer(spi, &t, 1), 0);
	CHECK(!rx[0] && !rx[1]);
	CHECK_EQ(spi_sync_transfer(spi, &empty, 1), -EINVAL);
	CHECK_EQ(spi_write(spi, tx, 2), 0);
	CHECK_EQ(spi_read(spi, rx, 2), 0);
	CHECK(!spi_w8r8(spi, 1) && !spi_w8r16(spi, 1) && !spi_w8r16be(spi, 1));
	map = devm_regmap_init_spi(spi, &config);
	CHECK_EQ(regmap_write(map, 0x1234, 0xff), 0);
	CHECK(!regmap_raw_read(map, 0x1234, rx, 1) && rx[0] == 0xff);
	CHECK(!regmap_read(map, 0x1234, &val) && val == 0xff);
	spi_set_drvdata(spi, rx);
	CHECK(spi_get_drvdata(spi) == rx);
	spi_unregister_driver(&adc_driver);
}
