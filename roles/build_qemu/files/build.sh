#!/bin/bash
# Runs in the build root: build.sh WORK HOME [configure option...]
# WORK/source is QEMU's source, WORK/igvm the artifact of libigvm, if there is one. Makes WORK/out,
# which runs on any host once it lies in HOME.
set -euo pipefail
work=$1
home=$2
shift 2
blobs="/usr/share/qemu /usr/share/seabios"

mkdir -p "$work/build" "$work/out/bin" "$work/out/lib" "$work/out/share/qemu"
cd "$work/build"
# Debian's source package leaves out the blobs, so they come from packages, whatever the source is.
PKG_CONFIG_PATH="$work/igvm/lib/pkgconfig" "$work/source/configure" \
    --prefix=/usr --target-list=x86_64-softmmu --disable-download --disable-install-blobs "$@"
ninja qemu-system-x86_64 qemu-img

cd "$work/out"
cp "$work/build/qemu-system-x86_64" "$work/build/qemu-img" bin/
# Names of functions stay: bpftrace finds them by these (roles/boot_timeline/files/trace).
strip --strip-debug bin/*

# Its own dynamic linker and libraries: the host's may be older. Only glibc's own parts belong
# together; the others are found by the same search path.
ldd bin/* | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p' | sort -u | xargs -I{} cp -L {} lib/
cp -L /lib64/ld-linux-x86-64.so.2 lib/
patchelf --set-interpreter "$home/lib/ld-linux-x86-64.so.2" bin/*
# --force-rpath: a library's own libraries are looked for here, too.
patchelf --force-rpath --set-rpath "$home/lib" bin/*

# Firmware and option ROMs of an x86 machine. QEMU looks in ../share/qemu of where it lies.
for name in bios.bin bios-256k.bin bios-microvm.bin kvmvapic.bin linuxboot.bin linuxboot_dma.bin \
    multiboot.bin multiboot_dma.bin pvh.bin vgabios-stdvga.bin efi-virtio.rom efi-e1000e.rom; do
    for folder in $blobs; do
        [ -e "$folder/$name" ] || continue
        cp -L "$folder/$name" share/qemu/
        break
    done
done
for name in bios-256k.bin kvmvapic.bin linuxboot_dma.bin; do
    [ -e "share/qemu/$name" ] || { echo "error: no package has $name" >&2; exit 1; }
done

lib/ld-linux-x86-64.so.2 --library-path lib bin/qemu-system-x86_64 -version > versions.txt
dpkg-query -W -f '${Package}\t${Version}\n' gcc libc6 libglib2.0-0t64 libgnutls30t64 libslirp0 \
    qemu-system-data seabios ipxe-qemu >> versions.txt
