#include "cli/copies.h"
#include "cli/open_store.h"
#include "copy/registry_folder.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct registry_copy *add(struct copies *copies, const char *folder, const char *name)
{
    struct registry_copy *copy = &copies->copy[copies->count++];
    const char *within = name[0] != '\0' ? "/" REGISTRIES_FOLDER "/" : "";

    *copy = (struct registry_copy){.unnamed = name[0] == '\0'};
    snprintf(copy->name, sizeof copy->name, "%s", name[0] != '\0' ? name : COPIES_UNNAMED);
    snprintf(copy->folder, sizeof copy->folder, "%s", folder);
    snprintf(copy->directory, sizeof copy->directory, "%s%s%s", folder, within, name);
    snprintf(copy->store_path, sizeof copy->store_path, "%s%s%s/" STORE_FILE, folder, within, name);
    return copy;
}

void copies_of_config(struct copies *copies, const struct config *config, const char *folder)
{
    copies->count = 0;
    for (unsigned i = 0; i < config->registries; i++) {
        const struct config_registry *registry = &config->registry[i];
        struct registry_copy *copy = add(copies, folder, registry->unnamed ? "" : registry->name);

        strcpy(copy->name, registry->name);
        copy->registry = registry;
    }
}

static void read_name(struct registry_copy *copy)
{
    struct manifest manifest;
    struct store store;

    if (open_store(copy, &store, &manifest) != 0)
        return;
    strcpy(copy->name, manifest.name);
    store_unmap(&store);
}

static const struct config_registry *find(const struct config *config, const char *name)
{
    for (unsigned i = 0; config != NULL && i < config->registries; i++) {
        const struct config_registry *registry = &config->registry[i];

        if (strcmp(registry->unnamed ? "" : registry->name, name) == 0)
            return registry;
    }
    return NULL;
}

void copies_of_policy(struct copies *copies, const struct policy *policy,
                      const struct config *config, const char *folder)
{
    copies->count = 0;
    for (unsigned i = 0; i < policy->count; i++) {
        struct registry_copy *copy = add(copies, folder, policy->name[i]);

        copy->registry = find(config, policy->name[i]);
        if (copy->unnamed && copy->registry != NULL)
            strcpy(copy->name, copy->registry->name);
        else if (copy->unnamed)
            read_name(copy);
    }
}

void copies_find(struct copies *copies, const struct config *config, const char *folder)
{
    struct policy policy;

    if (config != NULL) {
        copies_of_config(copies, config, folder);
        return;
    }
    policy_read(&policy, folder);
    copies_of_policy(copies, &policy, NULL, folder);
    policy_close(&policy);
}

const struct registry_copy *copies_named(const struct copies *copies, const char *name)
{
    for (unsigned i = 0; i < copies->count; i++)
        if (strcmp(copies->copy[i].name, name) == 0)
            return &copies->copy[i];
    return NULL;
}

const char *copies_names(const struct copies *copies, char out[COPIES_NAMES_OCTETS])
{
    size_t len = 0;

    out[0] = '\0';
    for (unsigned i = 0; i < copies->count; i++)
        len += (size_t)snprintf(out + len, COPIES_NAMES_OCTETS - len, "%s%s", i > 0 ? ", " : "",
                                copies->copy[i].name);
    return out;
}

int copies_open_folder(const struct registry_copy *copy)
{
    return registry_folder_open_in(copy->folder, copy->unnamed ? "" : copy->name);
}
