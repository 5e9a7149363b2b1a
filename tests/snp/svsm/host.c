/*
 * The smallest SVSM that hosts OVMF and Linux at VMPL2, on one vCPU: core protocol calls 0
 * (remap the calling area), 1 (PVALIDATE) and 6 (query protocol) of AMD 58019.
 */
#include "platform.h"
#include "protocol.h"

#define CORE_REMAP_CA 0
#define CORE_PVALIDATE 1
#define CORE_QUERY_PROTOCOL 6
#define INVALID_ADDRESS 0x80000003ULL
#define PVALIDATE_FAILED 0x80001000ULL
#define PVALIDATE_SAME 0x80001010ULL

/* As igvm.py writes it: what OVMF's metadata says. */
struct parameters {
	uint64_t secrets, cpuid, calling_area, regions;
	uint64_t region[16][2];
	uint64_t firmware, firmware_size;
};

static uint64_t calling_area;

/* No other protocol than core, unless a source is linked that has one. */
__attribute__((weak)) int offers(uint32_t protocol)
{
	(void)protocol;
	return 0;
}

__attribute__((weak)) uint64_t other_call(uint64_t rax)
{
	(void)rax;
	return UNSUPPORTED_PROTOCOL;
}

static int knows(uint32_t protocol)
{
	return !protocol || offers(protocol);
}

static void copy(uint64_t to, uint64_t from, int bytes)
{
	for (int i = 0; i < bytes; i += 8)
		AT(to + i, uint64_t) = AT(from + i, uint64_t);
}

static uint64_t validate_entry(uint64_t entry)
{
	uint64_t address = entry & ~0xfffULL;
	int huge = entry & 3, validate = entry >> 2 & 1, ignore_same = entry >> 3 & 1, same;

	if (address >= BASE)
		return INVALID_ADDRESS;
	if (!validate && rmpadjust(address, huge, VMPL2))
		return PVALIDATE_FAILED;
	int result = pvalidate(address, huge, validate, &same);

	if (result)
		return PVALIDATE_FAILED + result;
	if (same && !ignore_same)
		return PVALIDATE_SAME;
	if (validate && rmpadjust(address, huge, VMPL2 | RMP_ALL))
		die("RMPADJUST");
	return SUCCESS;
}

static uint64_t core_pvalidate(uint64_t list)
{
	uint16_t entries = AT(list, uint16_t);

	for (uint16_t i = AT(list + 2, uint16_t); i < entries; i++) {
		uint64_t result = validate_entry(AT(list + 8 + 8 * i, uint64_t));

		if (result) {
			AT(list + 2, uint16_t) = i;
			return result;
		}
	}
	AT(list + 2, uint16_t) = entries;
	return SUCCESS;
}

static uint64_t core_call(uint32_t call)
{
	switch (call) {
	case CORE_REMAP_CA:
		calling_area = GUEST_RCX;
		return SUCCESS;
	case CORE_PVALIDATE:
		return core_pvalidate(GUEST_RCX);
	case CORE_QUERY_PROTOCOL:
		GUEST_RCX = knows(GUEST_RCX >> 32) ? 1ULL << 32 | 1 : 0;
		return SUCCESS;
	default:
		return UNSUPPORTED_CALL;
	}
}

static void give_memory(const struct parameters *p)
{
	int same;

	for (uint64_t i = 0; i < p->regions; i++) {
		uint64_t end = p->region[i][0] + p->region[i][1];

		for (uint64_t a = p->region[i][0]; a < end; a += 4096) {
			call_by_msr(a | 1ULL << 52 | 0x14);
			if (pvalidate(a, 0, 1, &same) || rmpadjust(a, 0, VMPL2 | RMP_ALL))
				die("memory of the firmware");
			zero(a, 4096);
		}
	}
	for (uint64_t a = p->firmware; a < p->firmware + p->firmware_size; a += 4096)
		if (rmpadjust(a, 0, VMPL2 | RMP_ALL))
			die("the firmware");
}

/* AMD 58019, table 2: what the guest learns of its SVSM; it gets keys 2 and 3. */
static void give_secrets(const struct parameters *p)
{
	copy(p->cpuid, CPUID_PAGE, 4096);
	copy(p->secrets, SECRETS, 4096);
	zero(p->secrets + 0x20, 64);
	calling_area = p->calling_area;
	AT(p->secrets + 0x140, uint64_t) = BASE;
	AT(p->secrets + 0x148, uint64_t) = 0x200000;
	AT(p->secrets + 0x150, uint64_t) = calling_area;
	AT(p->secrets + 0x158, uint32_t) = 1;
	AT(p->secrets + 0x15c, uint8_t) = VMPL2;
}

static void serve(void)
{
	uint64_t area = calling_area, rax = GUEST_RAX;

	if (!AT(area, uint8_t))
		return;
	GUEST_RAX = rax >> 32 ? other_call(rax) : core_call(rax);
	AT(area, uint8_t) = 0;
}

void main_(void)
{
	const struct parameters *p = (void *)PARAMETERS;

	print("\n[svsm] at VMPL0\n");
	print_number("[svsm] SEV_STATUS ", rdmsr(0xc0010131));
	share_ghcb();
	give_memory(p);
	give_secrets(p);
	prepare_vmsa(VMSA, VMPL2);
	if (rmpadjust(VMSA, 0, VMPL2 | RMP_READ | RMP_VMSA))
		die("the VMSA");
	start_vmsa(VMSA, 0, 0);
	print("[svsm] firmware starts at VMPL2\n");
	for (;;) {
		run_vmpl2();
		AT(VMSA + 0xd0, uint64_t) &= ~0x1000ULL; /* not to be run while it is served */
		serve();
		AT(VMSA + 0xd0, uint64_t) |= 0x1000;
	}
}
