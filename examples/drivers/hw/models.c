// SPDX-License-Identifier: MIT
/*
 * What the four devices do. See hw.h.
 *
 * No state but what their registers hold.
 */
#include "hw.h"

#include <asm/byteorder.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

#define BURST 256

static bool take_acks(struct hw *hw)
{
	u32 ack = hw_get(hw, HW_ACK);

	if (!ack)
		return false;
	hw_set(hw, HW_STATUS, hw_get(hw, HW_STATUS) & ~ack);
	hw_set(hw, HW_ACK, 0);
	return true;
}

static u64 get_pair(const struct hw *hw, unsigned int reg)
{
	return hw_get(hw, reg) | (u64)hw_get(hw, reg + 4) << 32;
}

/* The piece of work that @reg started is over. */
static bool finish(struct hw *hw, unsigned int reg, bool reached)
{
	hw_set(hw, reg, 0);
	hw_set(hw, HW_STATUS, hw_get(hw, HW_STATUS) | HW_DONE | (reached ? 0 : HW_FAULT));
	return true;
}

/* ------------------------------------------------------------------ camera */

static bool isp_step(struct hw *hw)
{
	u64 buffer = get_pair(hw, ISP_BUFFER_LO);
	u32 length = hw_get(hw, ISP_LENGTH), frame = hw_get(hw, ISP_FRAME), sum = 0;
	bool reached = true;
	u8 line[BURST];
	u32 at, i;

	take_acks(hw);
	if (!hw_get(hw, ISP_QUEUE))
		return false;
	if (!(hw_get(hw, HW_CONTROL) & 1)) {
		hw_set(hw, ISP_QUEUE, 0);
		return false;
	}
	for (at = 0; at < length && reached; at += BURST) {
		for (i = 0; i < BURST; i++) {
			line[i] = (u8)(frame * 31 + (at + i) * 7 + at / BURST);
			sum += at ? 0 : line[i];
		}
		reached = hw_write(hw, buffer + at, line, min_t(u32, BURST, length - at));
	}
	hw_set(hw, ISP_MEAN, sum / BURST);
	return finish(hw, ISP_QUEUE, reached);
}

/* ------------------------------------------------------------------ accelerator */

static bool npu_step(struct hw *hw)
{
	u32 input = hw_get(hw, NPU_INPUT), output = hw_get(hw, NPU_OUTPUT);
	u32 length = hw_get(hw, NPU_LENGTH), threshold = hw_get(hw, NPU_THRESHOLD);
	bool reached = true;
	u8 part[BURST];
	u32 at, i, n;

	take_acks(hw);
	if (!hw_get(hw, NPU_GO))
		return false;
	for (at = 0; at < length && reached; at += BURST) {
		n = min_t(u32, BURST, length - at);
		reached = hw_read(hw, input + at, part, n);
		for (i = 0; i < n; i++)
			part[i] = part[i] > threshold ? part[i] : 0;
		reached = reached && hw_write(hw, output + at, part, n);
	}
	return finish(hw, NPU_GO, reached);
}

/* ------------------------------------------------------------------ FPGA */

static bool fpga_step(struct hw *hw)
{
	u64 piece = get_pair(hw, FPGA_PIECE_LO);
	u32 length = hw_get(hw, FPGA_LENGTH), sum = hw_get(hw, FPGA_SUM);
	bool reached = true;
	u8 part[BURST];
	u32 at, i, n;

	take_acks(hw);
	if (hw_get(hw, HW_CONTROL) & 1) {
		hw_set(hw, HW_CONTROL, 0);
		sum = 0;
	}
	if (!hw_get(hw, FPGA_SEND)) {
		hw_set(hw, FPGA_SUM, sum);
		return false;
	}
	for (at = 0; at < length && reached; at += BURST) {
		n = min_t(u32, BURST, length - at);
		reached = hw_read(hw, piece + at, part, n);
		for (i = 0; i < n && reached; i++)
			sum = sum * 31 + part[i];
	}
	hw_set(hw, FPGA_SUM, sum);
	return finish(hw, FPGA_SEND, reached);
}

/* ------------------------------------------------------------------ network card */

/* Copies the packet of @from into the free descriptor at @to. Return: its bytes; 0: it has no place there. */
static u32 nic_loop(struct hw *hw, const struct nic_descriptor *from, u64 to,
	struct nic_descriptor *free)
{
	u32 n, i, part, done = 0, nr = le32_to_cpu(from->nr_pieces);
	u8 bytes[BURST];

	if (!to || !hw_read(hw, to, free, sizeof(*free)) || free->length)
		return 0;
	for (i = 0; i < nr && i < NIC_PIECES; i++) {
		for (n = 0; n < le32_to_cpu(from->piece[i].length); n += part) {
			part = min_t(u32, BURST, le32_to_cpu(from->piece[i].length) - n);
			if (done + part > le32_to_cpu(free->piece[0].length) ||
				!hw_read(hw, le64_to_cpu(from->piece[i].address) + n,
					bytes, part) ||
				!hw_write(hw, le64_to_cpu(free->piece[0].address) + done,
					bytes, part))
				return 0;
			done += part;
		}
	}
	return done;
}

static bool nic_step(struct hw *hw)
{
	u64 to = get_pair(hw, NIC_RECEIVE_LO);
	struct nic_descriptor packet, free;
	u32 events = NIC_SENT, length;

	take_acks(hw);
	if (!hw_get(hw, NIC_SEND))
		return false;
	if (!hw_read(hw, get_pair(hw, NIC_SEND_LO), &packet, sizeof(packet)))
		events |= HW_FAULT;
	else
		length = nic_loop(hw, &packet, to, &free);
	if (!(events & HW_FAULT) && length) {
		free.length = cpu_to_le32(length);
		hw_write(hw, to, &free, sizeof(free));
		hw_set(hw, NIC_RECEIVE_LO, (u32)le64_to_cpu(free.next));
		hw_set(hw, NIC_RECEIVE_HI, (u32)(le64_to_cpu(free.next) >> 32));
		events |= NIC_RECEIVED;
	}
	hw_set(hw, NIC_SEND, 0);
	hw_set(hw, HW_STATUS, hw_get(hw, HW_STATUS) | events);
	return true;
}

const struct hw_model hw_models[HW_DEVICES] = {
	{ "example-isp", isp_step },
	{ "example-npu", npu_step },
	{ "example-fpga", fpga_step },
	{ "example-nic", nic_step },
};
