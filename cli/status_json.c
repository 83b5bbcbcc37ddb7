#include "cli/status_json.h"
#include "base/error.h"
#include "cli/format.h"
#include <inttypes.h>
#include <stdio.h>

static void print_time(const char *before, const char *label, int64_t time)
{
    char stamp[TIMESTAMP_OCTETS];

    timestamp_format(time, stamp);
    printf("%s\"%s\": \"%s\"", before, label, stamp);
}

static void print_text(const char *before, const char *label, const char *text)
{
    printf("%s\"%s\": ", before, label);
    print_json_string(stdout, text);
}

static void print_cooldowns(const struct status *status, const struct cooldowns *cooldowns,
                            const char *before)
{
    const char *separator = "";

    printf("%s\"cooling_down\": [", before);
    for (unsigned i = 0; i < cooldowns->count; i++) {
        const struct cooldown *mirror = &cooldowns->mirror[i];
        char url[MESSAGE_OCTETS], stamp[TIMESTAMP_OCTETS];

        if (!cooldown_holds(mirror, status->now))
            continue;
        message_set(url, "%s", mirror->url);
        timestamp_format(mirror->until, stamp);
        printf("%s{\"url\": ", separator);
        print_json_string(stdout, url);
        printf(", \"cause\": \"%s\", \"failures\": %u, \"until\": \"%s\"}",
               cooldown_word(mirror->cause), mirror->failures, stamp);
        separator = ", ";
    }
    printf("]");
}

static void print_store(const struct status *status, const struct status_registry *registry,
                        const char *before)
{
    const struct manifest *manifest = &registry->manifest;

    printf("%s\"newest\": %" PRIu32, before,
           registry->newest != 0 ? registry->newest : manifest->serial);
    if (registry->pinned != 0)
        printf("%s\"pinned\": %" PRIu32, before, registry->pinned);
    printf("%s\"serial\": %" PRIu32 "%s\"names\": %" PRIu64, before, manifest->serial, before,
           manifest->names);
    print_time(before, "created", manifest->created);
    print_time(before, "expires", registry->deadline);
    printf("%s\"expired\": %s", before, status->now > registry->deadline ? "true" : "false");
}

void status_json_registry(const struct status *status, const struct status_registry *registry,
                          const char *before)
{
    print_text(before, "store", registry->copy.store_path);
    if (registry->awaited)
        printf("%s\"awaited\": true", before);
    if (registry->store_error != 0) {
        print_text(before, "store_error", error_text(registry->store_error));
    } else {
        print_text(before, "registry", registry->manifest.name);
        print_store(status, registry, before);
    }
    if (!registry->known)
        return;
    print_time(before, "last_round", registry->rounds.last);
    if (registry->rounds.good > 0)
        print_time(before, "last_success", registry->rounds.good);
    print_text(before, "last_result", registry->rounds.result);
    printf("%s\"failures\": %u", before, registry->rounds.failures);
    print_time(before, "next_round", registry->rounds.next);
    print_cooldowns(status, &registry->rounds.cooldowns, before);
}
