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

struct found {
    char shown[MESSAGE_OCTETS]; /* the name, as it is asked for */
    int error;                  /* what is wrong with it, or with a store; 0: nothing */
    struct holdings holdings;
};

static void find(const struct open_stores *open, const char *argument, struct found *found)
{
    char name[NAME_MAX_OCTETS + 1];
    int r = u_label_normalise(argument, strlen(argument), name);

    memset(&found->holdings, 0, sizeof found->holdings);
    found->holdings.winner = -1;
    if (r > 0) {
        argument = name;
        holdings_find(open, name, (size_t)r, time(NULL), &found->holdings);
        r = found->holdings.error;
    }
    found->error = r;
    /* Names may come from anywhere. */
    message_set(found->shown, "%s", argument);
}

static void print_found(const struct open_stores *open, const struct found *found)
{
    if (found->error < 0)
        fprintf(stderr, "gitdns: %s: %s\n", found->shown, error_text(found->error));
    if (found->holdings.count == 0 && found->error == 0)
        say_absent(open, found->shown);
    else if (found->holdings.count > 0 && holdings_are_simple(open))
        puts(found->holdings.holding[0].record);
    else if (found->holdings.count > 0)
        holdings_print(open, &found->holdings, NULL);
}

static void print_found_json(struct json *json, const struct open_stores *open,
                             const struct found *found)
{
    json_open(json, NULL, '{');
    json_text(json, "name", found->shown);
    json_flag(json, "answers", found->holdings.winner >= 0);
    if (found->error < 0)
        json_text(json, "error", error_text(found->error));
    holdings_print_json(json, open, &found->holdings);
    json_close(json, '}');
}

/* Returns whether all would be answered. */
static bool lookup(const struct cli *cli, const struct open_stores *open)
{
    static struct found found;
    struct json json;
    bool all = true;

    if (cli->json) {
        json_begin(&json, 1);
        json_open(&json, "names", '[');
    }
    for (int i = 0; i < cli->count; i++) {
        find(open, cli->arguments[i], &found);
        if (cli->json)
            print_found_json(&json, open, &found);
        else
            print_found(open, &found);
        all = all && found.holdings.winner >= 0;
    }
    if (cli->json) {
        json_close(&json, ']');
        json_end(&json);
    }
    return all;
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
    int r = open_stores(&open, cli->directory);
    bool all;

    if (r < 0) {
        say_policy_error(cli->directory, r);
        return CLI_BAD;
    }
    all = say_errors(&open) && lookup(cli, &open);
    close_stores(&open);
    return all ? CLI_OK : CLI_BAD;
}
