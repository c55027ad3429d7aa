/* SPDX-License-Identifier: MIT */
/* Some numbers of vendors and classes. No state. */
#ifndef COMPAT_LINUX_PCI_IDS_H
#define COMPAT_LINUX_PCI_IDS_H

#define PCI_VENDOR_ID_ATI             0x1002
#define PCI_VENDOR_ID_AMD             0x1022
#define PCI_VENDOR_ID_TI              0x104c
#define PCI_VENDOR_ID_NVIDIA          0x10de
#define PCI_VENDOR_ID_REALTEK         0x10ec
#define PCI_VENDOR_ID_XILINX          0x10ee
#define PCI_VENDOR_ID_VIA             0x1106
#define PCI_VENDOR_ID_BROADCOM        0x14e4
#define PCI_VENDOR_ID_REDHAT          0x1b36
#define PCI_VENDOR_ID_REDHAT_QUMRANET 0x1af4
#define PCI_VENDOR_ID_QEMU            0x1234
#define PCI_VENDOR_ID_INTEL           0x8086

#define PCI_BASE_CLASS_STORAGE     0x01
#define PCI_BASE_CLASS_NETWORK     0x02
#define PCI_BASE_CLASS_DISPLAY     0x03
#define PCI_CLASS_STORAGE_EXPRESS  0x010802
#define PCI_CLASS_NETWORK_ETHERNET 0x0200
#define PCI_CLASS_DISPLAY_VGA      0x0300
#define PCI_CLASS_BRIDGE_ISA       0x0601
#define PCI_CLASS_SYSTEM_OTHER     0x0880
#define PCI_CLASS_OTHERS           0xff

#define PCI_VENDOR_ID_AL             0x10b9
#define PCI_VENDOR_ID_HP             0x103c
#define PCI_VENDOR_ID_HP_3PAR        0x1590
#define PCI_VENDOR_ID_COMPAQ         0x0e11
#define PCI_VENDOR_ID_CAVIUM         0x177d
#define PCI_VENDOR_ID_ALTERA         0x1172
#define PCI_VENDOR_ID_HUAWEI         0x19e5
#define PCI_VENDOR_ID_IDT            0x111d
#define PCI_VENDOR_ID_PLX            0x10b5
#define PCI_DEVICE_ID_PLX_9030       0x9030
#define PCI_DEVICE_ID_PLX_9050       0x9050
#define PCI_VENDOR_ID_SYNOPSYS       0x16c3
#define PCI_VENDOR_ID_ROHM           0x10db
#define PCI_VENDOR_ID_SI             0x1039
#define PCI_DEVICE_ID_SI_900         0x0900
#define PCI_DEVICE_ID_SI_7016        0x7016
#define PCI_DEVICE_ID_SI_630         0x0630
#define PCI_VENDOR_ID_NS             0x100b
#define PCI_DEVICE_ID_NS_83815       0x0020
#define PCI_VENDOR_ID_ATHEROS        0x168c
#define PCI_DEVICE_ID_REALTEK_8139   0x8139
#define PCI_VENDOR_ID_TTTECH         0x0357
#define PCI_DEVICE_ID_TTTECH_MC322   0x000a
#define PCI_VENDOR_ID_SILAN          0x1904
#define PCI_VENDOR_ID_RDC            0x17f3
#define PCI_VENDOR_ID_JMICRON        0x197b
#define PCI_DEVICE_ID_AMD_LANCE      0x2000
#define PCI_DEVICE_ID_AMD_LANCE_HOME 0x2001
#define PCI_VENDOR_ID_AT             0x1259
#define PCI_SUBDEVICE_ID_AT_2700FX   0x2701
#define PCI_SUBDEVICE_ID_AT_2701FX   0x2703
#define PCI_VENDOR_ID_TRIDENT        0x1023
#define PCI_VENDOR_ID_ATT            0x11c1

#endif
