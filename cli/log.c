#include "base/base.h"
#include "base/error.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/json.h"
#include "cli/kept_serials.h"
#include "copy/store_diff.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One serial, and what it changed. */
struct entry {
    struct manifest manifest;
    bool counted; /* against the one before, if that is kept */
    struct store_diff_counts counts;
};

static int count(const struct store *old, const struct manifest *old_manifest,
                 const struct store *new, struct entry *entry)
{
    int r = 0;

    if (memcmp(old_manifest->text_sha256, entry->manifest.text_sha256, SHA256_OCTETS) != 0)
        r = store_diff_count(old, new, &entry->counts);
    entry->counted = r == 0;
    return r;
}

/* Returns -1 if there is none, 0, or 1 if anything was wrong with the counts; what is wrong has
 * been said. */
static int read_entry(const struct kept_serials *kept, uint32_t serial, struct entry *entry)
{
    uint32_t before = kept_serials_before(kept, serial);
    struct manifest old_manifest;
    struct store store, old;
    int r = 0;

    memset(entry, 0, sizeof *entry);
    if (!kept_serials_store(kept, serial, &store, &entry->manifest))
        return -1;
    if (before != 0 && kept_serials_store(kept, before, &old, &old_manifest)) {
        r = count(&old, &old_manifest, &store, entry);
        store_unmap(&old);
    }
    store_unmap(&store);
    if (r < 0)
        fprintf(stderr, "gitdns: serials %" PRIu32 " and %" PRIu32 ": %s\n", before, serial,
                error_text(r));
    return r < 0;
}

/* `width`: of the longest serial. */
static void print_entry(const struct kept_serials *kept, const struct entry *entry, int width)
{
    const struct manifest *manifest = &entry->manifest;
    char created[TIMESTAMP_OCTETS], names[FORMAT_OCTETS];

    timestamp_format(manifest->created, created);
    printf("%c %*" PRIu32 "  %s  %s names", manifest->serial == kept->current ? '*' : ' ', width,
           manifest->serial, created, format_count(manifest->names, names));
    if (entry->counted)
        printf("  +%" PRIu64 " -%" PRIu64 " ~%" PRIu64, entry->counts.added, entry->counts.removed,
               entry->counts.changed);
    puts(manifest->serial == kept->pinned ? "  pinned" : "");
}

static void print_entry_json(struct json *json, const struct kept_serials *kept,
                             const struct entry *entry)
{
    json_open(json, NULL, '{');
    json_number(json, "serial", entry->manifest.serial);
    json_time(json, "created", entry->manifest.created);
    json_number(json, "names", (int64_t)entry->manifest.names);
    json_flag(json, "answers", entry->manifest.serial == kept->current);
    json_flag(json, "pinned", entry->manifest.serial == kept->pinned);
    if (entry->counted) {
        json_number(json, "added", (int64_t)entry->counts.added);
        json_number(json, "removed", (int64_t)entry->counts.removed);
        json_number(json, "changed", (int64_t)entry->counts.changed);
    }
    json_close(json, '}');
}

/* `json`: NULL for people. Returns whether nothing was wrong; else it has been said. */
static bool print_registry(const struct registry_copy *copy, struct json *json)
{
    struct kept_serials kept;
    struct entry entry;
    bool good = true;
    int width, r;

    if (!kept_serials_open(copy, &kept))
        return false;
    width = snprintf(NULL, 0, "%" PRIu32, kept.serials.serial[0]);
    for (unsigned i = 0; i < kept.serials.count; i++) {
        r = read_entry(&kept, kept.serials.serial[i], &entry);
        good = good && r == 0;
        if (r >= 0 && json != NULL)
            print_entry_json(json, &kept, &entry);
        else if (r >= 0)
            print_entry(&kept, &entry, width);
    }
    kept_serials_close(&kept);
    return good;
}

static bool print_for_people(const struct copies *copies)
{
    bool good = true;

    for (unsigned i = 0; i < copies->count; i++) {
        if (copies->count > 1)
            printf("%s%s\n", i > 0 ? "\n" : "", copies->copy[i].name);
        good = print_registry(&copies->copy[i], NULL) && good;
    }
    return good;
}

static bool print_for_programs(const struct copies *copies)
{
    struct json json;
    bool good = true;

    json_begin(&json, 1);
    json_open(&json, "registries", '[');
    for (unsigned i = 0; i < copies->count; i++) {
        json_open(&json, NULL, '{');
        json_text(&json, "name", copies->copy[i].name);
        json_open(&json, "serials", '[');
        good = print_registry(&copies->copy[i], &json) && good;
        json_close(&json, ']');
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_end(&json);
    return good;
}

int cli_log(const struct cli *cli)
{
    bool good = cli->json ? print_for_programs(&cli->copies) : print_for_people(&cli->copies);

    return good ? CLI_OK : CLI_BAD;
}
