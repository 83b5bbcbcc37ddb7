/* A snapshot written, and compared with other records. */
#include "base/base.h"
#include "base/error.h"
#include "publish/compare.h"
#include "publish/payload.h"
#include "registry/text.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Names `from` to `to` - 1, every `step`th at another address. */
static struct records *make(unsigned from, unsigned to, unsigned step)
{
    struct records *records = NULL;

    assert_int_equal(records_new(&records), 0);
    for (unsigned i = from; i < to; i++) {
        unsigned char address[4] = {8, (unsigned char)(i >> 8), (unsigned char)i,
                                    step > 0 && i % step == 0};
        char name[32];
        int len = sprintf(name, "n%u.example.net", i);

        assert_int_equal(records_add(records, name, (size_t)len, address, 4), 0);
    }
    records_sort(records);
    return records;
}

/* Writes the records' snapshot and its part of the manifest. */
static int write_snapshot(const struct records *records, struct manifest *manifest)
{
    struct records_walk walk = {.next = 0};
    struct payload *payload = NULL;
    struct payload_sums sums;
    struct record record;
    char line[TEXT_LINE_MAX];
    int fd = memfd_create("snapshot", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(payload_open(&payload, fd), 0);
    while (records_next(records, &walk, &record) > 0)
        assert_int_equal(payload_add(payload, line, text_format(&record, line)), 0);
    assert_int_equal(payload_finish(payload, &sums), 0);
    payload_close(payload);
    *manifest = (struct manifest){.names = records_count(records),
                                  .text_octets = sums.text_octets,
                                  .snapshot_octets = sums.octets};
    memcpy(manifest->text_sha256, sums.text_sha256, SHA256_OCTETS);
    memcpy(manifest->snapshot_sha256, sums.sha256, SHA256_OCTETS);
    return fd;
}

static int compare(int fd, const struct manifest *manifest, const struct records *records,
                   struct difference *difference)
{
    static const struct compare_visitor nobody;

    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return compare_snapshot(fd, manifest, records, &nobody, difference);
}

static void expect(int fd, const struct manifest *manifest, struct records *records, uint64_t added,
                   uint64_t removed, uint64_t changed)
{
    struct difference difference;

    assert_int_equal(compare(fd, manifest, records, &difference), 0);
    assert_int_equal(difference.added, added);
    assert_int_equal(difference.removed, removed);
    assert_int_equal(difference.changed, changed);
    records_free(records);
}

static void test_difference(void **state)
{
    struct records *records = make(100, 5100, 0);
    struct manifest manifest;
    int fd = write_snapshot(records, &manifest);

    (void)state;
    records_free(records);
    expect(fd, &manifest, make(100, 5100, 0), 0, 0, 0);
    expect(fd, &manifest, make(0, 5000, 0), 100, 100, 0);
    expect(fd, &manifest, make(100, 5100, 100), 0, 0, 50);
    expect(fd, &manifest, make(100, 5101, 0), 1, 0, 0);
    expect(fd, &manifest, make(101, 5100, 0), 0, 1, 0);
    expect(fd, &manifest, make(6000, 6001, 0), 1, 5000, 0);
    close(fd);
}

static void test_wrong_manifest(void **state)
{
    struct records *records = make(0, 3000, 0);
    struct manifest manifest, wrong;
    struct difference difference;
    int fd = write_snapshot(records, &manifest);

    (void)state;
    wrong = manifest;
    wrong.text_octets++;
    assert_int_equal(compare(fd, &wrong, records, &difference), E_SIZE_WRONG);
    wrong.text_octets -= 2;
    assert_int_equal(compare(fd, &wrong, records, &difference), E_GZIP_LONG);
    wrong = manifest;
    wrong.text_sha256[31] ^= 1;
    assert_int_equal(compare(fd, &wrong, records, &difference), E_HASH_WRONG);
    wrong = manifest;
    wrong.names--;
    assert_int_equal(compare(fd, &wrong, records, &difference), E_NAMES_WRONG);
    assert_int_equal(ftruncate(fd, (off_t)manifest.snapshot_octets - 1), 0);
    assert_int_equal(compare(fd, &manifest, records, &difference), E_GZIP_SHORT);
    records_free(records);
    close(fd);
}

/* The same text is the same file, with neither a time nor a name in its header (RFC 1952). */
static void test_deterministic(void **state)
{
    struct records *records = make(0, 4000, 3);
    struct manifest one, other;
    int fd = write_snapshot(records, &one), again = write_snapshot(records, &other);
    unsigned char header[8];
    struct stat st;

    (void)state;
    assert_memory_equal(one.snapshot_sha256, other.snapshot_sha256, SHA256_OCTETS);
    assert_int_equal(pread(fd, header, sizeof header, 0), sizeof header);
    assert_memory_equal(header, "\x1f\x8b\x08\0\0\0\0\0", 8);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, one.snapshot_octets);
    close(fd);
    close(again);
    records_free(records);
}

static void test_full_disk(void **state)
{
    struct payload *payload = NULL;
    struct payload_sums sums;
    FILE *full = fopen("/dev/full", "w");

    (void)state;
    if (full == NULL)
        skip();
    assert_int_equal(payload_open(&payload, fileno(full)), 0);
    assert_int_equal(payload_add(payload, "a.com 8.8.8.8\n", 14), 0);
    assert_true(payload_finish(payload, &sums) < 0);
    payload_close(payload);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_difference),
        cmocka_unit_test(test_wrong_manifest),
        cmocka_unit_test(test_deterministic),
        cmocka_unit_test(test_full_disk),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
