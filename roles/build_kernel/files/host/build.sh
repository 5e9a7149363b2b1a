#!/bin/bash
# Build the kernel of SEV-SNP hosts as a Debian package, in a Linux source tree. Runs inside the
# build root.
#
#   build.sh TREE BASE FRAGMENT OUT
#
# TREE      the source: COCONUT-SVSM's Linux
# BASE      the distribution's settings (.config, or .config.xz), with all its drivers: what a server
#           needs of them is not known here
# FRAGMENT  ours, which go before them
# OUT       a folder for: linux-image-*.deb, release (what uname -r will say), config, versions.txt
#
# Settings by environment: SOURCE_DATE_EPOCH.
set -euo pipefail
# shellcheck source=roles/build_kernel/files/common.sh
. "$(dirname "$0")/../common.sh"

tree=$1 base=$2 fragment=$3 out=$4
cd "$tree"
case $base in
    *.xz) xz -dc "$base" > base.config ;;
    *) cp "$base" base.config ;;
esac
settle base.config "$fragment"

step "kernel, modules and package"
# Symbols for debuggers are gigabytes, and nobody builds modules against this kernel (Linux,
# scripts/package/mkdebian: Build-Profiles).
export DEB_BUILD_PROFILES="pkg.linux-upstream.nokerneldbg pkg.linux-upstream.nokernelheaders"
export KDEB_CHANGELOG_DIST=stable
# Its check of build dependencies wants build-essential, a C++ compiler with it.
make -j"$jobs" DPKG_FLAGS=--no-check-builddeps bindeb-pkg

step "pack"
release=$(cat include/config/kernel.release)
mkdir -p "$out"
mv "../linux-image-${release}_"*.deb "$out/"
echo "$release" > "$out/release"
install -m 644 .config "$out/config"
echo "release $release" > "$out/versions.txt"
dpkg-query -W -f '${Package}\t${Version}\n' gcc binutils pahole >> "$out/versions.txt"
step "done: $release"
