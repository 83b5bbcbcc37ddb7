#include "known.h"
#include "registry/registry.h"
#include <sys/stat.h>

void known_close(struct known *known)
{
    if (known->store.stamp != 0)
        store_unmap(&known->store);
    known->store.stamp = 0;
}

bool known_has(struct known *known, const char *name, size_t len)
{
    struct record record;
    struct stat st;

    if (stat(STORE_PATH, &st) != 0 || file_stamp(&st) != known->store.stamp) {
        known_close(known);
        if (store_open(&known->store, STORE_PATH) < 0)
            known->store.stamp = 0;
    }
    return known->store.stamp != 0 && store_find(&known->store, name, len, &record) == 1;
}
