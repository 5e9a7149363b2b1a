/* A file of its own, because tests link another one. */
#include "paths.h"

const char *system_root(void)
{
	return "";
}
