/* Questions to recursive resolvers, many at a time: c-ares behind a small face.
 *
 * The questions go out from several ports that change all the time: with a million questions from
 * one port, whoever sends forged answers would only have to guess 16 bits of each.
 */
#ifndef GITDNS_PUBLISH_DNS_H
#define GITDNS_PUBLISH_DNS_H

#include "publish/rank.h"
#include "registry/address.h"
#include "registry/registry.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is known of a name's addresses of one family. The greater says more. */
enum finding {
    FINDING_FAILED,   /* time-out, SERVFAIL, REFUSED and the like: not known */
    FINDING_NODATA,   /* none of this family */
    FINDING_NXDOMAIN, /* no such name */
    FINDING_FOUND,
};

struct answer {
    enum finding finding;
    bool silent;     /* failed, and no resolver said anything */
    const char *why; /* failed: c-ares's words */
    uint8_t count;   /* the lowest of the addresses that may be published, ascending */
    uint8_t refused; /* how many addresses (255: or more) may not be published */
    uint8_t octets;  /* of an address */
    uint8_t cname_len;
    unsigned char address[RANKED_MAX][ADDRESS_MAX_OCTETS];
    char cname[NAME_MAX_OCTETS + 1]; /* the end of the alias chain, if it may be published */
};

struct dns;

/* `answer` is good until the function returns. */
typedef void dns_done(void *context, const struct answer *answer);

/* `resolvers`: `ADDRESS:PORT` or `[ADDRESS]:PORT`, with commas between. `private`: addresses and
 * canonical names of any kind may be published. Returns 0 and *dns, -EINVAL, -ENOMEM or -errno. */
int dns_open(struct dns **dns, const char *resolvers, bool private);

/* Asks for the name's addresses of 4 (A) or 16 (AAAA) octets; `done` is called once, perhaps
 * before this returns, at the latest when the time for all attempts is over. */
void dns_ask(struct dns *dns, const char *name, size_t octets, dns_done *done, void *context);

/* Waits up to `milliseconds` for answers and takes them in. Returns 0 or -errno (not -EINTR). */
int dns_wait(struct dns *dns, int milliseconds);

/* Forgets the questions that are under way; their functions are not called. */
void dns_forget(struct dns *dns);

/* Frees; questions that are under way are forgotten, their functions not called. NULL is fine. */
void dns_close(struct dns *dns);

#endif
