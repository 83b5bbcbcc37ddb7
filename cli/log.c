#include "base/base.h"
#include "base/error.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/kept_serials.h"
#include "copy/store_diff.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One serial's line but for its end. `width`: of the longest serial. */
static void print_start(const struct kept_serials *kept, const struct manifest *manifest, int width)
{
    char created[TIMESTAMP_OCTETS], names[FORMAT_OCTETS];

    timestamp_format(manifest->created, created);
    printf("%c %*" PRIu32 "  %s  %s names", manifest->serial == kept->current ? '*' : ' ', width,
           manifest->serial, created, format_count(manifest->names, names));
}

static int print_counts(const struct store *old, const struct manifest *old_manifest,
                        const struct store *new, const struct manifest *new_manifest)
{
    struct store_diff_counts counts = {0};
    int r = 0;

    if (memcmp(old_manifest->text_sha256, new_manifest->text_sha256, SHA256_OCTETS) != 0)
        r = store_diff_count(old, new, &counts);
    if (r == 0)
        printf("  +%" PRIu64 " -%" PRIu64 " ~%" PRIu64, counts.added, counts.removed,
               counts.changed);
    return r;
}

/* Prints one serial's line. Returns false if anything was wrong, which has been said. */
static bool print_serial(const struct kept_serials *kept, uint32_t serial, int width)
{
    uint32_t before = kept_serials_before(kept, serial);
    struct manifest manifest, old_manifest;
    struct store store, old;
    int r = 0;

    if (!kept_serials_store(kept, serial, &store, &manifest))
        return false;
    print_start(kept, &manifest, width);
    if (before != 0 && kept_serials_store(kept, before, &old, &old_manifest)) {
        r = print_counts(&old, &old_manifest, &store, &manifest);
        store_unmap(&old);
    }
    store_unmap(&store);
    puts(serial == kept->pinned ? "  pinned" : "");
    if (r < 0)
        fprintf(stderr, "gitdns: serials %" PRIu32 " and %" PRIu32 ": %s\n", before, serial,
                error_text(r));
    return r == 0;
}

static bool print_registry(const struct registry_copy *copy)
{
    struct kept_serials kept;
    bool good = true;
    int width;

    if (!kept_serials_open(copy, &kept))
        return false;
    width = snprintf(NULL, 0, "%" PRIu32, kept.serials.serial[0]);
    for (unsigned i = 0; i < kept.serials.count; i++)
        good = print_serial(&kept, kept.serials.serial[i], width) && good;
    kept_serials_close(&kept);
    return good;
}

int cli_log(const struct cli *cli)
{
    const struct copies *copies = &cli->copies;
    bool good = true;

    for (unsigned i = 0; i < copies->count; i++) {
        if (copies->count > 1)
            printf("%s%s\n", i > 0 ? "\n" : "", copies->copy[i].name);
        good = print_registry(&copies->copy[i]) && good;
    }
    return good ? CLI_OK : CLI_BAD;
}
