/* spawn TIMES PROGRAM [ARGUMENT]...
 *
 * Runs the program that many times, its standard output thrown away. Prints for each run the
 * microseconds it took, those of processor time (its children's too), the largest resident memory
 * of any of its processes in KiB, and its exit status. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double microseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double of_timeval(struct timeval time)
{
    return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

int main(int argc, char **argv)
{
    posix_spawn_file_actions_t actions;

    if (argc < 3)
        return 2;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    for (int i = atoi(argv[1]); i > 0; i--) {
        double start = microseconds(), end;
        struct rusage usage;
        int status;
        pid_t pid;

        errno = posix_spawnp(&pid, argv[2], &actions, NULL, argv + 2, environ);
        if (errno != 0 || wait4(pid, &status, 0, &usage) != pid)
            err(1, "%s", argv[2]);
        end = microseconds();
        printf("%.1f %.0f %ld %d\n", end - start,
               of_timeval(usage.ru_utime) + of_timeval(usage.ru_stime), usage.ru_maxrss,
               WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    posix_spawn_file_actions_destroy(&actions);
    return ferror(stdout) || fflush(stdout) != 0;
}
