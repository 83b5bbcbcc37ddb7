/* gitdns: the command people type.
 *
 * The commands, each in the file of its name; disable is in enable, `outage` in outage_force,
 * `names` in names_view:
 *   status        what each store holds, when it was and will be refreshed, whether it can answer
 *   lookup        what the stores hold of a name, without NSS
 *   verify        each store's signature and text; verify_mirrors: of mirrors, from outside
 *   export        a store, or what all of them answer, as registry text or for another server
 *   pull          a round of gitdns-syncd
 *   log           the serials that are kept
 *   diff          what changed from one to another
 *   checkout      which of them answers
 *   enable        gitdns into the hosts line of nsswitch.conf, and disable: out of it
 *   doctor        whether this machine is protected
 *   explain       which service answers a name, now and if DNS died
 *   outage_force  what the daemon knows of an outage; on, off, auto
 *   names_view    the names that this machine needs
 *   drill         the copy against the world; a command, or all, as if DNS were dead
 *
 * What they are made of:
 *   configure        what gitdns.conf says, as far as this user may read it
 *   copies           which registries there are, and where each lies
 *   open_store       a store with its manifest, or all of them
 *   holdings         what each store holds of a name, and which of them answers
 *   policy_rules     the names that the policy in force has rules for
 *   kept_serials     the serials that are kept, for log, diff and checkout
 *   doctor_facts     what doctor judges by; doctor_checks, doctor_check_copies: what is wrong, by
 *                    these alone
 *   own_registry     a registry that this machine publishes itself
 *   drill_copy       the copy against the world; drill_names: which names; drill_print: what came
 *                    of them; drill_kept: of the last time
 *   drill_machine    a drill of the whole machine; drill_report: what came of a command's
 *   machine_names    the names that this machine needs, and which of them are in its copies
 *   doctor_verdict   what doctor finds in one line; doctor_json: for programs; doctor_nagios: as
 *                    plugins for monitoring have it
 *   status_json      one registry's state for programs
 *   status_metrics   the state for Prometheus
 *   dns_failures     the ways in which DNS can fail, and how long each takes
 *   export_form      the forms in which records go to other servers
 *   permissions      what keeps other users from the files that they need
 *   machine_facts    what of the machine decides: nscd, systemd-resolved, the modules
 *   enable_refused   whether nsswitch.conf is for gitdns to edit
 *   child_lookup     look-ups through glibc, each in a process of its own
 *   outage_view      what the daemon's board says, shown
 *   daemon_socket    what the daemon is told; daemon_force: what root decides in its place
 *   help             what --help says
 *   format           times and numbers for people; json: for programs
 *
 * May enter: nobody. It knows base, registry, copy, hosts_line, mentions, dead_dns, survey and
 * audit. It changes nothing but, by checkout, which store answers, by enable and disable, the hosts
 * line, by drill --keep, what the last one found, and what it asks the daemon to.
 */
#ifndef GITDNS_CLI_CLI_H
#define GITDNS_CLI_CLI_H

#include "cli/copies.h"
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
    /* doctor's own: 0, 1 and 2 are its findings (faults.h) */
    CLI_DOCTOR_USAGE = 64,
    CLI_NAGIOS_UNKNOWN = 3, /* the same with --nagios */
    /* drill's own: the rest may be its command's, as env(1) and timeout(1) have it */
    CLI_DRILL_FAULT = 125,
};

struct cli {
    bool configured;                   /* config holds what gitdns.conf says; else there is none */
    bool hidden;                       /* there is one, which this user may not read */
    char config_error[MESSAGE_OCTETS]; /* what is wrong with it; empty: nothing */
    struct config config;
    const char *config_path;
    const char *directory;     /* that all copies lie in */
    const char *registry_name; /* --registry; NULL: none is chosen */
    struct copies copies;      /* the chosen one, or all, in order */
    bool json;
    bool prometheus;    /* --prometheus */
    const char *output; /* --output; NULL: standard output */
    bool hosts;
    bool dry_run;
    bool homes;           /* --home */
    bool missed;          /* --missed */
    bool why;             /* --why */
    const char *root;     /* --root; NULL: this system's */
    bool missing;         /* --missing */
    bool nagios;          /* --nagios */
    const char *format;   /* --format; NULL: none */
    const char *mode;     /* --mode; NULL: the usual one */
    const char *machine;  /* --machine; NULL: not of the machine */
    bool end;             /* --end */
    bool all;             /* --all */
    bool keep;            /* --keep */
    const char *at_least; /* --at-least; NULL: whatever it is */
    const char *key;      /* --key; NULL: the configuration's */
    bool deep;            /* --deep */
    int count;            /* what stands behind the command's name */
    char *const *arguments;
    char *const *command; /* drill's, NULL at its end; NULL: there is none */
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
int cli_names(const struct cli *cli);
/* Returns an exit status of its own, or its command's. */
int cli_drill(const struct cli *cli);

#endif
