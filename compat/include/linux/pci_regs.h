/* SPDX-License-Identifier: MIT */
/* Where things stand in a configuration space, as the specification of PCI numbers them. No state. */
#ifndef COMPAT_LINUX_PCI_REGS_H
#define COMPAT_LINUX_PCI_REGS_H

#define PCI_CFG_SPACE_SIZE     256
#define PCI_CFG_SPACE_EXP_SIZE 4096
#define PCI_STD_NUM_BARS       6

#define PCI_VENDOR_ID                 0x00
#define PCI_DEVICE_ID                 0x02
#define PCI_COMMAND                   0x04
#define PCI_COMMAND_IO                0x1
#define PCI_COMMAND_MEMORY            0x2
#define PCI_COMMAND_MASTER            0x4
#define PCI_COMMAND_SPECIAL           0x8
#define PCI_COMMAND_INVALIDATE        0x10
#define PCI_COMMAND_PARITY            0x40
#define PCI_COMMAND_SERR              0x100
#define PCI_COMMAND_INTX_DISABLE      0x400
#define PCI_STATUS                    0x06
#define PCI_STATUS_INTERRUPT          0x08
#define PCI_STATUS_CAP_LIST           0x10
#define PCI_CLASS_REVISION            0x08
#define PCI_REVISION_ID               0x08
#define PCI_CLASS_PROG                0x09
#define PCI_CLASS_DEVICE              0x0a
#define PCI_CACHE_LINE_SIZE           0x0c
#define PCI_LATENCY_TIMER             0x0d
#define PCI_HEADER_TYPE               0x0e
#define PCI_BIST                      0x0f
#define PCI_BASE_ADDRESS_0            0x10
#define PCI_BASE_ADDRESS_1            0x14
#define PCI_BASE_ADDRESS_2            0x18
#define PCI_BASE_ADDRESS_3            0x1c
#define PCI_BASE_ADDRESS_4            0x20
#define PCI_BASE_ADDRESS_5            0x24
#define PCI_BASE_ADDRESS_SPACE_IO     0x01
#define PCI_BASE_ADDRESS_SPACE_MEMORY 0x00
#define PCI_BASE_ADDRESS_MEM_TYPE_64  0x04
#define PCI_BASE_ADDRESS_MEM_PREFETCH 0x08
#define PCI_SUBSYSTEM_VENDOR_ID       0x2c
#define PCI_SUBSYSTEM_ID              0x2e
#define PCI_ROM_ADDRESS               0x30
#define PCI_CAPABILITY_LIST           0x34
#define PCI_INTERRUPT_LINE            0x3c
#define PCI_INTERRUPT_PIN             0x3d

#define PCI_CAP_LIST_ID   0
#define PCI_CAP_LIST_NEXT 1
#define PCI_CAP_FLAGS     2
#define PCI_CAP_ID_PM     0x01
#define PCI_CAP_ID_VPD    0x03
#define PCI_CAP_ID_MSI    0x05
#define PCI_CAP_ID_VNDR   0x09
#define PCI_CAP_ID_EXP    0x10
#define PCI_CAP_ID_MSIX   0x11

#define PCI_PM_PMC                0x02
#define PCI_PM_CTRL               0x04
#define PCI_PM_CTRL_STATE_MASK    0x0003
#define PCI_PM_CTRL_NO_SOFT_RESET 0x0008

#define PCI_MSI_FLAGS         0x02
#define PCI_MSI_FLAGS_ENABLE  0x0001
#define PCI_MSI_FLAGS_QMASK   0x000e
#define PCI_MSI_FLAGS_64BIT   0x0080
#define PCI_MSIX_FLAGS        0x02
#define PCI_MSIX_FLAGS_QSIZE  0x07ff
#define PCI_MSIX_FLAGS_ENABLE 0x8000

#define PCI_EXP_FLAGS                0x02
#define PCI_EXP_FLAGS_VERS           0x000f
#define PCI_EXP_FLAGS_TYPE           0x00f0
#define PCI_EXP_TYPE_ENDPOINT        0x0
#define PCI_EXP_DEVCAP               0x04
#define PCI_EXP_DEVCAP_PAYLOAD       0x00000007
#define PCI_EXP_DEVCAP_FLR           0x10000000
#define PCI_EXP_DEVCTL               0x08
#define PCI_EXP_DEVCTL_CERE          0x0001
#define PCI_EXP_DEVCTL_RELAX_EN      0x0010
#define PCI_EXP_DEVCTL_PAYLOAD       0x00e0
#define PCI_EXP_DEVCTL_EXT_TAG       0x0100
#define PCI_EXP_DEVCTL_NOSNOOP_EN    0x0800
#define PCI_EXP_DEVCTL_READRQ        0x7000
#define PCI_EXP_DEVCTL_BCR_FLR       0x8000
#define PCI_EXP_DEVSTA               0x0a
#define PCI_EXP_DEVSTA_TRPND         0x0020
#define PCI_EXP_LNKCAP               0x0c
#define PCI_EXP_LNKCAP_SLS           0x0000000f
#define PCI_EXP_LNKCAP_MLW           0x000003f0
#define PCI_EXP_LNKCTL               0x10
#define PCI_EXP_LNKCTL_ASPMC         0x0003
#define PCI_EXP_LNKSTA               0x12
#define PCI_EXP_LNKSTA_CLS           0x000f
#define PCI_EXP_LNKSTA_CLS_2_5GB     0x0001
#define PCI_EXP_LNKSTA_CLS_5_0GB     0x0002
#define PCI_EXP_LNKSTA_CLS_8_0GB     0x0003
#define PCI_EXP_LNKSTA_NLW           0x03f0
#define PCI_EXP_LNKSTA_NLW_SHIFT     4
#define PCI_EXP_DEVCAP2              0x24
#define PCI_EXP_DEVCTL2              0x28
#define PCI_EXP_DEVCTL2_COMP_TIMEOUT 0x000f
#define PCI_EXP_LNKCTL2              0x30

#define PCI_EXT_CAP_ID(header)   ((header)&0x0000ffff)
#define PCI_EXT_CAP_VER(header)  (((header) >> 16) & 0xf)
#define PCI_EXT_CAP_NEXT(header) (((header) >> 20) & 0xffc)
#define PCI_EXT_CAP_ID_ERR       0x01
#define PCI_EXT_CAP_ID_VC        0x02
#define PCI_EXT_CAP_ID_DSN       0x03
#define PCI_EXT_CAP_ID_SRIOV     0x10

#endif
