#include "cli/verify_mirrors.h"
#include "audit/audit.h"
#include "base/error.h"
#include "base/span.h"
#include "cli/configure.h"
#include "cli/format.h"
#include "cli/json.h"
#include "copy/config_settings.h"
#include "copy/config_url.h"
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A mirror, and what it is to be held against. */
struct subject {
    char url[CONFIG_URL_OCTETS];
    const struct config_registry *registry; /* NULL: none that is configured */
    struct keys keys;
    struct audit audit;
};

static int refuse(const char *what, const char *cause)
{
    char error[MESSAGE_OCTETS];

    message_set(error, "%s: %s", what, cause);
    fprintf(stderr, "gitdns: %s\n", error);
    return CLI_USAGE;
}

static bool has_url(const struct config_registry *registry, const char *url)
{
    for (unsigned i = 0; i < registry->urls; i++)
        if (strcmp(registry->url[i], url) == 0)
            return true;
    return false;
}

/* The registry that --registry names, else the one that has the URL among its mirrors. */
static const struct config_registry *find_registry(const struct cli *cli, const char *url)
{
    const struct config *config = configure_read(cli);

    if (cli->registry_name != NULL)
        return cli->copies.copy[0].registry;
    for (unsigned i = 0; config != NULL && i < config->registries; i++)
        if (has_url(&config->registry[i], url))
            return &config->registry[i];
    return NULL;
}

/* A key as in gitdns.conf: itself, its file, or a folder of them. */
static int load_key(struct keys *keys, const char *key)
{
    int r = keys_add(keys, key, strlen(key));

    return r == E_KEY_SYNTAX ? keys_load(keys, key) : r;
}

/* Returns CLI_OK, or CLI_USAGE, which has been said. */
static int prepare(const struct cli *cli, const char *argument, struct subject *subject)
{
    const char *cause = config_url_take(argument, subject->url);
    char error[MESSAGE_OCTETS];
    int r;

    if (cause != NULL)
        return refuse(argument, cause);
    subject->registry = find_registry(cli, subject->url);
    if (cli->key != NULL) {
        r = load_key(&subject->keys, cli->key);
        return r < 0 ? refuse(cli->key, error_text(r)) : CLI_OK;
    }
    if (subject->registry == NULL ||
        config_load_keys(subject->registry, &subject->keys, error) == 0)
        return CLI_OK;
    fprintf(stderr, "gitdns: %s\n", error);
    return CLI_USAGE;
}

static void audit(const struct cli *cli, struct subject *subject)
{
    struct config_registry usual;
    const struct config_registry *registry = subject->registry;
    struct audit_request request = {.url = subject->url,
                                    .registry_name = registry != NULL ? registry->name : NULL,
                                    .keys = subject->keys.count > 0 ? &subject->keys : NULL,
                                    .private = AUDIT_PRIVATE_UNKNOWN,
                                    .deep = cli->deep,
                                    .now = time(NULL)};

    if (registry != NULL)
        request.private = registry->private ? AUDIT_PRIVATE_YES : AUDIT_PRIVATE_NO;
    if (registry == NULL) {
        config_settings_clear(&usual);
        config_settings_usual(&usual, false);
        registry = &usual;
    }
    request.max_octets = registry->max_octets;
    request.connect_timeout = registry->connect_timeout;
    request.stall_timeout = registry->stall_timeout;
    request.timeout = registry->round_timeout;
    audit_run(&request, &subject->audit);
}

static void print_for_people(const struct audit *audit)
{
    const struct manifest *manifest = &audit->manifest;
    char names[FORMAT_OCTETS], made[SPAN_OCTETS], expires[SPAN_OCTETS];
    int64_t now = time(NULL);

    printf("%-11s %s\n", "mirror", audit->url);
    if (audit->described)
        printf("%-11s %s, serial %u, %s names, made %s, expires %s%s\n", "registry", manifest->name,
               manifest->serial, format_count(manifest->names, names),
               span_distance(now, manifest->created, made),
               span_distance(now, manifest->expires, expires),
               audit->is_signed ? "" : "; none of it is vouched for");
    for (unsigned i = 0; i < audit->findings.count; i++) {
        const struct finding *finding = &audit->findings.finding[i];

        printf("%-11s %s: %s\n", finding_level_word(finding->level),
               finding_kind_word(finding->kind), finding->text);
    }
    if (audit->findings.more > 0)
        printf("%-11s and %u findings more\n", "", audit->findings.more);
    printf("%-11s %s\n", "verdict", findings_are_fine(&audit->findings) ? "good" : "BAD");
}

static void print_for_programs(struct json *json, const struct audit *audit)
{
    const struct manifest *manifest = &audit->manifest;

    json_open(json, NULL, '{');
    json_text(json, "url", audit->url);
    json_flag(json, "good", findings_are_fine(&audit->findings));
    if (audit->serial != 0)
        json_number(json, "serial", audit->serial);
    if (audit->described) {
        json_text(json, "registry", manifest->name);
        json_time(json, "created", manifest->created);
        json_time(json, "expires", manifest->expires);
        json_number(json, "names", (int64_t)manifest->names);
    }
    json_flag(json, "signed", audit->is_signed);
    json_flag(json, "inflated", audit->inflated);
    json_number(json, "errors", audit->findings.levels[FINDING_ERROR]);
    json_number(json, "warnings", audit->findings.levels[FINDING_WARNING]);
    json_open(json, "findings", '[');
    for (unsigned i = 0; i < audit->findings.count; i++) {
        const struct finding *finding = &audit->findings.finding[i];

        json_open(json, NULL, '{');
        json_text(json, "level", finding_level_word(finding->level));
        json_text(json, "finding", finding_kind_word(finding->kind));
        json_text(json, "text", finding->text);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

/* Returns whether all are fine. */
static bool print(const struct cli *cli, const struct subject *subjects, unsigned count)
{
    bool good = true;
    struct json json;

    for (unsigned i = 0; i < count; i++)
        good = good && findings_are_fine(&subjects[i].audit.findings);
    if (!cli->json) {
        for (unsigned i = 0; i < count; i++) {
            if (i > 0)
                putchar('\n');
            print_for_people(&subjects[i].audit);
        }
        return good;
    }
    json_begin(&json, 1);
    json_open(&json, "mirrors", '[');
    for (unsigned i = 0; i < count; i++)
        print_for_programs(&json, &subjects[i].audit);
    json_close(&json, ']');
    json_flag(&json, "good", good);
    json_end(&json);
    return good;
}

/* Those of one registry, beside each other. */
static void compare(struct subject *subjects, unsigned count, unsigned first)
{
    const struct audit *audit = &subjects[first].audit;
    struct audit *same[CONFIG_URLS_MAX];
    unsigned found = 0;

    for (unsigned i = 0; i < count; i++) {
        if (!subjects[i].audit.described ||
            strcmp(subjects[i].audit.manifest.name, audit->manifest.name) != 0)
            continue;
        /* It has been compared with the first of its registry. */
        if (i < first)
            return;
        same[found++] = &subjects[i].audit;
    }
    audit_compare(same, found);
}

int verify_mirrors(const struct cli *cli)
{
    unsigned count = (unsigned)cli->count;
    struct subject *subjects = calloc(count, sizeof *subjects);
    int status = CLI_OK;

    if (subjects == NULL)
        return refuse("verify", error_text(-ENOMEM));
    for (unsigned i = 0; i < count && status == CLI_OK; i++)
        status = prepare(cli, cli->arguments[i], &subjects[i]);
    if (status == CLI_OK) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        for (unsigned i = 0; i < count; i++)
            audit(cli, &subjects[i]);
        for (unsigned i = 0; i < count; i++)
            if (subjects[i].audit.described)
                compare(subjects, count, i);
        status = print(cli, subjects, count) ? CLI_OK : CLI_BAD;
        curl_global_cleanup();
    }
    free(subjects);
    return status;
}
