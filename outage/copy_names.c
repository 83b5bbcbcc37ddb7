#include "outage/copy_names.h"
#include "outage/public_record.h"
#include "registry/name.h"
#include <sodium.h>
#include <string.h>
#include <time.h>

void copy_names_close(struct copy_names *copy_names)
{
    if (copy_names->open)
        stores_close(&copy_names->stores);
    copy_names->open = false;
}

static uint64_t size_of(const struct store *store)
{
    return store->stamp != 0 ? store->cdb.cdb_fsize : 0;
}

/* Octets of all stores: none is large where another is, by names. */
static uint64_t size_of_all(const struct copy_names *copy_names)
{
    uint64_t size = 0;

    for (unsigned i = 0; copy_names->open && i < copy_names->stores.policy.count; i++)
        size += size_of(&copy_names->stores.store[i]);
    return size;
}

bool copy_names_is_there(struct copy_names *copy_names)
{
    const struct stores *stores = copy_names->open ? &copy_names->stores : &stores_none;

    if (stores_look(stores, copy_names->directory, true) != 0) {
        copy_names_close(copy_names);
        copy_names->open = stores_open(&copy_names->stores, copy_names->directory, NULL) == 0;
    }
    return size_of_all(copy_names) > 0;
}

/* Returns whether it is there and may answer. */
static bool find(struct copy_names *copy_names, const char *name, size_t len,
                 struct record_copy *copy, struct record *record, unsigned *place)
{
    return copy_names_is_there(copy_names) &&
           stores_find(&copy_names->stores, name, len, time(NULL), copy, record, place) == 1;
}

bool copy_names_has(struct copy_names *copy_names, const char *name, size_t len)
{
    struct record_copy copy;
    struct record record;
    unsigned place;

    return find(copy_names, name, len, &copy, &record, &place);
}

/* Of names of addresses many resolvers know some by themselves (RFC 6303), and so an answer says
 * nothing of DNS: a copy full of them must not hide an outage. */
static bool is_global(const struct copy_names *copy_names, const struct record *record,
                      unsigned place)
{
    return !copy_names->private && !name_is_reverse(record->name, record->name_len) &&
           public_record_is(&copy_names->stores.policy, record, place);
}

static unsigned remembered(const struct copy_names *copy_names)
{
    return copy_names->reports < COPY_NAMES_REPORTED_MAX ? copy_names->reports
                                                         : COPY_NAMES_REPORTED_MAX;
}

static bool is_reported(const struct copy_names *copy_names, const char *name)
{
    for (unsigned i = 0; i < remembered(copy_names); i++)
        if (strcmp(copy_names->reported[i], name) == 0)
            return true;
    return false;
}

void copy_names_report(struct copy_names *copy_names, const char *name, size_t len)
{
    char *reported = copy_names->reported[copy_names->reports % COPY_NAMES_REPORTED_MAX];

    if (is_reported(copy_names, name))
        return;
    memcpy(reported, name, len);
    reported[len] = '\0';
    copy_names->reports++;
}

void copy_names_forget_reports(struct copy_names *copy_names)
{
    copy_names->reports = 0;
}

bool copy_names_may_ask(struct copy_names *copy_names, const char *name)
{
    struct record_copy copy;
    struct record record;
    unsigned place;

    return find(copy_names, name, strlen(name), &copy, &record, &place) &&
           (is_global(copy_names, &record, place) || is_reported(copy_names, name));
}

/* A record of any store that answers, the larger the more likely. Returns as store_pick. */
static int pick(const struct copy_names *copy_names, struct record_copy *copy,
                struct record *record, unsigned *place)
{
    const struct stores *stores = &copy_names->stores;
    uint64_t size = size_of_all(copy_names), at;

    if (size == 0)
        return 0;
    at = randombytes_uniform((uint32_t)(size >> 10) + 1);
    *place = 0;
    while (*place + 1 < stores->policy.count && at > size_of(&stores->store[*place]) >> 10) {
        at -= size_of(&stores->store[*place]) >> 10;
        ++*place;
    }
    if (stores->store[*place].stamp == 0)
        return 0;
    return store_pick(&stores->store[*place], randombytes_random(), copy, record);
}

bool copy_names_pick(struct copy_names *copy_names, const char *domain,
                     char name[NAME_MAX_OCTETS + 1])
{
    size_t end = strlen(domain), len;
    struct record_copy copy;
    struct record record;
    unsigned place;

    if (!copy_names->open && !copy_names_is_there(copy_names))
        return false;
    if (pick(copy_names, &copy, &record, &place) != 1)
        return false;
    if (is_global(copy_names, &record, place)) {
        memcpy(name, record.name, record.name_len);
        name[record.name_len] = '\0';
    } else if (copy_names->reports > 0) {
        strcpy(name, copy_names->reported[randombytes_uniform(remembered(copy_names))]);
    } else {
        return false;
    }
    len = strlen(name);
    return len > 0 && len >= end && memcmp(name + len - end, domain, end) == 0;
}

bool copy_names_pick_public(struct copy_names *copy_names, char name[NAME_MAX_OCTETS + 1])
{
    struct record_copy copy;
    struct record record;
    unsigned place, len;

    if ((!copy_names->open && !copy_names_is_there(copy_names)) ||
        pick(copy_names, &copy, &record, &place) != 1 || record.name_len == 0)
        return false;
    len = record.name_len;
    memcpy(name, record.name, len);
    name[len] = '\0';
    /* Another registry may be the one that answers for it. */
    return stores_find(&copy_names->stores, name, len, time(NULL), &copy, &record, &place) == 1 &&
           is_global(copy_names, &record, place);
}
