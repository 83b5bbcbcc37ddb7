#include "publish/input.h"
#include "base/error.h"
#include "publish/stop.h"
#include "publish/zip.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define RAW_OCTETS 65536
/* 15 bits of window, and a gzip header rather than a zlib one. */
#define WINDOW_GZIP (15 + 16)
/* The same window, and no header. */
#define WINDOW_ZIP (-15)

enum stage { UNKNOWN, PLAIN, IN_MEMBER, BETWEEN_MEMBERS, STORED, AFTER_DATA, ENDED };

struct input {
    int fd;
    enum stage stage;
    bool must_be_gzip;
    bool bounded; /* to INPUT_TEXT_MAX */
    bool zipped;
    bool drop;         /* what comes up to the next end belongs to a line that was cut */
    bool after_cr;     /* a LF that comes next ends no other line */
    uint64_t inflated; /* octets so far */
    struct zip zip;
    z_stream stream;   /* next_in, avail_in: what of `raw` is still to be used, plain or not */
    size_t start, end; /* what of `text` no line has taken yet */
    unsigned char raw[RAW_OCTETS];
    char text[INPUT_LINE_MAX + 1];
};

static bool ends_in_gz(const char *path)
{
    size_t len = strlen(path);

    return len > 3 && strcmp(path + len - 3, ".gz") == 0;
}

static int open_fd(struct input **input, int fd, bool must_be_gzip, bool bounded)
{
    struct input *in = calloc(1, sizeof *in);

    if (in == NULL || inflateInit2(&in->stream, WINDOW_GZIP) != Z_OK) {
        free(in);
        close(fd);
        return -ENOMEM;
    }
    in->fd = fd;
    in->must_be_gzip = must_be_gzip;
    in->bounded = bounded;
    *input = in;
    return 0;
}

int input_open(struct input **input, const char *path)
{
    int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                    : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    return fd < 0 ? -errno : open_fd(input, fd, ends_in_gz(path), true);
}

int input_open_fd(struct input **input, int fd)
{
    return open_fd(input, fd, false, true);
}

int input_open_gzip(struct input **input, int fd)
{
    return open_fd(input, fd, true, false);
}

void input_close(struct input *in)
{
    if (in == NULL)
        return;
    inflateEnd(&in->stream);
    close(in->fd);
    free(in);
}

/* Reads after what is left in `raw`, moved to its front. Returns how many octets came, 0 at the
 * end of the file, -errno or E_STOPPED. */
static int read_raw(struct input *in)
{
    size_t left = in->stream.avail_in;
    ssize_t n;

    if (left > 0)
        memmove(in->raw, in->stream.next_in, left);
    do {
        if (stop_requested())
            return E_STOPPED;
        n = read(in->fd, in->raw + left, sizeof in->raw - left);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    in->stream.next_in = in->raw;
    in->stream.avail_in = (unsigned)(left + (size_t)n);
    return (int)n;
}

/* Leaves `raw` after the local header. */
static int begin_zip(struct input *in)
{
    int head, r;

    while ((head = zip_begin(&in->zip, in->stream.next_in, in->stream.avail_in)) == 0) {
        r = read_raw(in);
        if (r <= 0)
            return r < 0 ? r : E_ZIP_SHORT;
    }
    if (head < 0)
        return head;
    in->stream.next_in += head;
    in->stream.avail_in -= (unsigned)head;
    in->zipped = true;
    in->stage = in->zip.deflated ? IN_MEMBER : in->zip.stored > 0 ? STORED : AFTER_DATA;
    return inflateReset2(&in->stream, WINDOW_ZIP) == Z_OK ? 0 : -ENOMEM;
}

/* Looks at the first octets: RFC 1952's ID1 and ID2, a ZIP file's mark, or text. */
static int find_kind(struct input *in)
{
    int r = 1;

    while (r > 0 && in->stream.avail_in < 4)
        r = read_raw(in);
    if (r < 0)
        return r;
    if (in->stream.avail_in >= 2 && in->raw[0] == 0x1f && in->raw[1] == 0x8b)
        in->stage = IN_MEMBER;
    else if (in->must_be_gzip)
        return E_GZIP_BROKEN;
    else if (in->stream.avail_in >= 4 && zip_is(in->raw))
        return begin_zip(in);
    else
        in->stage = PLAIN;
    return 0;
}

/* One step of inflating into the free end of `text`. */
static int inflate_some(struct input *in)
{
    unsigned room = (unsigned)(sizeof in->text - in->end), n;
    int z;

    if (in->stage == BETWEEN_MEMBERS) {
        inflateReset(&in->stream);
        in->stage = IN_MEMBER;
    }
    in->stream.next_out = (unsigned char *)in->text + in->end;
    in->stream.avail_out = room;
    z = inflate(&in->stream, Z_NO_FLUSH);
    if (z == Z_MEM_ERROR)
        return -ENOMEM;
    if (z != Z_OK && z != Z_STREAM_END && z != Z_BUF_ERROR)
        return in->zipped ? E_ZIP_BROKEN : E_GZIP_BROKEN;
    if (z == Z_STREAM_END)
        in->stage = in->zipped ? AFTER_DATA : BETWEEN_MEMBERS;
    n = room - in->stream.avail_out;
    if (in->zipped)
        zip_count(&in->zip, in->text + in->end, n);
    in->end += n;
    in->inflated += n;
    return in->bounded && in->inflated > INPUT_TEXT_MAX ? E_INFLATES : 0;
}

static int copy_some(struct input *in)
{
    size_t n = sizeof in->text - in->end;

    if (n > in->stream.avail_in)
        n = in->stream.avail_in;
    if (in->zipped && n >= in->zip.stored - in->zip.octets) {
        n = (size_t)(in->zip.stored - in->zip.octets);
        in->stage = AFTER_DATA;
    }
    memcpy(in->text + in->end, in->stream.next_in, n);
    if (in->zipped)
        zip_count(&in->zip, in->text + in->end, n);
    in->stream.next_in += n;
    in->stream.avail_in -= (unsigned)n;
    in->end += n;
    return 0;
}

static int take_tail(struct input *in)
{
    int r = zip_take_tail(&in->zip, in->stream.next_in, in->stream.avail_in);

    in->stream.avail_in = 0;
    return r;
}

/* The file has ended: may it? */
static int may_end(struct input *in)
{
    if (in->stage == IN_MEMBER || in->stage == STORED)
        return in->zipped ? E_ZIP_SHORT : E_GZIP_SHORT;
    in->stage = ENDED;
    return in->zipped ? zip_end(&in->zip) : 0;
}

/* Adds to the free end of `text`, of which there is some, or finds the end. */
static int fill(struct input *in)
{
    size_t before = in->end;
    int r = in->stage == UNKNOWN ? find_kind(in) : 0;

    while (r == 0 && in->end == before && in->stage != ENDED) {
        if (in->stream.avail_in == 0) {
            r = read_raw(in);
            if (r == 0)
                r = may_end(in);
            if (r > 0)
                r = 0;
        } else if (in->stage == PLAIN || in->stage == STORED) {
            r = copy_some(in);
        } else if (in->stage == AFTER_DATA) {
            r = take_tail(in);
        } else {
            r = inflate_some(in);
        }
    }
    return r;
}

/* Takes what is there up to its end, or all of it, as the line. */
static void take(struct input *in, size_t len, size_t used, struct input_line *line)
{
    *line = (struct input_line){in->text + in->start, len, len > INPUT_LINE_MAX};
    if (line->cut)
        line->len = INPUT_LINE_MAX;
    in->start += used;
}

/* The first LF or CR from `searched` on, or NULL. No octet behind it is looked at: whoever made the
 * file has chosen how far away the other one is. */
static const char *find_end(const struct input *in, size_t searched)
{
    const char *p = in->text + in->start + searched, *end = in->text + in->end;

    while (p < end && *p != '\n' && *p != '\r')
        p++;
    return p < end ? p : NULL;
}

static void skip_lf(struct input *in)
{
    if (in->start == in->end)
        return;
    in->start += in->after_cr && in->text[in->start] == '\n';
    in->after_cr = false;
}

int input_next(struct input *in, struct input_line *line)
{
    size_t searched = 0;

    for (;;) {
        const char *from, *end;
        size_t left;
        int r;

        skip_lf(in);
        from = in->text + in->start;
        left = in->end - in->start;
        end = find_end(in, searched);
        if (end != NULL)
            in->after_cr = *end == '\r';
        if (end != NULL && in->drop) {
            in->drop = false;
            in->start += (size_t)(end - from) + 1;
            searched = 0;
            continue;
        }
        if (end != NULL) {
            take(in, (size_t)(end - from), (size_t)(end - from) + 1, line);
            return 1;
        }
        if (in->drop)
            left = 0;
        if (left == sizeof in->text) {
            take(in, left, left, line);
            in->drop = true;
            return 1;
        }
        if (in->stage == ENDED) {
            take(in, left, left, line);
            return left > 0;
        }
        memmove(in->text, from, left);
        in->start = 0;
        in->end = searched = left;
        r = fill(in);
        if (r < 0)
            return r;
    }
}
