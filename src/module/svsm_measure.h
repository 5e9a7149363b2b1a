/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/svsm-measure: let the SVSM measure memory of this guest.
 *
 * The SVSM (VMPL0) hashes guest-physical memory and signs what it saw. What its
 * answers look like, and how they are verified, is the measurement protocol,
 * version 1 (docs/measurement-protocol.md); this is how a program gets them.
 *
 * Only root opens the device (0600, and CAP_SYS_ADMIN is asked for as well).
 * An open file has no state; any number of threads may use it at once. At most
 * SVSM_MEASURE_CONCURRENT measurements run at a time, others wait.
 *
 * Every argument begins with its own size and with flags. Fields marked "in"
 * are the caller's, "out" the driver's. Reserved fields, and flags without a
 * meaning, have to be zero. Addresses in user space are 64-bit integers, so
 * 32-bit programs need no translation.
 *
 * Every ioctl returns 0 or -1 with errno:
 *
 *   EFAULT      an address in user space, that of the argument included, cannot
 *               be read or written; or in a range: see SVSM_MEASURE_KERNEL and
 *               SVSM_MEASURE_PROCESS
 *   EINVAL      size is not that of the structure, a reserved field is not
 *               zero, a flag, kind or hash algorithm is unknown, there is no
 *               range, a range is empty or wraps, or two overlap (the same page
 *               mapped at two places of a process overlaps, too)
 *   ENOTTY      no such ioctl
 *   EINTR       a fatal signal came; the SVSM has forgotten the measurement
 *   ENOMEM      no memory, here or in the SVSM
 *   E2BIG       too much for one request, see svsm_measure_measure.fits
 *   ENOSPC      the result buffer is too small; svsm_detail is the size needed
 *   ESRCH       no such process, or one without memory (a kernel thread)
 *   ENXIO       a range is not guest memory (the SVSM's own, a VMSA, MMIO)
 *   EACCES      a range is shared with the host or was never accepted
 *   EAGAIN      the SVSM dropped the measurement in favour of others: try again
 *   EBUSY       another processor works on the same session
 *   EREMOTEIO   the secure processor or the host gave no report
 *   EOPNOTSUPP  the SVSM lacks the protocol or the call
 *   EPROTO      the SVSM refuses what the driver made: a bug in one of them
 *   EIO         the call failed or its result is unknown
 *
 * But for EFAULT of the argument itself, and EINVAL for its size, the argument
 * is written back on errors, too: svsm_code and svsm_detail are then what the
 * SVSM returned in RAX and RDX, or SVSM_MEASURE_NOT_CALLED and 0.
 */
#ifndef _UAPI_LINUX_SVSM_MEASURE_H
#define _UAPI_LINUX_SVSM_MEASURE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define SVSM_MEASURE_DEVICE		"/dev/svsm-measure"

/* Of this interface; structures only change with their ioctl's number. */
#define SVSM_MEASURE_ABI		1

#define SVSM_MEASURE_NONCE_SIZE		64
#define SVSM_MEASURE_CONCURRENT		8

/* In svsm_code: it was not the SVSM that refused. */
#define SVSM_MEASURE_NOT_CALLED		0xffffffffffffffffULL
/* In bad_range: no range in particular. */
#define SVSM_MEASURE_NO_RANGE		0xffffffffU

/* Hash algorithms, as in the protocol. */
#define SVSM_MEASURE_SHA384		1
#define SVSM_MEASURE_SHA512		2

/*
 * struct svsm_measure_query.features
 *
 * RESUMABLE: the kernel hands SVSM_ERR_INCOMPLETE to the driver (it exports
 * snp_issue_svsm_call()). Without it the kernel repeats calls itself, with
 * interrupts disabled: for as long as a whole MEASURE takes, the processor that
 * makes it does nothing else, and a signal is seen only before and after.
 */
#define SVSM_MEASURE_RESUMABLE		0x1

/**
 * struct svsm_measure_query - what the SVSM offers
 * @size: in: size of this structure
 * @flags: in: zero
 * @svsm_code: out: the SVSM's RAX of the last call
 * @svsm_detail: out: its RDX, if it refused; else zero
 * @abi: out: SVSM_MEASURE_ABI
 * @features: out: SVSM_MEASURE_RESUMABLE or zero
 * @protocol: out: number of the protocol, as the module was told
 * @vmpl: out: the VMPL of this guest
 * @version: out: newest version of the protocol that the SVSM has
 * @max_ranges: out: most ranges of guest-physical memory in a request
 * @algorithms: out: bit n is set for hash algorithm n
 * @max_call_bytes: out: most bytes that the SVSM reads in one call
 * @max_pages: out: most pages that are held for SVSM_MEASURE_KERNEL and _PROCESS
 *	ranges of a request
 * @pad: in: zero
 * @reserved: in: zero
 */
struct svsm_measure_query {
	__u32 size;
	__u32 flags;
	__u64 svsm_code;
	__u64 svsm_detail;
	__u32 abi;
	__u32 features;
	__u32 protocol;
	__u32 vmpl;
	__u64 version;
	__u64 algorithms;
	__u32 max_ranges;
	__u32 max_call_bytes;
	__u32 max_pages;
	__u32 pad;
	__u64 reserved[4];
};

/* struct svsm_measure_key.flags: with the host's certificates. */
#define SVSM_MEASURE_KEY_CERTS		0x1

/* The largest buffer that is of use; what is above it stays untouched. */
#define SVSM_MEASURE_KEY_MAX		(256 * 1024)

/**
 * struct svsm_measure_key - key evidence (section 3 of the protocol)
 * @size: in: size of this structure
 * @flags: in: SVSM_MEASURE_KEY_CERTS or zero
 * @svsm_code: out: the SVSM's RAX of the last call
 * @svsm_detail: out: its RDX, if it refused (ENOSPC: size needed); else zero
 * @nonce: in: the nonce for the purpose "key" (section 4)
 * @result: in: address of the buffer
 * @result_size: in: its size; out: size of the evidence, zero on errors
 * @pad: in: zero
 * @reserved: in: zero
 *
 * 0x550 bytes are enough without certificates.
 */
struct svsm_measure_key {
	__u32 size;
	__u32 flags;
	__u64 svsm_code;
	__u64 svsm_detail;
	__u8 nonce[SVSM_MEASURE_NONCE_SIZE];
	__u64 result;
	__u32 result_size;
	__u32 pad;
	__u64 reserved[4];
};

/*
 * Kinds of ranges. All are measured as the guest-physical memory that is behind
 * them, and only that is in the signed record.
 *
 * PHYS: guest-physical addresses without the C-bit. Such a range stays one range,
 * and nothing is held: it is the caller who knows what the memory is.
 *
 * KERNEL: virtual addresses of the kernel: its image, modules, vmalloc memory,
 * the direct map. Pages of modules and of vmalloc memory are held (not freed)
 * until the measurement is done. EFAULT: not mapped, or not memory that can be
 * held.
 *
 * PROCESS: virtual addresses of the process with the given id, as the caller's
 * PID namespace has it. Its pages are brought in and pinned until the
 * measurement is done. Pages that it shares with others but may write to for
 * itself alone (private mappings) become its own thereby, with the same
 * contents. EFAULT: an address is not mapped, not readable, or not ordinary
 * memory.
 *
 * Pages of one range that follow each other in guest-physical memory become one
 * range for the SVSM. Ranges of the caller are never joined.
 */
#define SVSM_MEASURE_PHYS		1
#define SVSM_MEASURE_KERNEL		2
#define SVSM_MEASURE_PROCESS		3

/**
 * struct svsm_measure_range - memory to be measured
 * @kind: in: SVSM_MEASURE_PHYS, _KERNEL or _PROCESS
 * @pid: in: process id for _PROCESS, else zero
 * @start: in: first address, of any alignment
 * @length: in: length in bytes, of any alignment
 */
struct svsm_measure_range {
	__u32 kind;
	__u32 pid;
	__u64 start;
	__u64 length;
};

/**
 * struct svsm_measure_measure - measure ranges as one message
 * @size: in: size of this structure
 * @flags: in: zero
 * @svsm_code: out: the SVSM's RAX of the last call
 * @svsm_detail: out: its RDX, if it refused (for bad ranges the index among the
 *	ranges of guest-physical memory; ENOSPC: size needed); else zero
 * @nonce: in: the nonce for the purpose (section 4 of the protocol)
 * @ranges: in: address of an array of struct svsm_measure_range
 * @range_count: in: its length, at least 1
 * @algorithm: in: SVSM_MEASURE_SHA384 or _SHA512
 * @result: in: address of the buffer for the record (section 2)
 * @result_size: in: its size; out: size of the record, zero on errors
 * @bad_range: out: on errors, the index of the caller's range that is to blame,
 *	or SVSM_MEASURE_NO_RANGE
 * @fits: out: on E2BIG, how many bytes from the start of the first range would
 *	have fitted, counted over all ranges: split there. Zero if it is
 *	range_count that is too large, and on all other results
 * @bytes: out: bytes measured
 * @svsm_ns: out: nanoseconds between the first call's start and the last's end
 * @svsm_calls: out: calls made. Without SVSM_MEASURE_RESUMABLE the kernel's
 *	repetitions are not seen, and this is 1
 * @phys_ranges: out: ranges of guest-physical memory that were made of @ranges
 * @reserved: in: zero
 *
 * A record takes 352 bytes and 16 for each range of guest-physical memory, so
 * a buffer of 352 + 16 * svsm_measure_query.max_ranges is always large enough.
 *
 * E2BIG: the ranges make more than max_ranges ranges of guest-physical memory or
 * have more than max_pages pages to be held; or range_count exceeds max_ranges.
 */
struct svsm_measure_measure {
	__u32 size;
	__u32 flags;
	__u64 svsm_code;
	__u64 svsm_detail;
	__u8 nonce[SVSM_MEASURE_NONCE_SIZE];
	__u64 ranges;
	__u32 range_count;
	__u32 algorithm;
	__u64 result;
	__u32 result_size;
	__u32 bad_range;
	__u64 fits;
	__u64 bytes;
	__u64 svsm_ns;
	__u32 svsm_calls;
	__u32 phys_ranges;
	__u64 reserved[4];
};

#define SVSM_MEASURE_IOC_MAGIC		0xBA

#define SVSM_MEASURE_IOC_QUERY \
	_IOWR(SVSM_MEASURE_IOC_MAGIC, 0x00, struct svsm_measure_query)
#define SVSM_MEASURE_IOC_GET_KEY \
	_IOWR(SVSM_MEASURE_IOC_MAGIC, 0x01, struct svsm_measure_key)
#define SVSM_MEASURE_IOC_MEASURE \
	_IOWR(SVSM_MEASURE_IOC_MAGIC, 0x02, struct svsm_measure_measure)

#endif /* _UAPI_LINUX_SVSM_MEASURE_H */
