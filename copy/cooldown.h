/* How long a mirror that failed or lied is left alone: arithmetic on Unix times, in seconds.
 *
 * A good answer ends it. A round that a person asks for asks all mirrors, and no round is without
 * one: if all are to be left alone, it asks the one whose time comes first.
 */
#ifndef GITDNS_COPY_COOLDOWN_H
#define GITDNS_COPY_COOLDOWN_H

#include "copy/config.h"

/* After the first failure, doubling with each that follows in a row. */
#define COOLDOWN_FAILED_FIRST 60
#define COOLDOWN_LIED_FIRST 3600
/* Nothing keeps a mirror away for longer: no count, no server's Retry-After, no clock that was set
 * back. */
#define COOLDOWN_MAX (24 * 3600)

enum cooldown_cause {
    COOLDOWN_FAILED, /* gave no good answer */
    COOLDOWN_LIED,   /* gave one that the publisher did not sign */
    COOLDOWN_BUSY,   /* asked to be left alone: Retry-After */
};
#define COOLDOWN_CAUSES 3

/* A mirror whose last answer was not good. */
struct cooldown {
    char url[CONFIG_URL_OCTETS];
    unsigned failures; /* in a row, at least 1 */
    enum cooldown_cause cause;
    int64_t until; /* Unix time before which it is not asked */
};

struct cooldowns {
    unsigned count;
    struct cooldown mirror[CONFIG_URLS_MAX];
};

/* One word: `failed`, `lied`, `busy`. */
const char *cooldown_word(enum cooldown_cause cause);

/* Whether the mirror is to be left alone at `now`. */
bool cooldown_holds(const struct cooldown *cooldown, int64_t now);

/* Forgets the mirrors that are not the configuration's. */
void cooldowns_keep(struct cooldowns *cooldowns, const struct config_registry *registry);

/* The mirror at `url`, which is one of the configuration's, has failed once more. `retry_after`:
 * what it asked for; COOLDOWN_BUSY alone looks at it. */
void cooldowns_add(struct cooldowns *cooldowns, const char *url, enum cooldown_cause cause,
                   int64_t retry_after, int64_t now);

/* It has answered well. */
void cooldowns_remove(struct cooldowns *cooldowns, const char *url);

/* NULL: it has not failed. */
const struct cooldown *cooldowns_find(const struct cooldowns *cooldowns, const char *url);

/* Sets ask[i] for each mirror of the configuration that a round at `now` asks, and returns how many
 * these are: at least one. `by_hand`: a person has asked for the round. */
unsigned cooldowns_choose(const struct cooldowns *cooldowns, const struct config_registry *registry,
                          bool by_hand, int64_t now, bool ask[CONFIG_URLS_MAX]);

/* If all mirrors have asked to be left alone, the seconds until the first of these times; else
 * 0. */
int64_t cooldowns_retry_after(const struct cooldowns *cooldowns,
                              const struct config_registry *registry, int64_t now);

#endif
