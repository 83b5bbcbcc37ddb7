#include "copy/cooldown.h"
#include <limits.h>
#include <string.h>

const char *cooldown_word(enum cooldown_cause cause)
{
    static const char *const words[COOLDOWN_CAUSES] = {"failed", "lied", "busy"};

    return words[cause];
}

bool cooldown_holds(const struct cooldown *cooldown, int64_t now)
{
    return cooldown->until > now && cooldown->until <= now + COOLDOWN_MAX;
}

static unsigned find(const struct cooldowns *cooldowns, const char *url)
{
    unsigned i = 0;

    while (i < cooldowns->count && strcmp(cooldowns->mirror[i].url, url) != 0)
        i++;
    return i;
}

const struct cooldown *cooldowns_find(const struct cooldowns *cooldowns, const char *url)
{
    unsigned i = find(cooldowns, url);

    return i < cooldowns->count ? &cooldowns->mirror[i] : NULL;
}

void cooldowns_remove(struct cooldowns *cooldowns, const char *url)
{
    unsigned i = find(cooldowns, url);

    if (i == cooldowns->count)
        return;
    cooldowns->count--;
    memmove(&cooldowns->mirror[i], &cooldowns->mirror[i + 1],
            (cooldowns->count - i) * sizeof cooldowns->mirror[0]);
}

static bool is_configured(const struct config_registry *registry, const char *url)
{
    for (unsigned i = 0; i < registry->urls; i++)
        if (strcmp(registry->url[i], url) == 0)
            return true;
    return false;
}

void cooldowns_keep(struct cooldowns *cooldowns, const struct config_registry *registry)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < cooldowns->count; i++)
        if (is_configured(registry, cooldowns->mirror[i].url))
            cooldowns->mirror[kept++] = cooldowns->mirror[i];
    cooldowns->count = kept;
}

static int64_t duration(enum cooldown_cause cause, unsigned failures, int64_t retry_after)
{
    int64_t seconds = cause == COOLDOWN_LIED ? COOLDOWN_LIED_FIRST : COOLDOWN_FAILED_FIRST;

    /* Who says when to come back is believed: how often it has said so means nothing. */
    if (cause == COOLDOWN_BUSY)
        seconds = retry_after > seconds ? retry_after : seconds;
    else
        while (--failures > 0 && seconds < COOLDOWN_MAX)
            seconds *= 2;
    return seconds < COOLDOWN_MAX ? seconds : COOLDOWN_MAX;
}

void cooldowns_add(struct cooldowns *cooldowns, const char *url, enum cooldown_cause cause,
                   int64_t retry_after, int64_t now)
{
    unsigned i = find(cooldowns, url);
    struct cooldown *cooldown = &cooldowns->mirror[i];

    if (i == CONFIG_URLS_MAX)
        return;
    if (i == cooldowns->count) {
        cooldowns->count++;
        *cooldown = (struct cooldown){0};
        strcpy(cooldown->url, url);
    }
    if (cooldown->failures < UINT_MAX)
        cooldown->failures++;
    cooldown->cause = cause;
    cooldown->until = now + duration(cause, cooldown->failures, retry_after);
}

unsigned cooldowns_choose(const struct cooldowns *cooldowns, const struct config_registry *registry,
                          bool by_hand, int64_t now, bool ask[CONFIG_URLS_MAX])
{
    unsigned count = 0, first = 0;
    int64_t earliest = INT64_MAX;

    for (unsigned i = 0; i < registry->urls; i++) {
        const struct cooldown *cooldown = cooldowns_find(cooldowns, registry->url[i]);

        ask[i] = by_hand || cooldown == NULL || !cooldown_holds(cooldown, now);
        count += ask[i];
        if (!ask[i] && cooldown->until < earliest) {
            earliest = cooldown->until;
            first = i;
        }
    }
    if (count > 0)
        return count;
    ask[first] = true;
    return 1;
}

int64_t cooldowns_retry_after(const struct cooldowns *cooldowns,
                              const struct config_registry *registry, int64_t now)
{
    int64_t least = COOLDOWN_MAX;

    for (unsigned i = 0; i < registry->urls; i++) {
        const struct cooldown *cooldown = cooldowns_find(cooldowns, registry->url[i]);

        if (cooldown == NULL || cooldown->cause != COOLDOWN_BUSY || !cooldown_holds(cooldown, now))
            return 0;
        if (cooldown->until - now < least)
            least = cooldown->until - now;
    }
    return least;
}
