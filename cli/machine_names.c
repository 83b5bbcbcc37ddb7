#include "cli/machine_names.h"
#include "mentions/host_word.h"
#include "mentions/mentions.h"
#include "registry/name.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct search {
    const struct open_stores *open;
    int64_t now;
    struct machine_names *names;
    FILE *missing;
};

static bool is_held(const struct open_stores *open, const char *name, int64_t now)
{
    struct record_copy copy;
    struct record record;
    unsigned place;

    return stores_find(&open->stores, name, strlen(name), now, &copy, &record, &place) == 1;
}

static void take(void *user, const struct mention *mention)
{
    struct search *search = user;

    if (mention->again)
        return;
    search->names->used++;
    if (is_held(search->open, mention->name, search->now))
        search->names->held++;
    else
        fprintf(search->missing, "%s\n", mention->name);
}

static int read_mentions(struct search *search)
{
    const struct mentions_options options = {.root = NULL};
    const struct mentions_taker taker = {.take = take, .user = search};
    size_t octets;
    int r;

    search->missing = open_memstream(&search->names->missing, &octets);
    if (search->missing == NULL)
        return -errno;
    r = mentions_read(&options, &taker);
    if (fclose(search->missing) != 0 && r == 0)
        r = -ENOMEM;
    return r;
}

static void find_mirrors(const struct search *search, const struct config_registry *registry)
{
    struct machine_names *names = search->names;

    for (unsigned i = 0; i < registry->urls; i++) {
        struct absent_mirror *mirror = &names->mirror[names->mirrors];
        struct piece rest = {registry->url[i], strlen(registry->url[i])}, host;

        if (!host_of_next_url(&rest, &host) ||
            name_normalise(host.text, host.len, mirror->host) < 0 ||
            strchr(mirror->host, '.') == NULL || is_held(search->open, mirror->host, search->now))
            continue;
        strcpy(mirror->registry, registry->name);
        names->mirrors++;
    }
}

void machine_names_find(const struct open_stores *open, const struct config *config, int64_t now,
                        struct machine_names *names)
{
    struct search search = {.open = open, .now = now, .names = names};

    *names = (struct machine_names){0};
    names->error = read_mentions(&search);
    for (unsigned i = 0; config != NULL && i < config->registries; i++)
        find_mirrors(&search, &config->registry[i]);
}

void machine_names_free(struct machine_names *names)
{
    free(names->missing);
    names->missing = NULL;
}

/* Those of the store in that place that no store before it answers. */
static uint64_t count_place(const struct open_stores *open, unsigned place, int64_t now)
{
    struct record_copy copy, found_copy;
    struct record record, found;
    uint64_t count = 0;
    unsigned position = 0, at;

    while (store_next(&open->stores.store[place], &position, &copy, &record) == 1)
        if (stores_find(&open->stores, record.name, record.name_len, now, &found_copy, &found,
                        &at) == 1 &&
            at == place)
            count++;
    return count;
}

uint64_t machine_names_answered(const struct open_stores *open, int64_t now)
{
    const struct stores *stores = &open->stores;
    unsigned live = 0, last = 0;
    uint64_t count = 0;

    for (unsigned i = 0; i < stores->policy.count; i++)
        if (stores->store[i].stamp != 0 && now <= stores->store[i].deadline) {
            live++;
            last = i;
        }
    if (live == 1 && stores->policy.has == 0)
        return open->manifest[last].names;
    for (unsigned i = 0; live > 0 && i < stores->policy.count; i++)
        if (stores->store[i].stamp != 0 && now <= stores->store[i].deadline)
            count += count_place(open, i, now);
    return count;
}
