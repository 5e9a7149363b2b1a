/*
 * A module's text is its section .text, no more and no less: it begins where the kernel says
 * (/sys/module/NAME/sections/.text) and is as long as the section's header in the module's file.
 *
 * The kernel does not tell the size of a section once the module is loaded. /proc/modules has the
 * sum of all that stays (text, data, padding), /proc/kallsyms where functions begin but not where
 * the last one ends, /proc/vmallocinfo whole pages, and from Linux 6.13 on not even those. The file
 * is exact, if it is the one that was loaded: its build ID has to be the loaded module's.
 */
#include "module_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "elf_file.h"
#include "modfile.h"
#include "paths.h"

static enum status read_start(const char *module, uint64_t *start)
{
	struct buffer text = { 0 };
	int error = read_system_text(&text, "/sys/module/%s/sections/.text", module);
	bool is_number = !error && sscanf((const char *)text.bytes, "%" SCNx64, start) == 1;

	buffer_free(&text);
	if (error == ENOENT)
		return fail(FAILED, "module %s is not loaded: modprobe %s (if it is built in, "
			    "kernel-text has it)", module, module);
	if (!is_number || !*start)
		return fail(FAILED, "/sys/module/%s/sections/.text tells no address; run this as root "
			    "with CAP_SYSLOG", module);
	return DONE;
}

/* Whether the file is the one that was loaded. */
static bool is_loaded_build(const char *module, const struct buffer *file)
{
	struct buffer loaded = { 0 };
	struct section id;
	int error = read_system_file(&loaded, "/sys/module/%s/notes/.note.gnu.build-id", module);
	bool same = !error && find_section(file, ".note.gnu.build-id", &id) && id.bytes && id.size &&
		    id.size == loaded.size && !memcmp(id.bytes, loaded.bytes, id.size);

	buffer_free(&loaded);
	return same;
}

static enum status read_length(const char *module, const struct buffer *file, uint64_t *length)
{
	struct section text;

	if (!find_section(file, ".text", &text) || !text.size)
		return fail(FAILED, "the file of module %s has no text; install it again", module);
	if (!is_loaded_build(module, file))
		return fail(FAILED, "module %s was loaded from another file than modprobe knows (their "
			    "build IDs differ), so that the size of its text is not known: load it anew",
			    module);
	*length = text.size;
	return DONE;
}

enum status find_module_text(const char *module, uint64_t *start, uint64_t *length)
{
	struct buffer file = { 0 };
	enum status status = read_start(module, start);

	if (!status)
		status = read_module_file(module, &file);
	if (!status)
		status = read_length(module, &file, length);
	buffer_free(&file);
	return status;
}
