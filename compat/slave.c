// SPDX-License-Identifier: MIT
/*
 * Devices behind a bus of their own, I2C and SPI, their drivers, and what is said on the bus.
 *
 * Each device has 65536 registers, of which a bus reaches as many as its commands have bits for, and a place in them.
 *
 * Locking: none; see world.h.
 */
#include <linux/i2c.h>
#include <linux/spi/spi.h>
#include "compat/model.h"

#define NR_REGISTERS 65536u

struct slave {
	struct list_head link; /* in order of their making */
	union {
		struct i2c_client i2c;
		struct spi_device spi;
	};
	const char *wanted; /* "i2c:acme,eeprom" */
	unsigned int irq;
	int probe_error;
	u32 *registers;
	u16 place;
	bool dummy;
};

static struct device *device_of(struct slave *slave);

unsigned int qy_compat_nr_pci(const struct qy_world *w)
{
	struct qy_world_device device;
	unsigned int nr = 0;

	while (qy_compat_pci_device(w, nr, &device))
		nr++;
	return nr;
}

/* ------------------------------------------------------------------ matching */

static const struct i2c_device_id *match_i2c(
	const struct i2c_device_id *table, const char *name)
{
	for (; table && table->name[0]; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

static const struct spi_device_id *match_spi(
	const struct spi_device_id *table, const char *name)
{
	for (; table && table->name[0]; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

const struct i2c_device_id *i2c_match_id(
	const struct i2c_device_id *table, const struct i2c_client *client)
{
	return match_i2c(table, client->name);
}

const struct i2c_device_id *i2c_client_get_device_id(const struct i2c_client *client)
{
	return client->dev.driver ? match_i2c(to_i2c_driver(client->dev.driver)->id_table,
					    client->name)
				  : NULL;
}

const void *i2c_get_match_data(const struct i2c_client *client)
{
	const void *data = device_get_match_data(&client->dev);
	const struct i2c_device_id *id = data ? NULL : i2c_client_get_device_id(client);

	return data ? data : id ? (const void *)id->driver_data : NULL;
}

const struct spi_device_id *spi_get_device_id(const struct spi_device *spi)
{
	return match_spi(to_spi_driver(spi->dev.driver)->id_table, spi->modalias);
}

const void *spi_get_device_match_data(const struct spi_device *spi)
{
	const void *data = device_get_match_data(&spi->dev);
	const struct spi_device_id *id = data ? NULL : spi_get_device_id(spi);

	return data ? data : id ? (const void *)id->driver_data : NULL;
}

static int i2c_probe(struct device *dev)
{
	struct i2c_driver *drv = to_i2c_driver(dev->driver);
	struct i2c_client *client = to_i2c_client(dev);

	if (drv->qy_probe_new)
		return drv->qy_probe_new(client);
	if (!drv->probe)
		return -EINVAL;
	/* drivers of kernels before 6.3 have a second argument, others do not look at it */
	return ((int (*)(struct i2c_client *, const struct i2c_device_id *))(
		void *)drv->probe)(client, match_i2c(drv->id_table, client->name));
}

static void i2c_remove(struct device *dev)
{
	struct i2c_driver *drv = to_i2c_driver(dev->driver);

	if (drv->remove)
		drv->remove(to_i2c_client(dev));
}

static int spi_probe(struct device *dev)
{
	struct spi_driver *drv = to_spi_driver(dev->driver);

	return drv->probe ? drv->probe(to_spi_device(dev)) : 0;
}

static void spi_remove(struct device *dev)
{
	struct spi_driver *drv = to_spi_driver(dev->driver);

	if (drv->remove)
		drv->remove(to_spi_device(dev));
}

static const struct bus_type i2c_bus = {
	.name = "i2c", .probe = i2c_probe, .remove = i2c_remove
};
static const struct bus_type spi_bus = {
	.name = "spi", .probe = spi_probe, .remove = spi_remove
};

static struct device *device_of(struct slave *slave)
{
	return !strncmp(slave->wanted, "i2c:", 4) ? &slave->i2c.dev : &slave->spi.dev;
}

static struct slave *slave_of(const struct device *dev)
{
	if (dev->bus == &i2c_bus)
		return container_of(dev, struct slave, i2c.dev);
	return container_of(dev, struct slave, spi.dev);
}

static bool matches(struct slave *slave, const struct device_driver *drv)
{
	struct device *dev = device_of(slave);

	if (slave->dummy || drv->bus != dev->bus)
		return false;
	if (of_match_node(drv->of_match_table, dev->of_node))
		return true;
	if (dev->bus == &i2c_bus)
		return match_i2c(container_of(drv, struct i2c_driver, driver)->id_table,
			slave->i2c.name);
	if (container_of(drv, struct spi_driver, driver)->id_table)
		return match_spi(container_of(drv, struct spi_driver, driver)->id_table,
			slave->spi.modalias);
	return !strcmp(slave->spi.modalias, drv->name);
}

static int try_bind(struct slave *slave, struct device_driver *drv)
{
	struct device *dev = device_of(slave);
	int error;

	if (dev->driver || !matches(slave, drv))
		return -ENODEV;
	error = qy_compat_bind(dev, drv);
	slave->probe_error = error;
	if (error && error != -ENODEV && error != -ENXIO)
		qy_printk_line(QY_LOG_WARNING, "%s: probe of %s failed with error %d",
			drv->name, dev_name(dev), error);
	return error;
}

static int register_driver(
	struct device_driver *drv, const struct bus_type *bus, struct module *owner)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct slave *slave;
	int error;

	might_sleep();
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	drv->owner = owner;
	drv->bus = bus;
	error = qy_compat_driver_files(drv);
	if (error) {
		qy_compat_driver_files_down(drv);
		return error;
	}
	list_add_tail(&drv->qy_link, &model->slave_drivers);
	qy_hold(QY_HELD_DEVICE, drv, 0);
	list_for_each_entry(slave, &model->slaves, link)
		try_bind(slave, drv);
	return 0;
}

static void unregister_driver(struct device_driver *drv)
{
	struct slave *slave;

	might_sleep();
	list_for_each_entry(slave, &model_of(qy_compat_world())->slaves, link)
		if (device_of(slave)->driver == drv)
			qy_compat_unbind(device_of(slave));
	list_del(&drv->qy_link);
	qy_compat_driver_files_down(drv);
	qy_let_go(QY_HELD_DEVICE, drv);
}

int i2c_register_driver(struct module *owner, struct i2c_driver *drv)
{
	return register_driver(&drv->driver, &i2c_bus, owner);
}

void i2c_del_driver(struct i2c_driver *drv)
{
	unregister_driver(&drv->driver);
}

int __spi_register_driver(struct module *owner, struct spi_driver *drv)
{
	return register_driver(&drv->driver, &spi_bus, owner);
}

void spi_unregister_driver(struct spi_driver *drv)
{
	unregister_driver(&drv->driver);
}

/* ------------------------------------------------------------------ registers */

u32 *qy_compat_slave_register(struct device *dev, unsigned int reg)
{
	return &slave_of(dev)->registers[reg % NR_REGISTERS];
}

static struct slave *slave_at(const struct i2c_adapter *adapter, u16 address)
{
	struct slave *slave;

	list_for_each_entry(slave, &model_of(qy_compat_world())->slaves, link)
		if (device_of(slave)->bus == &i2c_bus && slave->i2c.adapter == adapter &&
			slave->i2c.addr == address)
			return slave;
	return NULL;
}

static struct slave *slave_of_client(const struct i2c_client *client)
{
	might_sleep();
	qy_sim_advance(qy_this_machine(), 100000); /* a few bytes at 400 kHz */
	return container_of(client, struct slave, i2c);
}

static void take_bytes(struct slave *slave, const u8 *bytes, unsigned int n)
{
	if (!n)
		return;
	slave->place = bytes[0];
	for (unsigned int i = 1; i < n; i++)
		slave->registers[slave->place++] = bytes[i];
}

static void give_bytes(struct slave *slave, u8 *bytes, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		bytes[i] = (u8)slave->registers[slave->place++];
}

int i2c_transfer(struct i2c_adapter *adapter, struct i2c_msg *msgs, int nr)
{
	might_sleep();
	for (int i = 0; i < nr; i++) {
		struct slave *slave = slave_at(adapter, msgs[i].addr);

		qy_sim_advance(qy_this_machine(), 25000ull * (1u + msgs[i].len));
		if (!slave)
			return i ? i : -ENXIO;
		if (msgs[i].flags & I2C_M_RD)
			give_bytes(slave, msgs[i].buf, msgs[i].len);
		else
			take_bytes(slave, msgs[i].buf, msgs[i].len);
	}
	return nr;
}

int i2c_master_send(const struct i2c_client *client, const char *buf, int n)
{
	take_bytes(slave_of_client(client), (const u8 *)buf, (unsigned int)n);
	return n;
}

int i2c_master_recv(const struct i2c_client *client, char *buf, int n)
{
	give_bytes(slave_of_client(client), (u8 *)buf, (unsigned int)n);
	return n;
}

s32 i2c_smbus_read_byte(const struct i2c_client *client)
{
	struct slave *slave = slave_of_client(client);

	return (u8)slave->registers[slave->place++];
}

s32 i2c_smbus_write_byte(const struct i2c_client *client, u8 value)
{
	slave_of_client(client)->place = value;
	return 0;
}

s32 i2c_smbus_read_byte_data(const struct i2c_client *client, u8 command)
{
	return (u8)slave_of_client(client)->registers[command];
}

s32 i2c_smbus_write_byte_data(const struct i2c_client *client, u8 command, u8 value)
{
	slave_of_client(client)->registers[command] = value;
	return 0;
}

s32 i2c_smbus_read_word_data(const struct i2c_client *client, u8 command)
{
	return (u16)slave_of_client(client)->registers[command];
}

s32 i2c_smbus_write_word_data(const struct i2c_client *client, u8 command, u16 value)
{
	slave_of_client(client)->registers[command] = value;
	return 0;
}

/* A block says how long it is in its first byte. */
s32 i2c_smbus_read_block_data(const struct i2c_client *client, u8 command, u8 *values)
{
	struct slave *slave = slave_of_client(client);
	u8 n = (u8)slave->registers[command];

	if (n > I2C_SMBUS_BLOCK_MAX)
		return -EPROTO;
	slave->place = command + 1;
	give_bytes(slave, values, n);
	return n;
}

s32 i2c_smbus_write_block_data(
	const struct i2c_client *client, u8 command, u8 n, const u8 *values)
{
	struct slave *slave = slave_of_client(client);

	n = n > I2C_SMBUS_BLOCK_MAX ? I2C_SMBUS_BLOCK_MAX : n;
	slave->registers[command] = n;
	for (u8 i = 0; i < n; i++)
		slave->registers[command + 1u + i] = values[i];
	return 0;
}

s32 i2c_smbus_read_i2c_block_data(
	const struct i2c_client *client, u8 command, u8 n, u8 *values)
{
	struct slave *slave = slave_of_client(client);

	n = n > I2C_SMBUS_BLOCK_MAX ? I2C_SMBUS_BLOCK_MAX : n;
	slave->place = command;
	give_bytes(slave, values, n);
	return n;
}

s32 i2c_smbus_write_i2c_block_data(
	const struct i2c_client *client, u8 command, u8 n, const u8 *values)
{
	struct slave *slave = slave_of_client(client);

	n = n > I2C_SMBUS_BLOCK_MAX ? I2C_SMBUS_BLOCK_MAX : n;
	for (u8 i = 0; i < n; i++)
		slave->registers[(u16)(command + i)] = values[i];
	return 0;
}

int spi_setup(struct spi_device *spi)
{
	might_sleep();
	if (!spi->bits_per_word)
		spi->bits_per_word = 8;
	return 0;
}

int spi_sync(struct spi_device *spi, struct spi_message *message)
{
	struct spi_transfer *t;

	might_sleep();
	message->spi = spi;
	message->actual_length = 0;
	list_for_each_entry(t, &message->transfers, transfer_list) {
		if (!t->tx_buf && !t->rx_buf && t->len)
			return message->status = -EINVAL;
		if (t->rx_buf)
			memset(t->rx_buf, 0, t->len);
		message->actual_length += t->len;
		qy_sim_advance(qy_this_machine(), 1000ull * (1u + t->len));
	}
	message->frame_length = message->actual_length;
	return message->status = 0;
}

int spi_write_then_read(struct spi_device *spi, const void *tx, unsigned int n_tx,
	void *rx, unsigned int n_rx)
{
	struct spi_transfer t[2] = { { .tx_buf = tx, .len = n_tx },
		{ .rx_buf = rx, .len = n_rx } };

	return spi_sync_transfer(spi, t, 2);
}

/* ------------------------------------------------------------------ devices */

static void free_slave(struct slave *slave)
{
	list_del(&slave->link);
	qy_compat_device_del(device_of(slave));
	qy_host_free(slave->registers);
	qy_host_free((void *)(uintptr_t)slave->wanted);
	qy_host_free(slave);
}

static struct i2c_adapter *the_adapter(struct qy_model *model)
{
	if (!model->i2c) {
		model->i2c = qy_host_zalloc(sizeof(*model->i2c));
		if (!model->i2c)
			return NULL;
		dev_set_name(&model->i2c->dev, "i2c-0");
		qy_compat_device_init(&model->i2c->dev, NULL);
		scnprintf(model->i2c->name, sizeof(model->i2c->name), "quarry");
	}
	return model->i2c;
}

static char *copy(const char *text)
{
	char *p = qy_host_zalloc(strlen(text) + 1);

	return p ? memcpy(p, text, strlen(text)) : NULL;
}

/* @wanted: "i2c:" or "spi:", and an entry of a table. */
static struct slave *make_slave(struct qy_world *w, const char *wanted, u16 address)
{
	struct qy_model *model = model_of(w);
	struct slave *slave = qy_host_zalloc(sizeof(*slave));
	bool is_i2c = !strncmp(wanted, "i2c:", 4);
	const char *comma = strrchr(wanted, ',');
	struct device *dev;

	if (!slave)
		return NULL;
	slave->registers = qy_host_zalloc(NR_REGISTERS * sizeof(u32));
	slave->wanted = copy(wanted);
	if (!slave->registers || !slave->wanted || !the_adapter(model)) {
		qy_host_free(slave->registers);
		qy_host_free((void *)(uintptr_t)slave->wanted);
		qy_host_free(slave);
		return NULL;
	}
	dev = device_of(slave);
	if (is_i2c) {
		slave->i2c.addr = address;
		slave->i2c.adapter = model->i2c;
		scnprintf(slave->i2c.name, sizeof(slave->i2c.name), "%s",
			comma ? comma + 1 : wanted + 4);
		dev_set_name(dev, "0-%04x", address);
	} else {
		slave->spi.max_speed_hz = 1000000;
		slave->spi.bits_per_word = 8;
		slave->spi.chip_select = (u8)model->nr_slaves;
		scnprintf(slave->spi.modalias, sizeof(slave->spi.modalias), "%s",
			comma ? comma + 1 : wanted + 4);
		dev_set_name(dev, "spi0.%u", model->nr_slaves);
	}
	qy_compat_device_init(dev, is_i2c ? &i2c_bus : &spi_bus);
	list_add_tail(&slave->link, &model->slaves);
	model->nr_slaves++;
	if (comma)
		dev->of_node = qy_compat_of_make(w,
			is_i2c ? slave->i2c.name : slave->spi.modalias,
			slave->wanted + 4);
	if (qy_compat_device_add(dev)) {
		free_slave(slave);
		return NULL;
	}
	return slave;
}

static int add_slave(void *arg)
{
	const char *wanted = arg;
	struct qy_world *w = qy_compat_world();
	struct qy_model *model = model_of(w);
	struct device_driver *drv;
	struct slave *slave;
	int n = qy_compat_nr_platform(w) + (int)qy_compat_nr_pci(w) +
		(int)model->nr_slaves;

	slave = make_slave(w, wanted, (u16)(0x50 + model->nr_slaves));
	if (!slave)
		return -ENOMEM;
	slave->irq = NR_IRQS - (++model->next_irq - 32);
	if (!strncmp(wanted, "i2c:", 4))
		slave->i2c.irq = (int)slave->irq;
	else
		slave->spi.irq = (int)slave->irq;
	list_for_each_entry(drv, &model->slave_drivers, qy_link)
		if (!try_bind(slave, drv))
			break;
	return n;
}

int qy_compat_slave_add(struct qy_world *w, const char *wanted)
{
	return qy_world_run(w, "kworker/bind", add_slave, (void *)(uintptr_t)wanted);
}

struct i2c_client *i2c_new_dummy_device(struct i2c_adapter *adapter, u16 address)
{
	struct slave *slave;

	might_sleep();
	if (slave_at(adapter, address))
		return ERR_PTR(-EBUSY);
	slave = qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0)
			? NULL
			: make_slave(qy_compat_world(), "i2c:dummy", address);
	if (!slave)
		return ERR_PTR(-ENOMEM);
	slave->dummy = true;
	qy_hold(QY_HELD_DEVICE, &slave->i2c, 0);
	return &slave->i2c;
}

void i2c_unregister_device(struct i2c_client *client)
{
	if (IS_ERR_OR_NULL(client))
		return;
	qy_let_go(QY_HELD_DEVICE, client);
	model_of(qy_compat_world())->nr_slaves--;
	free_slave(container_of(client, struct slave, i2c));
}

static void unregister_dummy(void *client)
{
	i2c_unregister_device(client);
}

struct i2c_client *devm_i2c_new_dummy_device(
	struct device *dev, struct i2c_adapter *adapter, u16 address)
{
	struct i2c_client *client = i2c_new_dummy_device(adapter, address);
	int error;

	if (IS_ERR(client))
		return client;
	error = devm_add_action_or_reset(dev, unregister_dummy, client);
	return error ? ERR_PTR(error) : client;
}

void qy_compat_slaves_down(struct qy_world *w)
{
	struct slave *slave, *next;

	list_for_each_entry_safe(slave, next, &model_of(w)->slaves, link)
		free_slave(slave);
	qy_host_free(model_of(w)->i2c);
}

/* ------------------------------------------------------------------ what the lab asks */

static struct slave *nth(const struct qy_world *w, unsigned int n)
{
	struct slave *slave;

	list_for_each_entry(slave, &model_of(w)->slaves, link)
		if (!n--)
			return slave;
	return NULL;
}

bool qy_compat_slave_device(
	const struct qy_world *w, unsigned int n, struct qy_world_device *device)
{
	struct slave *slave = nth(w, n);
	struct device *dev;

	if (!slave)
		return false;
	dev = device_of(slave);
	*device = (struct qy_world_device){ .name = dev_name(dev),
		.compatible = slave->wanted,
		.driver = dev->driver ? dev->driver->name : NULL,
		.irq = slave->irq,
		.probe_error = slave->probe_error };
	return true;
}

struct device *qy_compat_slave_find(const struct qy_world *w, const char *name)
{
	struct slave *slave;

	list_for_each_entry(slave, &model_of(w)->slaves, link)
		if (!strcmp(dev_name(device_of(slave)), name))
			return device_of(slave);
	return NULL;
}

bool qy_compat_is_slave(const struct device *dev)
{
	return dev->bus == &i2c_bus || dev->bus == &spi_bus;
}

int qy_compat_slave_bind(struct qy_world *w, struct device *dev)
{
	struct device_driver *drv;

	list_for_each_entry(drv, &model_of(w)->slave_drivers, qy_link)
		if (matches(slave_of(dev), drv))
			return try_bind(slave_of(dev), drv);
	return -ENODEV;
}

/* The entry's name with its bus in front; lasts until the next call. */
static const char *say(struct qy_model *model, const char *bus, const char *name)
{
	scnprintf(model->pci_wanted, sizeof(model->pci_wanted), "%s:%s", bus, name);
	return model->pci_wanted;
}

const char *qy_compat_slave_wanted(const struct qy_world *w, unsigned int *n)
{
	struct qy_model *model = model_of(w);
	struct device_driver *drv;

	list_for_each_entry(drv, &model->slave_drivers, qy_link) {
		const bool is_i2c = drv->bus == &i2c_bus;
		const char *bus = is_i2c ? "i2c" : "spi";
		const struct i2c_device_id *i2c =
			is_i2c ? to_i2c_driver(drv)->id_table : NULL;
		const struct spi_device_id *spi =
			is_i2c ? NULL : to_spi_driver(drv)->id_table;

		for (const struct of_device_id *id = drv->of_match_table;
			id && id->compatible[0]; id++)
			if (!(*n)--)
				return say(model, bus, id->compatible);
		for (; i2c && i2c->name[0]; i2c++)
			if (!(*n)--)
				return say(model, bus, i2c->name);
		for (; spi && spi->name[0]; spi++)
			if (!(*n)--)
				return say(model, bus, spi->name);
		if (!is_i2c && !drv->of_match_table && !to_spi_driver(drv)->id_table &&
			!(*n)--)
			return say(model, bus, drv->name);
	}
	return NULL;
}
