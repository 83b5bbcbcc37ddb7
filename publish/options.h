/* What a run is asked for: gitdns-publish's options, their defaults and limits. */
#ifndef GITDNS_PUBLISH_OPTIONS_H
#define GITDNS_PUBLISH_OPTIONS_H

#include "base/number.h"
#include "dns/resolvers.h"
#include "publish/problem.h"
#include "publish/progress.h"
#include "publish/signers.h"
#include "publish/skips.h"
#include "registry/admission.h"
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define VALID_DEFAULT (60 * DAY)
/* A registry that nobody renews must not answer for ever. */
#define VALID_MAX (3650 * DAY)
#define VALID_MAX_TEXT "ten years"
/* With a list of names; of a hosts file nothing is held. */
#define HOLD_DEFAULT 8
/* More serials seen.gz does not count. */
#define HOLD_MAX 250
#define RATE_MAX 1000000
/* Of resolvers that are not on this machine, which others ask, too. */
#define RATE_POLITE 50
/* Not given: that, or as fast as answers come. */
#define RATE_DEFAULT UINT_MAX
#define PARALLEL_DEFAULT 200
#define PARALLEL_MAX 10000
#define SAMPLES_DEFAULT 1
#define SAMPLES_MAX 100
#define LISTS_MAX 64
#define SIBLINGS_DEFAULT 4
#define SIBLINGS_MAX 16

struct resolve_options {
    struct resolvers resolvers; /* none: resolv.conf's */
    unsigned rate;              /* questions a second; 0: as fast as answers come; RATE_DEFAULT */
    unsigned parallel;          /* names under way */
    unsigned samples;
    int64_t every;               /* seconds from the beginning of a sample to that of the next */
    progress_listener *progress; /* called several times a second; may be NULL */
    void *context;
};

/* Lists of names, in the order of rank. */
struct list_options {
    const char *source[LISTS_MAX]; /* each a file, `-`, or a URL */
    bool private[LISTS_MAX];       /* of names that a network may have for itself */
    unsigned count;
    unsigned top; /* the first ones alone; 0: all */
    /* Told of each list that could not be fetched, and is taken as it was; may be NULL. */
    void (*kept)(const char *why);
};

struct prove_list {
    const char *file[LISTS_MAX]; /* or `-` */
    unsigned count;
};

/* Which names' addresses are proven: all, or those of lists. */
struct prove_options {
    bool all;
    struct prove_list names;
    struct prove_list require; /* which are published only where they are */
    unsigned siblings;         /* of which a name is tried at so many addresses */
    bool www;                  /* `www.NAME` of them too */
    enum admission admission;  /* of addresses, as options_admission has it */
    progress_listener *progress;
    void *context;
};

struct publish_options {
    const char *to;
    const char *name;
    const char *hosts; /* this and lists of names, or a serial to publish once more */
    struct list_options lists;
    uint32_t revert;                /* 0: none; lists may say which of its names are private */
    const char *restore;            /* URL of a mirror, for a folder that was lost; or NULL */
    bool www;                       /* `www.NAME` too */
    struct resolve_options resolve; /* how the names are asked for */
    struct prove_options prove;
    unsigned hold; /* serials that addresses stay after they were last seen */
    struct signer_options signers;
    int64_t valid;     /* seconds */
    const char *after; /* a command for sh, once something new is published; or NULL */
    bool private;
    bool force;
    bool any_clock; /* what the clock says does not matter */
    bool no_page;   /* no index.html for people */
    bool show_skipped;
    skip_listener *skipped; /* told of each entry that cannot be published; may be NULL */
};

enum options_wish { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_WRONG };

/* What the words of the command line ask for. OPTIONS_WRONG: the problem says what is wrong; empty:
 * getopt_long has said it. */
enum options_wish options_parse(int argc, char **argv, struct publish_options *options,
                                struct problem *problem);

/* What is admitted of names of which no list says more. */
enum admission options_admission(const struct publish_options *options);

/* What messages call that which is read: a file or URL, or the options. */
const char *options_source(const struct publish_options *options);

#endif
