// SPDX-License-Identifier: GPL-2.0
/*
 * TEST MODULE: changes a byte of memory that nobody should be able to change, so
 * that one can see measurements notice. Never load it where anything matters.
 *
 * insmod svsm_measure_tamper.ko address=0x...	a byte of the kernel's or a module's
 *						text or rodata
 * insmod svsm_measure_tamper.ko own=text	a byte of this module's own text,
 * insmod svsm_measure_tamper.ko own=rodata	or rodata, which nothing uses
 *
 * mask says which bits of it are flipped: 0x20 by default, a letter's case. Choose
 * a byte that does no harm: of linux_proc_banner, which /proc/version shows, or of
 * the padding between two functions. rmmod puts it back.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

static unsigned long address;
module_param(address, ulong, 0400);
MODULE_PARM_DESC(address, "Kernel virtual address of the byte; when loaded: where it is");

static char *own;
module_param(own, charp, 0400);
MODULE_PARM_DESC(own, "Instead of an address: text or rodata of this module");

static unsigned char mask = 0x20;
module_param(mask, byte, 0400);
MODULE_PARM_DESC(mask, "Bits that are flipped (default 0x20)");

/* What may be changed in this module itself. */
static const char own_rodata[] = "a byte of this may be changed";

static noinline int own_text(void)
{
	return 0x5a;
}

/* The page with the byte, another mapping of it that can be written, the byte. */
static struct page *page;
static void *mapping;
static u8 *byte;
static u8 changed;

static int choose(void)
{
	if (!address == !own) {
		pr_err("give either address= or own=\n");
		return -EINVAL;
	}
	if (!mask) {
		pr_err("mask=0 would change nothing\n");
		return -EINVAL;
	}
	if (!own)
		return 0;
	if (!strcmp(own, "text"))
		address = (unsigned long)own_text;
	else if (!strcmp(own, "rodata"))
		address = (unsigned long)own_rodata;
	if (address)
		return 0;
	pr_err("own=%s: this module has text and rodata to change\n", own);
	return -EINVAL;
}

/* Hold the page at @address, so that it stays one even if its module goes. */
static struct page *get_target(void)
{
	struct page *target;
	u8 now;

	if (copy_from_kernel_nofault(&now, (void *)address, 1))
		return NULL;
	if (is_vmalloc_or_module_addr((void *)address))
		target = vmalloc_to_page((void *)address);
	else
		target = virt_addr_valid((void *)address) ? virt_to_page((void *)address) : NULL;
	if (!target || !pfn_valid(page_to_pfn(target)))
		return NULL;
	return folio_try_get(page_folio(target)) ? target : NULL;
}

static int __init tamper_init(void)
{
	int ret = choose();

	if (ret)
		return ret;
	page = get_target();
	if (!page) {
		pr_err("there is no memory at 0x%lx\n", address);
		return -EFAULT;
	}
	mapping = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	if (!mapping) {
		put_page(page);
		return -ENOMEM;
	}

	add_taint(TAINT_TEST, LOCKDEP_STILL_OK);
	byte = mapping + offset_in_page(address);
	changed = *byte ^ mask;
	pr_warn("TEST MODULE: the byte at 0x%lx changes from 0x%02x to 0x%02x\n",
		address, *byte, changed);
	WRITE_ONCE(*byte, changed);
	return 0;
}
module_init(tamper_init);

static void __exit tamper_exit(void)
{
	if (*byte == changed) {
		WRITE_ONCE(*byte, changed ^ mask);
		pr_warn("TEST MODULE: the byte at 0x%lx is 0x%02x again\n", address, *byte);
	} else {
		pr_err("the byte at 0x%lx was changed by somebody else, to 0x%02x\n",
		       address, *byte);
	}
	vunmap(mapping);
	put_page(page);
}
module_exit(tamper_exit);

MODULE_DESCRIPTION("TEST MODULE, DANGEROUS: changes a byte of read-only kernel memory");
MODULE_AUTHOR("svsm-testbed maintainers <maintainers@svsm-testbed.example>");
MODULE_LICENSE("GPL");
