/* What lies on one machine: its copies of a registry, and what programs tell each other of them.
 *
 *   store_open     the file of a store, through no other's link
 *   store_read     look-ups in a store and a walk through it
 *   store_write    a new store, checked and put in place of the old one
 *   store_verify   what a store says of itself, and whether it is true
 *   store_index    the index of a store, and whether it leads to each of its records
 *   store_diff     what changed from one store to another
 *   delta_merge    a delta's lines and the records of the store that it starts from
 *   deadline       until when a store answers
 *   serials        the stores that a machine keeps, and which of them answers
 *   dates          when those that are kept were made; freshness: what that says of their publisher
 *   pin            the serial that answers whatever comes
 *   newest         the newest of them that counts, whichever answers
 *   config         gitdns.conf
 *   round_state    what the rounds so far came to, kept beside the store
 *   cooldown       how long a mirror that failed or lied is left alone
 *   board, board_write   what the daemon lets every process know of an outage of DNS
 *   control        what an administrator tells the daemon of outages
 *   siphash        the hash of names on that board
 *
 * May enter: nss_gitdns, outage, syncd, cli. It knows base and registry. Nothing in this room
 * prints. The module links store_open, store_read, board and siphash alone, which need nothing but
 * libc and tinycdb.
 */
#ifndef GITDNS_COPY_COPY_H
#define GITDNS_COPY_COPY_H

/* Where a store lies unless the configuration says otherwise; the module knows no other place. */
#define STORE_DIRECTORY "/var/lib/gitdns"
#define STORE_FILE "registry.cdb"
#define STORE_PATH STORE_DIRECTORY "/" STORE_FILE
/* Beside them, for root and the daemon alone: names that were asked for in vain and that no copy
 * has, one a line, oldest first. */
#define MISSED_FILE "missed"
#define MISSED_MAX 1000

/* A folder of stores that is open. */
struct folder {
    const char *path; /* for messages */
    int fd;
};

#endif
