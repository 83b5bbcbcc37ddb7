/* Where the file systems of other machines, and of users' programs, are mounted: whoever looks
 * there waits for them, and in an outage for ever. */
#ifndef GITDNS_MENTIONS_REMOTE_MOUNTS_H
#define GITDNS_MENTIONS_REMOTE_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

struct remote_mounts {
    char **path;
    size_t count;
};

/* Reads this system's table of mounts; without one there are none. But for `/`: where that is one,
 * so is all. Returns 0 or -ENOMEM. */
int remote_mounts_read(struct remote_mounts *mounts, const char *table);

/* Whether the path, as it is written, lies in one. */
bool remote_mounts_have(const struct remote_mounts *mounts, const char *path);

void remote_mounts_free(struct remote_mounts *mounts);

#endif
