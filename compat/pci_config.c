// SPDX-License-Identifier: MIT
/*
 * The configuration space of PCI devices: capabilities, state that is saved, power, on and off.
 *
 *   0x40 power management   0x50 MSI   0x70 MSI-X   0x80 PCI Express
 *
 * Locking: none; see world.h.
 */
#include "compat/pci.h"

#define CAP_PM   0x40
#define CAP_MSI  0x50
#define CAP_MSIX 0x70
#define CAP_EXP  0x80

#define EXP_BYTES  0x3c
#define LINK_8GT   3
#define LINK_LANES 4
#define READRQ_512 0x2000
#define MAX_CAPS   48 /* that a list may have, should it run in a circle */
#define MIN_READRQ 128
#define MAX_READRQ 4096

/* ------------------------------------------------------------------ reads and writes */

static bool is_inside(const struct pci_dev *dev, int where, int bytes)
{
	return where >= 0 && where + bytes <= dev->cfg_size && !(where % bytes);
}

static int read_config(const struct pci_dev *dev, int where, void *val, int bytes)
{
	if (!is_inside(dev, where, bytes)) {
		memset(val, 0xff, (size_t)bytes);
		return -EINVAL;
	}
	memcpy(val, dev->qy_config + where, (size_t)bytes);
	return 0;
}

/* The numbers at the head, addresses, capabilities' heads and what they say of the hardware stay. */
static bool is_writable(const struct pci_dev *dev, int where)
{
	if (where < CAP_PM)
		return where == PCI_COMMAND || where == PCI_COMMAND + 1 ||
		       where == PCI_CACHE_LINE_SIZE || where == PCI_LATENCY_TIMER ||
		       where == PCI_INTERRUPT_LINE;
	if (where < CAP_MSI)
		return where == CAP_PM + PCI_PM_CTRL;
	if (dev->pcie_cap && where >= CAP_EXP && where < CAP_EXP + EXP_BYTES)
		return where == CAP_EXP + PCI_EXP_DEVCTL ||
		       where == CAP_EXP + PCI_EXP_DEVCTL + 1 ||
		       where == CAP_EXP + PCI_EXP_LNKCTL ||
		       where == CAP_EXP + PCI_EXP_LNKCTL + 1 ||
		       where == CAP_EXP + PCI_EXP_DEVCTL2 ||
		       where == CAP_EXP + PCI_EXP_DEVCTL2 + 1;
	return where >= CAP_EXP;
}

static int write_config(struct pci_dev *dev, int where, const void *val, int bytes)
{
	if (!is_inside(dev, where, bytes))
		return -EINVAL;
	for (int i = 0; i < bytes; i++)
		if (is_writable(dev, where + i))
			dev->qy_config[where + i] = ((const u8 *)val)[i];
	dev->is_busmaster = !!(dev->qy_config[PCI_COMMAND] & PCI_COMMAND_MASTER);
	return 0;
}

int pci_read_config_byte(const struct pci_dev *dev, int where, u8 *val)
{
	return read_config(dev, where, val, 1);
}

int pci_read_config_word(const struct pci_dev *dev, int where, u16 *val)
{
	return read_config(dev, where, val, 2);
}

int pci_read_config_dword(const struct pci_dev *dev, int where, u32 *val)
{
	return read_config(dev, where, val, 4);
}

int pci_write_config_byte(struct pci_dev *dev, int where, u8 val)
{
	return write_config(dev, where, &val, 1);
}

int pci_write_config_word(struct pci_dev *dev, int where, u16 val)
{
	return write_config(dev, where, &val, 2);
}

int pci_write_config_dword(struct pci_dev *dev, int where, u32 val)
{
	return write_config(dev, where, &val, 4);
}

/* ------------------------------------------------------------------ capabilities */

static u8 find_from(const struct pci_dev *dev, u8 at, int cap)
{
	for (int n = 0; at && n < MAX_CAPS; n++) {
		if (dev->qy_config[at + PCI_CAP_LIST_ID] == cap)
			return at;
		at = dev->qy_config[at + PCI_CAP_LIST_NEXT];
	}
	return 0;
}

u8 pci_find_capability(struct pci_dev *dev, int cap)
{
	return find_from(dev, dev->qy_config[PCI_CAPABILITY_LIST], cap);
}

u8 pci_find_next_capability(struct pci_dev *dev, u8 pos, int cap)
{
	return find_from(dev, dev->qy_config[pos + PCI_CAP_LIST_NEXT], cap);
}

u16 pci_find_ext_capability(struct pci_dev *dev, int cap)
{
	u32 header;
	int at = PCI_CFG_SPACE_SIZE;

	for (int n = 0; at && n < MAX_CAPS; n++) {
		if (pci_read_config_dword(dev, at, &header) || !header)
			return 0;
		if (PCI_EXT_CAP_ID(header) == (u32)cap)
			return (u16)at;
		at = (int)PCI_EXT_CAP_NEXT(header);
	}
	return 0;
}

static int pcie_place(const struct pci_dev *dev, int pos, int bytes)
{
	if (pos < 0 || pos % bytes || pos + bytes > EXP_BYTES)
		return -EINVAL;
	return dev->pcie_cap ? dev->pcie_cap + pos : 0;
}

int pcie_capability_read_word(struct pci_dev *dev, int pos, u16 *val)
{
	int at = pcie_place(dev, pos, 2);

	*val = 0;
	return at > 0 ? pci_read_config_word(dev, at, val) : at;
}

int pcie_capability_read_dword(struct pci_dev *dev, int pos, u32 *val)
{
	int at = pcie_place(dev, pos, 4);

	*val = 0;
	return at > 0 ? pci_read_config_dword(dev, at, val) : at;
}

int pcie_capability_write_word(struct pci_dev *dev, int pos, u16 val)
{
	int at = pcie_place(dev, pos, 2);

	return at > 0 ? pci_write_config_word(dev, at, val) : at;
}

int pcie_capability_write_dword(struct pci_dev *dev, int pos, u32 val)
{
	int at = pcie_place(dev, pos, 4);

	return at > 0 ? pci_write_config_dword(dev, at, val) : at;
}

int pcie_capability_clear_and_set_word(struct pci_dev *dev, int pos, u16 clear, u16 set)
{
	u16 val;
	int error = pcie_capability_read_word(dev, pos, &val);

	return error ? error
		     : pcie_capability_write_word(dev, pos, (u16)((val & ~clear) | set));
}

int pcie_capability_clear_and_set_dword(struct pci_dev *dev, int pos, u32 clear, u32 set)
{
	u32 val;
	int error = pcie_capability_read_dword(dev, pos, &val);

	return error ? error
		     : pcie_capability_write_dword(dev, pos, (val & ~clear) | set);
}

int pcie_get_readrq(struct pci_dev *dev)
{
	u16 control;

	pcie_capability_read_word(dev, PCI_EXP_DEVCTL, &control);
	return MIN_READRQ << ((control & PCI_EXP_DEVCTL_READRQ) >> 12);
}

int pcie_set_readrq(struct pci_dev *dev, int rq)
{
	if (rq < MIN_READRQ || rq > MAX_READRQ || rq & (rq - 1))
		return -EINVAL;
	return pcie_capability_clear_and_set_word(dev, PCI_EXP_DEVCTL,
		PCI_EXP_DEVCTL_READRQ, (u16)((ilog2((u32)rq) - 7) << 12));
}

int pcie_get_mps(struct pci_dev *dev)
{
	u16 control;

	pcie_capability_read_word(dev, PCI_EXP_DEVCTL, &control);
	return MIN_READRQ << ((control & PCI_EXP_DEVCTL_PAYLOAD) >> 5);
}

int pcie_flr(struct pci_dev *dev)
{
	might_sleep();
	return dev->pcie_cap ? 0 : -ENOTTY;
}

/* ------------------------------------------------------------------ power, and what is kept meanwhile */

int pci_save_state(struct pci_dev *dev)
{
	memcpy(dev->qy_saved, dev->qy_config, sizeof(dev->qy_saved));
	dev->state_saved = 1;
	return 0;
}

void pci_restore_state(struct pci_dev *dev)
{
	u8 control = dev->qy_config[CAP_PM + PCI_PM_CTRL];

	if (!dev->state_saved)
		return;
	memcpy(dev->qy_config, dev->qy_saved, sizeof(dev->qy_saved));
	dev->qy_config[CAP_PM + PCI_PM_CTRL] = control; /* power is where it is */
	dev->is_busmaster = !!(dev->qy_config[PCI_COMMAND] & PCI_COMMAND_MASTER);
	dev->state_saved = 0;
}

int pci_set_power_state(struct pci_dev *dev, pci_power_t state)
{
	u8 *control = &dev->qy_config[CAP_PM + PCI_PM_CTRL];

	if (state < PCI_D0 || state > PCI_D3cold)
		return -EINVAL;
	if (state == PCI_D3cold)
		state = PCI_D3hot; /* nothing takes the power away */
	*control = (u8)((*control & ~PCI_PM_CTRL_STATE_MASK) | state);
	dev->current_state = state;
	return 0;
}

int pci_prepare_to_sleep(struct pci_dev *dev)
{
	return pci_set_power_state(dev, PCI_D3hot);
}

int pci_back_from_sleep(struct pci_dev *dev)
{
	return pci_set_power_state(dev, PCI_D0);
}

/* ------------------------------------------------------------------ on and off */

static void set_command(struct pci_dev *dev, u16 bits, bool on)
{
	u16 command;

	pci_read_config_word(dev, PCI_COMMAND, &command);
	pci_write_config_word(
		dev, PCI_COMMAND, on ? command | bits : command & (u16)~bits);
}

bool qy_compat_pci_decodes(const struct pci_dev *dev, bool ports)
{
	u8 command = dev->qy_config[PCI_COMMAND];
	u8 power = dev->qy_config[CAP_PM + PCI_PM_CTRL] & PCI_PM_CTRL_STATE_MASK;

	return !power && command & (ports ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY);
}

/* Of the kinds of BARs that are asked for those that it has. */
static u16 decode_bits(struct pci_dev *dev, unsigned long flags)
{
	u16 bits = 0;

	if (flags & IORESOURCE_MEM && pci_select_bars(dev, IORESOURCE_MEM))
		bits |= PCI_COMMAND_MEMORY;
	if (flags & IORESOURCE_IO && pci_select_bars(dev, IORESOURCE_IO))
		bits |= PCI_COMMAND_IO;
	return bits;
}

static int enable(struct pci_dev *dev, unsigned long flags)
{
	might_sleep();
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -EIO;
	if (!dev->enable_cnt++) {
		pci_set_power_state(dev, PCI_D0);
		set_command(dev, decode_bits(dev, flags), true);
	}
	qy_hold(QY_HELD_DEVICE, &dev->enable_cnt, 0);
	return 0;
}

int pci_enable_device(struct pci_dev *dev)
{
	return enable(dev, IORESOURCE_MEM | IORESOURCE_IO);
}

int pci_enable_device_mem(struct pci_dev *dev)
{
	return enable(dev, IORESOURCE_MEM);
}

int pci_enable_device_io(struct pci_dev *dev)
{
	return enable(dev, IORESOURCE_IO);
}

int pci_reenable_device(struct pci_dev *dev)
{
	if (pci_is_enabled(dev))
		set_command(dev, decode_bits(dev, IORESOURCE_MEM | IORESOURCE_IO), true);
	return 0;
}

void pci_disable_device(struct pci_dev *dev)
{
	if (dev->enable_cnt <= 0) {
		qy_compat_report("WARNING: %s %s: disabling already-disabled device",
			dev_driver_string(&dev->dev), pci_name(dev));
		return;
	}
	qy_let_go(QY_HELD_DEVICE, &dev->enable_cnt);
	if (--dev->enable_cnt)
		return;
	set_command(dev, PCI_COMMAND_MASTER, false);
}

void pci_set_master(struct pci_dev *dev)
{
	set_command(dev, PCI_COMMAND_MASTER, true);
}

void pci_clear_master(struct pci_dev *dev)
{
	set_command(dev, PCI_COMMAND_MASTER, false);
}

int pci_set_mwi(struct pci_dev *dev)
{
	set_command(dev, PCI_COMMAND_INVALIDATE, true);
	return 0;
}

void pci_clear_mwi(struct pci_dev *dev)
{
	set_command(dev, PCI_COMMAND_INVALIDATE, false);
}

void pci_intx(struct pci_dev *dev, int on)
{
	set_command(dev, PCI_COMMAND_INTX_DISABLE, !on);
}

static void release_managed(void *data)
{
	struct pci_dev *dev = data;

	pci_free_irq_vectors(dev);
	pci_release_selected_regions(dev, (int)dev->qy_requested);
	memset(dev->qy_table, 0, sizeof(dev->qy_table));
	dev->is_managed = 0;
	if (dev->enable_cnt && !dev->qy_pinned)
		pci_disable_device(dev);
}

int pcim_enable_device(struct pci_dev *dev)
{
	int error = pci_enable_device(dev);

	if (error || dev->is_managed)
		return error;
	error = devm_add_action(&dev->dev, release_managed, dev);
	if (error)
		pci_disable_device(dev);
	else
		dev->is_managed = 1;
	return error;
}

void pcim_pin_device(struct pci_dev *dev)
{
	WARN_ON(!dev->is_managed || !dev->enable_cnt);
	dev->qy_pinned = true;
}

/* ------------------------------------------------------------------ as the hardware comes */

static void put(struct pci_dev *dev, int where, u32 val, unsigned int bytes)
{
	memcpy(dev->qy_config + where, &val, bytes);
}

static u8 *begin_cap(struct pci_dev *dev, u8 **last, u8 at, u8 id)
{
	**last = at;
	dev->qy_config[at + PCI_CAP_LIST_ID] = id;
	*last = &dev->qy_config[at + PCI_CAP_LIST_NEXT];
	return dev->qy_config + at;
}

static void add_caps(struct pci_dev *dev, bool conventional)
{
	u8 *last = &dev->qy_config[PCI_CAPABILITY_LIST];
	unsigned int nr = dev->qy_max_vectors;

	dev->pm_cap = CAP_PM;
	begin_cap(dev, &last, CAP_PM, PCI_CAP_ID_PM);
	put(dev, CAP_PM + PCI_PM_PMC, 3, 2); /* version 1.2 */
	put(dev, CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET, 2);
	if (nr) {
		dev->msi_cap = CAP_MSI;
		begin_cap(dev, &last, CAP_MSI, PCI_CAP_ID_MSI);
		put(dev, CAP_MSI + PCI_MSI_FLAGS,
			PCI_MSI_FLAGS_64BIT | (u32)ilog2(min(nr, 32u)) << 1, 2);
	}
	if (conventional)
		return;
	if (nr) {
		dev->msix_cap = CAP_MSIX;
		begin_cap(dev, &last, CAP_MSIX, PCI_CAP_ID_MSIX);
		put(dev, CAP_MSIX + PCI_MSIX_FLAGS, nr - 1, 2);
	}
	dev->pcie_cap = CAP_EXP;
	begin_cap(dev, &last, CAP_EXP, PCI_CAP_ID_EXP);
	put(dev, CAP_EXP + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_ENDPOINT << 4, 2);
	put(dev, CAP_EXP + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_FLR | 1, 4);
	put(dev, CAP_EXP + PCI_EXP_DEVCTL, READRQ_512, 2);
	put(dev, CAP_EXP + PCI_EXP_LNKCAP, LINK_LANES << 4 | LINK_8GT, 4);
	put(dev, CAP_EXP + PCI_EXP_LNKSTA, LINK_LANES << 4 | LINK_8GT, 2);
}

void qy_compat_pci_fill_config(struct pci_dev *dev, bool conventional)
{
	dev->cfg_size = conventional ? PCI_CFG_SPACE_SIZE : PCI_CFG_SPACE_EXP_SIZE;
	put(dev, PCI_VENDOR_ID, dev->vendor, 2);
	put(dev, PCI_DEVICE_ID, dev->device, 2);
	put(dev, PCI_STATUS, PCI_STATUS_CAP_LIST, 2);
	put(dev, PCI_REVISION_ID, dev->revision, 1);
	put(dev, PCI_CLASS_PROG, dev->class & 0xff, 1);
	put(dev, PCI_CLASS_DEVICE, dev->class >> 8, 2);
	put(dev, PCI_SUBSYSTEM_VENDOR_ID, dev->subsystem_vendor, 2);
	put(dev, PCI_SUBSYSTEM_ID, dev->subsystem_device, 2);
	put(dev, PCI_INTERRUPT_LINE, dev->irq, 1);
	put(dev, PCI_INTERRUPT_PIN, dev->pin, 1);
	add_caps(dev, conventional);
	/* the firmware of a PC has switched its devices on */
	if (qy_compat_board()->arch == QY_ARCH_X86_64)
		put(dev, PCI_COMMAND, decode_bits(dev, IORESOURCE_MEM | IORESOURCE_IO),
			2);
	dev->error_state = pci_channel_io_normal;
}

/* ------------------------------------------------------------------ asleep with the board */

static int call_legacy(struct pci_dev *dev, bool down)
{
	pci_power_t before = dev->current_state;
	int error = 0;

	if (!down)
		return dev->driver->resume ? dev->driver->resume(dev) : 0;
	if (dev->driver->suspend)
		error = dev->driver->suspend(dev, PMSG_SUSPEND);
	if (!error && !dev->state_saved && dev->current_state != before)
		qy_compat_report("WARNING: PCI PM: Device state not saved by %s",
			dev->driver->name);
	return error;
}

/* A driver that has saved the state itself has put the device where it wants it. */
static void go_to_sleep(struct pci_dev *dev)
{
	if (dev->state_saved)
		return;
	pci_save_state(dev);
	pci_prepare_to_sleep(dev);
}

static void power_up(struct pci_dev *dev)
{
	pci_set_power_state(dev, PCI_D0);
	pci_restore_state(dev);
}

int qy_compat_pci_sleep(struct device *of_dev, enum qy_sleep_phase phase, bool down)
{
	struct pci_dev *dev = to_pci_dev(of_dev);
	bool legacy = dev->driver->suspend || dev->driver->resume;
	pci_power_t before = dev->current_state;
	int error = 0;

	if (phase == QY_SLEEP_NOIRQ && !down)
		power_up(dev);
	if (phase == QY_SLEEP_SUSPEND && down)
		dev->state_saved = 0;
	if (legacy && phase == QY_SLEEP_SUSPEND)
		return call_legacy(dev, down);
	if (!legacy)
		error = qy_compat_pm_call(of_dev, phase, down);
	if (down && !error && !dev->state_saved && dev->current_state != before)
		qy_compat_report("WARNING: PCI PM: Device state not saved by %s",
			dev->driver->name);
	if (phase == QY_SLEEP_NOIRQ && down && !error)
		go_to_sleep(dev);
	return error;
}
