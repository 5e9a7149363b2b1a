/*
 * A program with the functions that the programs for TCG attach to, and nothing else of QEMU: it
 * daemonizes as QEMU does, "boots" with known numbers of calls, writes its number to the file that
 * it is given, and waits to be ended.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUT __attribute__((noinline, noclone)) /* a function of its own, as in another file */
#define EV(name) OUT int ev_##name(void *event) { calls += event != NULL; return 0; }

static volatile int calls; /* so that nothing is left out as useless */
static char guest[1];

EV(rdtsc) EV(cpuid) EV(ioio) EV(msr) EV(vmmcall) EV(rdtscp) EV(mmio_read) EV(mmio_write)
EV(ap_reset_hold) EV(page_state) EV(guest_request) EV(ext_guest_request) EV(ap_creation)
EV(hv_doorbell) EV(hv_ipi) EV(apic_ids) EV(hv_features) EV(terminate)

OUT int tcg_cpu_exec(void *cpu, int why) { calls++; return cpu ? why : 0; }
OUT void debugcon_ioport_write(void *opaque, uint64_t address, uint64_t value, unsigned width)
{
	calls += opaque && address + value + width;
}
OUT int snp_vmsa_switch(void *env, unsigned vmpl, unsigned exit_code)
{
	calls += env && vmpl + exit_code;
	return 1;
}
OUT void snp_emu_after_reset(void *cpu) { calls += cpu != NULL; usleep(20000); }

static void run(int times, int why)
{
	while (times--) {
		tcg_cpu_exec(guest, why);
	}
}

static void boot(void)
{
	snp_emu_after_reset(guest);
	snp_emu_after_reset(guest); /* the second processor's */
	run(30, 0x10000);
	for (int i = 0; i < 5; i++) {
		snp_vmsa_switch(guest, 2, 0x403);
		ev_page_state(guest);
	}
	snp_vmsa_switch(guest, 0, 0x60);
	debugcon_ioport_write(guest, 0, 0x10, 1);
	debugcon_ioport_write(guest, 0, 0x11, 1);
	debugcon_ioport_write(guest, 0, 0x12, 1);
}

int main(int argc, char **argv)
{
	FILE *pid;

	if (argc != 2) {
		return 2;
	}
	if (fork()) { /* as os_daemonize() in QEMU's os-posix.c: twice, and the first one waits */
		wait(NULL);
		return 0;
	}
	if (fork()) {
		_exit(0);
	}
	boot();
	usleep(300000); /* what is counted from here on is no part of the boot */
	run(12, 0x10003);
	pid = fopen(argv[1], "w");
	fprintf(pid, "%d\n", getpid());
	fclose(pid);
	pause();
	return 0;
}
