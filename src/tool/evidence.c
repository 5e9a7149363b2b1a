#include "evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER_SIZE 0x18
#define VERSION 1

static enum status lay_out(const struct evidence *evidence, struct buffer *file)
{
	uint64_t size = HEADER_SIZE + (uint64_t)evidence->key.size + evidence->entries.size;

	if (evidence->count > UINT16_MAX || size > UINT32_MAX)
		return fail(FAILED, "%u records in %llu bytes are more than an evidence file can have; "
			    "measure less at once", evidence->count, (unsigned long long)size);
	buffer_add(file, "SVSMEVID", 8);
	buffer_add_u16(file, VERSION);
	buffer_add_u16(file, evidence->count);
	buffer_add_u32(file, evidence->key.size);
	buffer_add_u32(file, size);
	buffer_add_u32(file, 0);
	buffer_add(file, evidence->key.bytes, evidence->key.size);
	buffer_add(file, evidence->entries.bytes, evidence->entries.size);
	return DONE;
}

/* Returns 0 or an errno. */
static int write_all(int descriptor, const struct buffer *file)
{
	size_t done = 0;

	while (done < file->size) {
		ssize_t written = write(descriptor, file->bytes + done, file->size - done);

		if (written < 0 && errno != EINTR)
			return errno;
		done += written > 0 ? written : 0;
	}
	return fsync(descriptor) ? errno : 0;
}

/* The new name is on the disk, too. */
static int sync_folder(const char *path)
{
	char copy[PATH_MAX];
	int descriptor, error;

	snprintf(copy, sizeof(copy), "%s", path);
	descriptor = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (descriptor < 0)
		return errno;
	error = fsync(descriptor) ? errno : 0;
	close(descriptor);
	return error;
}

/* Write to a new file beside `path` and give it that name. Returns 0 or an errno. */
static int write_beside(const struct buffer *file, const char *path)
{
	char name[PATH_MAX];
	int descriptor, error;

	if (snprintf(name, sizeof(name), "%s.XXXXXX", path) >= (int)sizeof(name))
		return ENAMETOOLONG;
	descriptor = mkostemp(name, O_CLOEXEC); /* its mode is 0600 */
	if (descriptor < 0)
		return errno;
	error = write_all(descriptor, file);
	if (close(descriptor) && !error)
		error = errno;
	if (!error && rename(name, path))
		error = errno;
	if (error)
		unlink(name);
	return error ? error : sync_folder(path);
}

static const char *hint(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return "make room there, or name another place with -o";
	case ENOENT:
	case ENOTDIR:
		return "make the folder first";
	case EISDIR:
		return "-o wants the name of a file";
	default:
		return "name another place with -o";
	}
}

enum status write_evidence(const struct evidence *evidence, const char *path)
{
	struct buffer file = { 0 };
	enum status status = lay_out(evidence, &file);
	int error = status ? 0 : write_beside(&file, path);

	buffer_free(&file);
	if (error)
		return fail(FAILED, "%s cannot be written: %s; %s", path, strerror(error), hint(error));
	return status;
}

void evidence_free(struct evidence *evidence)
{
	buffer_free(&evidence->key);
	buffer_free(&evidence->entries);
}
