/* gitdns: the command people type.
 *
 *   status    what the store holds, when it was and will be refreshed, whether it can answer
 *   lookup    what the store holds of a name, without NSS
 *   verify    the store's signature and text
 *   export    the store as registry text or as a hosts file
 *   pull      a round of gitdns-syncd
 *   log       the serials that are kept
 *   diff      what changed from one to another
 *   checkout  which of them answers
 *   outage    what the daemon knows of an outage; on, off, auto
 *   history   the serials that are kept, for the three
 *   pair      two stores side by side
 *   reach     whether the hosts line lets the module answer
 *   format    times and numbers for people, strings for JSON
 *
 * It reads what the other rooms write (configuration and state from syncd/, the hosts line's
 * grammar from nss_gitdns/) and changes nothing but, by checkout, which store answers, and what it
 * asks the daemon to.
 */
#ifndef GITDNS_CLI_H
#define GITDNS_CLI_H

#include "registry/manifest.h"
#include "registry/store_read.h"
#include "syncd/config.h"
#include <stdbool.h>

/* Exit status of every command. */
enum cli_exit {
    CLI_OK = 0,
    CLI_BAD = 1, /* what was asked for is not there or not good */
    CLI_USAGE = 2,
};

struct cli {
    bool configured; /* config holds what gitdns.conf says; else there is none */
    struct config config;
    const char *config_path;
    const char *directory; /* that the store lies in */
    char store_path[sizeof((struct config *)0)->directory + sizeof "/" STORE_FILE];
    bool json;
    bool hosts;
    int count; /* what stands behind the command's name */
    char *const *arguments;
};

/* Opens the store and reads its manifest, or prints why not and returns false. */
bool cli_open_store(const struct cli *cli, struct store *store, struct manifest *manifest);

/* Each prints its result to stdout and what is wrong to stderr, and returns an enum cli_exit. */
int cli_status(const struct cli *cli);
int cli_lookup(const struct cli *cli);
int cli_verify(const struct cli *cli);
int cli_export(const struct cli *cli);
int cli_pull(const struct cli *cli);
int cli_log(const struct cli *cli);
int cli_diff(const struct cli *cli);
int cli_checkout(const struct cli *cli);
int cli_outage(const struct cli *cli);

#endif
