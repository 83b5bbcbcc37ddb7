#include "cli/dnsdist.h"
#include "base/file.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define CONFIGURATION_OCTETS (256 << 10)
#define LUA_FILE "gitdns.lua"
#define LUA_COMMENT "--"

/* Whether the text has gitdns.lua outside of a comment. */
static bool takes_lua_file(char *text)
{
    char *rest = text, *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        const char *found = strstr(line, LUA_FILE), *comment = strstr(line, LUA_COMMENT);

        if (found != NULL && (comment == NULL || found < comment))
            return true;
    }
    return false;
}

static bool is_configuration(int folder, const char *name)
{
    static char text[CONFIGURATION_OCTETS + 1];
    const char *suffix = strrchr(name, '.');
    int r;

    if (suffix == NULL || strcmp(suffix, ".conf") != 0)
        return false;
    r = file_read(folder, name, text, CONFIGURATION_OCTETS);
    if (r < 0)
        return false;
    text[r] = '\0';
    return takes_lua_file(text);
}

/* Its threads have names behind that, and in newer ones the first has, too. */
static bool is_process(int proc, const char *name)
{
    char path[NAME_MAX + sizeof "/comm"], comm[16];
    static const char begins[] = "dnsdist";

    if (name[0] < '1' || name[0] > '9')
        return false;
    snprintf(path, sizeof path, "%s/comm", name);
    return file_read(proc, path, comm, sizeof comm) >= (int)strlen(begins) &&
           memcmp(comm, begins, strlen(begins)) == 0;
}

/* The first entry of the folder of which `is` is true; false: there is none. */
static bool find_entry(const char *path, bool (*is)(int folder, const char *name),
                       char out[NAME_MAX + 1])
{
    DIR *entries = file_entries(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const struct dirent *entry;
    bool found = false;

    if (entries == NULL)
        return false;
    while (!found && (entry = readdir(entries)) != NULL) {
        found = is(dirfd(entries), entry->d_name);
        snprintf(out, NAME_MAX + 1, "%s", entry->d_name);
    }
    closedir(entries);
    return found;
}

void dnsdist_find(struct dnsdist *dnsdist)
{
    char name[NAME_MAX + 1];

    *dnsdist = (struct dnsdist){0};
    if (!find_entry(DNSDIST_FOLDER, is_configuration, name))
        return;
    snprintf(dnsdist->configuration, sizeof dnsdist->configuration, DNSDIST_FOLDER "/%s", name);
    dnsdist->runs = find_entry("/proc", is_process, name);
}
