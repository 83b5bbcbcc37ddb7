/* gitdns: the command people type.
 *
 * The commands, each in the file of its name (disable in enable, `outage` in outage_force):
 *   status        what the store holds, when it was and will be refreshed, whether it can answer
 *   lookup        what the store holds of a name, without NSS
 *   verify        the store's signature and text
 *   export        the store as registry text or as a hosts file
 *   pull          a round of gitdns-syncd
 *   log           the serials that are kept
 *   diff          what changed from one to another
 *   checkout      which of them answers
 *   enable        gitdns into the hosts line of nsswitch.conf, and disable: out of it
 *   doctor        whether this machine is protected
 *   explain       which service answers a name, now and if DNS died
 *   outage_force  what the daemon knows of an outage; on, off, auto
 *
 * What they are made of:
 *   open_store       a store with its manifest
 *   kept_serials     the serials that are kept, for log, diff and checkout
 *   doctor_facts     what doctor judges by, and doctor_checks: what is wrong, by these alone
 *   dns_failures     the ways in which DNS can fail, and how long each takes
 *   permissions      what keeps other users from the files that they need
 *   machine_facts    what of the machine decides: nscd, systemd-resolved, the modules
 *   enable_refused   whether nsswitch.conf is for gitdns to edit
 *   child_lookup     look-ups through glibc, each in a process of its own
 *   outage_view      what the daemon's board says, shown
 *   daemon_socket    what the daemon is told
 *   format           times and numbers for people, strings for JSON
 *
 * May enter: nobody. It knows base, registry, copy and hosts_line. It changes nothing but, by
 * checkout, which store answers, by enable and disable, the hosts line, and what it asks the daemon
 * to.
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
    /* doctor's own: 0, 1 and 2 are its findings (doctor_checks.h) */
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
/* Returns an enum health (doctor_checks.h). */
int cli_doctor(const struct cli *cli);
int cli_outage(const struct cli *cli);

#endif
