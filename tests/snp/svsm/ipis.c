/*
 * Restricted injection: the first processor's VMPL0 sends an IPI to the second's, which runs VMPL2
 * meanwhile and never calls. #HV brings it, the doorbell page tells of it.
 */
#include "platform.h"

#define IPI 0xe0
#define HV 28
#define NO_FURTHER_SIGNAL 0x8000

struct frame;
struct __attribute__((packed)) table {
	uint16_t limit;
	uint64_t base;
};

static const uint64_t segments[] = { 0, 0xaf9b000000ffff, 0xcf93000000ffff };
static uint64_t gates[2 * (HV + 1)];
static char stack[4096] __attribute__((aligned(16)));
static volatile int second_is_ready;

/* Runs at VMPL2, in a page of its own. */
__attribute__((section(".guest"), used)) static void guest(void)
{
	for (;;)
		;
}

__attribute__((interrupt)) static void on_hv(struct frame *frame)
{
	(void)frame;
	print_number("[svsm] #HV with event ", AT(DOORBELL, uint16_t));
	AT(DOORBELL, uint16_t) = 0;
	print_number("[svsm] no EOI required ", AT(DOORBELL + 2, uint8_t));
	die("as told");
}

static void use_tables(void)
{
	struct table segment_table = { sizeof(segments) - 1, (uint64_t)segments };
	struct table gate_table = { sizeof(gates) - 1, (uint64_t)gates };
	uint64_t handler = (uint64_t)on_hv;

	gates[2 * HV] = (handler >> 16 & 0xffff) << 48 | 0x8e00ULL << 32 | 8 << 16 |
			(handler & 0xffff);
	gates[2 * HV + 1] = handler >> 32;
	asm volatile("lgdt %0; lidt %1" ::"m"(segment_table), "m"(gate_table));
}

/* The second processor's VMPL0; it has the GHCB for itself until it is ready. */
static void second(void)
{
	use_tables();
	call_by_ghcb(0x80000014, 1, DOORBELL, 0);
	second_is_ready = 1;
	run_vmpl2();
	die("VMPL2 came back without #HV");
}

static void allow(uint64_t page, uint64_t permissions)
{
	if (rmpadjust(page, 0, VMPL2 | permissions))
		die("RMPADJUST");
}

void main_(void)
{
	print("\n[svsm] IPIs\n");
	share_ghcb();
	share(DOORBELL);

	prepare_vmsa(VMSA, VMPL2);
	prepare_long_mode(VMSA, guest);
	for (int i = 0; i < 5; i++)
		allow(TABLES + 4096 * i, RMP_ALL);
	allow((uint64_t)guest, RMP_ALL);
	allow(VMSA, RMP_READ | RMP_VMSA);
	start_vmsa(VMSA, 1, 0);

	prepare_vmsa(AP_VMSA, 0);
	prepare_long_mode(AP_VMSA, second);
	AT(AP_VMSA + 0x1d8, uint64_t) = (uint64_t)stack + sizeof(stack) - 8;
	AT(AP_VMSA + 0x3b0, uint64_t) = SNP_ACTIVE | RESTRICTED_INJECTION;
	allow(AP_VMSA, RMP_VMSA);
	start_vmsa(AP_VMSA, 1, 1);

	while (!second_is_ready)
		;
	for (volatile int i = 0; i < 10000000; i++)
		; /* VMPL2 runs by now */
	call_by_ghcb(0x80000015, 1ULL << 32 | IPI, 0, 0);
	for (;;)
		;
}
