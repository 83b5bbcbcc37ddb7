/* Proof that an address still serves a name: whoever holds the key of a certificate for the name
 * answers there. Nothing is asked of DNS.
 *
 *   prove       many proofs side by side, politely, each told as it comes
 *   turns       whose turn it is: the pure rules of politeness, and how long all will take by these
 *   forecast    and how long that will be, by what came of those that are over
 *   ports       where a name serves, by its kind
 *   handshake   one connection by libcurl, and what came of it
 *   endless     servers that do not stop sending
 *   late        what this machine was too late to see
 *   own         addresses of this machine, and those that it has no route to
 *
 * Publish, survey and outage may enter. It knows base and registry. Nothing in this room prints, or
 * keeps anything from one run to the next: back-off of an address that resets is the caller's.
 */
#ifndef GITDNS_PROOF_PROOF_H
#define GITDNS_PROOF_PROOF_H

#include "registry/address.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Handshakes under way, as many as may be asked for: each takes 80 kB. */
#define PROOF_PARALLEL_MAX 2000
/* What is fair and enough for a whole list: see struct proof_limits. */
#define PROOF_PARALLEL 500
#define PROOF_RATE 100
#define PROOF_TIMEOUT_MS 5000
/* At one address at most one handshake begins in so long. */
#define PROOF_ADDRESS_GAP_MS 1000
/* Under way in one network, an IPv4 /24 or IPv6 /48. */
#define PROOF_NETWORK_MAX 2

enum proof_verdict {
    PROOF_PROVEN,      /* a certificate for the name that this machine's authorities vouch for; at
                          port 22, a host key that is remembered for it */
    PROOF_OPEN,        /* the port answers, but no proof: see enum proof_why */
    PROOF_REFUSED,     /* the port is closed */
    PROOF_RESET,       /* by the server or somebody in between: leave the address alone for a day */
    PROOF_SILENT,      /* no answer in time, or none that is finished */
    PROOF_UNREACHABLE, /* somebody in between said so */
    PROOF_NO_ROUTE, /* this machine has no route, or lets nothing out: says nothing of the address,
                       and most often that a whole family is not there */
    PROOF_UNTRIED,  /* not an address to try (see `any`), or this machine failed */
};
#define PROOF_VERDICTS (PROOF_UNTRIED + 1)

/* Why there was no proof although the port answered. */
enum proof_why {
    PROOF_WHY_NONE,       /* PROOF_OPEN is not the verdict */
    PROOF_OTHER_NAME,     /* a good certificate, for other names */
    PROOF_EXPIRED,        /* or not valid yet */
    PROOF_SELF_SIGNED,    /* it or its root, which is none of this machine's */
    PROOF_UNKNOWN_ISSUER, /* its issuer is not known here, and did not come along */
    PROOF_BAD_CERTIFICATE,
    PROOF_NO_TLS,      /* something else is spoken there, or the handshake was broken off */
    PROOF_NO_STARTTLS, /* mail without TLS */
    PROOF_PLAIN,       /* a port on which nothing is proven: 80 */
    PROOF_NO_SSH,      /* something else is spoken at 22 */
    PROOF_UNKNOWN_KEY, /* SSH with a host key that is not remembered for the name */
    PROOF_OTHER_KEY,   /* and another one is */
};

/* One name at one address. */
struct proof_item {
    const char *name; /* in normal form, NUL-terminated; the caller's, until the end */
    uint16_t port;    /* 0: those of the name's kind, one after the other, until one is proven */
    uint8_t octets;   /* of the address: 4 or 16 */
    unsigned char address[ADDRESS_MAX_OCTETS]; /* in network byte order */
};

struct proof_result {
    enum proof_verdict verdict; /* of several ports the first's, unless a later one proves more */
    enum proof_why why;
    uint16_t port;
    int64_t until; /* seconds since 1970: the certificate's end; 0: not proven, or by
                      a host key, which has none */
    int64_t ms;    /* that it took at that port */
};

struct proof_limits {
    unsigned parallel;   /* handshakes under way at most, up to PROOF_PARALLEL_MAX */
    unsigned rate;       /* begun in a second at most; 0: no bound. With `parallel` at least rate x
                            time-out the silent ones do not slow the others, and the time that all
                            take is known beforehand; else once a tenth, or many, are over */
    int64_t timeout_ms;  /* for one, from the first SYN to the end of the handshake */
    int64_t deadline;    /* clock_ms(CLOCK_BOOTTIME) for all; 0: none. Those that are not over then
                            are not told */
    bool any;            /* addresses that are no public ones, or this machine's own, too */
    const char *ca_file; /* authorities in PEM; NULL: the system's */
    const char *known_hosts; /* what proves a server of SSH; NULL: the system's */
};

struct proof_progress {
    size_t count; /* items */
    size_t done;  /* told */
    size_t verdict[PROOF_VERDICTS];
    uint64_t handshakes;
    int64_t ms;      /* since the start */
    int64_t left_ms; /* that the rest will take, as it looks now; -1: nothing to go by, yet */
};

struct proving;

/* Told once for each item, in any order; `item` is its index. */
typedef void proof_take(void *user, size_t item, const struct proof_result *result);

/* Prepares to prove `items`, which stay the caller's and as they are until proving_close. Takes 40
 * octets an item, and 80 kB a handshake under way. curl_global_init has been called. Returns 0 and
 * *proving, -EINVAL for limits of 0, -E2BIG, -ENOMEM, or another -errno: the authorities cannot be
 * read, or there is no thread. */
int proving_open(struct proving **proving, const struct proof_item *items, size_t count,
                 const struct proof_limits *limits, proof_take *take, void *user);

/* Goes on for at most `wait_ms`, and tells what is over by `take`; a signal ends it early. Returns
 * 1 while there is more to do, 0 once all are told, -ETIMEDOUT after the deadline, -ENOMEM, or
 * another -errno. */
int proving_step(struct proving *proving, int wait_ms);

void proving_progress(const struct proving *proving, struct proof_progress *progress);

/* At any time: what is under way is broken off, and not told. NULL is fine. */
void proving_close(struct proving *proving);

/* Whether a machine that is given the address would get further than a connection: PROOF_PROVEN or
 * PROOF_OPEN. */
bool proof_would_work(enum proof_verdict verdict);

/* A word or two, lower-case. */
const char *proof_verdict_word(enum proof_verdict verdict);
const char *proof_why_word(enum proof_why why);

#endif
