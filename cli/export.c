#include "base/error.h"
#include "cli/cli.h"
#include "cli/open_store.h"
#include "registry/address.h"
#include "registry/name.h"
#include "registry/text.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <time.h>

/* A store, walked in the order of the registry text. */
struct walk {
    const struct store *store; /* NULL: there is no more of it */
    const char *path;
    unsigned position;
    struct record record;
    struct record_copy copy;
};

static bool write_text(const struct record *record)
{
    char line[TEXT_LINE_MAX];
    size_t len = text_format(record, line);

    return fwrite(line, 1, len, stdout) == len;
}

static bool write_address(const struct record *record, const unsigned char *address, size_t octets)
{
    char text[INET6_ADDRSTRLEN];
    size_t len = address_format(address, octets, text);

    return printf("%.*s %.*s\n", (int)len, text, (int)record->name_len, record->name) >= 0;
}

/* hosts(5), one address a line. */
static bool write_hosts(const struct record *record)
{
    bool good = true;

    for (unsigned i = 0; good && i < record->n4; i++)
        good = write_address(record, record->ipv4 + (size_t)i * 4, 4);
    for (unsigned i = 0; good && i < record->n6; i++)
        good = write_address(record, record->ipv6 + (size_t)i * 16, 16);
    return good;
}

/* Returns 0, or, having said so, what is wrong with the store. */
static int advance(struct walk *walk)
{
    int r = store_next(walk->store, &walk->position, &walk->copy, &walk->record);

    if (r == 0)
        walk->store = NULL;
    if (r < 0)
        fprintf(stderr, "gitdns: %s: %s\n", walk->path, error_text(r));
    return r < 0 ? r : 0;
}

/* The walk that is at the first name of all, the earliest of several; NULL: all have ended. */
static const struct walk *find_first(const struct walk *walks, unsigned count)
{
    const struct walk *first = NULL;

    for (unsigned i = 0; i < count; i++) {
        const struct record *record = &walks[i].record;

        if (walks[i].store != NULL &&
            (first == NULL || name_compare(record->name, record->name_len, first->record.name,
                                           first->record.name_len) < 0))
            first = &walks[i];
    }
    return first;
}

/* Writes the record at `name` of the first that has it and, by the policy if there is one, may
 * answer it, and goes on to the name behind it. */
static int take(const struct cli *cli, struct walk *walks, unsigned count,
                const struct policy *policy, const char *name, size_t len)
{
    bool done = false;
    int r = 0;

    for (unsigned i = 0; r == 0 && i < count; i++) {
        struct walk *walk = &walks[i];
        const struct record *record = &walk->record;

        if (walk->store == NULL || name_compare(record->name, record->name_len, name, len) != 0)
            continue;
        if (!done && (policy == NULL || policy_answers(policy, name, len, i))) {
            done = true;
            if (!(cli->hosts ? write_hosts(record) : write_text(record)))
                return -EIO;
        }
        r = advance(walk);
    }
    return r;
}

/* Each name once. Returns 0, -EIO if it cannot be written, or what is wrong with a store. */
static int write_all(const struct cli *cli, struct walk *walks, unsigned count,
                     const struct policy *policy)
{
    const struct walk *first;
    int r = 0;

    for (unsigned i = 0; r == 0 && i < count; i++)
        if (walks[i].store != NULL)
            r = advance(&walks[i]);
    while (r == 0 && (first = find_first(walks, count)) != NULL) {
        char name[NAME_MAX_OCTETS];
        size_t len = first->record.name_len;

        memcpy(name, first->record.name, len);
        r = take(cli, walks, count, policy, name, len);
    }
    return r;
}

/* A copy that was cut short must not pass for a whole one. */
static int export(const struct cli *cli, struct walk *walks, unsigned count,
                  const struct policy *policy)
{
    int r;

    signal(SIGPIPE, SIG_IGN);
    r = write_all(cli, walks, count, policy);
    if (r != -EIO && fflush(stdout) == 0)
        return r == 0 ? CLI_OK : CLI_BAD;
    fprintf(stderr, "gitdns: standard output: %s\n", strerror(errno));
    /* Nobody is to try again. */
    __fpurge(stdout);
    clearerr(stdout);
    return CLI_BAD;
}

static int export_one(const struct cli *cli, const struct registry_copy *copy)
{
    struct manifest manifest;
    struct store store;
    struct walk walk = {.store = &store, .path = copy->store_path};
    int status;

    if (!open_store_or_say(copy, &store, &manifest))
        return CLI_BAD;
    status = export(cli, &walk, 1, NULL);
    store_unmap(&store);
    return status;
}

/* What this machine would answer now. */
static int export_all(const struct cli *cli)
{
    static struct open_stores open;
    static struct walk walks[STORES_MAX];
    int status = CLI_BAD, r = open_stores(&open, cli->directory);
    bool any = false;

    if (r < 0) {
        say_policy_error(cli->directory, r);
        return CLI_BAD;
    }
    for (unsigned i = 0; i < open.copies.count; i++) {
        const struct store *store = &open.stores.store[i];
        const char *cause = store->stamp == 0              ? error_text(open.stores.error[i])
                            : store->deadline < time(NULL) ? "too old"
                                                           : NULL;

        walks[i] = (struct walk){.path = open.copies.copy[i].store_path};
        if (cause == NULL)
            walks[i].store = store;
        else
            fprintf(stderr, "gitdns: %s: %s; left out\n", walks[i].path, cause);
        any = any || cause == NULL;
    }
    if (any)
        status = export(cli, walks, open.copies.count, &open.stores.policy);
    close_stores(&open);
    return status;
}

int cli_export(const struct cli *cli)
{
    return cli->copies.count == 1 ? export_one(cli, &cli->copies.copy[0]) : export_all(cli);
}
