/* The serial that is to go on answering whatever comes: the file `pinned` beside the stores.
 * Whoever changes it holds the folder's lock (serials.h). `directory` is the open folder. */
#ifndef GITDNS_COPY_PIN_H
#define GITDNS_COPY_PIN_H

#include <stdint.h>

#define PIN_FILE "pinned"

/* The serial that is pinned: 0 and *serial, 0 if none is; E_PIN_SYNTAX if the file holds anything
 * else, -errno. */
int pin_read(int directory, uint32_t *serial);

/* Pins a serial, or none if it is 0. Returns 0 or -errno. */
int pin_write(int directory, uint32_t serial);

#endif
