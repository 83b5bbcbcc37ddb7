#include "cli/open_store.h"
#include "base/error.h"
#include "copy/store_verify.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int open_store(const struct registry_copy *copy, struct store *store, struct manifest *manifest)
{
    int folder = copies_open_folder(copy), r;

    if (folder < 0)
        return folder;
    r = store_open_at(folder, STORE_FILE, store, manifest);
    close(folder);
    return r;
}

bool open_store_or_say(const struct registry_copy *copy, struct store *store,
                       struct manifest *manifest)
{
    int r = open_store(copy, store, manifest);

    if (r < 0)
        fprintf(stderr, "gitdns: %s: %s\n", copy->store_path, error_text(r));
    return r == 0;
}

/* A store without a manifest is none to people. */
static int read_manifest(struct store *store, struct manifest *manifest)
{
    char text[MANIFEST_MAX_OCTETS];
    size_t len;
    int r = store_manifest(store, text, &len, manifest);

    if (r == 0)
        return 0;
    store_unmap(store);
    store->stamp = 0;
    store->deadline = INT64_MIN;
    return r;
}

int open_stores(struct open_stores *open, const char *folder)
{
    struct stores *stores = &open->stores;
    int r = stores_open(stores, folder, NULL);

    if (r < 0)
        return r;
    copies_of_policy(&open->copies, &stores->policy, NULL, folder);
    for (unsigned i = 0; i < stores->policy.count; i++)
        if (stores->error[i] == 0)
            stores->error[i] = read_manifest(&stores->store[i], &open->manifest[i]);
    return 0;
}

void close_stores(struct open_stores *open)
{
    stores_close(&open->stores);
}

void say_policy_error(const char *folder, int error)
{
    fprintf(stderr, "gitdns: %s/" POLICY_FILE ": %s\n", folder, error_text(error));
}
