/* The system's files are below FAKE_ROOT. */
#include <stdlib.h>

#include "paths.h"

const char *system_root(void)
{
	const char *root = getenv("FAKE_ROOT");

	return root ? root : "/nonexistent";
}
