/* The machine's copies of registries: which there are, and where each lies. */
#ifndef GITDNS_CLI_COPIES_H
#define GITDNS_CLI_COPIES_H

#include "copy/config.h"
#include "copy/copy.h"
#include <stdbool.h>

/* What stands for the name of the one in the machine's own folder as long as nothing tells it. */
#define COPIES_UNNAMED "[registry]"

struct registry_copy {
    char name[REGISTRY_NAME_MAX + 1]; /* or COPIES_UNNAMED */
    bool unnamed;                     /* it lies in the machine's own folder */
    char folder[CONFIG_LINE_MAX + 1]; /* that of all copies */
    char directory[CONFIG_DIRECTORY_OCTETS];
    char store_path[CONFIG_DIRECTORY_OCTETS + sizeof "/" STORE_FILE];
    const struct config_registry *registry; /* NULL without a configuration */
};

struct copies {
    unsigned count;
    struct registry_copy copy[POLICY_REGISTRIES_MAX]; /* in the order in which they answer */
};

/* Those of a configuration, as they lie in `folder`. */
void copies_of_config(struct copies *copies, const struct config *config, const char *folder);

/* Those of a policy; one without a name there has the name that its store says. `config`: NULL, or
 * the one to find each in. */
void copies_of_policy(struct copies *copies, const struct policy *policy,
                      const struct config *config, const char *folder);

/* Those of the configuration or, where it is NULL, of the policy in `folder`. A damaged policy is
 * as none. */
void copies_find(struct copies *copies, const struct config *config, const char *folder);

/* The one of that name, or NULL. */
const struct registry_copy *copies_named(const struct copies *copies, const char *name);

/* `corp, starter` */
#define COPIES_NAMES_OCTETS (POLICY_REGISTRIES_MAX * (REGISTRY_NAME_MAX + sizeof ", "))
const char *copies_names(const struct copies *copies, char out[COPIES_NAMES_OCTETS]);

/* Opens its folder, following no link of another user's. Returns a descriptor or -errno. */
int copies_open_folder(const struct registry_copy *copy);

#endif
