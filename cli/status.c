#include "cli/status.h"
#include "base/error.h"
#include "cli/format.h"
#include "cli/machine_facts.h"
#include "cli/open_store.h"
#include "copy/copy.h"
#include "copy/pin.h"
#include "copy/serials.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void collect_store(const struct cli *cli, struct status *status)
{
    struct store store;

    status->store_error = open_store_at(AT_FDCWD, cli->store_path, &store, &status->manifest);
    if (status->store_error < 0)
        return;
    status->deadline = store.deadline;
    store_unmap(&store);
}

static void collect_rounds(const struct cli *cli, struct status *status)
{
    struct serials kept;
    int fd = open(cli->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    status->known = round_state_read(&status->rounds, fd) && status->rounds.last > 0;
    pin_read(fd, &status->pinned);
    if (serials_list(fd, SERIAL_MAX, 1, &kept) == 0 && kept.count > 0)
        status->newest = kept.serial[0];
    close(fd);
}

void status_collect(const struct cli *cli, struct status *status)
{
    memset(status, 0, sizeof *status);
    status->now = time(NULL);
    collect_store(cli, status);
    collect_rounds(cli, status);
    machine_has_module("gitdns", status->module_error);
    outage_view_read(&status->outage, true);
    status->reach = reach_read(&status->line);
}

/* The module reads one store alone. */
static bool answers(const struct cli *cli, const struct status *status)
{
    return status->store_error == 0 && strcmp(cli->store_path, STORE_PATH) == 0 &&
           status->module_error[0] == '\0' && status->now <= status->deadline &&
           reach_answers(status->reach.reach);
}

static void print_time(const char *label, int64_t time, int64_t now, const char *more)
{
    char stamp[TIMESTAMP_OCTETS], distance[FORMAT_OCTETS];

    timestamp_format(time, stamp);
    printf("%-11s %s, %s%s\n", label, stamp, format_distance(now, time, distance), more);
}

static void print_store(const struct cli *cli, const struct status *status)
{
    char count[FORMAT_OCTETS];

    if (status->store_error != 0) {
        printf("%-11s none: %s: %s\n", "registry", cli->store_path,
               error_text(status->store_error));
        return;
    }
    printf("%-11s %s, serial %" PRIu32 "\n", "registry", status->manifest.name,
           status->manifest.serial);
    if (status->pinned != 0)
        printf("%-11s serial %" PRIu32 " until gitdns checkout latest; newest here: %" PRIu32 "\n",
               "pinned", status->pinned, status->newest);
    printf("%-11s %s\n", "names", format_count(status->manifest.names, count));
    print_time("created", status->manifest.created, status->now, "");
    if (status->now > status->deadline)
        print_time("expired", status->deadline, status->now, "; the module answers nothing");
    else
        print_time("expires", status->deadline, status->now, "");
    if (strcmp(cli->store_path, STORE_PATH) != 0)
        printf("%-11s %s; the module reads %s alone\n", "store", cli->store_path, STORE_PATH);
}

/* The mirrors that the daemon leaves alone at present. */
static void print_cooldowns(const struct status *status)
{
    for (unsigned i = 0; i < status->rounds.cooldowns.count; i++) {
        const struct cooldown *mirror = &status->rounds.cooldowns.mirror[i];
        char url[MESSAGE_OCTETS], stamp[TIMESTAMP_OCTETS], distance[FORMAT_OCTETS];

        if (!cooldown_holds(mirror, status->now))
            continue;
        message_set(url, "%s", mirror->url);
        timestamp_format(mirror->until, stamp);
        printf("%-11s %s: %s; not asked until %s, %s\n", "mirror", url,
               cooldown_word(mirror->cause), stamp,
               format_distance(status->now, mirror->until, distance));
    }
}

static void print_rounds(const struct status *status)
{
    if (!status->known) {
        printf("%-11s none yet\n", "last round");
        return;
    }
    print_time("last round", status->rounds.last, status->now, "");
    printf("%-11s %s\n", "", status->rounds.result);
    print_time("next round", status->rounds.next, status->now, "");
    print_cooldowns(status);
}

static void print_for_people(const struct cli *cli, const struct status *status)
{
    char text[HOSTS_LINE_TEXT_OCTETS], sentence[REACH_SENTENCE_OCTETS];

    print_store(cli, status);
    print_rounds(status);
    if (status->module_error[0] != '\0')
        printf("%-11s %s\n", "module", status->module_error);
    outage_view_print(&status->outage, "outage", status->now);
    hosts_line_format(&status->line, text);
    reach_sentence(&status->reach, sentence);
    if (status->reach.reach != REACH_UNREADABLE)
        printf("%-11s %s\n", "hosts line", text);
    printf("%-11s %s\n", status->reach.reach != REACH_UNREADABLE ? "" : "hosts line", sentence);
}

static void print_json_time(const char *label, int64_t time)
{
    char stamp[TIMESTAMP_OCTETS];

    timestamp_format(time, stamp);
    printf(",\n  \"%s\": \"%s\"", label, stamp);
}

static void print_json_text(const char *label, const char *text)
{
    printf(",\n  \"%s\": ", label);
    print_json_string(stdout, text);
}

static void print_json_cooldowns(const struct status *status)
{
    const char *separator = "";

    printf(",\n  \"cooling_down\": [");
    for (unsigned i = 0; i < status->rounds.cooldowns.count; i++) {
        const struct cooldown *mirror = &status->rounds.cooldowns.mirror[i];
        char url[MESSAGE_OCTETS], stamp[TIMESTAMP_OCTETS];

        if (!cooldown_holds(mirror, status->now))
            continue;
        message_set(url, "%s", mirror->url);
        timestamp_format(mirror->until, stamp);
        printf("%s{\"url\": ", separator);
        print_json_string(stdout, url);
        printf(", \"cause\": \"%s\", \"failures\": %u, \"until\": \"%s\"}",
               cooldown_word(mirror->cause), mirror->failures, stamp);
        separator = ", ";
    }
    printf("]");
}

static void print_for_programs(const struct cli *cli, const struct status *status)
{
    char text[HOSTS_LINE_TEXT_OCTETS];

    printf("{\n  \"answers\": %s", answers(cli, status) ? "true" : "false");
    print_json_text("store", cli->store_path);
    if (status->store_error != 0) {
        print_json_text("store_error", error_text(status->store_error));
    } else {
        print_json_text("registry", status->manifest.name);
        printf(",\n  \"newest\": %" PRIu32,
               status->newest != 0 ? status->newest : status->manifest.serial);
        if (status->pinned != 0)
            printf(",\n  \"pinned\": %" PRIu32, status->pinned);
        printf(",\n  \"serial\": %" PRIu32 ",\n  \"names\": %" PRIu64, status->manifest.serial,
               status->manifest.names);
        print_json_time("created", status->manifest.created);
        print_json_time("expires", status->deadline);
        printf(",\n  \"expired\": %s", status->now > status->deadline ? "true" : "false");
    }
    if (status->known) {
        print_json_time("last_round", status->rounds.last);
        print_json_text("last_result", status->rounds.result);
        printf(",\n  \"failures\": %u", status->rounds.failures);
        print_json_time("next_round", status->rounds.next);
        print_json_cooldowns(status);
    }
    if (status->module_error[0] != '\0')
        print_json_text("module_error", status->module_error);
    printf(",\n  \"outage\": ");
    outage_view_print_json(stdout, &status->outage);
    hosts_line_format(&status->line, text);
    print_json_text("hosts_line", text);
    print_json_text("reach", reach_word(status->reach.reach));
    printf("\n}\n");
}

int cli_status(const struct cli *cli)
{
    struct status status;

    status_collect(cli, &status);
    if (cli->json)
        print_for_programs(cli, &status);
    else
        print_for_people(cli, &status);
    return answers(cli, &status) ? CLI_OK : CLI_BAD;
}
