#!/bin/sh
# Make this system's files those of a server with two NUMA nodes that runs kernel $1.
set -eu
running=$1

put() { mkdir -p "$(dirname "$1")"; echo "$2" > "$1"; }

cpus=/sys/devices/system/cpu
put $cpus/online 0-3
put $cpus/cpufreq/boost 1
for cpu in 0 1 2 3; do
    put $cpus/cpu$cpu/cpufreq/scaling_available_governors "performance powersave"
    put $cpus/cpu$cpu/cpufreq/scaling_governor powersave
done
for node in 0 1; do
    folder=/sys/devices/system/node/node$node
    put $folder/cpulist $((2 * node))-$((2 * node + 1))
    put $folder/meminfo "Node $node MemTotal: 8388608 kB"
    for size in 2048 1048576; do
        put $folder/hugepages/hugepages-${size}kB/nr_hugepages 0
        put $folder/hugepages/hugepages-${size}kB/free_hugepages 0
    done
done
for parameter in sev sev_es sev_snp; do put /sys/module/kvm_amd/parameters/$parameter Y; done
put /sys/module/kvm_amd/refcnt 0

# The answers that grub-mkconfig needs about the disk that the folder would be on.
cat > /usr/sbin/grub-probe <<'END'
#!/bin/sh
case "$*" in
    *--target=device*) echo /dev/sda1 ;;
    *--target=fs_uuid*) echo 4e9bd9d1 ;;
    *"--target=fs "*) echo ext2 ;;
    *--target=partmap*) echo gpt ;;
    *--target=compatibility_hint*) echo hd0,gpt1 ;;
esac
END
mkdir -p /boot/grub
cp /usr/share/grub/default/grub /etc/default/grub
echo kernel > "/boot/vmlinuz-$running"
echo initrd > "/boot/initrd.img-$running"
update-grub

useradd --create-home tester

# What build_kernel makes of COCONUT-SVSM's Linux, but for the kernel in it.
package=/srv/package
put $package/boot/vmlinuz-6.99.0-svsm kernel
put $package/DEBIAN/control "Package: linux-image-6.99.0-svsm
Version: 6.99.0-1
Architecture: amd64
Maintainer: svsm-testbed <root@localhost>
Description: a kernel for tests"
put $package/DEBIAN/postinst "#!/bin/sh
echo initrd > /boot/initrd.img-6.99.0-svsm"
chmod 755 $package/DEBIAN/postinst
mkdir -p /srv/host_kernel
put /srv/host_kernel/release 6.99.0-svsm
dpkg-deb --build $package /srv/host_kernel/linux-image-6.99.0-svsm_6.99.0-1_amd64.deb
