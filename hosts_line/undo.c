#include "hosts_line/undo.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char head[] = "# The hosts line of " NSSWITCH_PATH " before and after gitdns enable;\n"
                           "# gitdns disable puts it back.\n";

static char *put(char *at, const void *octets, size_t len)
{
    memcpy(at, octets, len);
    return at + len;
}

static char *put_line(char *at, const char label[4], const struct hosts_text *line)
{
    at = put(at, label, 4);
    at = put(at, line->octets, line->len);
    *at = '\n';
    return at + 1;
}

size_t undo_format(const struct hosts_undo *saved, char *out)
{
    char *at = put(out, head, sizeof head - 1);

    at = put_line(at, "was ", &saved->was);
    at = put_line(at, "now ", &saved->now);
    return (size_t)(at - out);
}

/* Takes a line with its label off the front. */
static bool take_line(const char **at, const char *end, const char label[4],
                      struct hosts_text *line)
{
    size_t len;
    const char *text = hosts_text_take_line(at, end, &len);

    return text != NULL && len >= 4 && memcmp(text, label, 4) == 0 &&
           hosts_text_set(line, text + 4, len - 4);
}

bool undo_parse(const char *text, size_t len, struct hosts_undo *saved)
{
    const char *at = text + sizeof head - 1, *end = text + len;

    return len >= sizeof head - 1 && memcmp(text, head, sizeof head - 1) == 0 &&
           take_line(&at, end, "was ", &saved->was) && take_line(&at, end, "now ", &saved->now) &&
           at == end;
}

bool undo_read(struct hosts_undo *saved)
{
    char text[UNDO_MAX_OCTETS];
    int len = file_read(AT_FDCWD, UNDO_PATH, text, sizeof text);

    return len >= 0 && undo_parse(text, (size_t)len, saved);
}

int undo_write(const struct hosts_undo *saved)
{
    char text[UNDO_MAX_OCTETS];
    size_t len = undo_format(saved, text);
    bool made = mkdir(UNDO_FOLDER, 0755) == 0;
    int folder, r;

    if (!made && errno != EEXIST)
        return -errno;
    folder = open(UNDO_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    r = folder < 0 ? -errno : 0;
    /* Readable to the daemon's user, whatever root's umask is. */
    if (r == 0 && made && fchmod(folder, 0755) < 0)
        r = -errno;
    if (r == 0)
        r = file_replace(folder, UNDO_FILE, text, len, 0644);
    if (folder >= 0)
        close(folder);
    if (r < 0 && made)
        rmdir(UNDO_FOLDER);
    return r;
}

int undo_remove(void)
{
    if (unlink(UNDO_PATH) < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    rmdir(UNDO_FOLDER); /* if nothing else is in it */
    return 0;
}
