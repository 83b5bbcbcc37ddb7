#include "hosts_line/glibc_rejects.h"
#include "base/file.h"
#include "hosts_line/hosts_text.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define ANY_SERVICE "x "

/* glibc's nss/databases.def */
static const char *const databases[] = {
    "aliases",    "ethers",   "group",    "group_compat", "gshadow",       "hosts",
    "initgroups", "netgroup", "networks", "passwd",       "passwd_compat", "protocols",
    "publickey",  "rpc",      "services", "shadow",       "shadow_compat"};

static bool is_database(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof databases / sizeof *databases; i++)
        if (strlen(databases[i]) == len && memcmp(databases[i], name, len) == 0)
            return true;
    return false;
}

/* Whether a bracket and what stands in it, up to its end, are actions. */
static bool are_actions(const char *bracket, size_t len)
{
    char text[HOSTS_LINE_MAX] = ANY_SERVICE;
    size_t before = sizeof ANY_SERVICE - 1;
    struct hosts_line line;

    if (len > sizeof text - before)
        return false;
    memcpy(text + before, bracket, len);
    return hosts_line_parse(text, before + len, &line) == 0;
}

/* Unlike the hosts line's reader this one has no limits: services of any length and number. */
static bool is_list(const char *at)
{
    for (;;) {
        const char *bracket;

        at += strspn(at, HOSTS_BLANKS);
        if (*at == '\0' || *at == '[')
            return true;
        at += strcspn(at, HOSTS_BLANKS "[");
        bracket = at + strspn(at, HOSTS_BLANKS);
        if (*bracket != '[')
            continue;
        at = bracket + strcspn(bracket, "]");
        at += *at == ']';
        if (!are_actions(bracket, (size_t)(at - bracket)))
            return false;
    }
}

/* `line` ends in NUL in place of its LF. */
static bool is_rejected(const char *line)
{
    const char *name = line + strspn(line, HOSTS_BLANKS),
               *end = name + strcspn(name, HOSTS_BLANKS ":");

    return *end != '\0' && is_database(name, (size_t)(end - name)) &&
           !is_list(end + strspn(end, HOSTS_BLANKS ":"));
}

size_t glibc_rejects_line(const char *text, size_t len)
{
    const char *rest = text, *at;
    size_t number = 0, found = 0, octets;

    while (found == 0 && (at = hosts_text_take_line(&rest, text + len, &octets)) != NULL) {
        char *line = strndup(at, octets);

        number++;
        if (line != NULL && is_rejected(line))
            found = number;
        free(line);
    }
    return found;
}

size_t glibc_rejects_line_of(const char *path)
{
    char *text = malloc(NSSWITCH_MAX_OCTETS);
    int len = text != NULL ? file_read(AT_FDCWD, path, text, NSSWITCH_MAX_OCTETS) : -1;
    size_t found = len > 0 ? glibc_rejects_line(text, (size_t)len) : 0;

    free(text);
    return found;
}
