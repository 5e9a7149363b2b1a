/* Files of kernel modules. */
#ifndef MODFILE_H
#define MODFILE_H

#include "buffer.h"
#include "fail.h"

/* Read the file that modprobe would load for a module, unpacked. */
enum status read_module_file(const char *module, struct buffer *content);

#endif
