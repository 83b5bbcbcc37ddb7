/* A store with what it says of itself. */
#ifndef GITDNS_CLI_OPEN_STORE_H
#define GITDNS_CLI_OPEN_STORE_H

#include "cli/cli.h"

/* Opens the one at cli->store_path and reads its manifest, or prints why not and returns false. */
bool open_store(const struct cli *cli, struct store *store, struct manifest *manifest);

/* The same of a file in the folder `directory` or, with AT_FDCWD, anywhere. Returns 0 or a code of
 * base/error.h. */
int open_store_at(int directory, const char *file, struct store *store, struct manifest *manifest);

#endif
