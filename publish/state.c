#include "publish/state.h"
#include "registry/error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int state_open(struct state *state, const char *tree, struct problem *problem)
{
    size_t len = strlen(tree);
    int n;

    state->directory = -1;
    while (len > 1 && tree[len - 1] == '/')
        len--;
    n = snprintf(state->path, sizeof state->path, "%.*s.state", (int)len, tree);
    if (n >= (int)sizeof state->path)
        return problem_set(problem, -ENAMETOOLONG, "%s: %s", tree, error_text(-ENAMETOOLONG));
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
