/* How the program ends, and what it says then. */
#ifndef FAIL_H
#define FAIL_H

enum status {
	DONE = 0,
	FAILED = 1,
	WRONG_USE = 2,
	NO_SVSM = 3,
};

/* Say a sentence on standard error, with the program's name before it; returns `status`. */
__attribute__((format(printf, 2, 3)))
enum status fail(enum status status, const char *format, ...);

#endif
