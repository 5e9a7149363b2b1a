/*
 * What both halves of the test SVSM share: where things are, and the instructions and hypervisor
 * calls of SEV-SNP. igvm.py lays memory out and must agree.
 */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdint.h>

#define BASE 0x8000000000ULL    /* the SVSM's memory, which it keeps from VMPL2 */
#define TABLES (BASE + 0x10000) /* page tables, four pages, 1:1 */
#define SECRETS (BASE + 0x20000)
#define CPUID_PAGE (BASE + 0x21000)
#define PARAMETERS (BASE + 0x22000)
#define GHCB (BASE + 0x23000)
#define VMSA (BASE + 0x24000)
#define SPARE (BASE + 0x26000) /* a page to try things on */
#define DOORBELL (BASE + 0x27000)
#define AP_VMSA (BASE + 0x28000) /* of the second processor's VMPL0 */

#define AT(address, type) (*(volatile type *)(uint64_t)(address))

#define VMPL2 2
#define RMP_READ 0x100
#define RMP_ALL 0xf00
#define RMP_VMSA 0x10000
#define FAIL_PERMISSION 2
#define SNP_ACTIVE 1
#define RESTRICTED_INJECTION 8

static inline void outb(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return low | (uint64_t)high << 32;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	asm volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

/* Returns EAX; *same tells that the page was as wanted already (CF). */
static inline int pvalidate(uint64_t address, int huge, int validate, int *same)
{
	uint64_t result;
	uint8_t carry;

	asm volatile(".byte 0xf2, 0x0f, 0x01, 0xff; setc %1"
		     : "=a"(result), "=q"(carry)
		     : "a"(address), "c"(huge), "d"(validate)
		     : "memory", "cc");
	*same = carry;
	return result;
}

static inline int rmpadjust(uint64_t address, int huge, uint64_t attributes)
{
	uint64_t result;

	asm volatile(".byte 0xf3, 0x0f, 0x01, 0xfe"
		     : "=a"(result)
		     : "a"(address), "c"(huge), "d"(attributes)
		     : "memory", "cc");
	return result;
}

/* The GHCB's MSR protocol: a request, and its answer. */
static inline uint64_t call_by_msr(uint64_t request)
{
	wrmsr(0xc0010130, request);
	asm volatile("rep; vmmcall" ::: "memory");
	return rdmsr(0xc0010130);
}

void print(const char *text);
void print_number(const char *label, uint64_t value);
void die(const char *why) __attribute__((noreturn));
void call_by_ghcb(uint64_t code, uint64_t info1, uint64_t info2, uint64_t rax);
void share(uint64_t page);
void share_ghcb(void);
void prepare_vmsa(uint64_t vmsa, int vmpl);
void prepare_long_mode(uint64_t vmsa, void (*code)(void));
void set_segment(uint64_t at, uint16_t selector, uint16_t attributes, uint32_t limit, uint64_t base);
void start_vmsa(uint64_t vmsa, uint64_t processor, int now);
void run_vmpl2(void);
void zero(uint64_t address, int bytes);

#endif
