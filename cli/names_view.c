#include "base/error.h"
#include "base/file.h"
#include "base/message.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "copy/copy.h"
#include "mentions/mentions.h"
#include "registry/name.h"
#include "registry/registry.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct names_view {
    const struct cli *cli;
    struct json json;
    bool any; /* a name is open in it */
};

/* `FILE:LINE` */
static void format_place(const struct mention *mention, char place[MESSAGE_OCTETS])
{
    message_set(place, "%s:%u", mention->file, mention->line);
}

static void show(void *user, const struct mention *mention)
{
    const struct names_view *view = user;
    char place[MESSAGE_OCTETS];

    if (view->cli->why) {
        format_place(mention, place);
        printf("%s %s%s%s\n", mention->name, place, mention->of != NULL ? ", with " : "",
               mention->of != NULL ? mention->of : "");
    } else if (!mention->again) {
        printf("%s\n", mention->name);
    }
}

static void end_name(struct names_view *view)
{
    if (!view->any)
        return;
    json_close(&view->json, ']');
    json_close(&view->json, '}');
}

static void show_json(void *user, const struct mention *mention)
{
    struct names_view *view = user;
    char place[MESSAGE_OCTETS];

    if (!mention->again) {
        end_name(view);
        json_open(&view->json, NULL, '{');
        json_text(&view->json, "name", mention->name);
        json_open(&view->json, "places", '[');
        view->any = true;
    }
    if (mention->file != NULL) {
        format_place(mention, place);
        json_text(&view->json, NULL, place);
    }
}

/* What another user may not read is nothing to worry about. */
static void say_left(void *user, const char *file, int cause)
{
    const struct names_view *view = user;
    char shown[MESSAGE_OCTETS];

    if (cause == -EACCES && !view->cli->why)
        return;
    message_set(shown, "%s: %s", file, error_text(cause));
    fprintf(stderr, "gitdns: %s; %s\n", shown,
            cause == E_FILE_LONG || cause == E_LIST_LONG ? "the rest of it is left out"
                                                         : "left out");
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void give_missed(char *text, const struct mentions_taker *taker)
{
    char *name[MISSED_MAX], *line;
    unsigned count = 0;

    while (count < MISSED_MAX && (line = strsep(&text, "\n")) != NULL)
        if (name_check(line, strlen(line)) == 0)
            name[count++] = line;
    qsort(name, count, sizeof *name, compare);
    for (unsigned i = 0; i < count; i++)
        if (i == 0 || strcmp(name[i - 1], name[i]) != 0)
            taker->take(taker->user, &(struct mention){.name = name[i]});
}

/* What the daemon has kept. Returns 0 or a negative code. */
static int read_missed(const struct mentions_taker *taker)
{
    static char text[MISSED_MAX * (NAME_MAX_OCTETS + 1) + 1];
    int folder = open(STORE_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

    if (folder < 0)
        return -errno;
    r = file_read_unlinked(folder, MISSED_FILE, text, sizeof text - 1);
    close(folder);
    if (r > 0) {
        text[r] = '\0';
        give_missed(text, taker);
    }
    return r >= 0 || r == -ENOENT ? 0 : r;
}

int cli_names(const struct cli *cli)
{
    struct names_view view = {.cli = cli};
    struct mentions_options options = {.root = cli->root, .homes = cli->homes};
    struct mentions_taker taker = {cli->json ? show_json : show, say_left, &view};
    const char *what = cli->missed         ? STORE_DIRECTORY "/" MISSED_FILE
                       : cli->root != NULL ? cli->root
                                           : "/";
    char shown[MESSAGE_OCTETS];
    int r;

    if (cli->missed && (cli->root != NULL || cli->homes || cli->why)) {
        fputs("gitdns: names: --missed goes with --json alone\n", stderr);
        return CLI_USAGE;
    }
    if (cli->json) {
        json_begin(&view.json, 1);
        json_open(&view.json, "names", '[');
    }
    r = cli->missed ? read_missed(&taker) : mentions_read(&options, &taker);
    if (cli->json) {
        end_name(&view);
        json_close(&view.json, ']');
        json_end(&view.json);
    }
    if (r == 0)
        return CLI_OK;
    message_set(shown, "%s: %s", what, error_text(r));
    fprintf(stderr, "gitdns: %s\n", shown);
    return CLI_BAD;
}
