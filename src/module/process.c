// SPDX-License-Identifier: GPL-2.0
/*
 * Guest-physical memory behind addresses of a process.
 *
 * Its pages are pinned for reading, as for long: so pages that it shares with
 * others copy-on-write become its own first, and what is measured is what the
 * process goes on to see. Untouched memory is all the same zero page otherwise,
 * which could not be measured twice in one request.
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "resolve.h"

static struct mm_struct *mm_of(u32 number)
{
	struct task_struct *task;
	struct mm_struct *mm;
	struct pid *pid;

	pid = find_get_pid(number);
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (!task)
		return NULL;
	mm = get_task_mm(task);
	put_task_struct(task);
	return mm;
}

/* The many ways in which memory is missing or not ordinary are one to the user. */
static int cannot_pin(long error)
{
	if (fatal_signal_pending(current))
		return -EINTR;
	return error == -ENOMEM ? -ENOMEM : -EFAULT;
}

/* Pin up to @count pages from @start on; returns how many, or an error. */
static long pin(struct mm_struct *mm, struct measure_pages *pages,
		struct measure_chunk *chunk, unsigned long start, u64 count)
{
	int locked = 1;
	long pinned;

	count = min_t(u64, count, measure_chunk_room(pages, chunk));
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	pinned = pin_user_pages_remote(mm, start, count, FOLL_LONGTERM,
				       chunk->page + chunk->count, &locked);
	if (locked)
		mmap_read_unlock(mm);
	if (pinned <= 0)
		return cannot_pin(pinned);
	measure_chunk_took(pages, chunk, pinned);
	return pinned;
}

/* Add the part of [@start, @end) that is in @count pages from @addr's on. */
static int append_pages(struct measure_ranges *ranges, u16 owner,
			struct page **page, long count, u64 addr, u64 end)
{
	for (long i = 0; i < count; i++) {
		u64 length = min_t(u64, PAGE_SIZE - offset_in_page(addr), end - addr);
		int ret = measure_ranges_append(ranges, owner,
						page_to_phys(page[i]) + offset_in_page(addr),
						length);

		if (ret)
			return ret;
		addr += length;
	}
	return 0;
}

static int resolve(struct measure_ranges *ranges, struct measure_pages *pages,
		   u16 owner, struct mm_struct *mm, u64 addr, u64 end)
{
	struct measure_chunk *chunk;
	struct page **first;
	long pinned;
	int ret;

	while (addr < end) {
		if (!pages->left)
			return -E2BIG;
		chunk = measure_pages_chunk(pages, MEASURE_PINNED);
		if (!chunk)
			return -ENOMEM;
		first = chunk->page + chunk->count;
		pinned = pin(mm, pages, chunk, addr & PAGE_MASK,
			     PFN_UP(end) - PFN_DOWN(addr));
		if (pinned < 0)
			return pinned;
		ret = append_pages(ranges, owner, first, pinned, addr, end);
		if (ret)
			return ret;
		addr = (addr & PAGE_MASK) + pinned * PAGE_SIZE;
		cond_resched();
	}
	return 0;
}

int measure_resolve_process(struct measure_ranges *ranges, struct measure_pages *pages,
			    u16 owner, const struct svsm_measure_range *range)
{
	u64 end = range->start + range->length;
	struct mm_struct *mm;
	int ret;

	if (end < range->start || end > TASK_SIZE_MAX)
		return -EFAULT;
	mm = mm_of(range->pid);
	if (!mm)
		return -ESRCH;
	ret = resolve(ranges, pages, owner, mm, range->start, end);
	mmput(mm);
	return ret;
}
