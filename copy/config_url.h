/* The URL of a mirror, as people write it. */
#ifndef GITDNS_COPY_CONFIG_URL_H
#define GITDNS_COPY_CONFIG_URL_H

#include "copy/config.h"

/* Writes it with a `/` at its end to `url`. Returns NULL, or why it will not do. */
const char *config_url_take(const char *value, char url[CONFIG_URL_OCTETS]);

#endif
