#!/bin/bash
# Build the guest kernel in a Linux source tree. Runs inside the build root.
#
#   build.sh TREE BASE FRAGMENT OUT
#
# TREE      the source, with the patches of patches/linux
# BASE      the distribution's settings (.config)
# FRAGMENT  ours, which go before them
# OUT       a folder for: vmlinuz, modules.tar (modules/<version>/...), config, and headers.tar,
#           which modules of others are built with
#
# Whatever BASE builds as a module and FRAGMENT does not name is left out: drivers of hardware that
# no VM of the testbed has are most of a distribution's build time.
# Settings by environment: SOURCE_DATE_EPOCH.
set -euo pipefail
# shellcheck source=roles/build_kernel/files/common.sh
. "$(dirname "$0")/../common.sh"

tree=$1 base=$2 fragment=$3 out=$4
cd "$tree"
sed -E 's/^(CONFIG_[A-Z0-9_]+)=m$/# \1 is not set/' "$base" > base.config
settle base.config "$fragment"

step "kernel and modules"
make -j"$jobs" bzImage modules

step "pack"
make -s INSTALL_MOD_PATH="$tree/installed" INSTALL_MOD_STRIP=1 modules_install
version=$(make -s kernelrelease)
rm -f "installed/lib/modules/$version/build" "installed/lib/modules/$version/source"
mkdir -p "$out"
install -m 644 arch/x86/boot/bzImage "$out/vmlinuz"
install -m 644 .config "$out/config"
pack() { tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" "$@"; }
pack --file="$out/modules.tar" --directory=installed/lib modules
srctree=. SRCARCH=x86 CC=gcc HOSTCC=gcc MAKE=make scripts/package/install-extmod-build "$tree/headers"
pack --file="$out/headers.tar" --directory="$tree/headers" .
step "done: $version"
