#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: build-kernel.sh SRC_TREE   (an unpacked Linux source, e.g. Debian's linux-source package)
# Builds bzImage with kernel.config merged over tinyconfig.  Needs gcc make flex bison bc libelf-dev.
set -eu
here=$(cd "$(dirname "$0")" && pwd); cd "$1"
make tinyconfig && ./scripts/kconfig/merge_config.sh -m .config "$here/kernel.config" && make olddefconfig
make -j"${JOBS:-$(nproc)}" bzImage modules
