#include "iomem.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "paths.h"

/* A line is "  01000000-01e00fff : Kernel code": the last address belongs to it. */
static bool read_line(const char *line, const char *name, uint64_t *start, uint64_t *end)
{
	int at = 0;

	if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %n", start, end, &at) < 2 || !at)
		return false;
	return !strcmp(line + at, name);
}

enum status find_resource(const char *name, uint64_t *start, uint64_t *length)
{
	struct buffer text = { 0 };
	int error = read_system_text(&text, "/proc/iomem");
	uint64_t end = 0;
	char *line, *rest;
	bool found = false;

	if (error) {
		buffer_free(&text);
		return fail(FAILED, "cannot read /proc/iomem: %s; mount /proc", strerror(error));
	}
	for (line = strtok_r((char *)text.bytes, "\n", &rest); line && !found;
	     line = strtok_r(NULL, "\n", &rest))
		found = read_line(line, name, start, &end);
	buffer_free(&text);
	if (!found)
		return fail(FAILED, "/proc/iomem has no \"%s\"; give its place with phys ADDR LEN", name);
	if (!end || end < *start)
		return fail(FAILED, "/proc/iomem hides its addresses; run this as root with "
			    "CAP_SYS_ADMIN");
	*length = end - *start + 1;
	return DONE;
}
