/* Ranked records: the eight of a family that were seen last, whatever the order they came in. */
#include "publish/rank.h"
#include "publish/records.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NAME "example.org"
#define MOST 60
#define ROUNDS 500

struct sight {
    unsigned char address[16];
    size_t octets;
    unsigned last, first;
};

static int compare(const void *a, const void *b)
{
    const struct sight *left = a, *right = b;

    if (left->octets != right->octets)
        return left->octets < right->octets ? -1 : 1;
    if (left->last != right->last)
        return left->last < right->last ? -1 : 1;
    return memcmp(left->address, right->address, left->octets);
}

static void shuffle(struct sight *sights, unsigned count)
{
    for (unsigned i = count; i > 1; i--) {
        unsigned j = (unsigned)random() % i;
        struct sight sight = sights[j];

        sights[j] = sights[i - 1];
        sights[i - 1] = sight;
    }
}

/* What is to be left: each address once, with the latest and the earliest sight; sorted; the first
 * eight of each family. */
static unsigned model(struct sight *sights, unsigned count)
{
    unsigned n = 0, kept = 0, family[2] = {0};

    for (unsigned i = 0; i < count; i++) {
        unsigned j = 0;

        while (j < n && (sights[j].octets != sights[i].octets ||
                         memcmp(sights[j].address, sights[i].address, sights[i].octets) != 0))
            j++;
        if (j == n) {
            sights[n++] = sights[i];
            continue;
        }
        if (sights[i].last < sights[j].last)
            sights[j].last = sights[i].last;
        if (sights[i].first > sights[j].first)
            sights[j].first = sights[i].first;
    }
    qsort(sights, n, sizeof *sights, compare);
    for (unsigned i = 0; i < n; i++)
        if (family[sights[i].octets == 16]++ < RANKED_MAX)
            sights[kept++] = sights[i];
    return kept;
}

static void expect(const struct records *records, const struct sight *want, unsigned count)
{
    struct records_walk walk = {.next = 0};
    struct record record;

    assert_int_equal(records_next(records, &walk, &record), 1);
    assert_int_equal(record.n4 + record.n6, count);
    for (unsigned i = 0; i < count; i++) {
        size_t at = i < record.n4 ? i : i - record.n4, octets = want[i].octets;
        const unsigned char *list = i < record.n4 ? record.ipv4 : record.ipv6;

        assert_int_equal(octets, i < record.n4 ? 4 : 16);
        assert_memory_equal(list + at * octets, want[i].address, octets);
        assert_int_equal(walk.age[i >= record.n4][at].last, want[i].last);
    }
    assert_int_equal(records_next(records, &walk, &record), 0);
    assert_int_equal(records_addresses(records, 4) + records_addresses(records, 16), count);
}

static void test_random(void **state)
{
    (void)state;
    srandom(1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct sight sights[MOST];
        unsigned count = 1 + (unsigned)random() % MOST;
        struct records *records = NULL;
        uint32_t id;

        for (unsigned i = 0; i < count; i++) {
            sights[i] = (struct sight){.octets = random() % 2 ? 4 : 16, .last = random() % 4 & 3U};
            sights[i].first = sights[i].last + (unsigned)random() % 3;
            memset(sights[i].address, 8, sizeof sights[i].address);
            sights[i].address[3] = (unsigned char)(random() % 20);
        }
        shuffle(sights, count);
        assert_int_equal(records_new(&records), 0);
        records_rank(records);
        assert_int_equal(records_name(records, NAME, strlen(NAME)), 1);
        assert_int_equal(records_name(records, NAME, strlen(NAME)), 0);
        id = records_find(records, NAME, strlen(NAME));
        for (unsigned i = 0; i < count; i++) {
            const struct sight *s = &sights[i];

            /* Both ways in. */
            assert_int_equal(
                s->first == 0 ? records_add(records, NAME, strlen(NAME), s->address, s->octets)
                              : records_hold(records, id, s->address, s->octets, s->last, s->first),
                0);
        }
        records_sort(records);
        expect(records, sights, model(sights, count));
        records_free(records);
    }
}

static void test_alias(void **state)
{
    static const char *const names[] = {"long.name.example.net", "a.net", "b.example.com"};
    struct records_walk walk = {.next = 0};
    struct records *records = NULL;
    struct record record;
    uint32_t id;

    (void)state;
    assert_int_equal(records_new(&records), 0);
    records_rank(records);
    assert_int_equal(records_name(records, NAME, strlen(NAME)), 1);
    assert_int_equal(records_name(records, "none.org", 8), 1);
    id = records_find(records, NAME, strlen(NAME));
    assert_int_equal(records_find(records, "else.org", 8), 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(records_alias(records, id, names[i], strlen(names[i])), 0);
    assert_false(records_has_address(records, id));
    assert_int_equal(
        records_hold(records, id, (const unsigned char *)"\x08\x08\x08\x08", 4, 300, 300), 0);
    assert_true(records_has_address(records, id));
    records_sort(records);
    /* Who has no address is not in it. */
    assert_int_equal(records_count(records), 1);
    assert_int_equal(records_next(records, &walk, &record), 1);
    assert_int_equal(record.cname_len, strlen(names[2]));
    assert_memory_equal(record.cname, names[2], record.cname_len);
    assert_int_equal(walk.age[0][0].last, 255);
    assert_int_equal(records_next(records, &walk, &record), 0);
    assert_int_equal(records_alias(records, id, NULL, 0), 0);
    walk.next = 0;
    records_next(records, &walk, &record);
    assert_int_equal(record.cname_len, 0);
    records_free(records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_alias),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
