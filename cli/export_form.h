/* The forms in which records go to other servers: what stands at the top, and each record. */
#ifndef GITDNS_CLI_EXPORT_FORM_H
#define GITDNS_CLI_EXPORT_FORM_H

#include "registry/record.h"
#include <stdbool.h>

struct export_form;

/* All of them, for people. */
#define EXPORT_FORM_NAMES "unbound, rpz, dnsmasq, hosts or bind"

/* The form of that name, or NULL. */
const struct export_form *export_form_named(const char *name);

/* Writes the head to stdout: that it is of `source`, that it overrides DNS, how a server is told of
 * it, and what must stand before the records. Returns whether it could be written. */
bool export_form_begin(const struct export_form *form, const char *source);

/* Why the form has no place for the name: a reason for people, or NULL if it has one. */
const char *export_form_refuses(const struct export_form *form, const char *name, size_t len);

/* Writes a record to stdout, a line for each address; aliases without their canonical name. */
bool export_form_write(const struct export_form *form, const struct record *record);

#endif
