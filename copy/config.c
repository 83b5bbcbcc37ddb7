#include "copy/config.h"
#include "base/error.h"
#include "copy/config_settings.h"
#include "copy/copy.h"
#include "registry/name.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"
#define REGISTRY "registry"
#define DROPPED_IN ".conf"
#define DROPPED_IN_MAX 64

struct loader {
    struct config *config;
    struct config_registry usual; /* what [sync] says */
    struct config_target target;
    unsigned files;                      /* read so far */
    unsigned set[POLICY_REGISTRIES_MAX]; /* bit i: the setting has been given */
    unsigned
        set_in[CONFIG_SETTINGS_MAX]; /* the file, from 1, in which [sync] or [outage] gave it */
};

__attribute__((format(printf, 2, 3))) static const char *say(struct loader *loader,
                                                             const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(loader->target.cause, sizeof loader->target.cause, format, arguments);
    va_end(arguments);
    return loader->target.cause;
}

/* `name`: empty if the heading has none. */
static const char *open_registry(struct loader *loader, const struct config_file *file,
                                 const char *name)
{
    struct config *config = loader->config;
    const struct config_registry *first = *name != '\0' ? config_find(config, name) : NULL;
    struct config_registry *registry = &config->registry[config->registries];

    for (unsigned i = 0; *name == '\0' && i < config->registries; i++)
        if (config->registry[i].unnamed)
            return "a second [registry]; give it a name: [registry NAME]";
    if (*name != '\0' && registry_name_check(name, strlen(name)) != 0)
        return say(loader, "not a registry's name (1 to %d of a-z 0-9 . -)", REGISTRY_NAME_MAX);
    if (first != NULL)
        return say(loader, "a second registry %.64s", name);
    if (config->registries == POLICY_REGISTRIES_MAX)
        return say(loader, "more than %d registries", POLICY_REGISTRIES_MAX);
    config->registries++;
    snprintf(registry->file, sizeof registry->file, "%s", file->path);
    registry->line = file->heading;
    registry->unnamed = *name == '\0';
    strcpy(registry->name, name);
    config_settings_clear(registry);
    loader->target.registry = registry;
    return NULL;
}

static const char *open_section(void *user, const struct config_file *file)
{
    struct loader *loader = user;
    const char *section = file->section, *name = section + strcspn(section, BLANKS);
    bool registry = (size_t)(name - section) == sizeof REGISTRY - 1 &&
                    memcmp(section, REGISTRY, sizeof REGISTRY - 1) == 0;

    loader->target.section = registry                         ? CONFIG_REGISTRY
                             : strcmp(section, "sync") == 0   ? CONFIG_SYNC
                             : strcmp(section, "answer") == 0 ? CONFIG_ANSWER
                             : strcmp(section, "outage") == 0 ? CONFIG_OUTAGE
                                                              : CONFIG_NO_SECTION;
    loader->target.registry = &loader->usual;
    if (registry)
        return open_registry(loader, file, name + strspn(name, BLANKS));
    if (loader->target.section == CONFIG_NO_SECTION)
        return say(loader, "no such section: [%.60s]", section);
    return NULL;
}

/* Whether [sync] or [outage] has it from an earlier file. */
static bool is_settled(const struct loader *loader, int setting)
{
    return (loader->target.section == CONFIG_SYNC || loader->target.section == CONFIG_OUTAGE) &&
           loader->set_in[setting] != 0 && loader->set_in[setting] != loader->files;
}

/* Notes that it is given. Returns whether it has been before. */
static bool is_again(struct loader *loader, int setting)
{
    const unsigned bit = 1U << setting;
    bool again;

    if (loader->target.section == CONFIG_REGISTRY) {
        unsigned *set = &loader->set[loader->config->registries - 1];

        again = (*set & bit) != 0;
        *set |= bit;
    } else {
        again = loader->set_in[setting] != 0;
        loader->set_in[setting] = loader->files;
    }
    return again && !config_setting_repeats(setting);
}

static const char *take_setting(void *user, const struct config_file *file, const char *name,
                                const char *value)
{
    struct loader *loader = user;
    int setting = config_setting_find(loader->target.section, name);

    loader->target.line = file->line;
    if (setting < 0)
        return say(loader, "no such setting: [%.40s] %.40s", file->section, name);
    if (is_settled(loader, setting))
        return NULL;
    if (is_again(loader, setting))
        return say(loader, "%s is given twice", name);
    return config_setting_set(&loader->target, setting, value);
}

/* Reads one file. Returns as config_file_read. */
static int read_file(struct loader *loader, const char *path, char error[MESSAGE_OCTETS])
{
    const struct config_reader reader = {loader, open_section, take_setting};

    loader->files++;
    loader->target.section = CONFIG_NO_SECTION;
    return config_file_read(path, &reader, error);
}

static int is_dropped_in(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name), end = sizeof DROPPED_IN - 1;

    return entry->d_name[0] != '.' && len > end &&
           strcmp(entry->d_name + len - end, DROPPED_IN) == 0;
}

/* Whatever the locale. */
static int compare(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Reads what is dropped in beside the file. Returns 0 or -1 with `error`. */
static int read_dropped_in(struct loader *loader, const char *path, char error[MESSAGE_OCTETS])
{
    char folder[PATH_MAX], file[PATH_MAX];
    struct dirent **entries;
    int count, r = 0;

    if (snprintf(folder, sizeof folder, "%s.d", path) >= (int)sizeof folder) {
        message_set(error, "%s: %s", path, strerror(ENAMETOOLONG));
        return -1;
    }
    count = scandir(folder, &entries, is_dropped_in, compare);
    if (count < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (count < 0) {
        message_set(error, "%s: %s", folder, strerror(errno));
        return -1;
    }
    if (count > DROPPED_IN_MAX) {
        message_set(error, "%s: more than %d files", folder, DROPPED_IN_MAX);
        r = -1;
    }
    for (int i = 0; i < count; i++) {
        if (r == 0 &&
            snprintf(file, sizeof file, "%s/%s", folder, entries[i]->d_name) < (int)sizeof file)
            r = read_file(loader, file, error) == 0 ? 0 : -1;
        free(entries[i]);
    }
    free(entries);
    return r;
}

/* What is wrong with a registry as a whole; NULL: nothing. */
static const char *check_registry(struct loader *loader, const struct config_registry *registry)
{
    const struct config *config = loader->config;
    const char *domain = NULL;

    if (registry->name[0] == '\0')
        return "[registry] has no name";
    if (config_find(config, registry->name) != registry)
        return say(loader, "a second registry %s", registry->name);
    if (registry->urls == 0)
        return "it has no url";
    if (registry->keys == 0)
        return "it has no key";
    if (registry->domains.octets > 0 && !registry->all_private)
        return "it has domains, which only a private one may have (private = yes)";
    while ((domain = config_names_next(&registry->domains, domain)) != NULL)
        for (const struct config_registry *before = config->registry; before < registry; before++)
            if (config_names_has(&before->domains, domain))
                return say(loader, "%.60s is a domain of registry %.40s already", domain,
                           before->name);
    return NULL;
}

static void place(struct config_registry *registry, const char *directory)
{
    snprintf(registry->directory, sizeof registry->directory, "%s%s%s", directory,
             registry->unnamed ? "" : "/" REGISTRIES_FOLDER "/",
             registry->unnamed ? "" : registry->name);
}

static int finish(struct loader *loader, char error[MESSAGE_OCTETS])
{
    struct config *config = loader->config;

    if (config->registries == 0) {
        message_set(error, "%s: no [registry NAME]", config->file);
        return -1;
    }
    config_settings_usual(&loader->usual, config->denied.octets > 0);
    for (unsigned i = 0; i < config->registries; i++) {
        struct config_registry *registry = &config->registry[i];
        const char *cause = check_registry(loader, registry);

        if (cause != NULL) {
            message_set(error, "%s:%u: %s", registry->file, registry->line, cause);
            return -1;
        }
        config_settings_fill(registry, &loader->usual);
        place(registry, config->directory);
    }
    return 0;
}

int config_load(struct config *config, const char *path, char error[MESSAGE_OCTETS])
{
    struct loader loader = {.config = config, .target.config = config};
    char absent[MESSAGE_OCTETS];
    int r;

    *config = (struct config){.file = path, .directory = STORE_DIRECTORY, .missed = true};
    config_settings_clear(&loader.usual);
    if (read_dropped_in(&loader, path, error) != 0)
        return -1;
    r = read_file(&loader, path, absent);
    /* What is dropped in may be all there is. */
    if (r == -ENOENT && config->registries > 0)
        r = 0;
    if (r != 0) {
        memcpy(error, absent, sizeof absent);
        return -1;
    }
    return finish(&loader, error);
}

const struct config_registry *config_find(const struct config *config, const char *name)
{
    for (unsigned i = 0; i < config->registries; i++)
        if (strcmp(config->registry[i].name, name) == 0)
            return &config->registry[i];
    return NULL;
}

int config_load_keys(const struct config_registry *registry, struct keys *keys,
                     char error[MESSAGE_OCTETS])
{
    keys->count = 0;
    for (unsigned i = 0; i < registry->keys; i++) {
        const char *path = registry->key[i].path;
        int r = path[0] == '/' ? keys_load(keys, path) : keys_add(keys, path, strlen(path));

        if (r < 0) {
            message_set(error, "%s:%u: key %s: %s", registry->file, registry->key[i].line, path,
                        error_text(r));
            return -1;
        }
    }
    return 0;
}

int config_check_keys(const struct config *config, char error[MESSAGE_OCTETS])
{
    struct keys keys;

    for (unsigned i = 0; i < config->registries; i++)
        if (config_load_keys(&config->registry[i], &keys, error) != 0)
            return -1;
    return 0;
}
