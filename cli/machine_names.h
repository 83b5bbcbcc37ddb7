/* The names that this machine itself needs, and which of them are in its copies. */
#ifndef GITDNS_CLI_MACHINE_NAMES_H
#define GITDNS_CLI_MACHINE_NAMES_H

#include "base/base.h"
#include "cli/open_store.h"
#include "copy/config.h"

/* A mirror whose own name no store holds: while DNS is out it is not found, whatever it has. */
struct absent_mirror {
    char registry[REGISTRY_NAME_MAX + 1];
    char host[NAME_MAX_OCTETS + 1];
};

struct machine_names {
    int error;     /* why nothing is known of them: -errno or a code of base/error.h; else 0 */
    unsigned used; /* names that it mentions */
    unsigned held; /* of these, names that a store would answer */
    char *missing; /* the others, by octets, a LF behind each; NULL: none. machine_names_free */
    unsigned mirrors;
    struct absent_mirror mirror[POLICY_REGISTRIES_MAX * CONFIG_URLS_MAX];
};

/* Reads what of the machine's configuration this user may read, and looks each name up in the
 * stores at `now`, Unix time. `config`: NULL, or gitdns's own, of which mirrors are looked up. */
void machine_names_find(const struct open_stores *open, const struct config *config, int64_t now,
                        struct machine_names *names);
void machine_names_free(struct machine_names *names);

/* How many names the stores would answer at `now`: each is counted once. */
uint64_t machine_names_answered(const struct open_stores *open, int64_t now);

#endif
