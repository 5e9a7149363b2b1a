/*
 * testbed-event NAME - tell the testbed host how far this guest has booted.
 *
 * Writes one byte to the testbed's debug-console port (QEMU: isa-debugcon,
 * iobase 0x5d0), which the host stamps with its own clock, and one line to the
 * console that names the VM, so that a trace which ended up in another VM's
 * file is noticed. An address of its own: 0x402 is OVMF's debug port, 0xf4 the
 * isa-debug-exit port of COCONUT-SVSM's tests. Works in the initramfs as well
 * as in the root file system: one static binary, no /dev/port (Debian's cloud
 * kernel has none).
 */
#include <stdio.h>
#include <string.h>
#include <sys/io.h>

#define EVENT_PORT 0x5d0

static const struct {
	const char *name;
	unsigned char code;
} events[] = {
	{ "init_start", 0x10 },
	{ "userspace_start", 0x11 },
	{ "userspace_ready", 0x12 },
};

/* The name that the host gave this VM (QEMU: -smbios type=1,serial=...). */
static void read_vm_name(char *name, int size)
{
	FILE *file = fopen("/sys/class/dmi/id/product_serial", "r");

	snprintf(name, size, "unknown");
	if (!file)
		return;
	if (fgets(name, size, file))
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
}

static void announce(const char *event)
{
	char vm[64];
	FILE *console;

	read_vm_name(vm, sizeof(vm));
	console = fopen("/dev/console", "w");
	if (!console)
		return;
	fprintf(console, "\ntestbed: event=%s vm=%s\n", event, vm);
	fclose(console);
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: testbed-event NAME\n");
		return 2;
	}
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (strcmp(events[i].name, argv[1]))
			continue;
		if (ioperm(EVENT_PORT, 1, 1)) {
			perror("testbed-event: ioperm");
			return 1;
		}
		outb(events[i].code, EVENT_PORT);
		announce(events[i].name);
		return 0;
	}
	fprintf(stderr, "testbed-event: unknown event '%s'\n", argv[1]);
	return 2;
}
