#!/bin/busybox sh
# The only program of a test VM: what the kernel's command line asks for, told on the console.
export PATH=/bin
/bin/busybox mkdir -p /dev /proc /sys /tmp
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t proc proc /proc
/bin/busybox --install -s /bin
read -r wish < /sys/class/dmi/id/product_serial

report() {
	while read -r module; do insmod "/snp/$module"; done < /snp/order
	mount -t configfs config /sys/kernel/config
	entry=/sys/kernel/config/tsm/report/test
	mkdir "$entry"
	yes A | tr -d '\n' | head -c 64 > /tmp/data
	cat "$entry/privlevel_floor" > "$entry/privlevel"
	cat /tmp/data > "$entry/inblob"
	echo "test: report $(xxd -p "$entry/outblob" | tr -d '\n')"
	echo "test: certificates $(xxd -p "$entry/auxblob" | tr -d '\n')"
}

# Not more than twice a boot: Linux' sev_es_play_dead() holds a GHCB, of which there are two, and a
# processor that starts from a new VMSA never gives it back.
hotplug() {
	cpus=/sys/devices/system/cpu
	for round in 1 2; do
		for cpu in 1 2 3; do echo 0 > "$cpus/cpu$cpu/online"; done
		echo "test: online $(cat "$cpus/online")"
		for cpu in 3 2 1; do echo 1 > "$cpus/cpu$cpu/online"; done
		echo "test: online $(cat "$cpus/online")"
	done
	for cpu in 1 2 3; do
		taskset "$((1 << cpu))" sh -c 'echo "test: runs on $(cut -d" " -f39 /proc/self/stat)"'
	done
}

# What the firmware measured, if it did.
firmware() {
	table=/sys/firmware/acpi/tables/SVME
	if [ -e "$table" ]; then echo "test: SVME $(xxd -p "$table" | tr -d '\n')"; fi
}

echo "test: userspace"
case "$wish" in
report) report ;;
hotplug) hotplug ;;
firmware) firmware ;;
reboot) reboot -f ;;
esac
echo "test: done"
poweroff -f
