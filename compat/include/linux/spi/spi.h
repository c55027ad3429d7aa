/* SPDX-License-Identifier: MIT */
/*
 * Devices on SPI. What is sent goes nowhere, and what comes back is zero, but through a regmap, where each device has 65536
 * registers.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_SPI_SPI_H
#define COMPAT_LINUX_SPI_SPI_H

#include <linux/completion.h>
#include <linux/device.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/version.h>

#define SPI_CPHA      0x01
#define SPI_CPOL      0x02
#define SPI_MODE_0    0
#define SPI_MODE_1    SPI_CPHA
#define SPI_MODE_2    SPI_CPOL
#define SPI_MODE_3    (SPI_CPOL | SPI_CPHA)
#define SPI_CS_HIGH   0x04
#define SPI_LSB_FIRST 0x08
#define SPI_3WIRE     0x10
#define SPI_LOOP      0x20
#define SPI_NO_CS     0x40
#define SPI_READY     0x80

struct spi_device {
	struct device dev;
	u32 max_speed_hz;
	u8 chip_select;
	u8 bits_per_word;
	u32 mode;
	int irq;
	void *controller_data;
	char modalias[SPI_NAME_SIZE];
};

struct spi_driver {
	const struct spi_device_id *id_table;
	int (*probe)(struct spi_device *spi);
#if QY_SINCE(5, 18)
	void (*remove)(struct spi_device *spi);
#else
	int (*remove)(struct spi_device *spi); /* what it returned was ignored */
#endif
	void (*shutdown)(struct spi_device *spi); /* no board is shut down */
	struct device_driver driver;
};

#define to_spi_device(d) container_of(d, struct spi_device, dev)
#define to_spi_driver(d) container_of(d, struct spi_driver, driver)

struct spi_transfer {
	const void *tx_buf;
	void *rx_buf;
	unsigned int len;
	u8 bits_per_word;
	u32 speed_hz;
	unsigned int cs_change : 1;
	unsigned int tx_nbits : 3;
	unsigned int rx_nbits : 3;
	struct list_head transfer_list;
};

struct spi_message {
	struct list_head transfers;
	struct spi_device *spi;
	unsigned int frame_length;
	unsigned int actual_length;
	int status;
};

int __spi_register_driver(struct module *owner, struct spi_driver *drv)
	QY_REAL(__spi_register_driver);
#define spi_register_driver(drv) __spi_register_driver(THIS_MODULE, drv)
void spi_unregister_driver(struct spi_driver *drv) QY_REAL(spi_unregister_driver);
#define module_spi_driver(drv) \
	module_driver(drv, spi_register_driver, spi_unregister_driver)

static inline void *spi_get_drvdata(const struct spi_device *spi)
{
	return dev_get_drvdata(&spi->dev);
}

static inline void spi_set_drvdata(struct spi_device *spi, void *data)
{
	dev_set_drvdata(&spi->dev, data);
}

const struct spi_device_id *spi_get_device_id(const struct spi_device *spi)
	QY_REAL(spi_get_device_id);
const void *spi_get_device_match_data(const struct spi_device *spi)
	QY_REAL(spi_get_device_match_data);

static inline void spi_message_init(struct spi_message *m)
{
	memset(m, 0, sizeof(*m));
	INIT_LIST_HEAD(&m->transfers);
}

static inline void spi_message_add_tail(struct spi_transfer *t, struct spi_message *m)
{
	list_add_tail(&t->transfer_list, &m->transfers);
}

static inline void spi_message_init_with_transfers(
	struct spi_message *m, struct spi_transfer *transfers, unsigned int nr)
{
	spi_message_init(m);
	for (unsigned int i = 0; i < nr; i++)
		spi_message_add_tail(&transfers[i], m);
}

/* Return: 0, -EINVAL. Context: task, may sleep. */
int spi_setup(struct spi_device *spi) QY_REAL(spi_setup);
int spi_sync(struct spi_device *spi, struct spi_message *message) QY_REAL(spi_sync);
int spi_write_then_read(struct spi_device *spi, const void *tx, unsigned int n_tx,
	void *rx, unsigned int n_rx) QY_REAL(spi_write_then_read);

static inline int spi_sync_transfer(
	struct spi_device *spi, struct spi_transfer *transfers, unsigned int nr)
{
	struct spi_message m;

	spi_message_init_with_transfers(&m, transfers, nr);
	return spi_sync(spi, &m);
}

static inline int spi_write(struct spi_device *spi, const void *buf, size_t n)
{
	struct spi_transfer t = { .tx_buf = buf, .len = (unsigned int)n };

	return spi_sync_transfer(spi, &t, 1);
}

static inline int spi_read(struct spi_device *spi, void *buf, size_t n)
{
	struct spi_transfer t = { .rx_buf = buf, .len = (unsigned int)n };

	return spi_sync_transfer(spi, &t, 1);
}

static inline ssize_t spi_w8r8(struct spi_device *spi, u8 command)
{
	u8 result;
	int error = spi_write_then_read(spi, &command, 1, &result, 1);

	return error ? error : result;
}

static inline ssize_t spi_w8r16(struct spi_device *spi, u8 command)
{
	u16 result;
	int error = spi_write_then_read(spi, &command, 1, &result, 2);

	return error ? error : result;
}

static inline ssize_t spi_w8r16be(struct spi_device *spi, u8 command)
{
	ssize_t result = spi_w8r16(spi, command);

	return result < 0 ? result : __builtin_bswap16((u16)result);
}

#endif
