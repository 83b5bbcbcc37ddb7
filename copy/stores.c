#include "copy/stores.h"
#include "base/stamp.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Folder, registry, file: threads have small stacks. */
#define PATH_OCTETS 320

_Static_assert(sizeof POLICY_FILE <= POLICY_STORE_OCTETS, "room for either");

/* 0: nothing that could be opened. */
static uint64_t stamp_of(const char *directory, const char *file)
{
    size_t len = strlen(directory);
    char path[PATH_OCTETS];
    struct stat st;

    if (len + 1 + POLICY_STORE_OCTETS > sizeof path)
        return 0;
    memcpy(path, directory, len);
    path[len] = '/';
    memcpy(path + len + 1, file, strlen(file) + 1);
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? file_stamp(&st) : 0;
}

static uint64_t stamp_of_store(const struct policy *policy, const char *directory, unsigned place)
{
    char file[POLICY_STORE_OCTETS];

    policy_store_file(policy, place, file);
    return stamp_of(directory, file);
}

const struct stores stores_none = {.policy = {.count = 1}};

static uint64_t mix(uint64_t word, uint64_t stamp)
{
    return (word ^ stamp) * UINT64_C(0x9e3779b97f4a7c15);
}

static bool is_change(uint64_t before, uint64_t now, bool gone)
{
    return now != before && (now != 0 || gone);
}

uint64_t stores_look(const struct stores *stores, const char *directory, bool gone)
{
    uint64_t now = stamp_of(directory, POLICY_FILE), word = mix(1, now);
    bool changed = is_change(stores->policy_stamp, now, gone);

    for (unsigned i = 0; i < stores->policy.count; i++) {
        now = stamp_of_store(&stores->policy, directory, i);
        changed = changed || is_change(stores->stamp[i], now, gone);
        word = mix(word, now);
    }
    return changed ? word | 1 : 0;
}

static void open_one(struct stores *stores, int folder, unsigned place, struct store_range *range)
{
    struct store *store = &stores->store[place];
    char file[POLICY_STORE_OCTETS];
    int r;

    policy_store_file(&stores->policy, place, file);
    r = store_open_in(range, store, folder, file);
    if (r == 0) {
        stores->stamp[place] = store->stamp;
    } else {
        store->stamp = 0;
        store->deadline = INT64_MIN;
    }
    stores->error[place] = r;
}

int stores_open(struct stores *stores, const char *directory, struct store_range *ranges)
{
    /* open() would be a cancellation point. */
    int folder = (int)syscall(SYS_openat, AT_FDCWD, directory, O_PATH | O_DIRECTORY | O_CLOEXEC), r;

    if (folder < 0 && errno != ENOENT)
        return -errno;
    /* Nothing is in a folder that is not there. */
    if (folder < 0)
        folder = -ENOENT;
    r = policy_open(&stores->policy, folder, ranges);
    if (r == 0 || r == -ENOENT || folder < 0) {
        stores->policy_stamp = stores->policy.store.stamp;
        for (unsigned i = 0; i < stores->policy.count; i++) {
            /* Before it is opened: one that takes its place then is a change. */
            stores->stamp[i] = stamp_of_store(&stores->policy, directory, i);
            open_one(stores, folder, i, ranges != NULL ? &ranges[1 + i] : NULL);
        }
        r = 0;
    }
    if (folder >= 0)
        syscall(SYS_close, folder);
    return r;
}

void stores_close(struct stores *stores)
{
    for (unsigned i = 0; i < stores->policy.count; i++) {
        if (stores->store[i].stamp != 0)
            store_unmap(&stores->store[i]);
        stores->store[i].stamp = 0;
    }
    policy_close(&stores->policy);
    stores->policy.count = 0;
}

void stores_free(struct store_range *ranges)
{
    for (unsigned i = 0; i < STORES_RANGES; i++)
        store_range_free(&ranges[i]);
}
