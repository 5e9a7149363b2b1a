/* Serial console, hypervisor calls and the VMSA of VMPL2. */
#include "platform.h"

#define SERIAL 0x3f8

void print(const char *text)
{
	for (; *text; text++) {
		while (!(inb(SERIAL + 5) & 0x20))
			;
		outb(SERIAL, *text);
	}
}

void print_number(const char *label, uint64_t value)
{
	char digits[17];

	for (int i = 0; i < 16; i++)
		digits[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
	digits[16] = 0;
	print(label);
	print(digits);
	print("\n");
}

void die(const char *why)
{
	print("[svsm] fatal: ");
	print(why);
	print("\n");
	call_by_msr(0x100 | 7 << 12);
	for (;;)
		asm("hlt");
}

void zero(uint64_t address, int bytes)
{
	for (int i = 0; i < bytes; i += 8)
		AT(address + i, uint64_t) = 0;
}

/* Offsets: AMD 56421, table "GHCB layout"; the bitmap says that all fields are valid. */
void call_by_ghcb(uint64_t code, uint64_t info1, uint64_t info2, uint64_t rax)
{
	zero(GHCB, 4096);
	AT(GHCB + 0xffa, uint16_t) = 2;
	AT(GHCB + 0x390, uint64_t) = code;
	AT(GHCB + 0x398, uint64_t) = info1;
	AT(GHCB + 0x3a0, uint64_t) = info2;
	AT(GHCB + 0x1f8, uint64_t) = rax;
	AT(GHCB + 0x3f0, uint64_t) = ~0ULL;
	AT(GHCB + 0x3f8, uint64_t) = ~0ULL;
	call_by_msr(GHCB);
	if (AT(GHCB + 0x398, uint64_t))
		die("the hypervisor refuses a call");
}

/* A shared page's page table entry has no C-bit (igvm.py); here the hypervisor learns of it. */
void share(uint64_t page)
{
	int same;

	if (pvalidate(page, 0, 0, &same) || same)
		die("PVALIDATE of a page to share");
	if (call_by_msr(page | 2ULL << 52 | 0x14) != 0x15)
		die("state of a page to share");
}

void share_ghcb(void)
{
	share(GHCB);
	if ((call_by_msr(GHCB | 0x12) & 0xfff) != 0x13)
		die("registration of the GHCB");
}

void set_segment(uint64_t at, uint16_t selector, uint16_t attributes, uint32_t limit, uint64_t base)
{
	AT(at, uint16_t) = selector;
	AT(at + 2, uint16_t) = attributes;
	AT(at + 4, uint32_t) = limit;
	AT(at + 8, uint64_t) = base;
}

/* A processor after reset; AMD 24593, table B-4. */
void prepare_vmsa(uint64_t vmsa, int vmpl)
{
	zero(vmsa, 4096);
	for (int offset = 0; offset < 0x60; offset += 0x10)
		set_segment(vmsa + offset, 0, 0x93, 0xffff, 0);
	set_segment(vmsa + 0x10, 0xf000, 0x9b, 0xffff, 0xffff0000);
	set_segment(vmsa + 0x60, 0, 0, 0xffff, 0);
	set_segment(vmsa + 0x70, 0, 0x82, 0xffff, 0);
	set_segment(vmsa + 0x80, 0, 0, 0xffff, 0);
	set_segment(vmsa + 0x90, 0, 0x8b, 0xffff, 0);
	AT(vmsa + 0xca, uint8_t) = vmpl;
	AT(vmsa + 0xd0, uint64_t) = 0x1000; /* EFER.SVME */
	AT(vmsa + 0x158, uint64_t) = 0x60000010;
	AT(vmsa + 0x160, uint64_t) = 0x400;
	AT(vmsa + 0x168, uint64_t) = 0xffff0ff0;
	AT(vmsa + 0x170, uint64_t) = 2;
	AT(vmsa + 0x178, uint64_t) = 0xfff0;
	AT(vmsa + 0x268, uint64_t) = 0x0007040600070406ULL;
	AT(vmsa + 0x3b0, uint64_t) = SNP_ACTIVE;
	AT(vmsa + 0x3e8, uint64_t) = 1;
	AT(vmsa + 0x408, uint32_t) = 0x1f80;
}

/* As the SVSM itself runs: 64 bits, its page tables. */
void prepare_long_mode(uint64_t vmsa, void (*code)(void))
{
	set_segment(vmsa + 0x10, 8, 0xa9b, 0xffffffff, 0);
	AT(vmsa + 0xd0, uint64_t) = 0x1d00;
	AT(vmsa + 0x148, uint64_t) = 0x620;
	AT(vmsa + 0x150, uint64_t) = TABLES | 1ULL << 51;
	AT(vmsa + 0x158, uint64_t) = 0x80010033;
	AT(vmsa + 0x178, uint64_t) = (uint64_t)code;
}

/* AP creation: the hypervisor runs the VMSA now, or only knows of it. */
void start_vmsa(uint64_t vmsa, uint64_t processor, int now)
{
	uint64_t vmpl = AT(vmsa + 0xca, uint8_t);

	call_by_ghcb(0x80000013, processor << 32 | vmpl << 16 | now, vmsa,
		     AT(vmsa + 0x3b0, uint64_t));
}

void run_vmpl2(void)
{
	uint64_t answer = call_by_msr((uint64_t)VMPL2 << 32 | 0x16);

	if (answer != 0x17)
		die("run VMPL2");
}
