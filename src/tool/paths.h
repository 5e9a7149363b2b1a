/* Where the running system's files are. */
#ifndef PATHS_H
#define PATHS_H

#include "buffer.h"
#include "fail.h"

/* What goes before every path below, "" but in tests: fixed when the program is linked. */
const char *system_root(void);

/*
 * Read a file of the system, say "/proc/iomem", whose size nobody knows before.
 * Returns 0 or an errno; nothing is said.
 */
__attribute__((format(printf, 2, 3)))
int read_system_file(struct buffer *content, const char *path, ...);

/* The same with a zero byte behind the text, and in it none. */
__attribute__((format(printf, 2, 3)))
int read_system_text(struct buffer *content, const char *path, ...);

#endif
