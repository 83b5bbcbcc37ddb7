#include "copy/config_settings.h"
#include "base/error.h"
#include "base/number.h"
#include "copy/config_url.h"
#include "copy/copy.h"
#include "copy/serials.h"
#include "registry/name.h"
#include "registry/signature.h"
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define GIB (INT64_C(1) << 30)
/* A limit in words. */
#define LIMIT_OCTETS 32

#define PROBE_MIN 5
#define PROBE_MAX HOUR

/* Of a registry that is made each day, a week and one that is older. */
#define KEEP_DENIED 9

#define NOT_GIVEN INT64_C(-1)

/* One key of the file. `set` returns NULL or why the value will not do. */
struct setting {
    const char *name;
    const char *(*set)(struct config_target *target, const struct setting *setting,
                       const char *value);
    size_t offset; /* of a number in struct config_registry */
    int64_t min;
    int64_t max;
    int64_t usual;
    unsigned sections; /* bits of enum config_section */
};

struct unit {
    const char *name;
    int64_t size;
};

/* Of each, the largest first. */
static const struct unit times[] = {{"d", DAY}, {"h", HOUR}, {"m", MINUTE}, {"s", 1}};
static const struct unit sizes[] = {{"GiB", GIB}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}};
static const struct unit one[] = {{"", 1}};

/* `365d`, `64GiB`, `64`, `0`; the last of the units is 1. */
static void format_limit(int64_t limit, const struct unit *unit, char out[LIMIT_OCTETS])
{
    while (limit % unit->size != 0)
        unit++;
    snprintf(out, LIMIT_OCTETS, "%" PRId64 "%s", limit / unit->size, limit == 0 ? "" : unit->name);
}

static const char *store_number(struct config_target *target, const struct setting *setting,
                                int64_t n, const struct unit *units)
{
    char min[LIMIT_OCTETS], max[LIMIT_OCTETS];

    if (n >= setting->min && n <= setting->max) {
        memcpy((char *)target->registry + setting->offset, &n, sizeof n);
        return NULL;
    }
    format_limit(setting->min, units, min);
    format_limit(setting->max, units, max);
    snprintf(target->cause, sizeof target->cause, "%s must be %s to %s", setting->name, min, max);
    return target->cause;
}

static const char *set_duration(struct config_target *target, const struct setting *setting,
                                const char *value)
{
    int64_t seconds = duration_parse(value, "dhms");

    return seconds >= 0 ? store_number(target, setting, seconds, times)
                        : "not a duration (a number and d, h, m or s)";
}

static const char *set_size(struct config_target *target, const struct setting *setting,
                            const char *value)
{
    const char *unit;
    int64_t n = number_parse(value, &unit);

    for (size_t i = 0; n >= 0 && i < sizeof sizes / sizeof *sizes; i++)
        if (strcmp(unit, sizes[i].name) == 0) {
            if (__builtin_mul_overflow(n, sizes[i].size, &n))
                n = INT64_MAX;
            return store_number(target, setting, n, sizes);
        }
    return "not a size (a number and KiB, MiB, GiB or nothing)";
}

static const char *set_count(struct config_target *target, const struct setting *setting,
                             const char *value)
{
    const char *rest;
    int64_t n = number_parse(value, &rest);

    return n >= 0 && *rest == '\0' ? store_number(target, setting, n, one) : "not a number";
}

static const char *set_name(struct config_target *target, const struct setting *setting,
                            const char *value)
{
    (void)setting;
    if (!target->registry->unnamed)
        return "its name stands in its heading";
    if (registry_name_check(value, strlen(value)) != 0) {
        snprintf(target->cause, sizeof target->cause,
                 "not a registry's name (1 to %d of a-z 0-9 . -)", REGISTRY_NAME_MAX);
        return target->cause;
    }
    strcpy(target->registry->name, value);
    return NULL;
}

static const char *set_url(struct config_target *target, const struct setting *setting,
                           const char *value)
{
    struct config_registry *registry = target->registry;
    const char *cause;

    (void)setting;
    if (registry->urls == CONFIG_URLS_MAX)
        return "too many mirrors";
    cause = config_url_take(value, registry->url[registry->urls]);
    registry->urls += cause == NULL;
    return cause;
}

static const char *set_key(struct config_target *target, const struct setting *setting,
                           const char *value)
{
    struct config_registry *registry = target->registry;
    struct config_key *key = &registry->key[registry->keys];
    struct keys itself = {0};

    (void)setting;
    if (value[0] != '/' && keys_add(&itself, value, strlen(value)) < 0)
        return "neither an absolute path nor a public key";
    if (registry->keys == CONFIG_KEY_PATHS_MAX)
        return "too many keys (a folder of them is one)";
    registry->keys++;
    strcpy(key->path, value);
    key->line = target->line;
    return NULL;
}

static const char *set_private(struct config_target *target, const struct setting *setting,
                               const char *value)
{
    struct config_registry *registry = target->registry;

    (void)setting;
    registry->all_private = strcmp(value, "yes") == 0;
    registry->private = registry->all_private || strcmp(value, "some") == 0;
    return registry->private || strcmp(value, "no") == 0 ? NULL : "neither yes, some nor no";
}

static const char *set_directory(struct config_target *target, const struct setting *setting,
                                 const char *value)
{
    (void)setting;
    if (value[0] != '/')
        return "not an absolute path";
    strcpy(target->config->directory, value);
    return NULL;
}

/* `below`: `*.NAME` may stand there, too. */
static const char *set_list(struct config_target *target, struct config_names *names,
                            const char *value, bool below)
{
    const char *fault;
    size_t len;
    int r = config_names_add(names, value, below, &fault, &len);

    if (r == 0)
        return NULL;
    if (r == E_LIST_LONG)
        return error_text(r);
    if (len == 0)
        return "a name is missing";
    snprintf(target->cause, sizeof target->cause, "%.*s: %s", len < 40 ? (int)len : 40, fault,
             error_text(r));
    return target->cause;
}

static const char *set_domains(struct config_target *target, const struct setting *setting,
                               const char *value)
{
    (void)setting;
    return set_list(target, &target->registry->domains, value, false);
}

static const char *set_never(struct config_target *target, const struct setting *setting,
                             const char *value)
{
    (void)setting;
    return set_list(target, &target->config->never, value, true);
}

static const char *set_only(struct config_target *target, const struct setting *setting,
                            const char *value)
{
    (void)setting;
    return set_list(target, &target->config->only, value, true);
}

static const char *set_denied(struct config_target *target, const struct setting *setting,
                              const char *value)
{
    (void)setting;
    return set_list(target, &target->config->denied, value, true);
}

static const char *set_missed(struct config_target *target, const struct setting *setting,
                              const char *value)
{
    (void)setting;
    target->config->missed = strcmp(value, "yes") == 0;
    return target->config->missed || strcmp(value, "no") == 0 ? NULL : "neither yes nor no";
}

static const char *set_probe(struct config_target *target, const struct setting *setting,
                             const char *value)
{
    int64_t seconds = duration_parse(value, "dhms");
    char min[LIMIT_OCTETS], max[LIMIT_OCTETS];

    if (seconds < 0)
        return "not a duration (a number and d, h, m or s)";
    if (seconds != 0 && (seconds < PROBE_MIN || seconds > PROBE_MAX)) {
        format_limit(PROBE_MIN, times, min);
        format_limit(PROBE_MAX, times, max);
        snprintf(target->cause, sizeof target->cause, "%s must be %s to %s, or 0", setting->name,
                 min, max);
        return target->cause;
    }
    target->config->probe = seconds;
    return NULL;
}

#define NUMBER(field) offsetof(struct config_registry, field)
#define REGISTRY (1U << CONFIG_REGISTRY)
#define SYNC (1U << CONFIG_SYNC)
#define ANSWER (1U << CONFIG_ANSWER)
#define OUTAGE (1U << CONFIG_OUTAGE)

static const struct setting settings[] = {
    {"name", set_name, 0, 0, 0, 0, REGISTRY},
    {"url", set_url, 0, 0, 0, 0, REGISTRY},
    {"key", set_key, 0, 0, 0, 0, REGISTRY},
    {"private", set_private, 0, 0, 0, 0, REGISTRY},
    {"domains", set_domains, 0, 0, 0, 0, REGISTRY},
    {"directory", set_directory, 0, 0, 0, 0, SYNC},
    {"interval", set_duration, NUMBER(interval), MINUTE, 365 * DAY, 7 * DAY, REGISTRY | SYNC},
    {"keep", set_count, NUMBER(keep), 1, SERIALS_KEEP_MAX, 4, REGISTRY | SYNC},
    {"max-age", set_duration, NUMBER(max_age), 0, 3650 * DAY, 0, REGISTRY | SYNC},
    {"max-size", set_size, NUMBER(max_octets), 1, 64 * GIB, 2 * GIB, REGISTRY | SYNC},
    {"connect-timeout", set_duration, NUMBER(connect_timeout), 1, 10 * MINUTE, 30, SYNC},
    {"stall-timeout", set_duration, NUMBER(stall_timeout), 1, 10 * MINUTE, 60, SYNC},
    {"round-timeout", set_duration, NUMBER(round_timeout), 1, DAY, HOUR, SYNC},
    {"never", set_never, 0, 0, 0, 0, ANSWER},
    {"only", set_only, 0, 0, 0, 0, ANSWER},
    {"denied", set_denied, 0, 0, 0, 0, ANSWER},
    {"missed", set_missed, 0, 0, 0, 0, OUTAGE},
    {"probe", set_probe, 0, 0, 0, 0, OUTAGE},
};

#define SETTINGS ((int)(sizeof settings / sizeof *settings))

_Static_assert(sizeof settings / sizeof *settings <= CONFIG_SETTINGS_MAX, "a bit for each");

int config_setting_find(enum config_section section, const char *name)
{
    for (int i = 0; i < SETTINGS; i++)
        if ((settings[i].sections & (1U << section)) != 0 && strcmp(name, settings[i].name) == 0)
            return i;
    return -1;
}

bool config_setting_repeats(int setting)
{
    const struct setting *s = &settings[setting];

    return s->set == set_url || s->set == set_key || s->set == set_domains || s->set == set_never ||
           s->set == set_only || s->set == set_denied;
}

const char *config_setting_set(struct config_target *target, int setting, const char *value)
{
    return *value == '\0' ? "no value" : settings[setting].set(target, &settings[setting], value);
}

static bool is_number(const struct setting *setting)
{
    return setting->max > 0;
}

static int64_t *number_of(struct config_registry *registry, const struct setting *setting)
{
    return (int64_t *)(void *)((char *)registry + setting->offset);
}

void config_settings_clear(struct config_registry *registry)
{
    for (int i = 0; i < SETTINGS; i++)
        if (is_number(&settings[i]))
            *number_of(registry, &settings[i]) = NOT_GIVEN;
}

void config_settings_usual(struct config_registry *registry, bool denied)
{
    if (denied && registry->keep == NOT_GIVEN)
        registry->keep = KEEP_DENIED;
    for (int i = 0; i < SETTINGS; i++)
        if (is_number(&settings[i]) && *number_of(registry, &settings[i]) == NOT_GIVEN)
            *number_of(registry, &settings[i]) = settings[i].usual;
}

void config_settings_fill(struct config_registry *registry, const struct config_registry *usual)
{
    for (int i = 0; i < SETTINGS; i++)
        if (is_number(&settings[i]) && *number_of(registry, &settings[i]) == NOT_GIVEN)
            memcpy(number_of(registry, &settings[i]), (const char *)usual + settings[i].offset,
                   sizeof(int64_t));
}
