/* A registry that this machine publishes itself, for its own copy: by gitdns-publish's units. */
#ifndef GITDNS_CLI_OWN_REGISTRY_H
#define GITDNS_CLI_OWN_REGISTRY_H

#include "base/message.h"
#include "copy/config.h"
#include <stdbool.h>

/* Whether all that it can be fetched from are folders of this machine in which nothing has been
 * published yet. NULL: no. */
bool own_registry_is_awaited(const struct config_registry *registry);

/* Its name as an instance of gitdns-publish@, by the folder that it is published in; false: it is
 * published elsewhere, or by other means. */
bool own_registry_name(const struct config_registry *registry, char name[REGISTRY_NAME_MAX + 1]);

/* Whether it is the one that gitdns-local makes: once a day, of names that seldom stay as they are.
 */
bool own_registry_is_daily(const char *name);

/* What to do so that it is published: a command. `registry`: NULL, or where it is from; `name`: its
 * own. */
void own_registry_mend(const struct config_registry *registry, const char *name,
                       char mend[MESSAGE_OCTETS]);

/* What to do on a machine that has the starter alone: a command. */
void own_registry_beginning(char mend[MESSAGE_OCTETS]);

#endif
