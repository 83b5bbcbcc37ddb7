#include "cli/open_store.h"
#include "base/error.h"
#include "copy/store_verify.h"
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int open_store_at(int directory, const char *file, struct store *store, struct manifest *manifest)
{
    int fd = store_open_file(directory, file), r;
    char text[MANIFEST_MAX_OCTETS];
    size_t len;

    if (fd < 0)
        return fd;
    r = store_map(store, fd);
    close(fd);
    if (r < 0)
        return r;
    r = store_manifest(store, text, &len, manifest);
    if (r < 0)
        store_unmap(store);
    return r;
}

bool open_store(const struct cli *cli, struct store *store, struct manifest *manifest)
{
    int r = open_store_at(AT_FDCWD, cli->store_path, store, manifest);

    if (r < 0)
        fprintf(stderr, "gitdns: %s: %s\n", cli->store_path, error_text(r));
    return r == 0;
}
