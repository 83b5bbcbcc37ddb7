/* Why a run failed: a code, and the sentence for the program's one line. */
#ifndef GITDNS_PUBLISH_PROBLEM_H
#define GITDNS_PUBLISH_PROBLEM_H

/* Beside those of base/error.h. */
enum publish_error {
    E_INPUT = -2200,  /* the hosts file cannot be read to its end */
    E_ENTRY_NAMELESS, /* an address without a name */
    E_ENTRY_JOINED,   /* stands in a line after an address that is not its first word */
    E_ENTRY_SECOND,   /* stands in a line of a list after its name */
    E_ENTRY_ADDRESS,  /* stands in a list in a name's place */
    E_LIST_HTML,      /* a page, such as a captive portal's, in a list's place */
    E_NAMES_MANY,     /* more than NAMES_MAX */
    E_RECORDS_FULL,   /* more than `records` can address */
    E_OTHERS,         /* others than the caller and root may change the folder */
    E_TREE_BUSY,      /* another publisher holds the lock */
    E_TREE_REGISTRY,  /* another registry lives there */
    E_TREE_DAMAGED,   /* not what was published */
    E_TREE_CLOCK,     /* the clock is earlier than the last `created`, or far later */
    E_TREE_SERIALS,   /* no serial left */
    E_GUARD_NO_NAMES, /* section "guards" of guards.h */
    E_GUARD_FEWER,
    E_GUARD_SHARE,
    E_GUARD_FAILED,
    E_RESOLVER,      /* it makes answers up, or gives none */
    E_MIRROR,        /* it does not give what is to be taken back */
    E_REVERT_SERIAL, /* its snapshot is not kept */
    E_STATE_DAMAGED, /* the publisher's own memory, see state_file.h */
    E_PAGE_OTHERS,   /* an index.html that is not ours */
    E_SIGN,          /* the minisign program is missing, failed, or signed with an unknown key */
    E_AFTER,         /* the command of --after failed */
};

#define PROBLEM_TEXT_MAX 4608

struct problem {
    char text[PROBLEM_TEXT_MAX]; /* `FILE: cause`, cut if need be; empty: none */
};

/* Writes the sentence and returns `code`. */
__attribute__((format(printf, 3, 4))) int problem_set(struct problem *problem, int code,
                                                      const char *format, ...);

#endif
