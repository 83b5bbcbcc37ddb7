/* gitdns.conf, in inih's INI dialect:
 *
 *   [registry]
 *   name = NAME         of the registry; any other is refused
 *   url = URL           http, https or file; repeated: mirrors, of which the highest good serial
 *                       counts; one that fails is left alone for a while (cooldown.h)
 *   key = PATH          minisign public key, or a folder of *.pub; repeated
 *   private = no        yes: special-use names and private addresses may stand
 *   [sync]
 *   interval = 7d       1m to 365d
 *   keep = 4            how many serials, 1 to 64
 *   max-age = 0         the module answers until the manifest expires, or to that age if sooner
 *   directory = PATH    where the store lies
 *   max-size = 2GiB     of the registry text
 *   connect-timeout = 30s   1s to 10m
 *   stall-timeout = 60s     1s to 10m, at less than 1 KiB/s
 *   round-timeout = 1h      1s to 1d
 *
 * Durations end in d, h, m or s (0 needs no unit), sizes in KiB, MiB, GiB or nothing. Blanks before
 * a line mean nothing: inih would take them for a continuation of the line before.
 */
#ifndef GITDNS_COPY_CONFIG_H
#define GITDNS_COPY_CONFIG_H

#include "base/message.h"
#include "registry/registry.h"
#include "registry/signature.h"
#include <stdbool.h>
#include <stdint.h>

#define CONFIG_PATH "/etc/gitdns/gitdns.conf"

/* The longest line, without its LF: what inih's buffer of 200 octets holds. */
#define CONFIG_LINE_MAX 198
/* A URL, the `/` that it may lack, and a NUL. */
#define CONFIG_URL_OCTETS (CONFIG_LINE_MAX + 2)
#define CONFIG_URLS_MAX 16
#define CONFIG_KEY_PATHS_MAX 16

struct config_key {
    char path[CONFIG_LINE_MAX + 1];
    unsigned line; /* where it stands in the file */
};

/* Holds nothing allocated: copied by assignment, never freed. */
struct config {
    const char *file; /* where it was read from: the caller's */
    char name[REGISTRY_NAME_MAX + 1];
    unsigned urls;
    char url[CONFIG_URLS_MAX][CONFIG_URL_OCTETS]; /* each ends in `/` */
    unsigned keys;
    struct config_key key[CONFIG_KEY_PATHS_MAX];
    bool private;
    int64_t interval; /* seconds, as all that follow */
    int64_t max_age;  /* 0: none */
    int64_t connect_timeout;
    int64_t stall_timeout;
    int64_t round_timeout;
    uint64_t max_octets;                 /* of the registry text */
    int64_t keep;                        /* serials */
    char directory[CONFIG_LINE_MAX + 1]; /* absolute */
};

/* Reads the file at `path`. Returns 0, or -1 with the cause in `error`: `FILE:LINE: cause`. */
int config_load(struct config *config, const char *path, char error[MESSAGE_OCTETS]);

/* Reads the public keys that the configuration names, as they stand on disk now. Returns and
 * `error` as config_load. */
int config_load_keys(const struct config *config, struct keys *keys, char error[MESSAGE_OCTETS]);

#endif
