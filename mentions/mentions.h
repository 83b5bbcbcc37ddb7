/* The names that this machine needs, as its configuration mentions them.
 *
 *   mention_sources  the table: which files, and how hosts are taken out of each
 *   ways             those that several have: URLs, keys, words of JSON, XML and commands
 *   ways_of_one      those that one has: ssh, git, fstab, rsyslog
 *   host_word        the host in a URL or a word
 *   reading          the lines of a file
 *   config_files     the files that there are, opened so that nothing hangs
 *   mounts_to_avoid    where not to look, since others would have to answer
 *   mention_list     what was found: names in normal form, short ones searched
 *   companions       what a program asks besides, because of one of these
 *
 * May enter: cli. It knows base and registry. Nothing in this room prints, writes or asks anybody.
 */
#ifndef GITDNS_MENTIONS_MENTIONS_H
#define GITDNS_MENTIONS_MENTIONS_H

#include "base/base.h"
#include <stdbool.h>

/* Of a longer file the lines that are whole in so many octets are read. */
#define MENTIONS_FILE_OCTETS (1 << 20)
/* No more is read in all. */
#define MENTIONS_FILES_MAX 8192
#define MENTIONS_OCTETS_MAX (64 << 20)
/* So often names are mentioned, by one file and in all; more are left out. */
#define MENTIONS_OF_FILE_MAX (1 << 14)
#define MENTIONS_MAX (1 << 17)
/* Of files that are neither root's nor the caller's, but for users' own configuration: in all less
 * than a tenth of what a package's list has, by which gitdns-publish refuses a list. */
#define MENTIONS_OF_OTHERS_MAX 64

struct mentions_options {
    const char *root; /* of another system's tree, whose links do not lead out; NULL: this one's */
    bool homes;       /* users' own configuration, too */
};

struct mention {
    const char *name; /* in normal form, of two labels or more, one that a DNS may have */
    const char *of;   /* the name that stands there, whose companion this is; NULL: itself */
    const char *file; /* as that system has it, from `/` on */
    unsigned line;    /* from 1 on */
    bool again;       /* the name was given before, from elsewhere */
};

struct mentions_taker {
    void (*take)(void *user, const struct mention *mention);
    /* A file that is there was not read, or not to its end: -errno, -EINVAL for one that is not
     * regular, E_FILE_LONG; E_LIST_LONG: it mentions too many. NULL: is not told. */
    void (*leave)(void *user, const char *file, int cause);
    void *user;
};

/* Reads the configuration that the caller may read, and gives each mention, by name (by octets),
 * file and line. What is given is good for the call alone. Returns 0, or -errno: the root cannot be
 * opened, or there is no memory; then nothing has been taken. */
int mentions_read(const struct mentions_options *options, const struct mentions_taker *taker);

#endif
