#!/bin/bash
# Build the guest kernel in a Linux source tree. Runs inside the build root.
#
#   build-kernel.sh TREE BASE FRAGMENT OUT
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

tree=$1 base=$2 fragment=$3 out=$4
: "${SOURCE_DATE_EPOCH:?}"
jobs=$(nproc)
# The same source and settings give the same kernel.
KBUILD_BUILD_TIMESTAMP=$(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH")
export KBUILD_BUILD_TIMESTAMP KBUILD_BUILD_USER=testbed KBUILD_BUILD_HOST=testbed KBUILD_BUILD_VERSION=1

step() { echo "==> $* ($(date -u +%T))"; }

cd "$tree"
step "settings"
sed -E 's/^(CONFIG_[A-Z0-9_]+)=m$/# \1 is not set/' "$base" > base.config
scripts/kconfig/merge_config.sh -m -Q base.config "$fragment" > merge.log
make olddefconfig
# What the source does not know, or does not allow with the other settings, is dropped silently.
lost=$(grep -E '^(CONFIG_|# CONFIG_.* is not set$)' "$fragment" | while read -r line; do
    name=${line#\# }
    name=${name%%[= ]*}
    case $line in
        '#'*) if grep -q "^$name=" .config; then echo "$line"; fi ;;
        *) grep -qxF "$line" .config || echo "$line" ;;
    esac
done)
if [ -n "$lost" ]; then
    echo "settings of $fragment that the kernel did not take:" >&2
    echo "$lost" >&2
    exit 1
fi

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
