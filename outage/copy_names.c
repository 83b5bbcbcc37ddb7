#include "outage/copy_names.h"
#include "base/stamp.h"
#include "copy/copy.h"
#include "registry/registry.h"
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

void known_close(struct known *known)
{
    if (known->store.stamp != 0)
        store_unmap(&known->store);
    known->store.stamp = 0;
}

static bool is_there(struct known *known)
{
    struct stat st;

    if (stat(STORE_PATH, &st) != 0 || file_stamp(&st) != known->store.stamp) {
        known_close(known);
        if (store_open(&known->store, STORE_PATH) < 0)
            known->store.stamp = 0;
    }
    return known->store.stamp != 0;
}

bool known_has(struct known *known, const char *name, size_t len)
{
    struct record record;

    return is_there(known) && store_find(&known->store, name, len, &record) == 1;
}

bool known_pick(struct known *known, const char *domain, char name[NAME_MAX_OCTETS + 1])
{
    size_t end = strlen(domain);
    struct record record;

    if (known->store.stamp == 0 && !is_there(known))
        return false;
    if (store_pick(&known->store, randombytes_random(), &record) != 1 || record.name_len < end ||
        memcmp(record.name + record.name_len - end, domain, end) != 0)
        return false;
    memcpy(name, record.name, record.name_len);
    name[record.name_len] = '\0';
    return true;
}
