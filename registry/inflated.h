/* A snapshot or delta that comes as its text: servers, and what stands before them, undo `.gz` of
 * their own accord. */
#ifndef GITDNS_REGISTRY_INFLATED_H
#define GITDNS_REGISTRY_INFLATED_H

#include "registry/text.h"
#include <stdbool.h>

/* So many of the first octets tell. */
#define INFLATED_OCTETS TEXT_LINE_MAX

/* Whether the first octets of what came are a line of a registry text, or of a delta. */
bool inflated(const char *octets, size_t len);

#endif
