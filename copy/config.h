/* gitdns.conf and what is dropped in beside it, in inih's INI dialect:
 *
 *   [registry NAME]     up to four, in the order in which they answer; any other name is refused
 *   url = URL           http, https or file; repeated: mirrors, of which the highest good serial
 *                       counts; one that fails is left alone for a while (cooldown.h)
 *   key = PATH          minisign public key, or a folder of *.pub; or the key itself, which is the
 *                       base64 line of such a file; repeated
 *   private = no        yes: special-use names and private addresses may stand, and all its names
 *                       are told to nobody; some: they may stand, and those alone are not told
 *   domains = NAME, ... of a private one: at and below these no other registry answers
 *   interval, keep, max-age, max-size   as in [sync], for this one
 *   [registry]          one without a name in its heading lies in the copy's own folder
 *   name = NAME
 *   [sync]
 *   interval = 7d       1m to 365d
 *   keep = 4            how many serials, 1 to 64; 9 with [answer] denied
 *   max-age = 0         the module answers until the manifest expires, or to that age if sooner
 *   directory = PATH    the folder of the copy
 *   max-size = 2GiB     of the registry text
 *   connect-timeout = 30s   1s to 10m
 *   stall-timeout = 60s     1s to 10m, at less than 1 KiB/s
 *   round-timeout = 1h      1s to 1d
 *   [answer]
 *   never = NAME, *.NAME, ...   names that are not answered; repeated
 *   only = NAME, *.NAME, ...    if given, no others are; repeated
 *   denied = NAME, *.NAME, ...  names that may be answered although DNS denies them; repeated
 *   [outage]
 *   missed = yes        names that are asked for in vain in an outage are kept, for root
 *   probe = 0           DNS is asked so often though nobody waits, 5s to 1h
 *
 * Durations end in d, h, m or s (0 needs no unit), sizes in KiB, MiB, GiB or nothing. Blanks before
 * a line mean nothing: inih would take them for a continuation of the line before.
 *
 * Beside FILE, the files FILE.d/NAME.conf are read before it, in the order of their names. The
 * first that sets something in [sync] or [outage] counts.
 */
#ifndef GITDNS_COPY_CONFIG_H
#define GITDNS_COPY_CONFIG_H

#include "base/message.h"
#include "copy/config_file.h"
#include "copy/config_names.h"
#include "copy/policy.h"
#include "registry/registry.h"
#include "registry/signature.h"
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define CONFIG_PATH "/etc/gitdns/gitdns.conf"

/* A URL, the `/` that it may lack, and a NUL. */
#define CONFIG_URL_OCTETS (CONFIG_LINE_MAX + 2)
#define CONFIG_URLS_MAX 16
#define CONFIG_KEY_PATHS_MAX 16
/* Its folder in that of the copy, and a NUL. */
#define CONFIG_DIRECTORY_OCTETS                                                                    \
    (CONFIG_LINE_MAX + sizeof "/" REGISTRIES_FOLDER "/" + REGISTRY_NAME_MAX)

struct config_key {
    char path[CONFIG_LINE_MAX + 1]; /* or, without a slash in front, the key itself */
    unsigned line;                  /* where it stands in the registry's file */
};

struct config_registry {
    char file[PATH_MAX]; /* where it stands */
    unsigned line;       /* its heading */
    bool unnamed;        /* [registry] */
    char name[REGISTRY_NAME_MAX + 1];
    unsigned urls;
    char url[CONFIG_URLS_MAX][CONFIG_URL_OCTETS]; /* each ends in `/` */
    unsigned keys;
    struct config_key key[CONFIG_KEY_PATHS_MAX];
    bool private;     /* private names and addresses may stand */
    bool all_private; /* all its names count as such */
    struct config_names domains;
    int64_t interval; /* seconds, as all that follow */
    int64_t max_age;  /* 0: none */
    int64_t connect_timeout;
    int64_t stall_timeout;
    int64_t round_timeout;
    uint64_t max_octets;                     /* of the registry text */
    int64_t keep;                            /* serials */
    char directory[CONFIG_DIRECTORY_OCTETS]; /* its own; absolute */
};

/* Holds nothing allocated: copied by assignment, never freed. */
struct config {
    const char *file;    /* where it was read from: the caller's */
    unsigned registries; /* at least 1 */
    struct config_registry registry[POLICY_REGISTRIES_MAX];
    struct config_names never;
    struct config_names only;
    struct config_names denied;
    char directory[CONFIG_LINE_MAX + 1]; /* of the copy; absolute */
    bool missed;                         /* names that are asked for in vain are kept */
    int64_t probe;                       /* seconds between questions of our own; 0: none */
};

/* Reads the file at `path`, and what is dropped in beside it. Returns 0, or -1 with the cause in
 * `error`: `FILE:LINE: cause`. */
int config_load(struct config *config, const char *path, char error[MESSAGE_OCTETS]);

/* The registry of that name, or NULL. */
const struct config_registry *config_find(const struct config *config, const char *name);

/* Reads the public keys that the configuration of a registry names, as they stand on disk now.
 * Returns and `error` as config_load. */
int config_load_keys(const struct config_registry *registry, struct keys *keys,
                     char error[MESSAGE_OCTETS]);

/* Those of all, one after the other: whether they can be read. Returns as config_load. */
int config_check_keys(const struct config *config, char error[MESSAGE_OCTETS]);

#endif
