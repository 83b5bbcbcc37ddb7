/* What a resolver says of a name's addresses of one family. */
#ifndef GITDNS_DNS_DNS_ANSWER_H
#define GITDNS_DNS_DNS_ANSWER_H

#include "registry/address.h"
#include "registry/admission.h"
#include "registry/registry.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Addresses of a family that are told. */
#define ANSWER_ADDRESSES_MAX 8

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
    const char *why; /* failed: a phrase */
    uint8_t count;   /* the lowest of the addresses that may be published, ascending */
    uint8_t refused; /* how many addresses (255: or more) may not be published */
    uint8_t octets;  /* of an address */
    uint8_t cname_len;
    unsigned char address[ANSWER_ADDRESSES_MAX][ADDRESS_MAX_OCTETS];
    char cname[NAME_MAX_OCTETS + 1]; /* the end of the alias chain, if it may be published */
};

/* Reads the message that answers a question for the normalised name's addresses of `octets` octets,
 * and that has records, as glibc does (2.36 and later, resolv/nss_dns/dns-host.c): aliases count in
 * the order in which they stand, records of another name, class, type or length are passed over,
 * and where one cannot be read none counts; nor, unlike there, where a name takes more pointers
 * than it could have labels. `admission`: of the name. */
void dns_answer_read(struct answer *answer, const unsigned char *message, size_t len,
                     const char *name, size_t octets, enum admission admission);

#endif
