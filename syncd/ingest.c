#include "syncd/ingest.h"
#include "base/error.h"
#include "copy/delta_merge.h"
#include "registry/delta.h"
#include "registry/gunzip.h"
#include "registry/text.h"
#include "syncd/signal_fd.h"

/* How many records pass between two looks at the stop descriptor: about a millisecond's. */
#define RECORDS_BETWEEN_LOOKS 4096

/* Where records go, and how many have gone there. */
struct sink {
    struct store_writer *writer;
    int stop;
    bool private; /* else each record is checked, since the base of a delta may be of other times */
    unsigned count;
};

static int put(void *user, const struct record *record)
{
    struct sink *sink = user;

    if (sink->count++ % RECORDS_BETWEEN_LOOKS == 0 && signal_fd_came(sink->stop))
        return E_STOPPED;
    if (!sink->private && text_check_public(record) < 0)
        return text_check_public(record);
    return store_writer_add(sink->writer, record);
}

static int put_line(struct text_reader *text, const char *octets, size_t len, struct sink *sink)
{
    struct record record;
    int r = text_parse(text, octets, len, &record);

    return r == 0 ? put(sink, &record) : r;
}

static int merge_line(struct text_reader *text, const char *octets, size_t len,
                      struct delta_merge *merge)
{
    struct record record;
    int r = delta_parse(text, octets, len, &record);

    return r == 0 ? delta_merge_line(merge, &record) : r;
}

/* `merge`: NULL if the lines are a whole text's. */
static int read_lines(struct gunzip *gunzip, bool private, struct sink *sink,
                      struct delta_merge *merge, uint64_t *line)
{
    struct text_reader text = {.private = private};
    const char *octets;
    size_t len;
    int r = 0, more;

    while (r == 0 && (more = gunzip_line(gunzip, &octets, &len)) != 0) {
        (*line)++;
        if (more < 0)
            r = more;
        else if (merge != NULL)
            r = merge_line(&text, octets, len, merge);
        else
            r = put_line(&text, octets, len, sink);
    }
    return r;
}

int ingest_snapshot(int fd, const struct manifest *manifest, bool private, int stop,
                    struct store_writer *writer, uint64_t *line)
{
    struct sink sink = {.writer = writer, .stop = stop, .private = true};
    struct gunzip *gunzip = NULL;
    int r;

    *line = 0;
    r = gunzip_open(&gunzip, fd, manifest->text_octets, false);
    if (r == 0)
        r = read_lines(gunzip, private, &sink, NULL, line);
    gunzip_close(gunzip);
    return r;
}

int ingest_delta(int fd, uint64_t limit, const struct store *base, bool private, int stop,
                 struct store_writer *writer, uint64_t *line)
{
    struct sink sink = {.writer = writer, .stop = stop, .private = private};
    struct delta_merge merge = {.base = base, .put = put, .user = &sink};
    struct gunzip *gunzip = NULL;
    int r;

    *line = 0;
    r = gunzip_open(&gunzip, fd, limit, false);
    if (r == 0)
        r = read_lines(gunzip, private, &sink, &merge, line);
    if (r == 0) {
        *line = 0;
        r = delta_merge_end(&merge);
    }
    gunzip_close(gunzip);
    return r;
}
