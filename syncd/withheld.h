/* Whether a store that came at another time may answer by what the configuration says now. */
#ifndef GITDNS_SYNCD_WITHHELD_H
#define GITDNS_SYNCD_WITHHELD_H

#include "copy/config.h"

/* Why the store must not answer: with `private = no`, E_NAME_SPECIAL or E_ADDRESS_REFUSED for the
 * first record that is private. Else 0, also where it is damaged or `fd` is negative. */
int withheld_why(const struct config_registry *registry, int fd);

/* The same of a file in the folder `directory`. */
int withheld_why_file(const struct config_registry *registry, int directory, const char *file);

#endif
