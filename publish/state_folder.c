#include "publish/state_folder.h"
#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".state"

int state_folder_open(struct state_folder *folder, const char *tree, struct problem *problem)
{
    size_t len;

    folder->directory = -1;
    /* `--to .` has no name of its own to add to. */
    if (realpath(tree, folder->path) == NULL)
        return problem_set(problem, -errno, "%s: %s", tree, error_text(-errno));
    len = strlen(folder->path);
    if (len + sizeof SUFFIX > sizeof folder->path)
        return problem_set(problem, -ENAMETOOLONG, "%s: %s", tree, error_text(-ENAMETOOLONG));
    memcpy(folder->path + len, SUFFIX, sizeof SUFFIX);
    if (mkdir(folder->path, 0755) == 0 || errno == EEXIST)
        folder->directory = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder->directory < 0
               ? problem_set(problem, -errno, "%s: %s", folder->path, error_text(-errno))
               : 0;
}

void state_folder_close(struct state_folder *folder)
{
    if (folder->directory < 0)
        return;
    close(folder->directory);
    folder->directory = -1;
    rmdir(folder->path);
}
