#!/bin/sh
# SPDX-License-Identifier: MIT
# Records how much memory the processes of a board have, for `memory: {recorded: ...}` of a scenario's task. Runs on the
# board; a POSIX shell and /proc are enough.
# usage: record-rss.sh [-i SECONDS] [-n LOOKS] [NAME...] >FILE.rss     default: every second, until stopped, all processes
# One line for each process and look: seconds since boot, pid, VmRSS in kB, name. Kernel threads are left out.
set -u

interval=1 looks=0
while getopts i:n: option; do
	case $option in
	i) interval=$OPTARG ;;
	n) looks=$OPTARG ;;
	*) echo "usage: record-rss.sh [-i SECONDS] [-n LOOKS] [NAME...]" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
trap 'exit 0' INT TERM PIPE

wanted() { # NAME WANTED...
	name=$1
	shift
	[ $# -eq 0 ] && return 0
	for one in "$@"; do
		[ "$one" = "$name" ] && return 0
	done
	return 1
}

# Of /proc/PID/status: name and VmRSS, which a kernel thread has not.
look_at() { # NOW PID NAME...
	now=$1 pid=$2 comm='' rss=''
	shift 2
	while read -r key value rest; do
		case $key in
		Name:) comm=$value${rest:+ $rest} ;;
		VmRSS:) rss=$value; break ;;
		esac
	done 2>/dev/null <"/proc/$pid/status" || return 0
	[ -n "$rss" ] && wanted "$comm" "$@" && echo "$now $pid $rss $comm"
	return 0
}

echo "# seconds pid rss_kb name"
while :; do
	read -r now rest </proc/uptime
	for directory in /proc/[0-9]*; do
		look_at "$now" "${directory#/proc/}" "$@"
	done
	looks=$((looks - 1))
	[ "$looks" -eq 0 ] && exit 0
	sleep "$interval"
done
