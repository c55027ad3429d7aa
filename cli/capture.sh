#!/bin/sh
# SPDX-License-Identifier: MIT
# Collects what `quarry check --capture` wants to know of this machine: its memory, its settings, the state of its
# memory before and after, and a trace of its page events in between. Needs root and a POSIX shell with cat, tar, sleep,
# mkdir, rm, mv (busybox is enough). Changes nothing: the trace has a buffer of its own, which goes when it ends.
# docs/capture.md of Quarry tells what is in the archive.
set -u
umask 077

usage() {
	cat <<'END'
usage: sh capture.sh [-o FILE] [-s SECONDS] [-b KIB] [--no-trace]

  -o FILE     the archive, - for standard output   (quarry-capture.tar)
  -s SECONDS  how long to trace page events        (10)
  -b KIB      trace buffer of each CPU             (1/32 of the free memory over all CPUs, 512 to 16384 each)
  --no-trace  the memory's state only

Needs root. Ctrl-C ends it and leaves nothing behind.
END
}

say() { echo "capture: $*" >&2; }
die() {
	say "$*"
	exit 2
}

out=quarry-capture.tar seconds=10 buffer='' tracing=yes
while [ $# -gt 0 ]; do
	case $1 in
	-o | -s | -b)
		[ $# -gt 1 ] || die "$1: its value is missing: see sh capture.sh --help"
		case $1 in
		-o) out=$2 ;;
		-s) seconds=$2 ;;
		-b) buffer=$2 ;;
		esac
		shift
		;;
	--no-trace) tracing=no ;;
	-h | --help)
		usage
		exit 0
		;;
	*) die "unknown word $1: see sh capture.sh --help" ;;
	esac
	shift
done
whole() { # VALUE MAX: a whole number, 1 to MAX
	case $1 in
	'' | *[!0-9]* | 0*) return 1 ;;
	esac
	[ ${#1} -le 7 ] && [ "$1" -le "$2" ]
}
whole "$seconds" 3600 || die "-s $seconds: must be 1 to 3600 seconds"
[ -z "$buffer" ] || whole "$buffer" 1048576 || die "-b $buffer: must be 1 to 1048576 KiB"
[ -n "$out" ] || die "-o: a file name is missing"
[ "$out" != - ] || [ ! -t 1 ] || die "-o -: standard output is a terminal: give it a file or a pipe"
[ ! -e "$out" ] || [ -f "$out" ] || [ "$out" = - ] || die "-o $out: not a regular file"
[ "$(id -u 2>/dev/null)" = 0 ] || die "not root: the addresses in iomem, pagetypeinfo and tracing are root's alone"
[ -r /proc/zoneinfo ] || die "/proc is not mounted"

# --- what is undone at the end, however it comes ----------------------------------------------------------------

work='' instance='' mounted='' part=''
undo() {
	trap '' INT TERM HUP
	if [ -n "$instance" ]; then
		echo 0 >"$instance/tracing_on"
		echo 0 >"$instance/events/enable"
		# the last reader may still be letting go of it
		rmdir "$instance" 2>/dev/null || { sleep 1 && rmdir "$instance"; }
		instance=''
	fi
	# somebody may be looking into it just now
	[ -z "$mounted" ] || umount "$mounted" 2>/dev/null || umount -l "$mounted"
	mounted=''
	[ -z "$part" ] || rm -f "$part"
	part=''
	[ -z "$work" ] || rm -rf "$work"
	work=''
}
trap undo EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

new="${TMPDIR:-/tmp}/quarry-capture.$$"
mkdir "$new" 2>/dev/null || die "$new: cannot be made: set TMPDIR to a directory with room"
work=$new
if [ "$out" != - ]; then # known now, not when the trace is over
	(: >"$out.part.$$") 2>/dev/null || die "$out: cannot be written: give -o a file in a directory with room"
	part=$out.part.$$
fi
d=$work/quarry-capture
mkdir "$d" "$d/before" 2>/dev/null || die "$work: no room: set TMPDIR to a directory with room"
manifest=$d/MANIFEST
echo 'quarry-capture 1' >"$manifest"
note() { echo "$*" >>"$manifest"; }
note "machine $(uname -m)"

# --- what does not change while it runs -------------------------------------------------------------------------

take() { # FILE NAME: what is not there is a line in the manifest
	if ! cat "$1" >"$d/$2" 2>/dev/null || [ ! -s "$d/$2" ]; then
		rm -f "$d/$2"
		note "missing $2"
	fi
}
take /proc/cmdline cmdline
take /proc/version version
take /proc/iomem iomem
take /proc/config.gz config.gz
take /sys/devices/system/cpu/online cpus
if [ -e /sys/firmware/fdt ]; then
	take /sys/firmware/fdt fdt
elif [ -d /proc/device-tree ] && dtc -q -I fs -O dtb /proc/device-tree >"$d/fdt" 2>/dev/null; then
	:
else
	rm -f "$d/fdt"
	note 'missing fdt'
	[ -s "$d/iomem" ] && say 'no device tree here: the memory banks come from /proc/iomem'
fi
for f in /proc/sys/vm/*; do
	name=${f##*/}
	case $name in
	compact_memory | drop_caches | stat_refresh) continue ;; # reading or writing them does something
	esac
	# in one piece: some shells read byte by byte, and a sysctl answers only the first read
	value=$(cat "$f" 2>/dev/null)
	[ -z "$value" ] || echo "vm.$name = $value"
done >"$d/sysctl.conf"
# the lines in which the kernel told, at boot, how large it is and what it set aside
dmesg 2>/dev/null | grep -e ' Memory: ' -e 'Memory: [0-9]' -e 'cma: ' -e 'eserved mem' -e RAMDISK >"$d/bootlog"
[ -s "$d/bootlog" ] || { rm -f "$d/bootlog" && note 'missing bootlog'; }

# --- the trace --------------------------------------------------------------------------------------------------

no_trace() {
	say "no trace: $*"
	note "notrace $*"
	tracing=no
}
find_tracefs() {
	for t in /sys/kernel/tracing /sys/kernel/debug/tracing; do
		[ -d "$t/instances" ] && return 0
	done
	t=/sys/kernel/tracing
	[ -d $t ] && mount -t tracefs tracefs $t 2>/dev/null && mounted=$t
}
nr_cpus() {
	n=0
	for _ in "$instance"/per_cpu/cpu*; do n=$((n + 1)); done
	echo $n
}
free_kib() {
	while read -r key kib _; do
		[ "$key" = MemFree: ] && echo "$kib" && return
	done </proc/meminfo
}
usual_buffer() {
	b=$(($(free_kib) / 32 / $(nr_cpus)))
	[ $b -le 16384 ] || b=16384
	[ $b -ge 512 ] || b=512
	echo $b
}
# @1: "dropped" or "overrun:"; all CPUs together
lost() {
	sum=0
	for s in "$instance"/per_cpu/cpu*/stats; do
		while read -r key second third; do
			case $key in
			dropped) sum=$((sum + third)) ;;
			overrun:) sum=$((sum + second)) ;;
			esac
		done <"$s"
	done
	echo $sum
}
set_up() {
	find_tracefs || { no_trace 'this kernel has no tracefs' && return; }
	mkdir "$t/instances/quarry-capture.$$" 2>/dev/null || { no_trace "$t/instances: cannot be used" && return; }
	instance=$t/instances/quarry-capture.$$
	echo 0 >"$instance/tracing_on"
	for e in mm_page_alloc mm_page_free; do
		echo 1 2>/dev/null >"$instance/events/kmem/$e/enable" ||
			{ no_trace "this kernel has no event kmem:$e" && return; }
	done
	echo mono >"$instance/trace_clock"
	# full means that it ends there: what the memory's state before belongs to is the begin
	echo 0 >"$instance/options/overwrite"
	[ -n "$buffer" ] || buffer=$(usual_buffer)
	until echo "$buffer" 2>/dev/null >"$instance/buffer_size_kb"; do
		buffer=$((buffer / 2))
		[ $buffer -ge 64 ] || { no_trace 'no memory for its buffer' && return; }
	done
	note "buffer_kib $buffer"
}
state() { # DIRECTORY: these three first, they must agree
	for f in buddyinfo pagetypeinfo zoneinfo meminfo vmstat slabinfo; do
		take /proc/$f "$1/$f"
	done
}

if [ $tracing = yes ]; then
	set_up
else
	note 'notrace not asked for'
fi
state before
if [ $tracing = yes ]; then
	mkdir "$d/after"
	say "tracing for $seconds s"
	echo 1 >"$instance/tracing_on"
	past=0
	while [ $past -lt "$seconds" ]; do
		sleep 1
		past=$((past + 1))
		[ "$(lost)" = 0 ] || break
	done
	echo 0 >"$instance/tracing_on"
	state after
	nr_lost=$(lost)
	note "seconds $past"
	note "lost $nr_lost"
	[ "$nr_lost" = 0 ] || say "the trace buffer was full after $past s, $nr_lost events are lost: -b takes a larger one"
	if gzip -1 </dev/null >/dev/null 2>&1; then
		gzip -1 <"$instance/trace" >"$d/trace.txt.gz"
	else
		cat "$instance/trace" >"$d/trace.txt"
	fi || die "$work: no room for the trace: set TMPDIR to a directory with room"
fi

# --- one file ---------------------------------------------------------------------------------------------------

if [ "$out" = - ]; then
	(cd "$work" && tar -cf - quarry-capture) || die 'the archive could not be written'
	exit 0
fi
if ! (cd "$work" && tar -cf - quarry-capture) >"$part" || ! mv "$part" "$out"; then
	die "$out: cannot be written: give -o a file in a directory with room"
fi
part=''
say "wrote $out: quarry check --capture takes it"
