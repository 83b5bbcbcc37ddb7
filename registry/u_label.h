/* Names in any script, as people type them: U-labels (RFC 5890), which DNS and the copy know as
 * A-labels, `xn--...`. With libidn2, which getaddrinfo uses for AI_IDN; the module has no use for
 * it, since glibc hands on what it has converted.
 */
#ifndef GITDNS_REGISTRY_U_LABEL_H
#define GITDNS_REGISTRY_U_LABEL_H

#include <stdbool.h>
#include <stddef.h>

/* As name_normalise, and what is not ASCII becomes what getaddrinfo would ask for in a UTF-8
 * locale, whatever the locale is. Returns the length, E_NAME_SYNTAX, E_NAME_NUMERIC, E_NAME_UTF8,
 * E_NAME_IDNA or -ENOMEM. */
int u_label_normalise(const char *text, size_t len, char *name);

/* Whether the text is not ASCII. */
bool u_label_is_needed(const char *text, size_t len);

#endif
