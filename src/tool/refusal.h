/* What a failed call of the SVSM means, as a sentence with the fix. */
#ifndef REFUSAL_H
#define REFUSAL_H

#include "svsm.h"

enum status key_refused(const struct svsm_measure_key *key, int error);
enum status measure_refused(const struct request *request,
			    const struct svsm_measure_measure *argument, int error);

#endif
