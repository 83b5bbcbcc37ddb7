/* For tests with several registries in one folder. */
#ifndef TESTS_REGISTRIES_LAB_H
#define TESTS_REGISTRIES_LAB_H

#include "copy/policy_write.h"
#include "copy/serials.h"
#include "tests/unit/scratch.h"

/* Puts a store of the text into the folder of that registry; `name` empty: the copy's own. */
static inline void put_registry(const struct scratch *s, const char *name, const char *text,
                                int64_t deadline)
{
    int registries, folder = s->directory;
    struct manifest manifest;

    scratch_manifest(text, &manifest);
    if (*name != '\0') {
        registries = serials_make_folder(s->directory, REGISTRIES_FOLDER);
        folder = serials_make_folder(registries, name);
        close(registries);
    }
    if (scratch_install(folder, text, &manifest, deadline) < 0)
        errx(1, "cannot make a store of %s", name);
    if (*name != '\0')
        close(folder);
}

/* A configuration with the registries of a list, `corp,,top`, in that order. */
static inline void list_registries(struct config *config, const char *names)
{
    config->registries = 0;
    for (const char *end;; names = end + 1) {
        struct config_registry *registry = &config->registry[config->registries++];

        end = strchrnul(names, ',');
        memset(registry, 0, sizeof *registry);
        registry->unnamed = end == names;
        memcpy(registry->name, names, (size_t)(end - names));
        if (*end == '\0')
            break;
    }
}

static inline void put_policy(const struct scratch *s, const struct config *config)
{
    if (policy_write(s->directory, config) != 0)
        errx(1, "cannot write the policy");
}

#endif
