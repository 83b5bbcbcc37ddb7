/* A store with what it says of itself. */
#ifndef GITDNS_CLI_OPEN_STORE_H
#define GITDNS_CLI_OPEN_STORE_H

#include "cli/copies.h"
#include "copy/store_read.h"
#include "copy/stores.h"
#include "registry/manifest.h"

/* Opens the store that answers for a registry and reads its manifest. Returns 0 or a code of
 * base/error.h. */
int open_store(const struct registry_copy *copy, struct store *store, struct manifest *manifest);

/* The same, or prints why not and returns false. */
bool open_store_or_say(const struct registry_copy *copy, struct store *store,
                       struct manifest *manifest);

/* All stores of a machine, as the module has them. */
struct open_stores {
    struct stores stores;
    struct copies copies;                 /* in the same places */
    struct manifest manifest[STORES_MAX]; /* of those that are mapped */
};

/* Opens the policy in `folder` and all stores. Returns 0, whatever became of single stores, or what
 * is wrong with the policy, and nothing is open. */
int open_stores(struct open_stores *open, const char *folder);
void close_stores(struct open_stores *open);

/* Prints what is wrong with the policy in `folder`. */
void say_policy_error(const char *folder, int error);

#endif
