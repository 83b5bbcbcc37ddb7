/* What is pushed: all that is the registry's in a published folder, once it has turned out whole.
 */
#ifndef GITDNS_PUSH_LOCAL_FOLDER_H
#define GITDNS_PUSH_LOCAL_FOLDER_H

#include "base/message.h"
#include "push/file_list.h"
#include "registry/registry.h"
#include <limits.h>
#include <stdint.h>

struct local_folder {
    char path[PATH_MAX]; /* absolute, without links */
    int fd;
    int lock;
    uint32_t serial; /* HEAD's */
    char registry_name[REGISTRY_NAME_MAX + 1];
    struct file_list files;  /* of HEAD's serial and those below it, sorted */
    struct file_list newest; /* of these, HEAD's serial's */
    struct file_list beside; /* index.html, HEAD.SUFFIX: pushed before HEAD, sorted */
};

/* Opens and locks it, and checks that HEAD's manifest, its signature's file and all that it names
 * are there, with their sizes and SHA-256. Folders above HEAD, and those below without a manifest
 * of this registry, are rests of runs that were killed, and not of the list. Returns 0, E_FOLDER_…,
 * E_MANIFEST_…, E_SIZE_WRONG, E_HASH_WRONG or -errno, and then *fault. local_folder_close at the
 * end either way. */
int local_folder_open(struct local_folder *folder, const char *path, char fault[MESSAGE_OCTETS]);

void local_folder_close(struct local_folder *folder);

#endif
