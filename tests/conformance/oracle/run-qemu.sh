#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: run-qemu.sh KERNEL INITRAMFS OUTDIR "step,step,..." ["extra kernel arguments"]
# env: MEM (1G) SMP (2) ACCEL (tcg,thread=multi) CPU (max) LIMIT (seconds, 300) QEMU_EXTRA
# Result: OUTDIR/console.log and the guest's files, unpacked from the second serial port.
set -eu
k=$1; i=$2; o=$3; steps=$4; extra=${5:-}
mkdir -p "$o"
t0=$(date +%s.%N)
timeout "${LIMIT:-300}" "${QEMU:-qemu-system-x86_64}" -accel "${ACCEL:-tcg,thread=multi}" -cpu "${CPU:-max}" -m "${MEM:-1G}" -smp "${SMP:-2}" \
	-display none -no-reboot -nodefaults -kernel "$k" -initrd "$i" \
	-serial "file:$o/console.log" -serial "file:$o/out.tar" ${QEMU_EXTRA:-} \
	-append "console=ttyS0 edd=off panic=-1 nokaslr no_hash_pointers init_on_alloc=0 rdinit=/init $extra orc.run=$steps" || echo "qemu exit $?"
t1=$(date +%s.%N)
[ -s "$o/out.tar" ] && tar -C "$o" --no-same-owner -xf "$o/out.tar" && rm "$o/out.tar"
echo "wall $(echo "$t1 - $t0" | bc) boot $(cat "$o/boot_seconds.txt" 2>/dev/null) guest-seconds" | tee "$o/timing.txt"
