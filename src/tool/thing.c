#include "thing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iomem.h"
#include "module_text.h"

/* Read a whole number up to a character that may follow it; false if there is another. */
static bool read_number(const char *text, int base, char end, uint64_t *value, const char **after)
{
	char *rest;

	if (strchr(" +-", *text)) /* an empty text, too; strtoull() would take these */
		return false;
	errno = 0;
	*value = strtoull(text, &rest, base);
	if (errno || rest == text || *rest != end)
		return false;
	*after = rest + (end != '\0');
	return true;
}

static bool is_module_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return length && !name[length] && length < sizeof(((struct thing *)0)->name);
}

static enum status read_kernel(char *const *words, struct thing *thing)
{
	thing->kind = strcmp(words[0], "kernel-text") ? KERNEL_RODATA : KERNEL_TEXT;
	snprintf(thing->purpose, sizeof(thing->purpose), "%s", words[0]);
	return DONE;
}

static enum status read_module(char *const *words, struct thing *thing)
{
	char *dash;

	if (!is_module_name(words[1]))
		return fail(WRONG_USE, "\"%s\" is no name of a module; see lsmod", words[1]);
	thing->kind = MODULE;
	snprintf(thing->name, sizeof(thing->name), "%s", words[1]);
	while ((dash = strchr(thing->name, '-'))) /* as the kernel names them */
		*dash = '_';
	snprintf(thing->purpose, sizeof(thing->purpose), "module:%s", thing->name);
	return DONE;
}

static enum status check_range(const char *what, const struct thing *thing)
{
	if (!thing->length)
		return fail(WRONG_USE, "%s: there is nothing in it", what);
	if (thing->start + thing->length - 1 < thing->start)
		return fail(WRONG_USE, "%s: it goes beyond the last address", what);
	return DONE;
}

static enum status read_process(char *const *words, struct thing *thing)
{
	const char *after;
	uint64_t pid, end;

	if (!read_number(words[1], 10, '\0', &pid, &after) || !pid || pid > INT32_MAX)
		return fail(WRONG_USE, "process %s: no process has this number; see ps", words[1]);
	if (!read_number(words[2], 16, '-', &thing->start, &after) ||
	    !read_number(after, 16, '\0', &end, &after))
		return fail(WRONG_USE, "process %s %s: START-END are hexadecimal addresses, as in "
			    "/proc/%s/maps", words[1], words[2], words[1]);
	if (end <= thing->start)
		return fail(WRONG_USE, "process %s %s: there is nothing in it", words[1], words[2]);
	thing->kind = PROCESS;
	thing->pid = pid;
	thing->length = end - thing->start;
	snprintf(thing->purpose, sizeof(thing->purpose), "process:%" PRIu32 ":%" PRIx64 ":%" PRIx64,
		 thing->pid, thing->start, thing->length);
	return DONE;
}

static enum status read_phys(char *const *words, struct thing *thing)
{
	const char *after;

	if (!read_number(words[1], 16, '\0', &thing->start, &after) ||
	    !read_number(words[2], 16, '\0', &thing->length, &after))
		return fail(WRONG_USE, "phys %s %s: address and length are hexadecimal numbers", words[1],
			    words[2]);
	thing->kind = PHYS;
	snprintf(thing->purpose, sizeof(thing->purpose), "phys:%" PRIx64 ":%" PRIx64, thing->start,
		 thing->length);
	return check_range(thing->purpose, thing);
}

static const struct form {
	const char *name;
	int words;
	const char *usage;
	enum status (*read)(char *const *words, struct thing *thing);
} forms[] = {
	{ "kernel-text", 1, "kernel-text", read_kernel },
	{ "kernel-rodata", 1, "kernel-rodata", read_kernel },
	{ "module", 2, "module NAME", read_module },
	{ "process", 3, "process PID START-END", read_process },
	{ "phys", 3, "phys ADDR LEN", read_phys },
};

enum status read_thing(char *const *words, int count, struct thing *thing, int *used)
{
	size_t i;

	*thing = (struct thing){ 0 };
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		const struct form *form = &forms[i];

		if (strcmp(words[0], form->name))
			continue;
		if (count < form->words)
			return fail(WRONG_USE, "%s: it is \"%s\"", words[0], form->usage);
		*used = form->words;
		return form->read(words, thing);
	}
	return fail(WRONG_USE, "\"%s\" is nothing that can be measured; there are kernel-text, "
		    "kernel-rodata, module NAME, process PID START-END and phys ADDR LEN", words[0]);
}

enum status locate_thing(const struct thing *thing, struct svsm_measure_range *range)
{
	uint64_t start = thing->start, length = thing->length;
	enum status status = DONE;

	*range = (struct svsm_measure_range){ .kind = SVSM_MEASURE_PHYS };
	switch (thing->kind) {
	case KERNEL_TEXT:
		status = find_resource("Kernel code", &start, &length);
		break;
	case KERNEL_RODATA:
		status = find_resource("Kernel rodata", &start, &length);
		break;
	case MODULE:
		range->kind = SVSM_MEASURE_KERNEL;
		status = find_module_text(thing->name, &start, &length);
		break;
	case PROCESS:
		range->kind = SVSM_MEASURE_PROCESS;
		range->pid = thing->pid;
		break;
	case PHYS:
		break;
	}
	range->start = start;
	range->length = length;
	return status;
}
