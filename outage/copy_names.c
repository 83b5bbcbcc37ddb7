#include "outage/copy_names.h"
#include "base/stamp.h"
#include "registry/address.h"
#include "registry/name.h"
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

void copy_names_close(struct copy_names *copy_names)
{
    if (copy_names->store.stamp != 0)
        store_unmap(&copy_names->store);
    copy_names->store.stamp = 0;
}

bool copy_names_is_there(struct copy_names *copy_names)
{
    struct stat st;

    if (stat(copy_names->path, &st) != 0 || file_stamp(&st) != copy_names->store.stamp) {
        copy_names_close(copy_names);
        if (store_open(&copy_names->store, copy_names->path) < 0)
            copy_names->store.stamp = 0;
    }
    return copy_names->store.stamp != 0;
}

bool copy_names_has(struct copy_names *copy_names, const char *name, size_t len)
{
    struct record_copy copy;
    struct record record;

    return copy_names_is_there(copy_names) &&
           store_find(&copy_names->store, name, len, &copy, &record) == 1;
}

static bool is_global(const struct copy_names *copy_names, const struct record *record)
{
    bool global = !copy_names->private && name_check_public(record->name, record->name_len) == 0;

    for (unsigned i = 0; global && i < record->n4; i++)
        global = address_check_public(record->ipv4 + i * 4, 4) == 0;
    for (unsigned i = 0; global && i < record->n6; i++)
        global = address_check_public(record->ipv6 + i * 16, 16) == 0;
    return global;
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

bool copy_names_may_ask(struct copy_names *copy_names, const char *name)
{
    struct record_copy copy;
    struct record record;

    return copy_names_is_there(copy_names) &&
           store_find(&copy_names->store, name, strlen(name), &copy, &record) == 1 &&
           (is_global(copy_names, &record) || is_reported(copy_names, name));
}

bool copy_names_pick(struct copy_names *copy_names, const char *domain,
                     char name[NAME_MAX_OCTETS + 1])
{
    size_t end = strlen(domain), len;
    struct record_copy copy;
    struct record record;

    if (copy_names->store.stamp == 0 && !copy_names_is_there(copy_names))
        return false;
    if (store_pick(&copy_names->store, randombytes_random(), &copy, &record) != 1)
        return false;
    if (is_global(copy_names, &record)) {
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
