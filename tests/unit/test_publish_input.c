/* Text files as they come: plain and gzip, whole and damaged, lines of any length. */
#include "base/error.h"
#include "publish/input.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#define ROOM (4 * INPUT_LINE_MAX)

static char path[] = "test_publish_input.XXXXXX.gz";

static void write_file(const void *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), len);
    close(fd);
}

/* Makes one gzip member of the text; returns its length. */
static size_t make_member(const char *text, size_t len, unsigned char *out)
{
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)text,
                       .avail_in = (unsigned)len,
                       .next_out = out,
                       .avail_out = ROOM};

    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

/* Reads all lines of `name`, each as its text (up to 40 octets), "+" if cut, and "|". */
static int read_lines(const char *name, char *out, size_t size)
{
    struct input *input = NULL;
    struct input_line line;
    size_t len = 0;
    int r = input_open(&input, name);

    out[0] = '\0';
    if (r < 0)
        return r;
    while ((r = input_next(input, &line)) > 0) {
        size_t n = line.len < 40 ? line.len : 40;

        assert_true(line.len <= INPUT_LINE_MAX);
        assert_true(len + n + 3 < size);
        memcpy(out + len, line.text, n);
        len += n;
        if (line.cut)
            out[len++] = '+';
        out[len++] = '|';
        out[len] = '\0';
    }
    input_close(input);
    return r;
}

/* The same file under a name that promises nothing. */
static const char *plain_path(void)
{
    static char link_path[sizeof path + 8];

    snprintf(link_path, sizeof link_path, "%s.plain", path);
    unlink(link_path);
    assert_int_equal(link(path, link_path), 0);
    return link_path;
}

static void expect_plain(const void *data, size_t len, const char *lines)
{
    char got[4096];

    write_file(data, len);
    assert_int_equal(read_lines(plain_path(), got, sizeof got), 0);
    assert_string_equal(got, lines);
}

static void test_plain(void **state)
{
    (void)state;
    expect_plain("", 0, "");
    expect_plain("a", 1, "a|");
    expect_plain("a\n", 2, "a|");
    expect_plain("a\r\n\nb", 5, "a||b|");
    expect_plain("\n\n", 2, "||");
    expect_plain("\x1f", 1, "\x1f|");
}

static void test_ends(void **state)
{
    static const char text[] = "a\rb\r\nc\n\rd\r\r\ne\n\nf\r";
    char got[128];

    (void)state;
    write_file(text, sizeof text - 1);
    assert_int_equal(read_lines(plain_path(), got, sizeof got), 0);
    assert_string_equal(got, "a|b|c||d||e||f|");
    /* A pair on both sides of what is read at once, and far more lines than that. */
    for (size_t before = 65534; before <= 65537; before++) {
        char *long_text = malloc(before + 4), *lines = malloc(2 * before + 8);
        size_t n = 0;

        memset(long_text, '\r', before);
        memcpy(long_text + before - 1, "\r\nx\n", 4);
        write_file(long_text, before + 3);
        assert_int_equal(read_lines(plain_path(), lines, 2 * before + 8), 0);
        for (const char *p = lines; *p == '|'; p++)
            n++;
        assert_int_equal(n, before);
        assert_string_equal(lines + n, "x|");
        free(long_text);
        free(lines);
    }
}

static void test_nul(void **state)
{
    struct input *input = NULL;
    struct input_line line;

    (void)state;
    write_file("a\0b\nc", 5);
    assert_int_equal(input_open(&input, plain_path()), 0);
    assert_int_equal(input_next(input, &line), 1);
    assert_int_equal(line.len, 3);
    assert_memory_equal(line.text, "a\0b", 3);
    assert_int_equal(input_next(input, &line), 1);
    assert_int_equal(line.len, 1);
    assert_int_equal(input_next(input, &line), 0);
    assert_int_equal(input_next(input, &line), 0);
    input_close(input);
}

/* A line of `len` octets between two others, gzipped too. */
static void expect_long(size_t len, bool cut)
{
    char *text = malloc(ROOM), expected[128], got[128];
    unsigned char *member = malloc(ROOM);
    char *end = mempcpy(text, "first\n", 6);

    memset(end, 'x', len);
    memcpy(end + len, "\nlast", 5);
    snprintf(expected, sizeof expected, "first|%.40s%s|last|", end, cut ? "+" : "");
    write_file(text, 6 + len + 5);
    assert_int_equal(read_lines(plain_path(), got, sizeof got), 0);
    assert_string_equal(got, expected);
    write_file(member, make_member(text, 6 + len + 5, member));
    assert_int_equal(read_lines(path, got, sizeof got), 0);
    assert_string_equal(got, expected);
    free(text);
    free(member);
}

static void test_long_lines(void **state)
{
    (void)state;
    expect_long(65535, false);
    expect_long(65536, false);
    expect_long(INPUT_LINE_MAX - 1, false);
    expect_long(INPUT_LINE_MAX, false);
    expect_long(INPUT_LINE_MAX + 1, true);
    expect_long(INPUT_LINE_MAX + 2, true);
    expect_long(3 * INPUT_LINE_MAX, true);
}

/* Processor seconds for a file of nothing but ends. */
static double time_of_ends(char end)
{
    const size_t len = 16 * INPUT_LINE_MAX;
    char *ends = malloc(len);
    struct input *input = NULL;
    struct input_line line;
    size_t count = 0;
    clock_t began;

    memset(ends, end, len);
    write_file(ends, len);
    free(ends);
    began = clock();
    assert_int_equal(input_open(&input, plain_path()), 0);
    while (input_next(input, &line) > 0)
        count++;
    input_close(input);
    assert_int_equal(count, len);
    return (double)(clock() - began) / CLOCKS_PER_SEC;
}

/* Each octet is looked at once, whichever end is not there. */
static void test_other_end(void **state)
{
    (void)state;
    assert_true(time_of_ends('\r') < 10 * time_of_ends('\n') + 0.2);
}

static const char text[] = "8.8.8.8 dns.google\n9.9.9.9 dns.quad9.net\n";
#define LINES "8.8.8.8 dns.google|9.9.9.9 dns.quad9.net|"

static void test_members(void **state)
{
    unsigned char *two = malloc(2 * ROOM);
    size_t len = make_member(text, sizeof text - 1, two);
    char got[256];

    (void)state;
    write_file(two, len);
    assert_int_equal(read_lines(path, got, sizeof got), 0);
    assert_string_equal(got, LINES);
    assert_int_equal(read_lines(plain_path(), got, sizeof got), 0);
    assert_string_equal(got, LINES);
    len += make_member(text, sizeof text - 1, two + len);
    write_file(two, len);
    assert_int_equal(read_lines(path, got, sizeof got), 0);
    assert_string_equal(got, LINES LINES);
    free(two);
}

/* Never a shorter file without an error: cut at every octet of the second member, or with every
 * bit of either turned. */
static void test_damage(void **state)
{
    unsigned char *two = malloc(2 * ROOM);
    size_t first = make_member(text, sizeof text - 1, two);
    size_t len = first + make_member(text, sizeof text - 1, two + first);
    char got[1024];

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        write_file(two, cut);
        assert_int_equal(read_lines(path, got, sizeof got) == 0, cut == first);
    }
    for (size_t bit = 0; bit < 8 * len; bit++) {
        two[bit / 8] ^= (unsigned char)(1 << bit % 8);
        write_file(two, len);
        if (read_lines(path, got, sizeof got) == 0)
            assert_string_equal(got, LINES LINES);
        two[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    memcpy(two + len, "\0\0\0", 3);
    write_file(two, len + 3);
    assert_int_equal(read_lines(path, got, sizeof got), E_GZIP_BROKEN);
    free(two);
}

static void put(unsigned char *at, uint32_t value, int octets)
{
    for (int i = 0; i < octets; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

/* Makes a ZIP file of the text, deflated or not, with a data descriptor or not; *data: where that
 * ends. Returns its length, of which the last 22 octets are the directory's end. */
static size_t make_zip(bool deflated, bool descriptor, unsigned char *out, size_t *data)
{
    const uint32_t len = sizeof text - 1, crc = (uint32_t)crc32(0, (const void *)text, len);
    unsigned char *at = out, *central;
    uint32_t stored = len;

    memset(out, 0, 512);
    memcpy(at, "PK\3\4", 4);
    at[6] = descriptor ? 8 : 0;
    at[8] = deflated ? 8 : 0;
    at[26] = 4;
    memcpy(at + 30, "list", 4);
    at += 34;
    if (deflated) {
        stored = (uint32_t)make_member(text, len, at) - 18; /* gzip's head and tail */
        memmove(at, at + 10, stored);
        memset(at + stored, 0, 18);
    } else {
        memcpy(at, text, len);
    }
    if (!descriptor)
        put(out + 18, stored, 4);
    at += stored;
    *data = (size_t)(at - out);
    if (descriptor) {
        memcpy(at, "PK\7\10", 4);
        put(at + 4, crc, 4);
        put(at + 8, stored, 4);
        put(at + 12, len, 4);
        at += 16;
    }
    central = at;
    memcpy(central, "PK\1\2", 4);
    put(central + 16, crc, 4);
    put(central + 20, stored, 4);
    put(central + 24, len, 4);
    put(central + 28, 4, 2);
    memcpy(central + 46, "list", 4);
    memcpy(central + 50, "PK\5\6", 4);
    return (size_t)(central + 50 + 22 - out);
}

/* Cut at every octet, and with every bit of its data turned. */
static void expect_zip(bool deflated, bool descriptor)
{
    unsigned char *zip = malloc(ROOM);
    size_t data, len = make_zip(deflated, descriptor, zip, &data);
    char got[1024];

    expect_plain(zip, len, LINES);
    for (size_t cut = 4; cut < len - 26; cut++) {
        write_file(zip, cut);
        assert_int_not_equal(read_lines(plain_path(), got, sizeof got), 0);
    }
    for (size_t bit = 8 * 34UL; bit < 8 * data; bit++) {
        zip[bit / 8] ^= (unsigned char)(1 << bit % 8);
        write_file(zip, len);
        /* After the end of what is deflated some bits mean nothing. */
        if (read_lines(plain_path(), got, sizeof got) == 0)
            assert_string_equal(got, LINES);
        zip[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    memmove(zip + data + (descriptor ? 16 : 0), zip, len);
    write_file(zip, data + len);
    assert_int_equal(read_lines(plain_path(), got, sizeof got), E_ZIP_MANY);
    free(zip);
}

static void test_zip(void **state)
{
    (void)state;
    expect_zip(true, false);
    expect_zip(true, true);
    expect_zip(false, false);
}

static void test_named_gz(void **state)
{
    char got[64];

    (void)state;
    write_file(text, sizeof text - 1);
    assert_int_equal(read_lines(path, got, sizeof got), E_GZIP_BROKEN);
    write_file("", 0);
    assert_int_equal(read_lines(path, got, sizeof got), E_GZIP_BROKEN);
}

/* Standard input comes in pieces: here one octet at a time, so that gzip's two are torn apart. */
static void test_standard_input(void **state)
{
    unsigned char *member = malloc(ROOM);
    size_t len = make_member(text, sizeof text - 1, member);
    int saved = dup(STDIN_FILENO), ends[2];
    char got[256];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    if (fork() == 0) {
        for (size_t i = 0; i < len; i++) {
            if (write(ends[1], member + i, 1) != 1)
                _exit(1);
            usleep(i < 4 ? 1000 : 0);
        }
        _exit(0);
    }
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    assert_int_equal(read_lines("-", got, sizeof got), 0);
    assert_string_equal(got, LINES);
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(ends[0]);
    free(member);
}

static void test_unreadable(void **state)
{
    char got[64];

    (void)state;
    assert_true(read_lines("/nonexistent/hosts", got, sizeof got) < 0);
    assert_true(read_lines("/", got, sizeof got) < 0);
}

static int make_path(void **state)
{
    int fd = mkostemps(path, 3, O_CLOEXEC);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    unlink(plain_path());
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),      cmocka_unit_test(test_nul),
        cmocka_unit_test(test_ends),       cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_other_end),  cmocka_unit_test(test_members),
        cmocka_unit_test(test_damage),     cmocka_unit_test(test_zip),
        cmocka_unit_test(test_named_gz),   cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_unreadable),
    };

    return cmocka_run_group_tests(tests, make_path, remove_path);
}
