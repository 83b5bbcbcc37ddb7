/* Where the file systems of other machines, and of users' programs, are mounted: whoever looks
 * there waits for them, and in an outage for ever. */
#ifndef GITDNS_MENTIONS_MOUNTS_TO_AVOID_H
#define GITDNS_MENTIONS_MOUNTS_TO_AVOID_H

#include <stdbool.h>
#include <stddef.h>

struct mounts_to_avoid {
    char **path;
    size_t count;
};

/* Reads this system's table of mounts; without one there are none. But for `/`: where that is one,
 * so is all. Returns 0 or -ENOMEM. */
int mounts_to_avoid_read(struct mounts_to_avoid *mounts, const char *table);

/* Whether the path, as it is written, lies in one. */
bool mounts_to_avoid_have(const struct mounts_to_avoid *mounts, const char *path);

void mounts_to_avoid_free(struct mounts_to_avoid *mounts);

#endif
