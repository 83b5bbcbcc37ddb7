/* What becomes suspected, and by whose word. Reports are hints that anybody may give: how many
 * count at a time is bounded here. */
#ifndef GITDNS_OUTAGE_SUSPECTS_H
#define GITDNS_OUTAGE_SUSPECTS_H

#include "outage/gate.h"

#define SUSPECTS_MAX 64     /* reported ones; what is suspected again comes on top */
#define SUSPECTS_OF_USER 16 /* of these; root's processes may have more */
/* So many names that have just answered are not suspected again for so long. */
#define SUSPECTS_GOOD_MAX 64
#define SUSPECTS_GOOD_MS 3000
/* Nor is the root that has answered, for so long. */
#define SUSPECTS_ROOT_GOOD_MS 1000
/* Names of our own (periodic_probe.h) that fail one after the other, until one of them is out by
 * itself: one may be a name that is dead, and that nobody waits for. */
#define SUSPECTS_PROBES_FAILED 2
/* And so many of these, with their domains, may be out at a time: of a copy full of dead names each
 * would be asked for again and again. */
#define SUSPECTS_UNASKED_MAX 16

struct gates;

struct suspects {
    unsigned count;
    unsigned reported; /* of these */
    struct {
        uint64_t hash;
        int64_t at;
    } good[SUSPECTS_GOOD_MAX]; /* names that have answered, and when */
    unsigned good_next;
    int64_t root_good;      /* when the root last answered */
    unsigned probes_failed; /* in a row */
    uint64_t reports;
};

/* There are none. */
void suspects_open(struct suspects *suspects, int64_t now);

/* A look-up has been reported. */
void suspects_count_report(struct gates *gates);

/* A process of user `uid` says that DNS failed for the name, which is in normal form. */
void suspects_report(struct gates *gates, const char *name, size_t len, uid_t uid, int64_t now);

/* The name, in normal form, is to be asked about, though nobody has reported it. */
void suspects_probe(struct gates *gates, const char *name, size_t len, int64_t now);

/* Suspects the root: because of a name that no gate would help, or of more than could be read. */
void suspects_root(struct gates *gates, int64_t now);

/* Suspects the name, if `at` is 0, or the domain that begins, with its dot, at `at` in it; a name
 * with a dot in front is a domain that no name has brought about. Returns NULL if it is suspected
 * or out already, or there is no room. */
struct gate *suspects_begin(struct gates *gates, const char *name, size_t len, size_t at,
                            int64_t now);

/* The gate, suspected or out, that has this hash, or NULL. */
struct gate *suspects_find(struct gates *gates, uint64_t hash);

/* The gate has become a suspect (1), or is none any more (-1). */
void suspects_count(struct suspects *suspects, const struct gate *gate, int more);

/* DNS has answered for what has this hash. */
void suspects_remember_good(struct suspects *suspects, uint64_t hash, int64_t now);

#endif
