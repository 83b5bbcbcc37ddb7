#include "cli/cli.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SYNCD "gitdns-syncd"

/* Where it may lie, from where this program does: beside it, in the installation, in the folder
 * that both were built in. */
static const char *const paths[] = {SYNCD, "../sbin/" SYNCD, "../syncd/" SYNCD};

static void try(const char *path, char *const arguments[])
{
    execv(path, arguments);
    if (errno != ENOENT && errno != ENOTDIR)
        fprintf(stderr, "gitdns: %s: %s\n", path, strerror(errno));
}

/* The path of this program's folder with its last slash; empty if it cannot be told. */
static void own_folder(char out[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", out, PATH_MAX - 1);
    char *slash;

    out[len > 0 ? len : 0] = '\0';
    slash = strrchr(out, '/');
    if (slash != NULL)
        slash[1] = '\0';
}

int cli_pull(const struct cli *cli)
{
    char option[] = "--registry";
    char *const arguments[] = {(char[]){SYNCD},
                               (char[]){"--once"},
                               (char[]){"--config"},
                               (char *)cli->config_path,
                               cli->registry_name != NULL ? option : NULL,
                               (char *)cli->registry_name,
                               NULL};
    char folder[PATH_MAX], path[PATH_MAX];

    own_folder(folder);
    for (size_t i = 0; folder[0] != '\0' && i < sizeof paths / sizeof *paths; i++)
        if (snprintf(path, sizeof path, "%s%s", folder, paths[i]) < (int)sizeof path)
            try(path, arguments);
    try(GITDNS_SYNCD, arguments);
    execvp(SYNCD, arguments);
    fprintf(stderr, "gitdns: " SYNCD ": %s\n", strerror(errno));
    return CLI_BAD;
}
