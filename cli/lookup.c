#include "base/error.h"
#include "cli/cli.h"
#include "cli/holdings.h"
#include "registry/name.h"
#include "registry/u_label.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

/* What has the name not. */
static void say_absent(const struct open_stores *open, const char *shown)
{
    const char *separator = "not in ";

    fprintf(stderr, "gitdns: %s: ", shown);
    for (unsigned i = 0; i < open->copies.count; i++) {
        if (open->stores.store[i].stamp == 0)
            continue;
        fprintf(stderr, "%s%s, serial %u", separator, open->manifest[i].name,
                open->manifest[i].serial);
        separator = "; not in ";
    }
    fputc('\n', stderr);
}

/* Returns whether it would be answered. */
static bool lookup(const struct open_stores *open, const char *argument)
{
    static struct holdings holdings;
    char shown[MESSAGE_OCTETS];
    char name[NAME_MAX_OCTETS + 1];
    int r = u_label_normalise(argument, strlen(argument), name);

    if (r > 0) {
        argument = name; /* as it is asked for */
        holdings_find(open, name, (size_t)r, time(NULL), &holdings);
        r = holdings.error;
    }
    /* Names may come from anywhere. */
    message_set(shown, "%s", argument);
    if (r < 0)
        fprintf(stderr, "gitdns: %s: %s\n", shown, error_text(r));
    if (r < 0 && (argument != name || holdings.count == 0))
        return false;
    if (holdings.count == 0)
        say_absent(open, shown);
    else if (holdings_are_simple(open))
        puts(holdings.holding[0].record);
    else
        holdings_print(open, &holdings, NULL);
    return holdings.winner >= 0;
}

/* What is wrong with single stores. Returns whether there is any to look at. */
static bool say_errors(const struct open_stores *open)
{
    bool any = false;

    for (unsigned i = 0; i < open->copies.count; i++) {
        const struct store *store = &open->stores.store[i];

        if (store->stamp == 0)
            fprintf(stderr, "gitdns: %s: %s\n", open->copies.copy[i].store_path,
                    error_text(open->stores.error[i]));
        else if (store->deadline < time(NULL) && holdings_are_simple(open))
            fprintf(stderr, "gitdns: %s: too old, the module does not answer from it\n",
                    open->copies.copy[i].store_path);
        any = any || store->stamp != 0;
    }
    return any;
}

int cli_lookup(const struct cli *cli)
{
    static struct open_stores open;
    int status = CLI_OK, r = open_stores(&open, cli->directory);

    if (r < 0) {
        say_policy_error(cli->directory, r);
        return CLI_BAD;
    }
    if (!say_errors(&open))
        status = CLI_BAD;
    else
        for (int i = 0; i < cli->count; i++)
            if (!lookup(&open, cli->arguments[i]))
                status = CLI_BAD;
    close_stores(&open);
    return status;
}
