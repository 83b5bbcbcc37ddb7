/* within [SOURCE:TARGET]... -- PROGRAM [ARGUMENT]...
 *
 * Runs a program in a mount namespace of its own in which each SOURCE is bound over its TARGET.
 * Needs CAP_SYS_ADMIN. A few milliseconds less than unshare, sh and mount: thousands of
 * combinations are tried. */
#include <err.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int i;

    if (unshare(CLONE_NEWNS) != 0)
        err(125, "unshare");
    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        char *target = strchr(argv[i], ':');

        if (target == NULL)
            errx(125, "%s: not SOURCE:TARGET", argv[i]);
        *target++ = '\0';
        if (mount(argv[i], target, NULL, MS_BIND, NULL) != 0)
            err(125, "%s on %s", argv[i], target);
    }
    if (i + 1 >= argc)
        errx(125, "no program given");
    execvp(argv[i + 1], argv + i + 1);
    err(125, "%s", argv[i + 1]);
}
