#!/bin/bash
# Build the guest's root disk and initramfs from Debian packages.
#
#   build-guest-image.sh OUT INPUTS WORK BUILD_ROOT
#
# OUT        empty folder for: rootfs.img, initrd.img, packages.txt
# INPUTS     this role's files, keys (authorized_keys, ssh_host_ed25519_key),
#            modules.tar of the guest kernel, optionally unixbench/ and
#            measure/ (the modules and the tool that have an SVSM measure), built
# WORK       a scratch folder below BUILD_ROOT/work
# BUILD_ROOT a chroot with compiler, mke2fs, busybox (role build_root)
#
# Settings by environment: SUITE, MIRROR (empty: mmdebstrap's own choice),
# PACKAGES (comma-separated), DISK_MIB, SOURCE_DATE_EPOCH.
# No loop device and no mount: mke2fs fills the file system from a tar archive.
# The same packages give the same bytes: times are clamped to SOURCE_DATE_EPOCH,
# UUID and hash seed are fixed, archives are sorted.
set -euo pipefail

out=$1 inputs=$2 work=$3 build_root=$4
inside=${work#"$build_root"}
: "${SUITE:?}" "${PACKAGES:?}" "${DISK_MIB:?}" "${SOURCE_DATE_EPOCH:?}"
export SOURCE_DATE_EPOCH
uuid=5f6d7376-736d-4265-a374-626564303031

step() { echo "==> $*"; }
in_build_root() { chroot "$build_root" /bin/bash -euo pipefail -c "cd '$inside' && $*"; }
sorted_tar() {
    tar --create --sort=name --owner=0 --group=0 --numeric-owner \
        --mtime="@$SOURCE_DATE_EPOCH" "$@"
}

step "compile testbed-event"
cp "$inputs/testbed-event.c" "$work/"
in_build_root "gcc -Os -static -s -Wall -Werror -o testbed-event testbed-event.c"

step "lay out the files that are not from packages"
overlay=$work/overlay
mkdir -p "$overlay/usr/local/sbin" "$overlay/etc/ssh"
cp -r "$inputs/rootfs/." "$overlay/"
install -m 755 "$work/testbed-event" "$overlay/usr/local/sbin/"
install -m 600 "$inputs/ssh_host_ed25519_key" "$overlay/etc/ssh/ssh_host_ed25519_key"
install -d -m 700 "$overlay/root" "$overlay/root/.ssh"
install -m 600 "$inputs/authorized_keys" "$overlay/root/.ssh/authorized_keys"
echo testbed-guest > "$overlay/etc/hostname"
printf '127.0.0.1 localhost testbed-guest\n' > "$overlay/etc/hosts"
if [ -d "$inputs/unixbench" ]; then
    mkdir -p "$overlay/opt"
    cp -aL "$inputs/unixbench" "$overlay/opt/unixbench"
fi
if [ -d "$inputs/measure" ]; then
    # Nothing loads them by itself: no VM's boot takes longer for them.
    kernel=$(tar -tf "$inputs/modules.tar" | cut -d/ -f2 | grep . | sort -u)
    install -D -m 644 -t "$overlay/usr/lib/modules/$kernel/extra" "$inputs"/measure/*.ko
    install -m 755 "$inputs/measure/svsm-measure" "$overlay/usr/local/sbin/"
fi
find "$overlay" -type d -exec chmod go-w {} +
sorted_tar --directory "$overlay" --file "$work/overlay.tar" .

step "install packages of $SUITE"
# Units and generators that only look for things a testbed VM does not have.
mask=$(tr '\n' ' ' < "$inputs/masked-units")
generators=$(tr '\n' ' ' < "$inputs/masked-generators")
customize="chroot \"\$1\" systemctl --quiet mask $mask
mkdir -p \"\$1\"/etc/systemd/system-generators
for g in $generators; do ln -s /dev/null \"\$1\"/etc/systemd/system-generators/\$g; done
chroot \"\$1\" systemctl --quiet enable ssh.service testbed-ready.service
chroot \"\$1\" systemctl --quiet set-default multi-user.target
chroot \"\$1\" localedef -i en_US -f UTF-8 en_US.UTF-8
for v in \"\$1\"/usr/lib/modules/*; do chroot \"\$1\" depmod \"\${v##*/}\"; done
[ ! -e \"\$1\"/usr/local/sbin/svsm-measure ] || chroot \"\$1\" svsm-measure --help > '$work/svsm-measure.help'
chroot \"\$1\" dpkg-query -W -f '\${Package} \${Version}\n' > '$out/packages.txt'
printf '%s\n' '5f6d7376736d4265a374626564303031' > \"\$1/etc/machine-id\"
rm -f \"\$1\"/etc/resolv.conf \"\$1\"/var/cache/ldconfig/aux-cache \"\$1\"/etc/*- \"\$1\"/var/lib/systemd/random-seed
rm -f \"\$1\"/etc/ssh/ssh_host_ecdsa* \"\$1\"/etc/ssh/ssh_host_rsa* \"\$1\"/etc/ssh/ssh_host_*.pub"
mmdebstrap --mode=root --variant=apt --format=tar --include="$PACKAGES" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --customize-hook="tar-in '$inputs/modules.tar' /usr/lib" \
    --customize-hook="tar-in '$work/overlay.tar' /" \
    --customize-hook="$customize" \
    "$SUITE" "$work/guest.tar" ${MIRROR:+"$MIRROR"}

step "make the root file system"
in_build_root "mke2fs -q -t ext4 -d guest.tar -U $uuid -L testbed-root \
    -E hash_seed=$uuid,root_owner=0:0,lazy_itable_init=1,lazy_journal_init=1 \
    -O ^metadata_csum_seed -m 0 rootfs.img ${DISK_MIB}M"

step "make the initramfs"
ram=$work/initramfs
mkdir -p "$ram/bin" "$ram/modules"
cp "$build_root/bin/busybox" "$ram/bin/busybox"
for applet in sh mkdir mount ip insmod grep poweroff switch_root echo; do
    ln -s busybox "$ram/bin/$applet"
done
cp "$work/testbed-event" "$ram/bin/"
install -m 755 "$inputs/initramfs-init" "$ram/init"
mkdir "$work/modules"
tar -xf "$inputs/modules.tar" -C "$work/modules"
for wanted in virtio_blk failover net_failover virtio_net; do
    # Some kernels have them built in; then there is no file to load.
    path=$(find "$work/modules" -name "$wanted.ko*" -print -quit)
    [ -n "$path" ] || continue
    case $path in
        *.xz) xz -dc "$path" > "$ram/modules/$wanted.ko" ;;
        *.zst) zstd -qdc "$path" > "$ram/modules/$wanted.ko" ;;
        *) cp "$path" "$ram/modules/$wanted.ko" ;;
    esac
    echo "$wanted.ko" >> "$ram/modules/order"
done
touch "$ram/modules/order"
find "$ram" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
in_build_root "cd initramfs && find . -print0 | LC_ALL=C sort -z \
    | cpio --quiet --null --create --format=newc --reproducible --owner=0:0 > ../initrd.img"

mv "$work/rootfs.img" "$work/initrd.img" "$out/"
step "done"
