/* Remotes: how they are named, and what each kind of them can do. */
#ifndef GITDNS_PUSH_REMOTE_H
#define GITDNS_PUSH_REMOTE_H

#include "base/message.h"
#include "push/file_list.h"
#include "push/local_folder.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct remote_kind;

struct remote {
    const char *word; /* as it was given */
    const struct remote_kind *kind;
    const char *place; /* what the kind is told of it, in `word` */
};

/* Octets put and read back, of those that are to be. */
struct push_progress {
    _Atomic uint64_t done, all;
};

/* Of one push, in the process of its remote. */
struct push {
    const struct remote *remote;
    const struct local_folder *local;
    bool force;
    const char *scratch; /* rsync: an empty folder of this push's own */
    struct push_progress *progress;
    uint64_t before; /* what was done before the step that is under way, */
    uint64_t step;   /* and how many octets that has */
    int fd, lock;    /* a path: the folder; -1: not open */
    char *fault;     /* MESSAGE_OCTETS */
};

/* Each returns 0 or a negative code, and then *push->fault. Lists are sorted. */
struct remote_kind {
    int (*open)(struct push *push); /* may be NULL */
    /* What it has of a registry's files; what else is there is passed over. */
    int (*list)(struct push *push, struct file_list *list);
    /* Reads a small file that is listed. Returns its length. */
    int (*read)(struct push *push, const char *path, char *out, size_t max);
    /* Puts files of the local folder there, whatever is there. */
    int (*put)(struct push *push, const struct file_list *list, const char *cache_control);
    /* Reads them back; E_HASH_WRONG: one is missing or not the local folder's. */
    int (*compare)(struct push *push, const struct file_list *list);
    int (*set_head)(struct push *push, const char *text, size_t len);
    /* Removes these, and their serials' folders that the local folder has not, if they are empty.
     */
    int (*remove)(struct push *push, const struct file_list *list);
    void (*close)(struct push *push); /* may be NULL */
    bool scratches;                   /* needs push->scratch */
};

/* /PATH, ./PATH, ../PATH; rclone:REMOTE:PATH; rsync:HOST:PATH, rsync://HOST/MODULE/PATH. Returns
 * false for all else, with why. */
bool remote_parse(const char *word, struct remote *remote, const char **why);

/* Begins a step of so many octets; says how much of it is done. */
void remote_step(struct push *push, uint64_t octets);
void remote_percent(void *push, unsigned percent);
void remote_step_end(struct push *push);

/* Says why, and returns `code`. */
__attribute__((format(printf, 3, 4))) int remote_fail(struct push *push, int code,
                                                      const char *format, ...);

#endif
