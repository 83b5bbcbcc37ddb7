#include "publish/state_folder.h"
#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".state"

int state_open(struct state *state, const char *tree, struct problem *problem)
{
    size_t len;

    state->directory = -1;
    /* `--to .` has no name of its own to add to. */
    if (realpath(tree, state->path) == NULL)
        return problem_set(problem, -errno, "%s: %s", tree, error_text(-errno));
    len = strlen(state->path);
    if (len + sizeof SUFFIX > sizeof state->path)
        return problem_set(problem, -ENAMETOOLONG, "%s: %s", tree, error_text(-ENAMETOOLONG));
    memcpy(state->path + len, SUFFIX, sizeof SUFFIX);
    if (mkdir(state->path, 0755) == 0 || errno == EEXIST)
        state->directory = open(state->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return state->directory < 0
               ? problem_set(problem, -errno, "%s: %s", state->path, error_text(-errno))
               : 0;
}

void state_close(struct state *state)
{
    if (state->directory < 0)
        return;
    close(state->directory);
    state->directory = -1;
    rmdir(state->path);
}
