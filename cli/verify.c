#include "base/error.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/open_store.h"
#include "copy/store_verify.h"
#include <stdio.h>
#include <string.h>

static bool say(const char *what, int r, const char *good)
{
    if (r == 0)
        printf("%-11s good%s%s\n", what, good[0] != '\0' ? ": " : "", good);
    else
        printf("%-11s BAD: %s\n", what, error_text(r));
    return r == 0;
}

/* What is said of the registry is what was signed. */
static bool verify_signature(const struct registry_copy *copy, const struct store *store,
                             struct manifest *manifest)
{
    char text[MANIFEST_MAX_OCTETS];
    size_t len;
    int r = store_manifest(store, text, &len, manifest);

    struct keys keys = {.count = 0};
    char error[MESSAGE_OCTETS], good[FORMAT_OCTETS];

    if (copy->registry == NULL) {
        printf("%-11s not checked: no configuration names a key\n", "signature");
        return false;
    }
    if (config_load_keys(copy->registry, &keys, error) < 0) {
        printf("%-11s not checked: %s\n", "signature", error);
        return false;
    }
    snprintf(good, sizeof good, "by one of %u key%s", keys.count, keys.count == 1 ? "" : "s");
    if (r == 0)
        r = store_verify_signature(store, text, len, manifest, &keys);
    return say("signature", r, good);
}

/* Another registry's may have been signed by the same key. */
static bool verify_name(const struct registry_copy *copy, const struct manifest *manifest)
{
    bool good = copy->registry == NULL || strcmp(manifest->name, copy->registry->name) == 0;

    if (!good)
        printf("%-11s BAD: it should be %s\n", "name", copy->registry->name);
    return good;
}

static bool verify(const struct registry_copy *copy)
{
    struct manifest manifest;
    struct store store;
    char names[FORMAT_OCTETS], octets[FORMAT_OCTETS], good[4 * FORMAT_OCTETS];
    bool ok;

    if (!open_store_or_say(copy, &store, &manifest))
        return false;
    printf("%-11s %s\n", "store", copy->store_path);
    printf("%-11s %s, serial %u\n", "registry", manifest.name, manifest.serial);
    ok = verify_name(copy, &manifest);
    ok = verify_signature(copy, &store, &manifest) && ok;
    snprintf(good, sizeof good, "%s names, %s octets, SHA-256 as signed",
             format_count(manifest.names, names), format_count(manifest.text_octets, octets));
    ok = say("text", store_verify_text(&store, &manifest), good) && ok;
    ok = say("deadline", store.deadline <= manifest.expires ? 0 : E_STORE_DAMAGED, "") && ok;
    store_unmap(&store);
    return ok;
}

int cli_verify(const struct cli *cli)
{
    bool good = true;

    for (unsigned i = 0; i < cli->copies.count; i++) {
        if (i > 0)
            putchar('\n');
        good = verify(&cli->copies.copy[i]) && good;
    }
    return good ? CLI_OK : CLI_BAD;
}
