#include "base/line_reader.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct reader {
    char *buffer;
    size_t size;
    size_t len;   /* of what no line has taken yet */
    bool dropped; /* the start of this line was given as one that is cut */
    void (*take)(void *user, const struct file_line *line);
    void *user;
};

static void give(struct reader *reader, size_t len, bool cut, bool ended)
{
    const struct file_line line = {reader->buffer, len, cut, ended};

    if (!reader->dropped)
        reader->take(reader->user, &line);
    reader->dropped = cut;
}

/* Gives the lines of what there is, and keeps the rest. */
static void give_lines(struct reader *reader)
{
    char *lf;

    while ((lf = memchr(reader->buffer, '\n', reader->len)) != NULL) {
        size_t len = (size_t)(lf - reader->buffer);

        give(reader, len, false, true);
        reader->len -= len + 1;
        memmove(reader->buffer, lf + 1, reader->len);
    }
    if (reader->len == reader->size) {
        give(reader, reader->len, true, false);
        reader->len = 0;
    }
}

static int read_all(struct reader *reader, int fd)
{
    size_t all = 0;

    for (;;) {
        long n = syscall(SYS_read, fd, reader->buffer + reader->len, reader->size - reader->len);

        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        all += (size_t)n;
        if (all > LINE_READER_OCTETS_MAX)
            return -EFBIG;
        reader->len += (size_t)n;
        give_lines(reader);
    }
    if (reader->len > 0)
        give(reader, reader->len, false, false);
    return 0;
}

int line_reader_each(const char *path, char *buffer, size_t size,
                     void (*take)(void *user, const struct file_line *line), void *user)
{
    struct reader reader = {.buffer = buffer, .size = size, .take = take, .user = user};
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_LARGEFILE);
    int r;

    if (fd < 0)
        return -errno;
    r = read_all(&reader, (int)fd);
    syscall(SYS_close, (int)fd);
    return r;
}
