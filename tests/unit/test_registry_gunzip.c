#include "base/base.h"
#include "base/error.h"
#include "registry/gunzip.h"
#include "registry/registry.h"
#include "registry/text.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#define TEXT "first line\nsecond line\n\nfourth line\n"

struct octets {
    unsigned char *at;
    size_t len;
};

/* One gzip member of the text; the caller frees. */
static struct octets gzip(const void *text, size_t len)
{
    z_stream stream = {.zalloc = NULL};
    struct octets out;

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    out.len = deflateBound(&stream, len);
    out.at = malloc(out.len);
    stream.next_in = (unsigned char *)(uintptr_t)text;
    stream.avail_in = (unsigned)len;
    stream.next_out = out.at;
    stream.avail_out = (unsigned)out.len;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.len = stream.total_out;
    deflateEnd(&stream);
    return out;
}

static int file_of(const void *octets, size_t len)
{
    int fd = memfd_create("test", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, octets, len), len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

/* What a whole reading gave: its last code, how many lines and octets of lines, LFs counted. */
struct reading {
    int code;
    uint64_t lines;
    uint64_t line_octets;
    uint64_t octets;
    unsigned char sha256[SHA256_OCTETS];
};

static struct reading read_fd(int fd, uint64_t limit)
{
    struct reading reading = {.code = 0};
    struct gunzip *reader;
    const char *line;
    size_t len;

    assert_int_equal(gunzip_open(&reader, fd, limit, true), 0);
    while ((reading.code = gunzip_line(reader, &line, &len)) == 1) {
        assert_null(memchr(line, '\n', len));
        reading.lines++;
        reading.line_octets += len + 1;
    }
    if (reading.code == 0)
        reading.octets = gunzip_finish(reader, reading.sha256);
    gunzip_close(reader);
    return reading;
}

static struct reading read_octets(const void *octets, size_t len, uint64_t limit)
{
    int fd = file_of(octets, len);
    struct reading reading = read_fd(fd, limit);

    close(fd);
    return reading;
}

static struct reading read_text(const void *text, size_t len, uint64_t limit)
{
    struct octets file = gzip(text, len);
    struct reading reading = read_octets(file.at, file.len, limit);

    free(file.at);
    return reading;
}

static void check_good(const char *text, size_t len)
{
    struct reading got = read_text(text, len, len);
    unsigned char sha256[SHA256_OCTETS];

    assert_int_equal(got.code, 0);
    assert_int_equal(got.octets, len);
    assert_int_equal(got.line_octets, len);
    crypto_hash_sha256(sha256, (const unsigned char *)text, len);
    assert_memory_equal(got.sha256, sha256, sizeof sha256);
}

static void test_good(void **state)
{
    (void)state;
    check_good(TEXT, strlen(TEXT));
    assert_int_equal(read_text(TEXT, strlen(TEXT), UINT64_MAX).lines, 4);
    check_good("\n", 1);
    check_good("", 0);
}

/* Lines of every length, so that they lie across the ends of its buffers at every place. */
static void test_long_text(void **state)
{
    enum { OCTETS = 5000000 };
    char *text = malloc(OCTETS);
    size_t len = 0;

    (void)state;
    for (unsigned n = 1; len + TEXT_LINE_MAX + 1 < OCTETS; n = n * 7 % 4001) {
        size_t line = n % TEXT_LINE_MAX;

        for (size_t i = 0; i < line; i++)
            text[len++] = (char)('a' + (n + i * i) % 26);
        text[len++] = '\n';
    }
    check_good(text, len);
    assert_int_equal(read_text(text, len, len - 1).code, E_GZIP_LONG);
    free(text);
}

static void test_truncated(void **state)
{
    struct octets file = gzip(TEXT, strlen(TEXT));

    (void)state;
    for (size_t len = 0; len < file.len; len++)
        assert_int_equal(read_octets(file.at, len, 1000).code, E_GZIP_SHORT);
    free(file.at);
}

static void test_trailing(void **state)
{
    struct octets file = gzip(TEXT, strlen(TEXT));
    unsigned char *more = malloc(2 * file.len);

    (void)state;
    memcpy(more, file.at, file.len);
    memcpy(more + file.len, file.at, file.len);
    assert_int_equal(read_octets(more, 2 * file.len, 1000).code, E_GZIP_TRAILING);
    for (int octet = 0; octet < 256; octet++) {
        more[file.len] = (unsigned char)octet;
        assert_int_equal(read_octets(more, file.len + 1, 1000).code, E_GZIP_TRAILING);
    }
    free(more);
    free(file.at);
}

/* The member ends where a chunk that was read ends, so that more is only in the file. */
static void test_trailing_in_the_next_chunk(void **state)
{
    enum { CHUNK = 65536 };
    unsigned char *more = calloc(1, 2 * CHUNK);
    struct octets file = gzip(TEXT, strlen(TEXT));
    size_t pad = CHUNK - file.len - 2;

    (void)state;
    /* An extra field (RFC 1952 section 2.3.1.1) of the length that is missing. */
    memcpy(more, file.at, 10);
    more[3] |= 4;
    more[10] = (unsigned char)pad;
    more[11] = (unsigned char)(pad >> 8);
    memcpy(more + 12 + pad, file.at + 10, file.len - 10);
    assert_int_equal(read_octets(more, CHUNK, 1000).code, 0);
    assert_int_equal(read_octets(more, CHUNK + 1, 1000).code, E_GZIP_TRAILING);
    assert_int_equal(read_octets(more, 2 * CHUNK, 1000).code, E_GZIP_TRAILING);
    free(more);
    free(file.at);
}

/* The header and the last bits before the checksum hold some that mean nothing. */
static void test_flipped_bits(void **state)
{
    struct octets file = gzip(TEXT, strlen(TEXT));
    unsigned char sha256[SHA256_OCTETS];

    (void)state;
    crypto_hash_sha256(sha256, (const unsigned char *)TEXT, strlen(TEXT));
    for (size_t i = 0; i < 8 * file.len; i++) {
        struct reading got;

        file.at[i / 8] ^= (unsigned char)(1 << i % 8);
        got = read_octets(file.at, file.len, 1000);
        file.at[i / 8] ^= (unsigned char)(1 << i % 8);
        if (got.code == 0 && memcmp(got.sha256, sha256, sizeof sha256) != 0)
            fail_msg("bit %zu of octet %zu flipped, and nobody notices", i % 8, i / 8);
    }
    free(file.at);
}

static void test_not_gzip(void **state)
{
    static const char html[] = "<!DOCTYPE html><title>404</title>";
    unsigned char zlib[64];
    unsigned long len = sizeof zlib;

    (void)state;
    assert_int_equal(read_octets(html, strlen(html), 1000).code, E_GZIP_BROKEN);
    assert_int_equal(compress(zlib, &len, (const unsigned char *)TEXT, strlen(TEXT)), Z_OK);
    assert_int_equal(read_octets(zlib, len, 1000).code, E_GZIP_BROKEN);
}

/* Not one line comes out of what is larger than it may be. */
static void test_bomb(void **state)
{
    enum { OCTETS = 16 << 20 };
    char *text = mmap(NULL, OCTETS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct reading got;

    (void)state;
    assert_ptr_not_equal(text, MAP_FAILED);
    assert_int_equal(read_text(text, OCTETS, 1000).code, E_GZIP_LONG);
    memset(text, '\n', OCTETS);
    got = read_text(text, OCTETS, 1000);
    assert_int_equal(got.code, E_GZIP_LONG);
    assert_int_equal(got.lines, 0);
    got = read_text(text, OCTETS, OCTETS - 1);
    assert_int_equal(got.code, E_GZIP_LONG);
    assert_true(got.lines < OCTETS);
    munmap(text, OCTETS);
}

static void test_limit(void **state)
{
    (void)state;
    assert_int_equal(read_text(TEXT, strlen(TEXT), strlen(TEXT)).code, 0);
    assert_int_equal(read_text(TEXT, strlen(TEXT), strlen(TEXT) - 1).code, E_GZIP_LONG);
    assert_int_equal(read_text(TEXT, strlen(TEXT), 0).code, E_GZIP_LONG);
    assert_int_equal(read_text("", 0, 0).code, 0);
}

static void test_no_lf(void **state)
{
    (void)state;
    assert_int_equal(read_text("x", 1, 1000).code, E_LINE_UNFINISHED);
    assert_int_equal(read_text(TEXT "x", strlen(TEXT) + 1, 1000).code, E_LINE_UNFINISHED);
    assert_int_equal(read_text(TEXT, strlen(TEXT) - 1, 1000).code, E_LINE_UNFINISHED);
}

static void test_long_line(void **state)
{
    char text[TEXT_LINE_MAX + 4] = "\n";

    (void)state;
    memset(text + 1, 'x', TEXT_LINE_MAX + 1);
    text[TEXT_LINE_MAX] = '\n';
    check_good(text, TEXT_LINE_MAX + 1);
    text[TEXT_LINE_MAX] = 'x';
    text[TEXT_LINE_MAX + 1] = '\n';
    assert_int_equal(read_text(text, TEXT_LINE_MAX + 2, 10000).code, E_LINE_LONG);
    text[TEXT_LINE_MAX + 1] = 'x';
    assert_int_equal(read_text(text, TEXT_LINE_MAX + 2, 10000).code, E_LINE_LONG);
}

static void test_read_error(void **state)
{
    struct reading got = read_fd(-1, 1000);

    (void)state;
    assert_int_equal(got.code, -9); /* EBADF */
}

static void test_where_it_stands(void **state)
{
    struct octets file = gzip(TEXT, strlen(TEXT));
    int fd = memfd_create("test", MFD_CLOEXEC);

    (void)state;
    assert_int_equal(write(fd, "xyz", 3), 3);
    assert_int_equal(write(fd, file.at, file.len), file.len);
    lseek(fd, 3, SEEK_SET);
    assert_int_equal(read_fd(fd, 1000).lines, 4);
    close(fd);
    free(file.at);
    gunzip_close(NULL);
}

/* A megabyte of blocks that hold nothing is no registry: RFC 1951 section 3.2.4 allows any number.
 */
static void test_empty_blocks(void **state)
{
    static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    static const unsigned char empty[] = {0, 0, 0, 0xff, 0xff};
    size_t len = sizeof head;
    unsigned char *octets = malloc(4 << 20);

    (void)state;
    memcpy(octets, head, len);
    for (; len < (3 << 20); len += sizeof empty)
        memcpy(octets + len, empty, sizeof empty);
    assert_int_equal(read_octets(octets, len, 1000).code, E_GZIP_BROKEN);
    assert_int_equal(read_octets(octets, 500000 + sizeof head, 1000).code, E_GZIP_SHORT);
    free(octets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_trailing),
        cmocka_unit_test(test_trailing_in_the_next_chunk),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_not_gzip),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_no_lf),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_read_error),
        cmocka_unit_test(test_empty_blocks),
        cmocka_unit_test(test_where_it_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
