/* At which addresses of other names a name is tried; and the places of a name's addresses. */
#include "publish/name_findings.h"
#include "publish/proven.h"
#include "publish/rank.h"
#include "publish/records_place.h"
#include "publish/siblings.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct records *records;
    struct pairs pairs;
};

static void open_world(struct world *w)
{
    *w = (struct world){0};
    assert_int_equal(records_new(&w->records), 0);
    records_rank(w->records);
}

static void close_world(struct world *w)
{
    pairs_free(&w->pairs);
    records_free(w->records);
}

static uint32_t add_name(struct world *w, const char *name, enum finding aaaa)
{
    uint32_t id;

    assert_int_equal(records_name(w->records, name, strlen(name)), 1);
    id = records_find(w->records, name, strlen(name));
    records_set_mark(w->records, id, findings_note(findings_note(0, A, FINDING_FOUND), AAAA, aaaa));
    return id;
}

/* 8.8.8.`last`, or 2001:4860::`last`. */
static void add_pair(struct world *w, const char *name, size_t octets, unsigned char last,
                     bool proven)
{
    struct pair pair = {.id = records_find(w->records, name, strlen(name)),
                        .octets = (uint8_t)octets,
                        .given = true,
                        .proven = proven ? 1 : HOURS_NEVER,
                        .tried = 1,
                        .fails = !proven,
                        .address = {8, 8, 8}};

    pair.address[octets - 1] = last;
    assert_int_equal(pairs_add(&w->pairs, &pair), 0);
}

/* The last octets of those at which the name is to be tried. */
static void expect(struct world *w, unsigned tries, const char *name, const char *want)
{
    uint32_t id = records_find(w->records, name, strlen(name));
    char text[256] = "";

    pairs_sort(&w->pairs);
    assert_int_equal(siblings_add(w->records, &w->pairs, tries), 0);
    for (size_t i = pairs_find(&w->pairs, id); i < w->pairs.count && w->pairs.pair[i].id == id;
         i++) {
        const struct pair *pair = &w->pairs.pair[i];

        if (sibling_is_new(pair))
            sprintf(text + strlen(text), " %d", pair->address[pair->octets - 1]);
    }
    assert_string_equal(text, want);
}

static void test_domain(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    add_name(&w, "www.example.org", FINDING_NODATA);
    add_name(&w, "example.org", FINDING_FOUND);
    add_name(&w, "a.b.example.org", FINDING_FOUND);
    add_name(&w, "www.other.org", FINDING_FOUND);
    add_pair(&w, "example.org", 4, 1, true);
    add_pair(&w, "example.org", 4, 2, false);
    add_pair(&w, "example.org", 16, 3, true);
    add_pair(&w, "www.example.org", 4, 4, true);
    add_pair(&w, "a.b.example.org", 4, 1, false);
    add_pair(&w, "www.other.org", 4, 9, true);
    /* No IPv6, which DNS says that it has not; not where it was tried. */
    expect(&w, 4, "www.example.org", " 1");
    expect(&w, 4, "a.b.example.org", " 4 3");
    /* Its domain is not in the list. */
    expect(&w, 4, "www.other.org", "");
    close_world(&w);
}

static void test_canonical_name(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (unsigned i = 0; i < 30; i++) {
        char name[32];

        snprintf(name, sizeof name, "www.n%u.org", i);
        records_alias(w.records, add_name(&w, name, FINDING_FOUND), "cdn.net", 7);
        add_pair(&w, name, 4, (unsigned char)(i % 3 + 1), true);
    }
    add_name(&w, "cdn.net", FINDING_FOUND);
    add_pair(&w, "cdn.net", 4, 7, false);
    expect(&w, 4, "cdn.net", " 1 2 3");
    expect(&w, 4, "www.n0.org", " 2 3");
    close_world(&w);
}

static void test_bounds(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    add_name(&w, "example.org", FINDING_FOUND);
    add_name(&w, "www.example.org", FINDING_FOUND);
    for (unsigned char i = 1; i <= PROVEN_ENOUGH; i++)
        add_pair(&w, "example.org", 4, i, true);
    add_pair(&w, "www.example.org", 4, 99, true);
    /* Who has enough is tried nowhere. */
    expect(&w, 0, "www.example.org", "");
    expect(&w, 9, "example.org", "");
    expect(&w, 9, "www.example.org", " 1 2 3");
    close_world(&w);
}

/* Addresses in their places, before what was seen last; and no more than there is room for. */
static void test_places(void **state)
{
    struct records_walk walk = {.next = 0};
    struct records_address address;
    struct record record;
    struct world w;
    unsigned count = 0;
    uint32_t id, at = 0;

    (void)state;
    open_world(&w);
    id = add_name(&w, "example.org", FINDING_FOUND);
    for (unsigned char i = 0; i < RANKED_MAX; i++) {
        const unsigned char octets[] = {8, 8, 8, i};

        assert_int_equal(records_hold(w.records, id, octets, 4, i, i), 0);
        assert_int_equal(records_address_place(w.records, id, octets, 4, PLACE_GIVEN), 0);
    }
    while (records_address_next(w.records, id, &at, &address))
        assert_int_equal(address.last, address.address[3]), count++;
    assert_int_equal(count, RANKED_MAX);
    records_address_place(w.records, id, (const unsigned char[]){8, 8, 8, 3}, 4,
                          PLACE_GIVEN_PROVEN);
    /* One that is new, proven, and one that is not. */
    records_address_place(w.records, id, (const unsigned char[]){8, 8, 9, 9}, 4, PLACE_PROVEN);
    records_address_place(w.records, id, (const unsigned char[]){8, 8, 9, 8}, 4, PLACE_HELD);
    records_address_drop(w.records, id, (const unsigned char[]){8, 8, 8, 0}, 4);
    records_address_drop(w.records, id, (const unsigned char[]){8, 8, 8, 0}, 4);
    records_sort(w.records);
    assert_int_equal(records_next(w.records, &walk, &record), 1);
    assert_int_equal(record.n4, RANKED_MAX - 1);
    assert_int_equal(records_addresses(w.records, 4), RANKED_MAX - 1);
    assert_int_equal(record.ipv4[3], 3);
    assert_memory_equal(record.ipv4 + 4, ((unsigned char[]){8, 8, 9, 9}), 4);
    assert_int_equal(walk.age[0][1].last, SEEN_NEVER);
    assert_int_equal(record.ipv4[4 * 2 + 3], 1);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_domain),
        cmocka_unit_test(test_canonical_name),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_places),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
