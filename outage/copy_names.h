/* The names of the copy that answers: of others no gate is opened, as nothing would come through
 * it. And which of them DNS may be asked about: who answers there need not be whom they are meant
 * for. Of a private copy, and of what only a private one may hold, those that this machine has
 * asked DNS for by itself. */
#ifndef GITDNS_OUTAGE_COPY_NAMES_H
#define GITDNS_OUTAGE_COPY_NAMES_H

#include "copy/stores.h"
#include "registry/registry.h"
#include <stdbool.h>

#define COPY_NAMES_REPORTED_MAX 64 /* the last ones */

struct copy_names {
    const char *directory; /* of the copy */
    struct stores stores;
    bool open;
    _Atomic bool private; /* all of it is, whatever the policy says: any thread sets it */
    unsigned reports;     /* names that were reported */
    char reported[COPY_NAMES_REPORTED_MAX][NAME_MAX_OCTETS + 1];
};

/* Whether there is a copy. Looks at the files, which may have been replaced. */
bool copy_names_is_there(struct copy_names *copy_names);

/* Looks at the files first. The name is in normal form. */
bool copy_names_has(struct copy_names *copy_names, const char *name, size_t len);

/* Some process has asked DNS for the name, which is in normal form, and has said so. */
void copy_names_report(struct copy_names *copy_names, const char *name, size_t len);

/* Another DNS is asked from now on, which has been asked for none of them. */
void copy_names_forget_reports(struct copy_names *copy_names);

/* Whether it holds the name, and DNS may be asked about it. */
bool copy_names_may_ask(struct copy_names *copy_names, const char *name);

/* A name that DNS may be asked about, at random. Returns whether there is one and it lies in the
 * domain (a dot in front; empty: any). The files are looked at only if none is mapped. */
bool copy_names_pick(struct copy_names *copy_names, const char *domain,
                     char name[NAME_MAX_OCTETS + 1]);

/* The same of public registries alone, whatever was reported. Nor are the files looked at. */
bool copy_names_pick_public(struct copy_names *copy_names, char name[NAME_MAX_OCTETS + 1]);

void copy_names_close(struct copy_names *copy_names);

#endif
