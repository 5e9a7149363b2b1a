#include "fail.h"

#include <stdarg.h>
#include <stdio.h>

enum status fail(enum status status, const char *format, ...)
{
	va_list arguments;

	fputs("svsm-measure: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return status;
}
