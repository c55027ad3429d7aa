// SPDX-License-Identifier: MIT
/* A sound card. The period that it plays was mapped to the device and unmapped as if it came from there. */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define PERIOD_BYTES 4096

static bool bug;
module_param(bug, bool, 0444);

struct audio {
	void *period;
	dma_addr_t dma;
};

static int audio_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct audio *audio = devm_kzalloc(dev, sizeof(*audio), GFP_KERNEL);
	int error;

	if (!audio)
		return -ENOMEM;
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));
	if (error)
		return error;
	audio->period = (void *)devm_get_free_pages(dev, GFP_KERNEL | __GFP_ZERO, 0);
	if (!audio->period)
		return -ENOMEM;
	audio->dma = dma_map_single(dev, audio->period, PERIOD_BYTES, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, audio->dma))
		return -EIO;
	platform_set_drvdata(pdev, audio);
	return 0;
}

static void audio_remove(struct platform_device *pdev)
{
	struct audio *audio = platform_get_drvdata(pdev);

	dma_unmap_single(&pdev->dev, audio->dma, PERIOD_BYTES,
		bug ? DMA_FROM_DEVICE : DMA_TO_DEVICE);
}

static const struct of_device_id audio_ids[] = { { .compatible = "acme,audio" }, {} };
MODULE_DEVICE_TABLE(of, audio_ids);

static struct platform_driver audio_driver = {
	.probe = audio_probe,
	.remove = audio_remove,
	.driver = { .name = "audio", .of_match_table = audio_ids },
};
module_platform_driver(audio_driver);
MODULE_LICENSE("Dual MIT/GPL");
