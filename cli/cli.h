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
 *   enable    gitdns into the hosts line of nsswitch.conf, and disable: out of it
 *   doctor    whether this machine is protected; examine: what is wrong with it
 *   explain   which service answers a name, now and if DNS died, and ask: look-ups through glibc
 *   ways      the ways in which DNS can fail, and resolver: how long each takes
 *   owner     whether that file is for gitdns to edit
 *   nsswitch  the file, and its durable replacement
 *   hosts_edit  the line that comes out, hosts_rule: what it must say, and hosts_proposal: what to
 *             write by hand where it is not edited
 *   saved     the line as it was before
 *   machine   what of the machine decides: nscd, systemd-resolved, the modules
 *   reach     whether the hosts line lets the module answer
 *   rejected  what of the other lines makes glibc reject the file
 *   shut      what keeps other users from the files that they need
 *   format    times and numbers for people, strings for JSON
 *
 * It reads what the other rooms write (configuration and state from syncd/, the hosts line's
 * grammar from nss_gitdns/) and changes nothing but, by checkout, which store answers, by enable
 * and disable, the hosts line, and what it asks the daemon to.
 */
#ifndef GITDNS_CLI_CLI_H
#define GITDNS_CLI_CLI_H

#include "copy/config.h"
#include "copy/copy.h"
#include "copy/store_read.h"
#include "registry/manifest.h"
#include <stdbool.h>

/* Exit status of every command. */
enum cli_exit {
    CLI_OK = 0,
    CLI_BAD = 1, /* what was asked for is not there or not good */
    CLI_USAGE = 2,
    /* doctor's own: 0, 1 and 2 are its findings (doctor.h) */
    CLI_DOCTOR_USAGE = 64,
};

struct cli {
    bool configured;                   /* config holds what gitdns.conf says; else there is none */
    bool hidden;                       /* there is one, which this user may not read */
    char config_error[MESSAGE_OCTETS]; /* what is wrong with it; empty: nothing */
    struct config config;
    const char *config_path;
    const char *directory; /* that the store lies in */
    char store_path[sizeof((struct config *)0)->directory + sizeof "/" STORE_FILE];
    bool json;
    bool hosts;
    bool dry_run;
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
int cli_enable(const struct cli *cli);
int cli_disable(const struct cli *cli);
int cli_explain(const struct cli *cli);
/* Returns an enum health (doctor.h). */
int cli_doctor(const struct cli *cli);
int cli_outage(const struct cli *cli);

#endif
