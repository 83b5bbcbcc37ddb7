/* Four octets of the limit, then a file. What comes out must be what zlib's own inflate gives. */
#include "base/base.h"
#include "base/error.h"
#include "registry/gunzip.h"
#include "registry/registry.h"
#include "registry/text.h"
#include "tests/fuzz/fuzz.h"
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#define HEAD 4
#define GZIP (15 + 16)
#define TEXT_MAX (1 << 18)

static unsigned char text[TEXT_MAX];

/* One member and nothing after it: its length in `text`, or -1. */
static long inflate_all(const uint8_t *data, size_t size)
{
    z_stream stream = {.next_in = (uint8_t *)(uintptr_t)data, .avail_in = (unsigned)size};
    int r;

    stream.next_out = text;
    stream.avail_out = TEXT_MAX;
    require(inflateInit2(&stream, GZIP) == Z_OK, "memory");
    r = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    return r == Z_STREAM_END && stream.avail_in == 0 ? (long)stream.total_out : -1;
}

static void check_good(struct gunzip *reader, const uint8_t *data, size_t size, uint64_t lines,
                       uint64_t limit)
{
    unsigned char got[SHA256_OCTETS], want[SHA256_OCTETS];
    uint64_t octets = gunzip_finish(reader, got);
    long len = inflate_all(data, size);

    require(octets == lines && octets <= limit, "the octets are those of the lines");
    if (octets >= TEXT_MAX)
        return;
    require(len == (long)octets, "and as many as zlib's");
    crypto_hash_sha256(want, text, octets);
    require(memcmp(want, got, sizeof got) == 0, "and the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gunzip *reader;
    uint64_t limit, octets = 0;
    const char *line;
    size_t len;
    int fd, r;

    if (size < HEAD)
        return 0;
    limit = (uint64_t)data[0] | (uint64_t)data[1] << 8 | (uint64_t)data[2] << 16;
    fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, data + HEAD, size - HEAD) == (ssize_t)(size - HEAD), "file");
    lseek(fd, 0, SEEK_SET);
    require(gunzip_open(&reader, fd, limit, true) == 0, "memory");
    while ((r = gunzip_line(reader, &line, &len)) == 1) {
        require(len < TEXT_LINE_MAX && memchr(line, '\n', len) == NULL, "a line");
        octets += len + 1;
        require(octets <= limit, "no more lines than may come out");
    }
    require(r <= 0, "code");
    if (r == 0)
        check_good(reader, data + HEAD, size - HEAD, octets, limit);
    gunzip_close(reader);
    close(fd);
    return 0;
}

static size_t deflate_text(size_t len, int level, uint8_t *out, size_t max)
{
    z_stream stream = {.next_in = text, .avail_in = (unsigned)len};
    size_t size = 0;

    stream.next_out = out;
    stream.avail_out = (unsigned)max;
    require(deflateInit2(&stream, level, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) == Z_OK,
            "memory");
    if (deflate(&stream, Z_FINISH) == Z_STREAM_END)
        size = stream.total_out;
    deflateEnd(&stream);
    return size;
}

/* Mostly mutates the text inside, which no mutation of the file would leave whole. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    size_t len, limit, file;
    long got;

    if (seed % 4 == 0 || max < 256)
        return LLVMFuzzerMutate(data, size, max);
    got = size > HEAD ? inflate_all(data + HEAD, size - HEAD) : 0;
    len = LLVMFuzzerMutate(text, got > 0 ? (size_t)got : 0, max < TEXT_MAX ? max : TEXT_MAX);
    for (unsigned i = 0; i < seed / 5120 % 16 && 0 < len && len <= TEXT_MAX / 2; i++, len *= 2)
        memcpy(text + len, text, len);
    if (len > 0 && seed / 4 % 2 == 0)
        text[len - 1] = '\n';
    file = deflate_text(len, (int)(seed / 8 % 10), data + HEAD, max - HEAD);
    if (file == 0)
        return LLVMFuzzerMutate(data, size, max);
    limit = len + (seed / 80 % 8 == 0) - (len > 0 && seed / 80 % 8 == 1);
    for (int i = 0; i < HEAD; i++)
        data[i] = (uint8_t)(limit >> 8 * i);
    if (seed / 640 % 8 == 0)
        file /= 2;
    if (seed / 640 % 8 == 1 && file + HEAD < max)
        data[HEAD + file++] = 0;
    return HEAD + file;
}
