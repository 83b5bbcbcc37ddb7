/* The names of the copy against the world as it is: what DNS says now, and who answers at the
 * addresses that the copy has.
 *
 *   survey           the names, their addresses, and the questions and proofs about them
 *   survey_judge     what comes of a name, and of all; pure
 *   survey_kept      the last result, in a file for those who ask later
 *
 * May enter: cli. It knows base, registry, dns and proof. Nothing in this room prints.
 */
#ifndef GITDNS_SURVEY_SURVEY_H
#define GITDNS_SURVEY_SURVEY_H

#include "base/message.h"
#include "proof/proof.h"
#include "registry/record.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Questions to DNS in a second. */
#define SURVEY_RATE 50

/* What the copy has against what DNS gives now. */
enum survey_dns {
    SURVEY_SAME,     /* the same addresses */
    SURVEY_OVERLAP,  /* some are the same */
    SURVEY_DISJOINT, /* others */
    SURVEY_DENIED,   /* none */
    SURVEY_UNKNOWN,  /* no answer, or more than is read */
};
#define SURVEY_DNS (SURVEY_UNKNOWN + 1)

/* What a program that uses the copy's addresses would find. */
enum survey_fate {
    SURVEY_PROVEN, /* one is proven */
    SURVEY_OPEN,   /* one answers, as it may do by DNS's address, too */
    SURVEY_DEAD,   /* none answers, or as somebody else */
    SURVEY_SILENT, /* none says anything */
    SURVEY_UNTRIED,
};
#define SURVEY_FATES (SURVEY_UNTRIED + 1)

struct survey_address {
    bool given; /* by DNS, now */
    enum proof_verdict verdict;
    enum proof_why why;
    uint16_t port;
};

struct survey_name {
    char *name;
    size_t first; /* of its addresses, in `items` and `addresses` */
    unsigned count;
    bool drawn; /* it counts for the whole copy */
    bool used;  /* this machine uses it */
    enum survey_dns dns;
    enum survey_fate fate;
};

struct survey {
    bool answered;     /* DNS has said something of one of the names */
    uint64_t of;       /* names in the copy, */
    uint64_t left_out; /* and those that are a network's own, and not to be asked for elsewhere */
    size_t count, room;
    struct survey_name *names;
    size_t address_count, address_room;
    struct proof_item *items;
    struct survey_address *addresses;
};

/* Adds a record's name with its addresses. Returns 0 or -ENOMEM. All zero: an empty survey. */
int survey_add(struct survey *survey, const struct record *record, bool drawn, bool used);
void survey_free(struct survey *survey);

struct survey_progress {
    size_t done, count; /* addresses that are tried */
    int64_t left_ms;    /* until all is over; -1: not known yet */
};

/* Tries all addresses and asks for all names, and judges. `tick` is called several times a second.
 * Returns 0, or a negative code with *why a sentence. What DNS does not answer is no error.
 * curl_global_init has been called. */
int survey_run(struct survey *survey, void (*tick)(void *user, const struct survey_progress *),
               void *user, char why[MESSAGE_OCTETS]);

#endif
