/* The files of a configuration, of this system or of one in a folder: found by patterns, opened so
 * that none hangs, read with a bound. */
#ifndef GITDNS_MENTIONS_CONFIG_FILES_H
#define GITDNS_MENTIONS_CONFIG_FILES_H

#include "mentions/mentions.h"
#include "mentions/mounts_to_avoid.h"
#include <stddef.h>
#include <sys/types.h>

/* Owned by anybody. */
#define CONFIG_FILES_ANY ((uid_t)-1)

struct config_files {
    int root;                      /* the folder that paths begin in */
    struct mounts_to_avoid remote; /* of this system */
    char *buffer;
    size_t octets;  /* read so far */
    unsigned files; /* the same */
    uid_t owner;    /* whose files are read */
    bool others;    /* of anybody's the file is neither root's nor the caller's */
    /* A file's text; and one that is left, as struct mentions_taker has it. */
    void (*take)(void *user, const char *path, const char *text, size_t len);
    void (*leave)(void *user, const char *path, int cause);
    void *user;
};

/* `root`: as struct mentions_options has it. Returns 0 or -errno. */
int config_files_open(struct config_files *files, const char *root);

/* Reads each file that the absolute pattern matches, as far as it belongs to `owner`. */
void config_files_each(struct config_files *files, const char *pattern, uid_t owner);

/* Gives each path that the absolute pattern, in which `*` stands for what a part of a path can have
 * there, may match. Nobody has looked whether it is there if its last part has no `*`. Of folders
 * with very many entries not all are looked at. */
void config_files_match(struct config_files *files, const char *pattern,
                        void (*found)(void *user, const char *path), void *user);

/* A descriptor of the file or, with O_DIRECTORY, folder; or as path_open (base/path_open.h),
 * -ENOENT for what lies on another machine. */
int config_files_open_at(const struct config_files *files, const char *path, int flags);

void config_files_close(struct config_files *files);

#endif
