// SPDX-License-Identifier: MIT
/*
 * A driver on PCI with the mistakes that are PCI's own, and those of a board that sleeps and is shut down: `mistake=NAME` makes
 * one, without it there is none.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

static char *mistake = "";
module_param(mistake, charp, 0444);

struct card {
	void __iomem *regs;
	void *kept; /* while the board sleeps, and from the first time on */
	int nr_vectors;
};

static bool makes(const char *name)
{
	return !strcmp(mistake, name);
}

static irqreturn_t card_irq(int irq, void *data)
{
	struct card *card = data;

	writel(readl(card->regs), card->regs);
	return IRQ_HANDLED;
}

static int card_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct card *card = devm_kzalloc(&pdev->dev, sizeof(*card), GFP_KERNEL);
	int error, i;

	if (!card)
		return -ENOMEM;
	pci_set_drvdata(pdev, card);
	error = makes("early") ? 0 : pci_enable_device_mem(pdev);
	if (error)
		return error;
	error = pci_request_mem_regions(pdev, "card");
	if (error)
		goto disable;
	card->regs = pci_ioremap_bar(pdev, 0);
	error = -ENOMEM;
	if (!card->regs)
		goto release;
	writel(1, card->regs);
	card->nr_vectors = error =
		pci_alloc_irq_vectors(pdev, 2, 4, PCI_IRQ_MSIX | PCI_IRQ_MSI);
	if (error < 0)
		goto unmap;
	for (i = 0; i < card->nr_vectors; i++) {
		error = pci_request_irq(pdev, i, card_irq, NULL, card, "card-%d", i);
		if (error)
			goto free_irqs;
	}
	if (makes("early"))
		return pci_enable_device_mem(pdev);
	return 0;
free_irqs:
	while (i--)
		pci_free_irq(pdev, i, card);
	pci_free_irq_vectors(pdev);
unmap:
	iounmap(card->regs);
release:
	if (!makes("path"))
		pci_release_mem_regions(pdev);
disable:
	pci_disable_device(pdev);
	return error;
}

static void card_remove(struct pci_dev *pdev)
{
	struct card *card = pci_get_drvdata(pdev);
	int i;

	for (i = 0; i < card->nr_vectors && !makes("handlers"); i++)
		pci_free_irq(pdev, i, card);
	if (!makes("vectors"))
		pci_free_irq_vectors(pdev);
	if (!makes("map"))
		iounmap(card->regs);
	if (!makes("regions"))
		pci_release_mem_regions(pdev);
	if (!makes("disable"))
		pci_disable_device(pdev);
	if (makes("twice"))
		pci_release_mem_regions(pdev);
	if (makes("balance"))
		pci_disable_device(pdev);
	kfree(card->kept);
}

static int card_suspend(struct device *dev)
{
	struct card *card = dev_get_drvdata(dev);

	if (makes("busy"))
		return -EBUSY;
	if (makes("asleep"))
		pci_set_power_state(to_pci_dev(dev), PCI_D3hot);
	if (!makes("sleep")) {
		kfree(card->kept);
		card->kept = NULL;
	}
	return 0;
}

static int card_resume(struct device *dev)
{
	struct card *card = dev_get_drvdata(dev);

	card->kept = kmalloc(100, GFP_KERNEL);
	return card->kept ? 0 : -ENOMEM;
}

static DEFINE_SIMPLE_DEV_PM_OPS(card_pm, card_suspend, card_resume);

static void card_shutdown(struct pci_dev *pdev)
{
	struct card *card = makes("shutdown") ? NULL : pci_get_drvdata(pdev);

	writel(0, READ_ONCE(card->regs));
}

static const struct pci_device_id card_ids[] = { { PCI_VDEVICE(INTEL, 0x10f5), 7 }, {} };
MODULE_DEVICE_TABLE(pci, card_ids);

static struct pci_driver card_driver = {
	.name = "card",
	.id_table = card_ids,
	.probe = card_probe,
	.remove = card_remove,
	.shutdown = card_shutdown,
	.driver.pm = pm_sleep_ptr(&card_pm),
};
module_pci_driver(card_driver);
MODULE_LICENSE("Dual MIT/GPL");
