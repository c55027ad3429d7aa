#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: mkinitramfs.sh ORACLE.KO OUT.cpio.gz [extra files...]     ORACLE.KO: -: without, for steps that need no module
# env: BUSYBOX (/bin/busybox, static, of the guest's architecture) CROSS (aarch64-linux-gnu-)
set -eu
here=$(cd "$(dirname "$0")" && pwd); ko=$1; out=$2; shift 2
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
mkdir -p "$d/bin" "$d/proc" "$d/sys" "$d/dev" "$d/out"
cp "${BUSYBOX:-/bin/busybox}" "$d/bin/busybox"; ln -s busybox "$d/bin/sh"
cp "$here/init" "$d/init"; chmod 755 "$d/init"
[ "$ko" = - ] || { cp "$ko" "$d/oracle.ko"; "${CROSS:-}strip" -g "$d/oracle.ko"; }
for p in hog overcommit; do "${CROSS:-}gcc" -O1 -static -o "$d/$p" "$here/$p.c"; "${CROSS:-}strip" "$d/$p"; done
for f in "$@"; do cp "$f" "$d/"; done
mknod "$d/dev/console" c 5 1 2>/dev/null || :; mknod "$d/dev/null" c 1 3 2>/dev/null || :
(cd "$d" && find . | cpio --quiet -o -H newc) | gzip -1 > "$out"
