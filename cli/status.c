#include "cli/status.h"
#include "base/error.h"
#include "base/span.h"
#include "cli/drill_kept.h"
#include "cli/format.h"
#include "cli/machine_facts.h"
#include "cli/open_store.h"
#include "cli/own_registry.h"
#include "cli/status_json.h"
#include "cli/status_metrics.h"
#include "copy/copy.h"
#include "copy/dates.h"
#include "copy/pin.h"
#include "copy/store_verify.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void collect_dates(int folder, struct status_registry *registry)
{
    struct dates dates;

    dates_read(folder, registry->store_error == 0 ? registry->manifest.name : NULL, &dates);
    registry->newest = dates.newest;
    registry->usual = dates.usual;
    if (dates.created == 0)
        return;
    registry->created = dates.created;
    registry->expires = dates.expires;
}

static void collect_registry(const struct registry_copy *copy, struct status_registry *registry)
{
    int folder = copies_open_folder(copy);
    struct store store;

    registry->copy = *copy;
    registry->store_error = folder;
    registry->awaited = folder == -ENOENT && own_registry_is_awaited(copy->registry);
    if (folder < 0)
        return;
    registry->store_error = store_open_at(folder, STORE_FILE, &store, &registry->manifest);
    if (registry->store_error == 0) {
        registry->deadline = store.deadline;
        registry->created = registry->manifest.created;
        registry->expires = registry->manifest.expires;
        store_unmap(&store);
    }
    registry->awaited = registry->store_error == -ENOENT && own_registry_is_awaited(copy->registry);
    registry->known = round_state_read(&registry->rounds, folder) && registry->rounds.last > 0;
    pin_read(folder, &registry->pinned);
    collect_dates(folder, registry);
    close(folder);
}

/* What the module has, whatever the configuration says. */
static void collect_asked(const char *folder, struct status *status)
{
    static struct open_stores open;
    unsigned starters = 0, others = 0;

    status->policy_error = open_stores(&open, folder);
    if (status->policy_error != 0)
        return;
    for (unsigned i = 0; i < open.copies.count; i++) {
        const struct registry_copy *asked = &open.copies.copy[i];
        const struct store *store = &open.stores.store[i];
        bool has = store->stamp != 0 && status->now <= store->deadline;

        starters += has && strcmp(open.manifest[i].name, STARTER) == 0;
        others += has && strcmp(open.manifest[i].name, STARTER) != 0;
        for (unsigned j = 0; j < status->registries; j++) {
            struct status_registry *registry = &status->registry[j];

            if (strcmp(registry->copy.directory, asked->directory) == 0)
                registry->asked = true;
        }
    }
    status->has_copy = starters + others > 0;
    status->starter = starters > 0 && others == 0;
    close_stores(&open);
}

void status_collect(const struct copies *copies, const char *folder, struct status *status)
{
    memset(status, 0, sizeof *status);
    status->now = time(NULL);
    status->registries = copies->count;
    for (unsigned i = 0; i < copies->count; i++)
        collect_registry(&copies->copy[i], &status->registry[i]);
    collect_asked(folder, status);
    machine_has_module("gitdns", status->module_error);
    outage_view_read(&status->outage, true);
    survey_kept_read(&status->drill, folder);
    status->reach = reach_read(&status->line);
}

bool status_registry_answers(const struct status *status, const struct status_registry *registry)
{
    return registry->asked && registry->store_error == 0 && status->now <= registry->deadline;
}

/* The module reads one folder alone. */
static bool is_usual(const char *folder)
{
    return strcmp(folder, STORE_DIRECTORY) == 0;
}

/* The one that is chosen, or any. */
static bool answers(const struct cli *cli, const struct status *status)
{
    bool has = cli->registry_name != NULL ? status_registry_answers(status, &status->registry[0])
                                          : status->has_copy;

    return has && is_usual(cli->directory) && status->module_error[0] == '\0' &&
           reach_answers(status->reach.reach);
}

static void print_time(const char *label, int64_t time, int64_t now, const char *more)
{
    char stamp[TIMESTAMP_OCTETS], distance[SPAN_OCTETS];

    timestamp_format(time, stamp);
    printf("%-11s %s, %s%s\n", label, stamp, span_distance(now, time, distance), more);
}

/* Where there are several, the name says which has none. */
static void print_no_store(const struct status *status, const struct status_registry *registry)
{
    bool several = status->registries > 1;

    printf("%-11s %s%s", "registry", several ? registry->copy.name : "", several ? ", " : "");
    if (registry->awaited)
        printf("none yet: its first copy is being made\n");
    else
        printf("none: %s: %s\n", registry->copy.store_path, error_text(registry->store_error));
}

static void print_store(const struct status *status, const struct status_registry *registry)
{
    char count[FORMAT_OCTETS];

    if (registry->store_error != 0) {
        print_no_store(status, registry);
        return;
    }
    printf("%-11s %s, serial %" PRIu32 "\n", "registry", registry->manifest.name,
           registry->manifest.serial);
    if (registry->pinned != 0)
        printf("%-11s serial %" PRIu32 " until gitdns checkout%s%s latest; newest here: %" PRIu32
               "\n",
               "pinned", registry->pinned, status->registries > 1 ? " --registry " : "",
               status->registries > 1 ? registry->copy.name : "", registry->newest);
    printf("%-11s %s\n", "names", format_count(registry->manifest.names, count));
    print_time("created", registry->manifest.created, status->now, "");
    if (status->now > registry->deadline)
        print_time("expired", registry->deadline, status->now,
                   status->registries > 1 ? "; the module answers nothing from it"
                                          : "; the module answers nothing");
    else
        print_time("expires", registry->deadline, status->now, "");
    if (!is_usual(registry->copy.folder))
        printf("%-11s %s; the module reads %s alone\n", "store", registry->copy.store_path,
               STORE_DIRECTORY);
    else if (!registry->asked)
        printf("%-11s %s; not asked yet, see gitdns doctor\n", "store", registry->copy.store_path);
}

/* The mirrors that the daemon leaves alone at present. */
static void print_cooldowns(const struct status *status, const struct cooldowns *cooldowns)
{
    for (unsigned i = 0; i < cooldowns->count; i++) {
        const struct cooldown *mirror = &cooldowns->mirror[i];
        char url[MESSAGE_OCTETS], stamp[TIMESTAMP_OCTETS], distance[SPAN_OCTETS];

        if (!cooldown_holds(mirror, status->now))
            continue;
        message_set(url, "%s", mirror->url);
        timestamp_format(mirror->until, stamp);
        printf("%-11s %s: %s; not asked until %s, %s\n", "mirror", url,
               cooldown_word(mirror->cause), stamp,
               span_distance(status->now, mirror->until, distance));
    }
}

static void print_rounds(const struct status *status, const struct status_registry *registry)
{
    if (!registry->known) {
        printf("%-11s none yet\n", "last round");
        return;
    }
    print_time("last round", registry->rounds.last, status->now, "");
    printf("%-11s %s\n", "", registry->rounds.result);
    print_time("next round", registry->rounds.next, status->now,
               registry->rounds.next > status->now ? "" : "; due");
    print_cooldowns(status, &registry->rounds.cooldowns);
}

static void print_drill(const struct status *status)
{
    char text[DRILL_TEXT_OCTETS];

    if (status->drill.made != 0)
        printf("%-11s %s\n", "drilled", drill_text(&status->drill, status->now, text));
}

static void print_for_people(const struct cli *cli, const struct status *status)
{
    char text[HOSTS_LINE_TEXT_OCTETS], sentence[REACH_SENTENCE_OCTETS];

    for (unsigned i = 0; i < status->registries; i++) {
        print_store(status, &status->registry[i]);
        print_rounds(status, &status->registry[i]);
        if (status->registries > 1)
            putchar('\n');
    }
    if (status->policy_error != 0)
        printf("%-11s %s/" POLICY_FILE ": %s\n", "policy", cli->directory,
               error_text(status->policy_error));
    if (status->module_error[0] != '\0')
        printf("%-11s %s\n", "module", status->module_error);
    outage_view_print(&status->outage, "outage", status->now);
    print_drill(status);
    hosts_line_format(&status->line, text);
    reach_sentence(&status->reach, sentence);
    if (status->reach.reach != REACH_UNREADABLE)
        printf("%-11s %s\n", "hosts line", text);
    if (reach_answers(status->reach.reach) && !answers(cli, status))
        strcpy(sentence, "gitdns is asked when DNS fails, and has nothing to answer from");
    printf("%-11s %s\n", status->reach.reach != REACH_UNREADABLE ? "" : "hosts line", sentence);
}

static void print_json_registries(struct json *json, const struct status *status)
{
    json_open(json, "registries", '[');
    for (unsigned i = 0; i < status->registries; i++) {
        const struct status_registry *registry = &status->registry[i];

        json_open(json, NULL, '{');
        json_text(json, "name", registry->copy.name);
        json_flag(json, "answers", status_registry_answers(status, registry));
        status_json_registry(json, status, registry);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_for_programs(const struct cli *cli, const struct status *status)
{
    char text[HOSTS_LINE_TEXT_OCTETS];
    struct json json;

    json_begin(&json, 1);
    json_flag(&json, "answers", answers(cli, status));
    if (status->registries == 1)
        status_json_registry(&json, status, &status->registry[0]);
    print_json_registries(&json, status);
    if (cli->config_error[0] != '\0' && !cli->hidden)
        json_text(&json, "configuration_error", cli->config_error);
    if (status->policy_error != 0)
        json_text(&json, "policy_error", error_text(status->policy_error));
    if (status->module_error[0] != '\0')
        json_text(&json, "module_error", status->module_error);
    outage_view_print_json(&json, "outage", &status->outage);
    drill_kept_print_json(&json, &status->drill);
    hosts_line_format(&status->line, text);
    json_text(&json, "hosts_line", text);
    json_text(&json, "reach", reach_word(status->reach.reach));
    json_end(&json);
}

/* That this machine is not protected is something that it tells, not a failure. */
static int print_metrics(const struct cli *cli, const struct status *status)
{
    int r;

    if (cli->output == NULL) {
        status_metrics_print(stdout, status, answers(cli, status));
        return CLI_OK;
    }
    r = status_metrics_write(cli->output, status, answers(cli, status));
    if (r < 0)
        fprintf(stderr, "gitdns: %s: %s\n", cli->output,
                r == -EPERM ? "not permitted, or behind a link of another user's" : error_text(r));
    return r < 0 ? CLI_BAD : CLI_OK;
}

int cli_status(const struct cli *cli)
{
    static struct status status;

    if (cli->output != NULL && !cli->prometheus) {
        fputs("gitdns: status has --output with --prometheus alone\n", stderr);
        return CLI_USAGE;
    }
    status_collect(&cli->copies, cli->directory, &status);
    if (cli->prometheus)
        return print_metrics(cli, &status);
    if (cli->json)
        print_for_programs(cli, &status);
    else
        print_for_people(cli, &status);
    return answers(cli, &status) ? CLI_OK : CLI_BAD;
}
