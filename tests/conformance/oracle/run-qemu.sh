#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: run-qemu.sh KERNEL INITRAMFS OUTDIR "step,step,..." ["extra kernel arguments"]
# env: ARCH (x86_64, or aarch64) MEM (1G) SMP (2) ACCEL (tcg,thread=multi) CPU DTB (aarch64) LIMIT (seconds, 300) QEMU_EXTRA
# Result: OUTDIR/console.log and the guest's files, unpacked from a serial port of their own.
set -eu
k=$1; i=$2; o=$3; steps=$4; extra=${5:-}
mkdir -p "$o"
case ${ARCH:=x86_64} in
x86_64) machine="-cpu ${CPU:-max} -serial file:$o/console.log -serial file:$o/out.tar"; console="ttyS0 edd=off" ;;
aarch64) machine="-M virt -cpu ${CPU:-cortex-a57} ${DTB:+-dtb $DTB} -serial file:$o/console.log -chardev file,id=answers,path=$o/out.tar -device pci-serial,chardev=answers"; console=ttyAMA0 ;;
*) echo "run-qemu.sh: ARCH=$ARCH: x86_64 or aarch64" >&2; exit 2 ;;
esac
t0=$(date +%s.%N)
# shellcheck disable=SC2086 # several words each
timeout "${LIMIT:-300}" "${QEMU:-qemu-system-$ARCH}" -accel "${ACCEL:-tcg,thread=multi}" -m "${MEM:-1G}" -smp "${SMP:-2}" \
	-display none -no-reboot -nodefaults $machine -kernel "$k" -initrd "$i" ${QEMU_EXTRA:-} \
	-append "console=$console panic=-1 nokaslr no_hash_pointers init_on_alloc=0 rdinit=/init $extra orc.run=$steps" || echo "qemu exit $?"
t1=$(date +%s.%N)
[ -s "$o/out.tar" ] && tar -C "$o" --no-same-owner -xf "$o/out.tar" && rm "$o/out.tar"
echo "wall $(echo "$t1 - $t0" | bc) boot $(cat "$o/boot_seconds.txt" 2>/dev/null) guest-seconds" | tee "$o/timing.txt"
