/* Where the text of a loaded module is. */
#ifndef MODULE_TEXT_H
#define MODULE_TEXT_H

#include <stdint.h>

#include "fail.h"

/* Kernel virtual address and size of a loaded module's section .text. */
enum status find_module_text(const char *module, uint64_t *start, uint64_t *length);

#endif
