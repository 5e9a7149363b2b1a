#include "paths.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <limits.h>

static int read_stream(FILE *file, struct buffer *content)
{
	uint8_t part[4096];
	size_t size;

	while ((size = fread(part, 1, sizeof(part), file)) > 0)
		buffer_add(content, part, size);
	return ferror(file) ? errno : 0;
}

static int read_path(struct buffer *content, const char *format, va_list arguments)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s", system_root());
	FILE *file;
	int error;

	length += vsnprintf(path + length, sizeof(path) - length, format, arguments);
	if (length >= (int)sizeof(path))
		return ENAMETOOLONG;
	file = fopen(path, "re");
	if (!file)
		return errno;
	error = read_stream(file, content);
	fclose(file);
	return error;
}

int read_system_file(struct buffer *content, const char *path, ...)
{
	va_list arguments;
	int error;

	va_start(arguments, path);
	error = read_path(content, path, arguments);
	va_end(arguments);
	return error;
}

int read_system_text(struct buffer *content, const char *path, ...)
{
	va_list arguments;
	int error;

	va_start(arguments, path);
	error = read_path(content, path, arguments);
	va_end(arguments);
	buffer_add(content, "", 1);
	if (!error && memchr(content->bytes, 0, content->size - 1))
		error = EILSEQ;
	return error;
}
