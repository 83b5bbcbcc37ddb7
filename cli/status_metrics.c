#include "cli/status_metrics.h"
#include "base/file.h"
#include "base/path_open.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One metric of each registry. */
struct registry_metric {
    const char *name, *help;
    /* Returns whether it is known. */
    bool (*find)(const struct status *, const struct status_registry *, int64_t *value);
};

static bool find_answers(const struct status *status, const struct status_registry *registry,
                         int64_t *value)
{
    *value = status_registry_answers(status, registry);
    return true;
}

static bool find_serial(const struct status *status, const struct status_registry *registry,
                        int64_t *value)
{
    (void)status;
    *value = registry->manifest.serial;
    return registry->store_error == 0;
}

static bool find_newest(const struct status *status, const struct status_registry *registry,
                        int64_t *value)
{
    (void)status;
    *value = registry->newest;
    return registry->newest != 0;
}

static bool find_names(const struct status *status, const struct status_registry *registry,
                       int64_t *value)
{
    (void)status;
    *value = (int64_t)registry->manifest.names;
    return registry->store_error == 0;
}

static bool find_created(const struct status *status, const struct status_registry *registry,
                         int64_t *value)
{
    (void)status;
    *value = registry->manifest.created;
    return registry->store_error == 0;
}

static bool find_expiry(const struct status *status, const struct status_registry *registry,
                        int64_t *value)
{
    (void)status;
    *value = registry->deadline;
    return registry->store_error == 0;
}

static bool find_last(const struct status *status, const struct status_registry *registry,
                      int64_t *value)
{
    (void)status;
    *value = registry->rounds.last;
    return registry->known;
}

static bool find_good(const struct status *status, const struct status_registry *registry,
                      int64_t *value)
{
    (void)status;
    *value = registry->rounds.good;
    return registry->known && registry->rounds.good > 0;
}

static bool find_failures(const struct status *status, const struct status_registry *registry,
                          int64_t *value)
{
    (void)status;
    *value = registry->rounds.failures;
    return registry->known;
}

static const struct registry_metric registry_metrics[] = {
    {"registry_answers", "1 if the registry's copy is asked and not too old.", find_answers},
    {"registry_serial", "Serial of the copy that answers.", find_serial},
    {"registry_newest_serial", "Newest serial kept; another than the one that answers if pinned.",
     find_newest},
    {"registry_names", "Names in the copy that answers.", find_names},
    {"registry_created_timestamp_seconds", "When the copy that answers was published.",
     find_created},
    {"registry_expiry_timestamp_seconds", "From when on the copy answers nothing.", find_expiry},
    {"sync_last_round_timestamp_seconds", "When the last round ended, good or not.", find_last},
    {"sync_last_success_timestamp_seconds", "When the last good round ended.", find_good},
    {"sync_failures", "Rounds that failed since the last good one.", find_failures},
};

static void print_head(FILE *file, const char *name, const char *help)
{
    fprintf(file, "# HELP gitdns_%s %s\n# TYPE gitdns_%s gauge\n", name, help, name);
}

static void print_gauge(FILE *file, const char *name, const char *help, int64_t value)
{
    print_head(file, name, help);
    fprintf(file, "gitdns_%s %" PRId64 "\n", name, value);
}

/* Printable text, in quotes. */
static void print_label(FILE *file, const char *text)
{
    putc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            putc('\\', file);
        putc(*text, file);
    }
    putc('"', file);
}

static void print_registry(FILE *file, const char *name, const struct status_registry *registry)
{
    fprintf(file, "gitdns_%s{registry=", name);
    print_label(file, registry->copy.name);
}

static void print_registries(FILE *file, const struct status *status)
{
    for (size_t i = 0; i < sizeof registry_metrics / sizeof *registry_metrics; i++) {
        const struct registry_metric *metric = &registry_metrics[i];
        bool has_head = false;
        int64_t value;

        for (unsigned j = 0; j < status->registries; j++) {
            if (!metric->find(status, &status->registry[j], &value))
                continue;
            if (!has_head)
                print_head(file, metric->name, metric->help);
            has_head = true;
            print_registry(file, metric->name, &status->registry[j]);
            fprintf(file, "} %" PRId64 "\n", value);
        }
    }
}

static void print_mirror(FILE *file, const struct status *status,
                         const struct status_registry *registry, const char *url)
{
    const struct cooldown *down = cooldowns_find(&registry->rounds.cooldowns, url);
    char text[MESSAGE_OCTETS];

    message_set(text, "%s", url);
    print_registry(file, "mirror_up", registry);
    fputs(",mirror=", file);
    print_label(file, text);
    fprintf(file, "} %d\n", down == NULL || !cooldown_holds(down, status->now));
}

/* Each that the configuration names, of a registry of which there has been a round. */
static void print_mirrors(FILE *file, const struct status *status)
{
    bool has_head = false;

    for (unsigned i = 0; i < status->registries; i++) {
        const struct status_registry *registry = &status->registry[i];
        const struct config_registry *config = registry->copy.registry;

        if (!registry->known || config == NULL)
            continue;
        if (!has_head)
            print_head(file, "mirror_up", "0 if the mirror failed and is left alone for a while.");
        has_head = true;
        for (unsigned j = 0; j < config->urls; j++)
            print_mirror(file, status, registry, config->url[j]);
    }
}

static void print_outage(FILE *file, const struct outage_view *outage)
{
    print_gauge(file, "outage_watched", "1 if gitdns-syncd runs and watches DNS.", outage->watched);
    if (!outage->watched)
        return;
    print_gauge(file, "outage_active", "1 if DNS is out, for some names or all, or is said to be.",
                outage->everything || outage->names > 0);
    print_gauge(file, "outage_everything", "1 if DNS is out for all names, or is said to be.",
                outage->everything);
    print_gauge(file, "outage_names", "Names and domains that are out by themselves.",
                outage->names);
    print_gauge(file, "outage_denied_names", "Names that DNS denies and the copy answers.",
                outage->denied);
    print_gauge(file, "outage_forced", "1 if an administrator has decided what is out.",
                outage->forced != BOARD_AUTO);
    if (outage->since != 0)
        print_gauge(file, "outage_start_timestamp_seconds", "When the outage began.",
                    outage->since);
    if (outage->ended != 0)
        print_gauge(file, "outage_last_end_timestamp_seconds", "When the last outage ended.",
                    outage->ended);
}

static void print_drill(FILE *file, const struct survey_kept *drill)
{
    if (drill->made == 0)
        return;
    print_gauge(file, "drill_timestamp_seconds", "When gitdns drill --keep was run last.",
                drill->made);
    print_gauge(file, "drill_names", "Names that it tried.", (int64_t)drill->names);
    print_head(file, "drill_success_ratio", "Share of these that would work.");
    fprintf(file, "gitdns_drill_success_ratio %.4f\n", survey_kept_share(drill));
}

void status_metrics_print(FILE *file, const struct status *status, bool answers)
{
    print_head(file, "build_info", "Version of gitdns.");
    fputs("gitdns_build_info{version=\"" GITDNS_VERSION "\"} 1\n", file);
    print_gauge(file, "protected", "1 if the module answers when DNS fails.", answers);
    print_registries(file, status);
    print_mirrors(file, status);
    print_outage(file, &status->outage);
    print_drill(file, &status->drill);
}

/* The folder that `path` lies in. Returns a descriptor or as path_open. */
static int open_folder(const char *path, size_t octets)
{
    char folder[2 * PATH_MAX] = "";
    size_t used = 0;
    int root, fd;

    if (octets >= PATH_MAX)
        return -ENAMETOOLONG;
    if (path[0] != '/') {
        if (getcwd(folder, PATH_MAX) == NULL)
            return -errno;
        used = strlen(folder);
    }
    snprintf(&folder[used], sizeof folder - used, "/%.*s", (int)octets, path);
    root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return -errno;
    fd = path_open(root, folder, O_RDONLY | O_DIRECTORY);
    close(root);
    return fd;
}

/* On the way there may be folders of others, as Debian's /var/lib/prometheus is of the user whose
 * node_exporter a network asks: no link of theirs has root write elsewhere. */
static int replace(const char *path, const char *text, size_t len)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    int fd, r;

    if (name[0] == '\0')
        return -EISDIR;
    fd = open_folder(path, (size_t)(name - path));
    if (fd < 0)
        return fd;
    r = file_replace(fd, name, text, len, 0644);
    close(fd);
    return r;
}

int status_metrics_write(const char *path, const struct status *status, bool answers)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    int r;

    if (file == NULL)
        return -errno;
    status_metrics_print(file, status, answers);
    r = fclose(file) == 0 ? replace(path, text, len) : -ENOMEM;
    free(text);
    return r;
}
