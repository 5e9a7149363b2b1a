/*
 * What SEV-SNP refuses. ATTACK says which; each ends with a line on the console, or with the
 * hypervisor's end of the VM, which the tests know by its message.
 */
#include "platform.h"

#define READ_FROM_VMPL2 1
#define WRITE_FROM_VMPL2 2
#define EXECUTE_FROM_VMPL2 3
#define RMPADJUST_UPWARD 4
#define PVALIDATE_TWICE 5
#define FORGED_VMSA 6
#define TOUCH_UNVALIDATED 7
#define TOUCH_SHARED_AS_PRIVATE 8
#define REVOKED_WHILE_IN_USE 9
#define PRIVATE_AS_SHARED 10

/* Runs at VMPL2, in a page of its own, with nothing but registers. */
__attribute__((section(".guest"), used)) static void guest(void)
{
#if ATTACK == READ_FROM_VMPL2
	(void)AT(SPARE, uint64_t);
#elif ATTACK == WRITE_FROM_VMPL2
	AT(SPARE, uint64_t) = 1;
#elif ATTACK == EXECUTE_FROM_VMPL2
	asm volatile("jmp *%0" ::"r"(SPARE));
#elif ATTACK == RMPADJUST_UPWARD
	outb(0x3f8, '0' + rmpadjust(SPARE, 0, 1 | RMP_ALL));
	outb(0x3f8, '0' + rmpadjust(SPARE, 0, 2 | RMP_ALL));
	outb(0x3f8, '\n');
#elif ATTACK == REVOKED_WHILE_IN_USE
	for (;;) {
		(void)AT(SPARE, uint64_t);
		wrmsr(0xc0010130, 0x16); /* back to VMPL0 */
		asm volatile("rep; vmmcall" ::: "memory");
	}
#endif
	wrmsr(0xc0010130, 0x100 | 5 << 12);
	asm volatile("rep; vmmcall" ::: "memory");
	for (;;)
		;
}

static void allow(uint64_t address, uint64_t permissions)
{
	if (rmpadjust(address, 0, VMPL2 | permissions))
		die("RMPADJUST");
}

static void prepare_guest(void)
{
	prepare_vmsa(VMSA, VMPL2);
	prepare_long_mode(VMSA, guest);
	for (int i = 0; i < 5; i++)
		allow(TABLES + 4096 * i, RMP_ALL);
	allow((uint64_t)guest, RMP_ALL);
#if ATTACK == WRITE_FROM_VMPL2 || ATTACK == EXECUTE_FROM_VMPL2 || ATTACK == REVOKED_WHILE_IN_USE
	allow(SPARE, RMP_READ);
#endif
#if ATTACK != FORGED_VMSA
	allow(VMSA, RMP_READ | RMP_VMSA);
#endif
}

static void attack_from_vmpl0(void)
{
	int same = 0;

#if ATTACK == PVALIDATE_TWICE
	print_number("[svsm] validate a validated page: EAX ", pvalidate(SPARE, 0, 1, &same));
	print_number("[svsm] CF ", same);
	pvalidate(SPARE, 0, 0, &same);
	print_number("[svsm] rescind: CF ", same);
	pvalidate(SPARE, 0, 1, &same);
	print_number("[svsm] validate: CF ", same);
	die("as told");
#elif ATTACK == TOUCH_UNVALIDATED
	AT(SPARE, uint64_t) = 1; /* into the TLB */
	pvalidate(SPARE, 0, 0, &same);
	AT(SPARE, uint64_t) = 2;
	die("an access to a page that is not validated went through");
#elif ATTACK == TOUCH_SHARED_AS_PRIVATE
	AT(SPARE, uint64_t) = 1;
	call_by_msr(SPARE | 2ULL << 52 | 0x14);
	AT(SPARE, uint64_t) = 2;
	die("a private access to a shared page went through");
#elif ATTACK == PRIVATE_AS_SHARED
	AT(GHCB, uint64_t) = 1;
	call_by_msr(GHCB | 1ULL << 52 | 0x14);
	AT(GHCB, uint64_t) = 2;
	die("a shared access to a private page went through");
#endif
	(void)same;
}

void main_(void)
{
	print("\n[svsm] attack\n");
	share_ghcb();
	attack_from_vmpl0();
	prepare_guest();
	start_vmsa(VMSA, 0, 0);
	run_vmpl2();
#if ATTACK == REVOKED_WHILE_IN_USE
	print("[svsm] VMPL2 has read\n");
	allow(SPARE, 0);
	run_vmpl2();
#endif
	die("VMPL2 came back");
}
