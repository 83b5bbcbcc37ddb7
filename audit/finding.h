/* What an audit finds. */
#ifndef GITDNS_AUDIT_FINDING_H
#define GITDNS_AUDIT_FINDING_H

#include "base/message.h"
#include <stdbool.h>

enum finding_level {
    FINDING_NOTE,    /* good to know */
    FINDING_WARNING, /* clients get on, but it costs them something, or soon will */
    FINDING_ERROR,   /* clients fail, or would be misled */
};

/* Programs rely on their words. */
enum finding_kind {
    FINDING_ANSWER,    /* none: no connection, TLS, a time-out */
    FINDING_FAMILY,    /* IPv4 or IPv6 */
    FINDING_STATUS,    /* HTTP's */
    FINDING_REDIRECT,  /* one that was followed */
    FINDING_HEAD,      /* is no serial */
    FINDING_CACHE,     /* HEAD is kept too long on the way */
    FINDING_SIGNATURE, /* wrong, by another key, or not checked */
    FINDING_MANIFEST,  /* is none */
    FINDING_OTHER,     /* of another registry, or of another serial */
    FINDING_EXPIRED,
    FINDING_AGE,        /* nothing newer, for too long; or it expires soon */
    FINDING_CLOCK,      /* the publisher's, or this machine's */
    FINDING_HISTORY,    /* the manifests before */
    FINDING_LARGE,      /* clients have a bound */
    FINDING_SIZE,       /* of a file */
    FINDING_HASH,       /* of a file */
    FINDING_INFLATED,   /* the text comes, and not the .gz */
    FINDING_COMPRESSED, /* by the server, or on the way */
    FINDING_RANGE,
    FINDING_DELTA,   /* leads elsewhere, or nowhere */
    FINDING_TEXT,    /* is none, or not what is signed */
    FINDING_PRIVATE, /* what public registries may not hold */
    FINDING_BEHIND,  /* another mirror has a newer serial */
    FINDING_DIFFERS, /* another mirror has another manifest of that serial */
    FINDING_MACHINE, /* this one's fault */
};

/* More are counted alone. */
#define FINDINGS_MAX 64

struct finding {
    enum finding_level level;
    enum finding_kind kind;
    char text[MESSAGE_OCTETS]; /* `URL: cause` */
};

/* Begins as zeros. */
struct findings {
    unsigned count;
    unsigned more;                      /* than there is room for */
    unsigned levels[FINDING_ERROR + 1]; /* how many of each, all counted */
    struct finding finding[FINDINGS_MAX];
};

__attribute__((format(printf, 4, 5))) void findings_add(struct findings *findings,
                                                        enum finding_level level,
                                                        enum finding_kind kind, const char *format,
                                                        ...);

const char *finding_level_word(enum finding_level level);
const char *finding_kind_word(enum finding_kind kind);

/* Whether there is nothing but notes. */
bool findings_are_fine(const struct findings *findings);

#endif
