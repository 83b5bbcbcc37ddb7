#include "publish/state_folder.h"
#include "base/error.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".state"

int state_folder_open(struct state_folder *folder, const char *tree, struct problem *problem)
{
    size_t len;
    int r;

    folder->directory = -1;
    /* `--to .` has no name of its own to add to. */
    if (realpath(tree, folder->path) == NULL)
        return problem_set(problem, -errno, "%s: %s", tree, error_text(-errno));
    len = strlen(folder->path);
    if (len + sizeof SUFFIX > sizeof folder->path)
        return problem_set(problem, -ENAMETOOLONG, "%s: %s", tree, error_text(-ENAMETOOLONG));
    memcpy(folder->path + len, SUFFIX, sizeof SUFFIX);
    r = owned_folder_open_own(&folder->owned, folder->path, true, problem);
    if (r == 0 && fchmod(folder->owned.fd, 0700) < 0)
        r = problem_set(problem, -errno, "%s: %s", folder->path, error_text(-errno));
    if (r < 0)
        owned_folder_close(&folder->owned);
    else
        folder->directory = folder->owned.fd;
    return r;
}

void state_folder_close(struct state_folder *folder)
{
    if (folder->directory < 0)
        return;
    owned_folder_remove(&folder->owned);
    owned_folder_close(&folder->owned);
    folder->directory = -1;
}
