#!/bin/bash
# Build the disk of a server with Debian: GPT, EFI system partition with GRUB, root on ext4.
#
#   build-host-image.sh DISK INPUTS
#
# DISK    the file to make
# INPUTS  a folder with authorized_keys and ssh_host_ed25519_key
#
# Settings by environment: SUITE, MIRROR (empty: mmdebstrap's own choice), LOGIN (name of the user
# with sudo), DISK_MIB. Needs root, mmdebstrap and mke2fs; no loop device and no mount: what makes
# partitions and the FAT is in the image itself.
set -euo pipefail

disk=$1 inputs=$2
: "${SUITE:?}" "${LOGIN:?}" "${DISK_MIB:?}"
root=$disk.root
esp_mib=64 # GRUB's image is below 10 MiB; FAT32 needs at least 33
root_uuid=5f6d7376-736d-4265-a374-686f73743031

# no_timer_check: as for the testbed's VMs, an emulated timer is late on a busy machine.
cmdline="console=ttyS0 no_timer_check"

step() { echo "==> $*"; }

step "install packages of $SUITE"
rm -rf "$root" "$disk"
# What a server has after Debian's installer: systemd, sudo, SSH, GRUB for EFI; here with the
# kernel for virtual machines, so that there is another one to change to.
packages=linux-image-cloud-amd64,initramfs-tools,grub-efi-amd64,efibootmgr,systemd-sysv,dbus
packages+=,openssh-server,sudo,python3,python3-apt,ca-certificates,iproute2,procps,kmod,zstd
packages+=,fdisk,dosfstools,mtools,e2fsprogs
mmdebstrap --mode=root --variant=apt --include="$packages" \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    "$SUITE" "$root" ${MIRROR:+"$MIRROR"}

step "name it, give it a network and a user with sudo"
echo testbed-server > "$root/etc/hostname"
printf '127.0.0.1 localhost testbed-server\n' > "$root/etc/hosts"
# QEMU's user network: its DHCP server, and a name server that asks the machine's own.
cat > "$root/etc/systemd/network/uplink.network" <<END
[Match]
Name=en* eth*
[Network]
DHCP=ipv4
END
rm -f "$root/etc/resolv.conf"
echo "nameserver 10.0.2.3" > "$root/etc/resolv.conf"
chroot "$root" systemctl --quiet enable systemd-networkd.service ssh.service
chroot "$root" useradd --create-home --shell /bin/bash --groups sudo "$LOGIN"
echo "$LOGIN ALL=(ALL:ALL) NOPASSWD: ALL" > "$root/etc/sudoers.d/$LOGIN"
chmod 440 "$root/etc/sudoers.d/$LOGIN"
chroot "$root" install -d -m 700 -o "$LOGIN" -g "$LOGIN" "/home/$LOGIN/.ssh"
install -m 600 "$inputs/authorized_keys" "$root/home/$LOGIN/.ssh/authorized_keys"
chroot "$root" chown "$LOGIN:$LOGIN" "/home/$LOGIN/.ssh/authorized_keys"
rm -f "$root"/etc/ssh/ssh_host_*
install -m 600 "$inputs/ssh_host_ed25519_key" "$root/etc/ssh/ssh_host_ed25519_key"
echo uninitialized > "$root/etc/machine-id"
cat > "$root/etc/fstab" <<END
UUID=$root_uuid / ext4 errors=remount-ro 0 1
LABEL=ESP /boot/efi vfat umask=0077,nofail 0 1
END
# An emulated server on a busy machine is slow, but does get there.
install -d "$root/etc/systemd/system.conf.d"
cat > "$root/etc/systemd/system.conf.d/slow.conf" <<END
[Manager]
DefaultTimeoutStartSec=15min
DefaultTimeoutStopSec=15min
DefaultDeviceTimeoutSec=15min
END

step "install GRUB"
# As `grub-install --removable` lays it out, which would want to see the disk. Its first menu names
# the kernel by its link; update-grub, once the server runs, writes the usual one.
mkdir -p "$root/boot/efi" "$root/boot/grub"
cp -r "$root/usr/lib/grub/x86_64-efi" "$root/boot/grub/"
cat > "$root/etc/default/grub" <<END
GRUB_DEFAULT=0
GRUB_TIMEOUT=1
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="$cmdline"
GRUB_TERMINAL="serial console"
END
kernel=$(cd "$root/boot" && echo vmlinuz-*)
cat > "$root/boot/grub/grub.cfg" <<END
linux /boot/$kernel root=UUID=$root_uuid ro $cmdline
initrd /boot/initrd.img-${kernel#vmlinuz-}
boot
END
cat > "$root/tmp/early.cfg" <<END
search --no-floppy --fs-uuid --set=root $root_uuid
set prefix=(\$root)/boot/grub
END
# (What GRUB does next by itself is to run "normal", which finds modules and grub.cfg below prefix.)
chroot "$root" grub-mkimage --format=x86_64-efi --prefix=/boot/grub --config=/tmp/early.cfg \
    --output=/tmp/BOOTX64.EFI part_gpt fat ext2 search search_fs_uuid normal

step "make the EFI system partition"
chroot "$root" sh -euc "
    truncate -s ${esp_mib}M /tmp/esp.img
    mkfs.vfat -F 32 -n ESP /tmp/esp.img > /tmp/mkfs.log
    mmd -i /tmp/esp.img ::/EFI ::/EFI/BOOT
    mcopy -i /tmp/esp.img /tmp/BOOTX64.EFI ::/EFI/BOOT/BOOTX64.EFI"
mv "$root/tmp/esp.img" "$disk.esp"

step "partition the disk"
truncate -s "${DISK_MIB}M" "$disk"
root_first=$((1 + esp_mib))
root_mib=$((DISK_MIB - root_first - 1))
mkdir -p "$root/tmp/disk"
truncate -s "${DISK_MIB}M" "$root/tmp/disk/table"
chroot "$root" sfdisk --quiet /tmp/disk/table <<END
label: gpt
start=1MiB, size=${esp_mib}MiB, type=uefi
start=${root_first}MiB, size=${root_mib}MiB, type=linux
END
mv "$root/tmp/disk/table" "$disk"
dd if="$disk.esp" of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none
rm -rf "$disk.esp" "$root"/tmp/*

step "make the root file system"
mke2fs -q -t ext4 -d "$root" -U "$root_uuid" -L server-root \
    -E "offset=$((root_first << 20)),root_owner=0:0,lazy_itable_init=1,lazy_journal_init=1" \
    "$disk" "${root_mib}M"
rm -rf "$root"
step "done"
