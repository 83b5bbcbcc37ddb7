/* The serials of the registry that this machine keeps. */
#ifndef GITDNS_CLI_KEPT_SERIALS_H
#define GITDNS_CLI_KEPT_SERIALS_H

#include "cli/cli.h"
#include "copy/serials.h"

struct history {
    const char *path;    /* of the folder, for messages */
    int directory;       /* the open folder */
    struct serials kept; /* with the current one */
    uint32_t current;    /* the serial that answers */
    uint32_t pinned;     /* 0: none */
};

/* Finds them, or prints why not and returns false. history_close in the end. */
bool history_open(const struct cli *cli, struct history *history);
void history_close(struct history *history);

/* Whether that serial is kept; if not this has been said. */
bool history_has(const struct history *history, uint32_t serial);

/* The serial that a person named, or, having said so, 0 if it is none. */
uint32_t history_parse(const char *argument);

/* The highest that is kept below `serial`, or 0. */
uint32_t history_before(const struct history *history, uint32_t serial);

/* Opens the store of a kept one and reads its manifest, or prints why not and returns false. */
bool history_store(const struct history *history, uint32_t serial, struct store *store,
                   struct manifest *manifest);

#endif
