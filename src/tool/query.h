/* What the SVSM offers. */
#ifndef QUERY_H
#define QUERY_H

#include "fail.h"

/* Print it as key=value lines. */
enum status query(void);

#endif
