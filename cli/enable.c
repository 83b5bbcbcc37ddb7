#include "base/error.h"
#include "cli/cli.h"
#include "cli/enable_refused.h"
#include "cli/machine_facts.h"
#include "hosts_line/by_hand.h"
#include "hosts_line/edit.h"
#include "hosts_line/nsswitch.h"
#include "hosts_line/undo.h"
#include <stdio.h>
#include <unistd.h>

/* As a unified diff without context, which patch(1) takes. */
static void print_diff(const struct nsswitch *file, const struct hosts_text *line)
{
    printf("--- " NSSWITCH_PATH "\n+++ " NSSWITCH_PATH "\n@@ -%zu +%zu @@\n-%.*s\n+%.*s\n",
           file->number, file->number, (int)file->line.len, file->line.octets, (int)line->len,
           line->octets);
}

/* What disable is to give back: what the first enable found, if its line still stands; else the
 * line as it stands, less our words. */
static void remember(const struct hosts_text *before, const struct hosts_text *after,
                     struct hosts_undo *saved, bool known)
{
    struct hosts_refusal refusal;

    if ((!known || !hosts_text_same(&saved->now, before)) &&
        hosts_disable(before, NULL, &saved->was, &refusal) == HOSTS_REFUSED)
        saved->was = *before;
    saved->now = *after;
}

static int say_failed(const char *error)
{
    fprintf(stderr, "gitdns: %s; nothing changed\n", error);
    return CLI_BAD;
}

static bool parse(const struct hosts_text *text, struct hosts_line *line)
{
    return hosts_line_parse_whole(text->octets, text->len, line, NULL) == 0;
}

/* What the line costs, said plainly. */
static void print_notes(const struct nsswitch *file, const struct hosts_text *now,
                        const struct hosts_facts *facts)
{
    char note[BY_HAND_NOTE_OCTETS];
    struct hosts_line before, after;

    if (parse(&file->line, &before) && hosts_line_find(&before, "resolve") >= 0)
        puts("systemd-resolved is now asked as a DNS server, by `dns'. What `resolve' alone can do "
             "is lost:\nscope ids of link-local IPv6 addresses, and LLMNR and mDNS through "
             "systemd-resolved.");
    if (facts->nscd)
        puts("nscd answers for hosts here: [NOTFOUND=return] keeps names that DNS denies from "
             "being answered.\nRestart it to let go of what it has cached.");
    if (parse(now, &after) && by_hand_note(&after, facts, note))
        puts(note);
}

/* Puts the line in place. Returns whether it stands there then; says what is wrong, and sets
 * `status` if anything is. */
static bool replace(struct nsswitch *file, const struct hosts_text *line, int *status)
{
    char error[MESSAGE_OCTETS];
    int r = nsswitch_replace(file, line, error);

    if (r < 0)
        *status = say_failed(error);
    if (r > 0) {
        fprintf(stderr, "gitdns: %s\n", error);
        *status = CLI_BAD;
    }
    return r >= 0;
}

/* Saves, then replaces: what a kill in between leaves is a memory of a line that does not stand,
 * which disable does not use. Returns as above. */
static bool settle(struct nsswitch *file, const struct hosts_text *line, int *status)
{
    struct hosts_undo saved;
    char error[MESSAGE_OCTETS];
    bool known = undo_read(&saved);
    int r;

    remember(&file->line, line, &saved, known);
    r = undo_write(&saved);
    if (r < 0) {
        message_set(error, UNDO_PATH ": %s", error_text(r));
        *status = say_failed(error);
    } else if (replace(file, line, status)) {
        return true;
    }
    if (!known)
        undo_remove();
    return false;
}

static int put_in(const struct cli *cli, struct nsswitch *file, const struct hosts_facts *facts)
{
    struct hosts_refusal refusal;
    struct hosts_text line;
    int status = CLI_OK;

    switch (hosts_enable(&file->line, facts, &line, &refusal)) {
    case HOSTS_UNCHANGED:
        printf("gitdns is in the hosts line already; nothing changed\n%.*s\n", (int)line.len,
               line.octets);
        return CLI_OK;
    case HOSTS_REFUSED:
        return enable_refused_say(file->number, &refusal, facts);
    case HOSTS_CHANGED:
        break;
    }
    if (!cli->dry_run && !settle(file, &line, &status))
        return status;
    print_diff(file, &line);
    print_notes(file, &line, facts);
    return status;
}

static int take_out(const struct cli *cli, struct nsswitch *file, const struct hosts_facts *facts)
{
    struct hosts_refusal refusal;
    struct hosts_undo saved;
    struct hosts_text line;
    int status = CLI_OK, r;

    switch (hosts_disable(&file->line, undo_read(&saved) ? &saved : NULL, &line, &refusal)) {
    case HOSTS_UNCHANGED:
        puts("gitdns is not in the hosts line");
        break;
    case HOSTS_REFUSED:
        return enable_refused_say(file->number, &refusal, facts);
    case HOSTS_CHANGED:
        if (!cli->dry_run && !replace(file, &line, &status))
            return status;
        print_diff(file, &line);
        break;
    }
    r = cli->dry_run ? 0 : undo_remove();
    if (r < 0)
        fprintf(stderr, "gitdns: " UNDO_PATH ": %s\n", error_text(r));
    return r < 0 ? CLI_BAD : status;
}

static bool is_good(const struct nsswitch *file, const struct hosts_facts *facts)
{
    struct hosts_refusal refusal;
    struct hosts_text line;

    return hosts_enable(&file->line, facts, &line, &refusal) == HOSTS_UNCHANGED;
}

/* Reads the file and looks for what forbids an edit; takes the lock if there is anything to edit,
 * so that a good line is good on a read-only disk and to every user. Returns true to go on, else
 * sets `status`. */
static bool open_file(const struct cli *cli, bool enable, const struct hosts_facts *facts,
                      struct nsswitch *file, int *status)
{
    char error[MESSAGE_OCTETS];

    *file = (struct nsswitch){.folder = -1, .fresh = -1};
    if (enable_refused_by_path(enable, facts, status))
        return false;
    if (nsswitch_open(file, false, error) < 0) {
        *status = say_failed(error);
        return false;
    }
    if (enable_refused_by_text(enable, file, facts, status))
        return false;
    if (cli->dry_run || (enable && is_good(file, facts)))
        return true;
    nsswitch_close(file);
    *file = (struct nsswitch){.folder = -1, .fresh = -1};
    if (geteuid() != 0) {
        fprintf(stderr, "gitdns: " NSSWITCH_PATH ": only root may edit it: sudo gitdns %s\n",
                enable ? "enable" : "disable");
        *status = CLI_BAD;
    } else if (nsswitch_open(file, true, error) < 0) {
        *status = say_failed(error);
    } else {
        return !enable_refused_by_text(enable, file, facts, status);
    }
    return false;
}

static struct hosts_facts find_facts(void)
{
    struct resolv_conf resolv_conf;

    resolv_conf_read(&resolv_conf);
    return machine_facts(&resolv_conf);
}

int cli_enable(const struct cli *cli)
{
    static const char *const modules[] = {"gitdns", "gitdns_outage"};
    struct hosts_facts facts;
    struct nsswitch file;
    char error[MESSAGE_OCTETS];
    int status;

    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        if (!machine_has_module(modules[i], error))
            return say_failed(error);
    facts = find_facts();
    if (open_file(cli, true, &facts, &file, &status))
        status = put_in(cli, &file, &facts);
    nsswitch_close(&file);
    return status;
}

int cli_disable(const struct cli *cli)
{
    struct hosts_facts facts = find_facts();
    struct nsswitch file;
    int status;

    if (open_file(cli, false, &facts, &file, &status))
        status = take_out(cli, &file, &facts);
    nsswitch_close(&file);
    return status;
}
