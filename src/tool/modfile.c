#include "modfile.h"

#include <errno.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "paths.h"

#define FOLDER "/usr/lib/modules"

/* Whether "kernel/fs/nls_utf8.ko.xz" is the file of a module; "-" and "_" are the same there. */
static bool is_file_of(const char *path, const char *module)
{
	const char *name = strrchr(path, '/');

	for (name = name ? name + 1 : path; *module; name++, module++)
		if (*name != *module && !(strchr("-_", *name) && *name && strchr("-_", *module)))
			return false;
	return !strncmp(name, ".ko", 3);
}

/* Find the file in modules.dep, whose lines are "path: paths that it needs". */
static enum status find_file(const char *release, const char *module, char *path, size_t size)
{
	struct buffer text = { 0 };
	int error = read_system_text(&text, FOLDER "/%s/modules.dep", release);
	char *line, *rest;

	*path = '\0';
	if (error) {
		buffer_free(&text);
		return fail(FAILED, "cannot read " FOLDER "/%s/modules.dep: %s; run depmod", release,
			    strerror(error));
	}
	for (line = strtok_r((char *)text.bytes, "\n", &rest); line && !*path;
	     line = strtok_r(NULL, "\n", &rest)) {
		line[strcspn(line, ":")] = '\0';
		if (is_file_of(line, module))
			snprintf(path, size, "%s", line);
	}
	buffer_free(&text);
	if (!*path)
		return fail(FAILED, "modules.dep of %s has no module %s, whose file tells the size of its "
			    "text; install it below " FOLDER "/%s and run depmod", release, module, release);
	return DONE;
}

static bool ends_in(const char *path, const char *end)
{
	return strlen(path) >= strlen(end) && !strcmp(path + strlen(path) - strlen(end), end);
}

static bool unpack(const struct buffer *packed, struct buffer *content)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	uint8_t part[4096];
	lzma_ret told = lzma_stream_decoder(&stream, UINT64_MAX, LZMA_CONCATENATED);

	stream.next_in = packed->bytes;
	stream.avail_in = packed->size;
	while (told == LZMA_OK) {
		stream.next_out = part;
		stream.avail_out = sizeof(part);
		told = lzma_code(&stream, LZMA_FINISH);
		buffer_add(content, part, sizeof(part) - stream.avail_out);
	}
	lzma_end(&stream);
	return told == LZMA_STREAM_END;
}

static enum status take(const char *path, struct buffer *file, struct buffer *content)
{
	if (ends_in(path, ".ko")) {
		*content = *file;
		*file = (struct buffer){ 0 };
		return DONE;
	}
	if (!ends_in(path, ".ko.xz"))
		return fail(FAILED, "%s is neither plain nor packed by xz; unpack it and run depmod", path);
	if (!unpack(file, content))
		return fail(FAILED, "%s is damaged; install it again", path);
	return DONE;
}

enum status read_module_file(const char *module, struct buffer *content)
{
	struct buffer file = { 0 };
	struct utsname system;
	enum status status;
	char path[1024];
	int error;

	if (uname(&system))
		return fail(FAILED, "the kernel does not tell its release: %s", strerror(errno));
	status = find_file(system.release, module, path, sizeof(path));
	if (status)
		return status;
	error = read_system_file(&file, FOLDER "/%s/%s", system.release, path);
	status = error ? fail(FAILED, "cannot read " FOLDER "/%s/%s: %s; install it again",
			      system.release, path, strerror(error))
		       : take(path, &file, content);
	buffer_free(&file);
	return status;
}
