#include "base/error.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/kept_serials.h"
#include "copy/store_diff.h"
#include "registry/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ECMA-48 section 8.3.117 */
#define RED "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[m"

static void print_line(bool coloured, char sign, const char *colour, const struct record *record)
{
    char line[TEXT_LINE_MAX];
    size_t len = text_format(record, line) - 1;

    printf("%s%c%.*s%s\n", coloured ? colour : "", sign, (int)len, line, coloured ? PLAIN : "");
}

static int print_change(void *user, const struct record *before, const struct record *after)
{
    const bool *coloured = user;

    if (before != NULL)
        print_line(*coloured, '-', RED, before);
    if (after != NULL)
        print_line(*coloured, '+', GREEN, after);
    return 0;
}

static void print_record(struct json *json, const char *label, const struct record *record)
{
    char line[TEXT_LINE_MAX];

    if (record == NULL)
        return;
    line[text_format(record, line) - 1] = '\0';
    json_text(json, label, line);
}

static int print_change_json(void *user, const struct record *before, const struct record *after)
{
    struct json *json = user;

    json_open(json, NULL, '{');
    print_record(json, "before", before);
    print_record(json, "after", after);
    json_close(json, '}');
    return 0;
}

static int walk_json(const char *registry, uint32_t a, const struct store *old, uint32_t b,
                     const struct store *new)
{
    struct json json;
    int r;

    json_begin(&json, 1);
    json_text(&json, "registry", registry);
    json_number(&json, "from", a);
    json_number(&json, "to", b);
    json_open(&json, "changes", '[');
    r = store_diff_walk(old, new, print_change_json, &json);
    json_close(&json, ']');
    json_end(&json);
    return r;
}

/* https://no-color.org */
static bool wants_colour(void)
{
    const char *no_color = getenv("NO_COLOR");

    return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0');
}

static int diff(const struct cli *cli, const struct kept_serials *kept, uint32_t a, uint32_t b)
{
    bool coloured = wants_colour();
    struct manifest manifest;
    struct store old, new;
    int r;

    if (!kept_serials_store(kept, a, &old, &manifest))
        return CLI_BAD;
    if (!kept_serials_store(kept, b, &new, &manifest)) {
        store_unmap(&old);
        return CLI_BAD;
    }
    r = cli->json ? walk_json(manifest.name, a, &old, b, &new)
                  : store_diff_walk(&old, &new, print_change, &coloured);
    store_unmap(&old);
    store_unmap(&new);
    if (r < 0)
        fprintf(stderr, "gitdns: serials %" PRIu32 " and %" PRIu32 ": %s\n", a, b, error_text(r));
    return r == 0 ? CLI_OK : CLI_BAD;
}

int cli_diff(const struct cli *cli)
{
    struct kept_serials kept;
    uint32_t named[2] = {0, 0}, a, b;
    int status = CLI_BAD;

    for (int i = 0; i < cli->count; i++)
        if ((named[i] = kept_serials_parse(cli->arguments[i])) == 0)
            return CLI_USAGE;
    if (!kept_serials_open(&cli->copies.copy[0], &kept))
        return CLI_BAD;
    b = cli->count > 1 ? named[1] : kept.current;
    a = cli->count > 0 ? named[0] : kept_serials_before(&kept, b);
    if (a == 0)
        fprintf(stderr, "gitdns: no serial before %" PRIu32 " is kept\n", b);
    else if (kept_serials_has(&kept, a) && kept_serials_has(&kept, b))
        status = diff(cli, &kept, a, b);
    kept_serials_close(&kept);
    return status;
}
