/* Files of lines as they come: ZIP, gzip, text. What a good ZIP file gives is what zlib's own
 * inflate makes of its member, and its CRC stands behind that. */
#include "publish/input.h"
#include "tests/fuzz/fuzz.h"
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#define LOCAL_OCTETS 30
#define CENTRAL_OCTETS 46
#define END_OCTETS 22
#define RAW (-15)
#define TEXT_MAX (1 << 20)

static unsigned char text[TEXT_MAX], got[TEXT_MAX];

static unsigned read16(const uint8_t *at)
{
    return at[0] | (unsigned)at[1] << 8;
}

static void put(uint8_t *at, unsigned octets, uint32_t value)
{
    for (unsigned i = 0; i < octets; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static bool is_zip(const uint8_t *data, size_t size)
{
    return size >= LOCAL_OCTETS && memcmp(data, "PK\3\4", 4) == 0;
}

static size_t head_of(const uint8_t *data)
{
    return LOCAL_OCTETS + read16(data + 26) + read16(data + 28);
}

/* The member's text to `text`; its length, or -1 if it is not all there. *end: where its data ends.
 */
static long take_out(const uint8_t *data, size_t size, size_t *end)
{
    z_stream stream = {.next_out = text, .avail_out = TEXT_MAX};
    size_t head = head_of(data);
    int r;

    if (head > size)
        return -1;
    if (read16(data + 8) == 0) {
        size_t len = read16(data + 18) | (size_t)read16(data + 20) << 16;

        if (len > size - head || len > TEXT_MAX)
            return -1;
        memcpy(text, data + head, len);
        *end = head + len;
        return (long)len;
    }
    stream.next_in = (uint8_t *)(uintptr_t)(data + head);
    stream.avail_in = (unsigned)(size - head);
    require(inflateInit2(&stream, RAW) == Z_OK, "memory");
    r = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    *end = size - stream.avail_in;
    return r == Z_STREAM_END ? (long)stream.total_out : -1;
}

static size_t without_ends(unsigned char *octets, size_t len)
{
    size_t kept = 0;

    for (size_t i = 0; i < len; i++)
        if (octets[i] != '\n' && octets[i] != '\r')
            octets[kept++] = octets[i];
    return kept;
}

/* The lines were read to their end without a fault. */
static void check_good(const uint8_t *data, size_t size, size_t len)
{
    uint8_t crc[4];
    size_t end = 0;
    long want = take_out(data, size, &end);

    require(want >= 0 || len >= TEXT_MAX, "a member that is whole");
    if (want < 0)
        return;
    put(crc, 4, (uint32_t)crc32(crc32(0, NULL, 0), text, (unsigned)want));
    require(memmem(data + end, size - end, crc, 4) != NULL, "its CRC");
    require(without_ends(text, (size_t)want) == len && memcmp(text, got, len) == 0, "its text");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC), r;
    struct input *input;
    struct input_line line;
    bool cut = false;
    size_t len = 0;

    require(fd >= 0 && write(fd, data, size) == (ssize_t)size, "file");
    lseek(fd, 0, SEEK_SET);
    require(input_open_fd(&input, fd) == 0, "memory");
    while ((r = input_next(input, &line)) == 1) {
        require(line.len <= INPUT_LINE_MAX, "a line's length");
        require(memchr(line.text, '\n', line.len) == NULL, "one line");
        cut = cut || line.cut;
        if (line.len > TEXT_MAX - len)
            line.len = TEXT_MAX - len;
        memcpy(got + len, line.text, line.len);
        len += line.len;
    }
    input_close(input);
    require(r <= 0, "code");
    if (r == 0 && is_zip(data, size) && !cut)
        check_good(data, size, len);
    return 0;
}

/* Returns the length of the data. */
static size_t put_data(uint8_t *out, size_t max, size_t len, bool stored, unsigned level)
{
    z_stream stream = {.next_in = text, .avail_in = (unsigned)len};
    size_t size = 0;

    if (stored) {
        memcpy(out, text, len < max ? len : max);
        return len < max ? len : 0;
    }
    stream.next_out = out;
    stream.avail_out = (unsigned)max;
    require(deflateInit2(&stream, (int)level, Z_DEFLATED, RAW, 8, Z_DEFAULT_STRATEGY) == Z_OK,
            "memory");
    if (deflate(&stream, Z_FINISH) == Z_STREAM_END)
        size = stream.total_out;
    deflateEnd(&stream);
    return size;
}

/* With or without a data descriptor's mark, of sizes of 32 or 64 bits. Returns its length. */
static size_t put_descriptor(uint8_t *out, unsigned kind, uint32_t crc, size_t data, size_t len)
{
    unsigned octets = kind & 2 ? 8 : 4;
    uint8_t *at = out;

    if (kind & 1) {
        memcpy(at, "PK\7\10", 4);
        at += 4;
    }
    memset(at, 0, 20);
    put(at, 4, crc);
    put(at + 4, 4, (uint32_t)data);
    put(at + 4 + octets, 4, (uint32_t)len);
    return (size_t)(at - out) + 4 + 2UL * octets;
}

/* Mostly mutates the text inside, and makes a whole file of it, one of those that there may be. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    bool stored = seed / 4 % 4 == 0, described = !stored && seed / 16 % 2 == 0;
    size_t end, len, at = LOCAL_OCTETS + 1, octets;
    uint8_t central[CENTRAL_OCTETS] = "PK\1\2";
    uint32_t crc;
    long old;

    if (seed % 4 == 0 || max < 512)
        return LLVMFuzzerMutate(data, size, max);
    old = is_zip(data, size) ? take_out(data, size, &end) : 0;
    len = LLVMFuzzerMutate(text, old > 0 ? (size_t)old : 0, max / 2);
    for (unsigned i = 0; i < seed / 32 % 12 && 0 < len && len <= TEXT_MAX / 2 && !stored;
         i++, len *= 2)
        memcpy(text + len, text, len);
    crc = (uint32_t)crc32(crc32(0, NULL, 0), text, (unsigned)len);
    memset(data, 0, LOCAL_OCTETS);
    memcpy(data, "PK\3\4", 4);
    put(data + 6, 2, described ? 8 : 0);
    put(data + 8, 2, stored ? 0 : 8);
    put(data + 26, 2, 1);
    data[LOCAL_OCTETS] = 'x';
    octets = put_data(data + at, max - at - 256, len, stored, seed / 384 % 10);
    if (octets == 0 && len > 0)
        return LLVMFuzzerMutate(data, size, max);
    put(data + 18, 4, (uint32_t)octets);
    at += octets;
    if (described)
        at += put_descriptor(data + at, seed / 3840 % 4, crc, octets, len);
    put(central + 16, 4, crc);
    put(central + 24, 4, (uint32_t)len);
    put(central + 28, 2, 1);
    memcpy(data + at, central, CENTRAL_OCTETS);
    at += CENTRAL_OCTETS;
    data[at++] = 'x';
    memset(data + at, 0, END_OCTETS);
    memcpy(data + at, "PK\5\6", 4);
    at += END_OCTETS;
    if (seed / 15360 % 4 == 0)
        at -= seed / 61440 % at;
    return at;
}
