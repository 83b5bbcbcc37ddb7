#include "cli/configure.h"
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <unistd.h>

#define DROPPED_IN ".d/*.conf"

/* What is dropped in beside the file. Returns whether there is any. */
static bool find_dropped_in(const char *path, bool *hidden)
{
    char pattern[PATH_MAX + sizeof DROPPED_IN];
    glob_t found;
    int r;

    snprintf(pattern, sizeof pattern, "%s.d", path);
    *hidden = *hidden || (access(pattern, R_OK | X_OK) < 0 && errno == EACCES);
    snprintf(pattern, sizeof pattern, "%s" DROPPED_IN, path);
    r = glob(pattern, 0, NULL, &found);
    for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
        *hidden = *hidden || (access(found.gl_pathv[i], R_OK) < 0 && errno == EACCES);
    if (r == 0)
        globfree(&found);
    return r == 0 || *hidden;
}

bool configure(struct cli *cli)
{
    bool named = cli->config_path != NULL, hidden, present, good = true;

    if (!named)
        cli->config_path = CONFIG_PATH;
    hidden = access(cli->config_path, R_OK) < 0 && errno == EACCES;
    present = access(cli->config_path, F_OK) == 0 || errno != ENOENT;
    present = find_dropped_in(cli->config_path, &hidden) || present;
    cli->configured = named || present;
    if (cli->configured)
        good = config_load(&cli->config, cli->config_path, cli->config_error) == 0;
    cli->directory = cli->configured && good ? cli->config.directory : STORE_DIRECTORY;
    cli->hidden = !good && hidden;
    return good;
}

const struct config *configure_read(const struct cli *cli)
{
    return cli->configured && cli->config_error[0] == '\0' ? &cli->config : NULL;
}

bool configure_copies(const struct cli *cli, const char *folder, struct copies *copies)
{
    const struct registry_copy *named;

    copies_find(copies, configure_read(cli), folder);
    if (cli->registry_name == NULL)
        return true;
    named = copies_named(copies, cli->registry_name);
    if (named == NULL)
        return false;
    copies->copy[0] = *named;
    copies->count = 1;
    return true;
}
