#include "outage/copy_names.h"
#include "base/stamp.h"
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

void copy_names_close(struct copy_names *copy_names)
{
    if (copy_names->store.stamp != 0)
        store_unmap(&copy_names->store);
    copy_names->store.stamp = 0;
}

static bool is_there(struct copy_names *copy_names)
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

    return is_there(copy_names) && store_find(&copy_names->store, name, len, &copy, &record) == 1;
}

bool copy_names_pick(struct copy_names *copy_names, const char *domain,
                     char name[NAME_MAX_OCTETS + 1])
{
    size_t end = strlen(domain);
    struct record_copy copy;
    struct record record;

    if (copy_names->store.stamp == 0 && !is_there(copy_names))
        return false;
    if (store_pick(&copy_names->store, randombytes_random(), &copy, &record) != 1 ||
        record.name_len < end || memcmp(record.name + record.name_len - end, domain, end) != 0)
        return false;
    memcpy(name, record.name, record.name_len);
    name[record.name_len] = '\0';
    return true;
}
