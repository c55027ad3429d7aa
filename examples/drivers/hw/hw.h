/* SPDX-License-Identifier: MIT */
/*
 * The hardware that the example drivers drive: four devices that exist nowhere but here.
 *
 * models.c says what each does, on registers and bus addresses alone. Who lends it these is chosen at build time: board_quarry.c
 * in a world of Quarry, board_linux.c in a kernel, where a timer plays the device.
 *
 * A device looks at its registers a millisecond after they were written. A register that starts something reads as not 0
 * until it is done with; interrupts go away when their bits are written to HW_ACK.
 *
 * No state.
 */
#ifndef EXAMPLE_HW_H
#define EXAMPLE_HW_H

#include <linux/types.h>

#define HW_DEVICES   4
#define HW_BYTES     4096
#define HW_PERIOD_NS 1000000

/* Registers that all of them have. */
#define HW_CONTROL 0x00 /* bit 0: on */
#define HW_STATUS  0x04 /* bit 0: done; bit 1: a bus address leads nowhere */
#define HW_ACK     0x08
#define HW_DONE    0x1
#define HW_FAULT   0x2

/* Camera: ISP_QUEUE starts the frame ISP_FRAME into the buffer. */
#define ISP_BUFFER_LO 0x10
#define ISP_BUFFER_HI 0x14
#define ISP_LENGTH    0x18
#define ISP_FRAME     0x1c
#define ISP_QUEUE     0x20
#define ISP_MEAN      0x24 /* of the frame's first 256 bytes */

/* Accelerator: its addresses have 32 bits. NPU_GO: output = input where it is above the threshold, else 0. */
#define NPU_INPUT     0x10
#define NPU_OUTPUT    0x14
#define NPU_LENGTH    0x18
#define NPU_THRESHOLD 0x1c
#define NPU_GO        0x20

/* FPGA: FPGA_SEND takes a piece of the bitstream; FPGA_SUM is of all pieces since HW_CONTROL was written with 1. */
#define FPGA_PIECE_LO 0x10
#define FPGA_PIECE_HI 0x14
#define FPGA_LENGTH   0x18
#define FPGA_SEND     0x1c
#define FPGA_SUM      0x20

/* Network card: NIC_SEND sends what the descriptor says; what is sent comes back. NIC_RECEIVE: the first free descriptor. */
#define NIC_SEND_LO    0x10
#define NIC_SEND_HI    0x14
#define NIC_SEND       0x18
#define NIC_RECEIVE_LO 0x1c
#define NIC_RECEIVE_HI 0x20
#define NIC_SENT       0x4 /* of HW_STATUS */
#define NIC_RECEIVED   0x8

#define NIC_PIECES 4

/* In memory, little-endian. */
struct nic_descriptor {
	__le64 next; /* bus address of the next free one; of those that receive */
	__le32 nr_pieces;
	__le32 length; /* received; 0: free */
	struct {
		__le64 address;
		__le32 length;
		__le32 reserved;
	} piece[NIC_PIECES];
};

/* ------------------------------------------------------------------ models.c */

struct hw;

struct hw_model {
	const char *name; /* of the platform device */
	bool (*step)(struct
		hw *hw); /* Return: it pulls its interrupt. Context: hard interrupt. */
};

extern const struct hw_model hw_models[HW_DEVICES];

/* ------------------------------------------------------------------ the board */

u32 hw_get(const struct hw *hw, unsigned int reg);
void hw_set(struct hw *hw, unsigned int reg, u32 value);
/* Return: false: the bus address leads nowhere. */
bool hw_read(struct hw *hw, u64 bus, void *to, size_t n);
bool hw_write(struct hw *hw, u64 bus, const void *from, size_t n);

#endif
