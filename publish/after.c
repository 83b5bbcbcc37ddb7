#include "publish/after.h"
#include "base/error.h"
#include "publish/stop.h"
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int wait_for(pid_t child, struct problem *problem)
{
    int status;

    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return problem_set(problem, E_AFTER, "--after: %s", error_text(-errno));
        if (stop_requested())
            kill(child, SIGTERM);
    }
    if (stop_requested())
        return problem_set(problem, E_STOPPED, "--after: stopped");
    if (WIFSIGNALED(status))
        return problem_set(problem, E_AFTER, "--after: killed by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return problem_set(problem, E_AFTER, "--after: exit status %d", WEXITSTATUS(status));
    return 0;
}

int after_run(const char *command, const char *folder, uint32_t serial, struct problem *problem)
{
    const char *const arguments[] = {"sh", "-c", command, NULL};
    char number[sizeof "4294967295"];
    pid_t child;
    int r;

    snprintf(number, sizeof number, "%" PRIu32, serial);
    if (setenv("GITDNS_DIR", folder, 1) < 0 || setenv("GITDNS_SERIAL", number, 1) < 0)
        return problem_set(problem, -errno, "--after: %s", error_text(-errno));
    r = posix_spawn(&child, "/bin/sh", NULL, NULL, (char *const *)arguments, environ);
    if (r != 0)
        return problem_set(problem, -r, "--after: /bin/sh: %s", error_text(-r));
    return wait_for(child, problem);
}
