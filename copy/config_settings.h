/* The settings of each section, and what they may be. */
#ifndef GITDNS_COPY_CONFIG_SETTINGS_H
#define GITDNS_COPY_CONFIG_SETTINGS_H

#include "copy/config.h"

#define CONFIG_SETTINGS_MAX 32

enum config_section {
    CONFIG_REGISTRY,
    CONFIG_SYNC,
    CONFIG_ANSWER,
    CONFIG_OUTAGE,
    CONFIG_NO_SECTION,
};

/* Where a setting goes. */
struct config_target {
    enum config_section section;
    struct config *config;
    struct config_registry *registry; /* of CONFIG_SYNC: what holds where a registry says nothing */
    unsigned line;
    char cause[128]; /* where one lies that is no constant */
};

/* The number of a setting, or -1: there is none of that name in the section. */
int config_setting_find(enum config_section section, const char *name);

/* Whether it may be given more than once. */
bool config_setting_repeats(int setting);

/* Returns NULL or why the value will not do. */
const char *config_setting_set(struct config_target *target, int setting, const char *value);

/* All numbers as not given; what holds where nothing is given, with `denied` ([answer] denied) more
 * serials; and for what was not given, what holds by `usual`. */
void config_settings_clear(struct config_registry *registry);
void config_settings_usual(struct config_registry *registry, bool denied);
void config_settings_fill(struct config_registry *registry, const struct config_registry *usual);

#endif
