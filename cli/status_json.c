#include "cli/status_json.h"
#include "base/error.h"

static void print_cooldowns(struct json *json, const struct status *status,
                            const struct cooldowns *cooldowns)
{
    json_open(json, "cooling_down", '[');
    for (unsigned i = 0; i < cooldowns->count; i++) {
        const struct cooldown *mirror = &cooldowns->mirror[i];
        char url[MESSAGE_OCTETS];

        if (!cooldown_holds(mirror, status->now))
            continue;
        message_set(url, "%s", mirror->url);
        json_open(json, NULL, '{');
        json_text(json, "url", url);
        json_text(json, "cause", cooldown_word(mirror->cause));
        json_number(json, "failures", mirror->failures);
        json_time(json, "until", mirror->until);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_store(struct json *json, const struct status *status,
                        const struct status_registry *registry)
{
    const struct manifest *manifest = &registry->manifest;

    json_text(json, "registry", manifest->name);
    json_number(json, "newest", registry->newest != 0 ? registry->newest : manifest->serial);
    if (registry->pinned != 0)
        json_number(json, "pinned", registry->pinned);
    json_number(json, "serial", manifest->serial);
    json_number(json, "names", (int64_t)manifest->names);
    json_time(json, "created", manifest->created);
    json_time(json, "expires", registry->deadline);
    json_flag(json, "expired", status->now > registry->deadline);
}

void status_json_registry(struct json *json, const struct status *status,
                          const struct status_registry *registry)
{
    json_text(json, "store", registry->copy.store_path);
    if (registry->awaited)
        json_flag(json, "awaited", true);
    if (registry->store_error != 0)
        json_text(json, "store_error", error_text(registry->store_error));
    else
        print_store(json, status, registry);
    if (!registry->known)
        return;
    json_time(json, "last_round", registry->rounds.last);
    if (registry->rounds.good > 0)
        json_time(json, "last_success", registry->rounds.good);
    json_text(json, "last_result", registry->rounds.result);
    json_number(json, "failures", registry->rounds.failures);
    json_time(json, "next_round", registry->rounds.next);
    print_cooldowns(json, status, &registry->rounds.cooldowns);
}
