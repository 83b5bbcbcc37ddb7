/* Whether a name has stood in a registry for long, by the serials that this machine keeps. */
#ifndef GITDNS_OUTAGE_SERIAL_HISTORY_H
#define GITDNS_OUTAGE_SERIAL_HISTORY_H

#include "copy/stores.h"

#define SERIAL_HISTORY_LEAST 3
#define SERIAL_HISTORY_DAYS 7

/* Whether the name, in normal form, stands in the serial that answers for the registry in that
 * place and in all that are kept below it, down to one that was created SERIAL_HISTORY_DAYS
 * earlier; in SERIAL_HISTORY_LEAST at least. `directory`: of the copy. */
bool serial_history_has(const struct policy *policy, const char *directory, unsigned place,
                        const char *name);

#endif
