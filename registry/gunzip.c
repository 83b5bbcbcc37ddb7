#include "registry/gunzip.h"
#include "base/error.h"
#include "registry/registry.h"
#include "registry/text.h"
#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK 65536
/* Of octets that nothing comes out of there can be as many as anybody likes: empty blocks. */
#define QUIET_MAX (1 << 20)
/* 15 bits of window, and a gzip header rather than a zlib one. */
#define WINDOW_GZIP (15 + 16)

struct gunzip {
    int fd;
    bool ended;
    bool hashed;
    uint64_t limit;
    uint64_t octets;
    crypto_hash_sha256_state sha256;
    z_stream stream;
    size_t start, end; /* what of `out` no line has taken yet */
    unsigned char in[CHUNK];
    unsigned char out[CHUNK];
};

int gunzip_open(struct gunzip **reader, int fd, uint64_t limit, bool hashed)
{
    struct gunzip *g = calloc(1, sizeof *g);

    if (g == NULL)
        return -ENOMEM;
    if (inflateInit2(&g->stream, WINDOW_GZIP) != Z_OK) {
        free(g);
        return -ENOMEM;
    }
    g->fd = fd;
    g->limit = limit;
    g->hashed = hashed;
    crypto_hash_sha256_init(&g->sha256);
    *reader = g;
    return 0;
}

void gunzip_close(struct gunzip *g)
{
    if (g == NULL)
        return;
    inflateEnd(&g->stream);
    free(g);
}

/* Returns how many octets were read into `in`, 0 at the end of the file, -errno. */
static int read_chunk(struct gunzip *g)
{
    ssize_t n;

    do
        n = read(g->fd, g->in, sizeof g->in);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    g->stream.next_in = g->in;
    g->stream.avail_in = (unsigned)n;
    return (int)n;
}

static int check_end(struct gunzip *g)
{
    int r;

    g->ended = true;
    if (g->stream.avail_in > 0)
        return E_GZIP_TRAILING;
    r = read_chunk(g);
    return r > 0 ? E_GZIP_TRAILING : r;
}

/* Inflates something more into the free end of `out`, or finds the end. */
static int fill(struct gunzip *g)
{
    unsigned room = (unsigned)(sizeof g->out - g->end), got = 0, quiet = 0;
    int r = 0, z = Z_OK;

    g->stream.next_out = g->out + g->end;
    g->stream.avail_out = room;
    while (got == 0 && z != Z_STREAM_END) {
        if (g->stream.avail_in == 0) {
            r = read_chunk(g);
            if (r <= 0)
                return r < 0 ? r : E_GZIP_SHORT;
            quiet += (unsigned)r;
            if (quiet > QUIET_MAX)
                return E_GZIP_BROKEN;
        }
        z = inflate(&g->stream, Z_NO_FLUSH);
        if (z != Z_OK && z != Z_STREAM_END && z != Z_BUF_ERROR)
            return z == Z_MEM_ERROR ? -ENOMEM : E_GZIP_BROKEN;
        got = room - g->stream.avail_out;
    }
    if (g->hashed)
        crypto_hash_sha256_update(&g->sha256, g->out + g->end, got);
    g->octets += got;
    g->end += got;
    if (g->octets > g->limit)
        return E_GZIP_LONG;
    return z == Z_STREAM_END ? check_end(g) : 0;
}

int gunzip_line(struct gunzip *g, const char **line, size_t *len)
{
    size_t searched = 0;

    for (;;) {
        unsigned char *from = g->out + g->start;
        unsigned char *lf = memchr(from + searched, '\n', g->end - g->start - searched);
        int r;

        if (lf != NULL) {
            *line = (const char *)from;
            *len = (size_t)(lf - from);
            g->start += *len + 1;
            return *len < TEXT_LINE_MAX ? 1 : E_LINE_LONG;
        }
        searched = g->end - g->start;
        if (searched >= TEXT_LINE_MAX)
            return E_LINE_LONG;
        if (g->ended)
            return searched == 0 ? 0 : E_LINE_UNFINISHED;
        memmove(g->out, from, searched);
        g->start = 0;
        g->end = searched;
        r = fill(g);
        if (r < 0)
            return r;
    }
}

uint64_t gunzip_finish(struct gunzip *g, unsigned char *sha256)
{
    crypto_hash_sha256_final(&g->sha256, sha256);
    return g->octets;
}
