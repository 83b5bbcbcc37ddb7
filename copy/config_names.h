/* A list of names in the configuration: `NAME, *.NAME`. */
#ifndef GITDNS_COPY_CONFIG_NAMES_H
#define GITDNS_COPY_CONFIG_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_NAMES_OCTETS 8192

struct config_names {
    size_t octets;
    char text[CONFIG_NAMES_OCTETS]; /* each with a NUL, in normal form but for a `*.` in front */
};

/* Adds the names in `value`. `below`: a `*.` may stand in front of them. Returns 0, E_LIST_LONG, or
 * a code of name_normalise with *fault and its length: the one that will not do. */
int config_names_add(struct config_names *names, const char *value, bool below, const char **fault,
                     size_t *fault_len);

/* The first of them (`before`: NULL), or the next after `before`; NULL at the end. */
const char *config_names_next(const struct config_names *names, const char *before);

/* Whether the list has this very text. */
bool config_names_has(const struct config_names *names, const char *text);

#endif
