#include "base/error.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/json.h"
#include "cli/open_store.h"
#include "cli/verify_mirrors.h"
#include "copy/store_verify.h"
#include <stdio.h>
#include <string.h>

enum verdict { GOOD, BAD, UNCHECKED };

struct report {
    struct json *json; /* NULL: for people */
    bool good;         /* all so far */
};

static void say(struct report *report, const char *what, enum verdict verdict, const char *text)
{
    static const char *const shown[] = {"good", "BAD", "not checked"};
    static const char *const words[] = {"good", "bad", "unchecked"};

    report->good = report->good && verdict == GOOD;
    if (report->json == NULL) {
        printf("%-11s %s%s%s\n", what, shown[verdict], text[0] != '\0' ? ": " : "", text);
        return;
    }
    json_open(report->json, NULL, '{');
    json_text(report->json, "check", what);
    json_text(report->json, "verdict", words[verdict]);
    if (text[0] != '\0')
        json_text(report->json, "text", text);
    json_close(report->json, '}');
}

static void say_code(struct report *report, const char *what, int r, const char *good)
{
    say(report, what, r == 0 ? GOOD : BAD, r == 0 ? good : error_text(r));
}

/* What is said of the registry is what was signed. */
static void verify_signature(const struct registry_copy *copy, const struct store *store,
                             struct manifest *manifest, struct report *report)
{
    char text[MANIFEST_MAX_OCTETS];
    size_t len;
    int r = store_manifest(store, text, &len, manifest);

    struct keys keys = {.count = 0};
    char error[MESSAGE_OCTETS], good[FORMAT_OCTETS];

    if (copy->registry == NULL) {
        say(report, "signature", UNCHECKED, "no configuration names a key");
        return;
    }
    if (config_load_keys(copy->registry, &keys, error) < 0) {
        say(report, "signature", UNCHECKED, error);
        return;
    }
    snprintf(good, sizeof good, "by one of %u key%s", keys.count, keys.count == 1 ? "" : "s");
    if (r == 0)
        r = store_verify_signature(store, text, len, manifest, &keys);
    say_code(report, "signature", r, good);
}

/* Another registry's may have been signed by the same key. */
static void verify_name(const struct registry_copy *copy, const struct manifest *manifest,
                        struct report *report)
{
    char text[sizeof "it should be " + REGISTRY_NAME_MAX];

    if (copy->registry == NULL || strcmp(manifest->name, copy->registry->name) == 0)
        return;
    snprintf(text, sizeof text, "it should be %s", copy->registry->name);
    say(report, "name", BAD, text);
}

static void verify(const struct registry_copy *copy, const struct store *store,
                   struct manifest *manifest, struct report *report)
{
    char names[FORMAT_OCTETS], octets[FORMAT_OCTETS], good[4 * FORMAT_OCTETS];

    verify_name(copy, manifest, report);
    verify_signature(copy, store, manifest, report);
    snprintf(good, sizeof good, "%s names, %s octets, SHA-256 as signed",
             format_count(manifest->names, names), format_count(manifest->text_octets, octets));
    say_code(report, "text", store_verify_text(store, manifest), good);
    say_code(report, "deadline", store->deadline <= manifest->expires ? 0 : E_STORE_DAMAGED, "");
}

static void verify_for_people(const struct registry_copy *copy, struct report *report)
{
    struct manifest manifest;
    struct store store;

    if (!open_store_or_say(copy, &store, &manifest)) {
        report->good = false;
        return;
    }
    printf("%-11s %s\n", "store", copy->store_path);
    printf("%-11s %s, serial %u\n", "registry", manifest.name, manifest.serial);
    verify(copy, &store, &manifest, report);
    store_unmap(&store);
}

static void verify_for_programs(const struct registry_copy *copy, struct report *report)
{
    struct json *json = report->json;
    struct manifest manifest;
    struct store store;
    int r = open_store(copy, &store, &manifest);

    json_open(json, NULL, '{');
    json_text(json, "name", copy->name);
    json_text(json, "store", copy->store_path);
    if (r == 0) {
        json_text(json, "registry", manifest.name);
        json_number(json, "serial", manifest.serial);
    }
    json_open(json, "checks", '[');
    if (r == 0) {
        verify(copy, &store, &manifest, report);
        store_unmap(&store);
    } else {
        say_code(report, "store", r, "");
    }
    json_close(json, ']');
    json_close(json, '}');
}

int cli_verify(const struct cli *cli)
{
    struct report report = {.good = true};
    struct json json;

    if (cli->count > 0)
        return verify_mirrors(cli);
    if (cli->key != NULL || cli->deep) {
        fputs("gitdns: --key and --deep are for the URL of a mirror\n", stderr);
        return CLI_USAGE;
    }
    if (cli->json) {
        report.json = &json;
        json_begin(&json, 1);
        json_open(&json, "registries", '[');
    }
    for (unsigned i = 0; i < cli->copies.count; i++) {
        if (!cli->json && i > 0)
            putchar('\n');
        if (cli->json)
            verify_for_programs(&cli->copies.copy[i], &report);
        else
            verify_for_people(&cli->copies.copy[i], &report);
    }
    if (cli->json) {
        json_close(&json, ']');
        json_flag(&json, "good", report.good);
        json_end(&json);
    }
    return report.good ? CLI_OK : CLI_BAD;
}
