/* Records in memory, against a list that is searched from end to end. */
#include "base/error.h"
#include "publish/records.h"
#include "publish/records_layout.h"
#include "registry/name.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NAMES 700

struct model {
    char name[64];
    unsigned n4, n6;
    unsigned char ipv4[ADDRESSES_MAX * 4], ipv6[ADDRESSES_MAX * 16];
};

static bool has(const unsigned char *list, unsigned count, const unsigned char *address,
                size_t octets)
{
    for (unsigned i = 0; i < count; i++)
        if (memcmp(list + i * octets, address, octets) == 0)
            return true;
    return false;
}

/* What records_add is to do; returns what it is to return. */
static int model_add(struct model *model, const unsigned char *address, size_t octets)
{
    unsigned char *list = octets == 4 ? model->ipv4 : model->ipv6;
    unsigned *count = octets == 4 ? &model->n4 : &model->n6;

    if (has(list, *count, address, octets))
        return 0;
    if (model->n4 + model->n6 == ADDRESSES_MAX)
        return E_ADDRESS_COUNT;
    memcpy(list + (*count)++ * octets, address, octets);
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct model *left = a, *right = b;

    return name_compare(left->name, strlen(left->name), right->name, strlen(right->name));
}

static void make_name(char *name, unsigned i)
{
    static const char *const below[] = {"example.net", "example.net.org", "net", "a-b.net",
                                        "a.net"};

    if (i < 5)
        strcpy(name, below[i]);
    else
        sprintf(name, "%c%u.%s", 'a' + (int)(i % 3), i * 7919 % 1000, below[i % 5]);
}

static struct model *find(struct model *model, size_t *count, const char *name)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(model[i].name, name) == 0)
            return &model[i];
    strcpy(model[*count].name, name);
    return &model[(*count)++];
}

static void expect_model(const struct records *records, struct model *model, size_t count)
{
    struct records_walk walk = {.next = 0};
    struct record record;
    uint64_t n4 = 0, n6 = 0;

    qsort(model, count, sizeof *model, compare);
    assert_int_equal(records_count(records), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(records_next(records, &walk, &record), 1);
        assert_int_equal(record.name_len, strlen(model[i].name));
        assert_memory_equal(record.name, model[i].name, record.name_len);
        assert_int_equal(record.n4, model[i].n4);
        assert_int_equal(record.n6, model[i].n6);
        assert_memory_equal(record.ipv4, model[i].ipv4, 4 * record.n4);
        assert_memory_equal(record.ipv6, model[i].ipv6, 16 * record.n6);
        assert_null(record.cname);
        n4 += record.n4;
        n6 += record.n6;
    }
    assert_int_equal(records_next(records, &walk, &record), 0);
    assert_int_equal(records_addresses(records, 4), n4);
    assert_int_equal(records_addresses(records, 16), n6);
}

/* 60,000 additions in random order, some names far beyond 64 addresses. */
static void test_model(void **state)
{
    struct model *model = calloc(NAMES, sizeof *model);
    struct records *records = NULL;
    size_t count = 0;

    (void)state;
    srandom(1);
    assert_int_equal(records_new(&records), 0);
    for (int i = 0; i < 60000; i++) {
        long r = random();
        unsigned char address[16] = {8};
        size_t octets = r & 1 ? 4 : 16;
        char name[64];

        make_name(name, (unsigned)(r & 2 ? random() % NAMES : random() % 8));
        address[2] = (unsigned char)(random() % 50);
        address[octets - 1] = (unsigned char)(random() % 3);
        assert_int_equal(records_add(records, name, strlen(name), address, octets),
                         model_add(find(model, &count, name), address, octets));
    }
    records_sort(records);
    assert_true(count > 300);
    expect_model(records, model, count);
    records_free(records);
    free(model);
}

/* The table and the arena grow several times. */
static void test_many(void **state)
{
    struct records_walk walk = {.next = 0};
    struct records *records = NULL;
    struct record record;
    char name[64], previous[64] = "";
    unsigned char address[4] = {8};
    size_t seen = 0;

    (void)state;
    assert_int_equal(records_new(&records), 0);
    for (unsigned i = 0; i < 300000; i++) {
        int len = sprintf(name, "n%u.example.net", i % 150000);

        address[1] = (unsigned char)(i / 150000);
        assert_int_equal(records_add(records, name, (size_t)len, address, 4), 0);
    }
    records_sort(records);
    while (records_next(records, &walk, &record) > 0) {
        assert_true(seen == 0 ||
                    name_compare(previous, strlen(previous), record.name, record.name_len) < 0);
        memcpy(previous, record.name, record.name_len);
        previous[record.name_len] = '\0';
        assert_int_equal(record.n4, 2);
        assert_memory_equal(record.ipv4, "\x08\0\0\0\x08\1\0\0", 8);
        seen++;
    }
    assert_int_equal(seen, 150000);
    records_free(records);
}

/* What a resolver makes of it, sample after sample, takes no more and more memory. */
static void test_aliases(void **state)
{
    struct records_walk walk = {.next = 0};
    char cname[NAME_MAX_OCTETS];
    struct records *records = NULL;
    struct record record;
    uint32_t id;
    size_t used;

    (void)state;
    memset(cname, 'a', sizeof cname);
    assert_int_equal(records_new(&records), 0);
    records_rank(records);
    assert_int_equal(records_name(records, "n.example.org", 13), 1);
    id = records_find(records, "n.example.org", 13);
    assert_int_equal(records_hold(records, id, (const unsigned char *)"\10\10\10\10", 4, 0, 0), 0);
    used = records->used;
    for (size_t i = 0; i < 10000; i++)
        assert_int_equal(records_alias(records, id, cname, i % 3 == 0 ? 0 : 1 + i % sizeof cname),
                         0);
    assert_true(records->used - used <= 2 * (sizeof(struct cname) + sizeof cname + UNIT));
    assert_int_equal(records_alias(records, id, cname, sizeof cname), 0);
    assert_int_equal(records_alias(records, id, "to.example.org", 14), 0);
    records_sort(records);
    assert_int_equal(records_next(records, &walk, &record), 1);
    assert_int_equal(record.cname_len, 14);
    assert_memory_equal(record.cname, "to.example.org", 14);
    assert_int_equal(records_alias(records, id, "", 0), 0);
    walk.next = 0;
    assert_int_equal(records_next(records, &walk, &record), 1);
    assert_null(record.cname);
    records_free(records);
}

static void test_none(void **state)
{
    struct records_walk walk = {.next = 0};
    struct records *records = NULL;
    struct record record;

    (void)state;
    assert_int_equal(records_new(&records), 0);
    records_sort(records);
    assert_int_equal(records_next(records, &walk, &record), 0);
    records_free(records);
    records_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_none),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
