#!/bin/bash
# Build the kernel modules and the tool that have an SVSM measure memory. Runs inside the build root.
#
#   build-measure.sh WORK HEADERS OUT
#
# WORK     has module/ and tool/ of this project's src/
# HEADERS  what modules of the guest kernel are built with
# OUT      a folder for: svsm_measure.ko, svsm_measure_tamper.ko, svsm-measure, versions.txt
#
# The same sources and packages give the same bytes: WORK's name is in none of them.
set -euo pipefail

work=$1 headers=$2 out=$3
mapped="-ffile-prefix-map=$work=."

step() { echo "==> $* ($(date -u +%T))"; }

step "modules, with $headers"
[ -f "$headers/Makefile" ] || { echo "there is no $headers" >&2; exit 1; }
make -C "$work/module" KDIR="$headers" KCFLAGS="$mapped" modules
for module in svsm_measure svsm_measure_tamper; do
    # Symbols stay: the kernel's own, and what kallsyms shows.
    strip --strip-debug -o "$out/$module.ko" "$work/module/$module.ko"
done

step "tool"
make -C "$work/tool" OUT="$out/svsm-measure" CFLAGS="-O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2 $mapped"
strip "$out/svsm-measure"
"$out/svsm-measure" --help > /dev/null

{
    echo "vermagic $(modinfo -F vermagic "$out/svsm_measure.ko")"
    dpkg-query -W gcc libssl-dev liblzma-dev
    # A kernel of our own brings its headers itself.
    case $headers in /usr/src/*) dpkg-query -W 'linux-headers-*' ;; esac
} > "$out/versions.txt"
step "done"
