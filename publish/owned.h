/* Folders and files that nobody but the caller and root can change, or exchange for others.
 *
 * What is signed rests on what lies in the published folder and the one beside it, so both are held
 * to what ssh asks of keys: every folder on the way is owned by the caller or root, and nobody else
 * may write there; but in a sticky one (/tmp), if what is taken from it is owned so. The way is
 * gone by descriptors, links by hand, so that what has been checked is what is used. What somebody
 * else has mounted (mounter.h) is theirs, whoever it says owns it.
 *
 * Whoever owns `/` counts as root: in a user namespace that is where root belongs to nobody, as
 * does everybody else outside.
 */
#ifndef GITDNS_PUBLISH_OWNED_H
#define GITDNS_PUBLISH_OWNED_H

#include "publish/problem.h"
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct owned_folder {
    int fd;                  /* -1: not open */
    int parent;              /* an O_PATH descriptor */
    char name[NAME_MAX + 1]; /* in `parent` */
    bool made;               /* by this call */
};

/* Opens the folder; with `make` it is made if it alone is missing. Returns 0, -errno or
 * E_OTHERS, whose sentence says how to mend it. owned_folder_close at the end either way. */
int owned_folder_open(struct owned_folder *folder, const char *path, bool make,
                      struct problem *problem);

/* As above, and only the caller may own it. */
int owned_folder_open_own(struct owned_folder *folder, const char *path, bool make,
                          struct problem *problem);

void owned_folder_close(struct owned_folder *folder);

/* Removes the folder if it is empty and still where it was opened. */
void owned_folder_remove(const struct owned_folder *folder);

/* Checks that the entry of that name, itself and not what a link leads to, is what `fd` has open.
 * Returns 0, -ESTALE if it is another, -ENOENT if there is none, or -errno. */
int owned_check_still(int directory, const char *name, int fd);

/* Opens a folder of a folder. Returns its descriptor, E_FILE_OTHERS or -errno. */
int owned_open_folder(int directory, const char *name);

/* Opens a regular file, with O_NOFOLLOW beside the flags. Returns its descriptor, E_FILE_OTHERS or
 * -errno. */
int owned_open_file(int directory, const char *name, int flags);

/* Reads such a file. Returns its length, E_FILE_LONG if it has more than `max` octets, or as
 * owned_open_file. */
int owned_read_file(int directory, const char *name, char *out, size_t max);

#endif
