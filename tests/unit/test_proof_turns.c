/* Whose turn it is: no rule of politeness is ever broken, nobody is left out, nobody waits for
 * nothing; and how long it takes is known beforehand. Time is simulated. */
#include "proof/turns.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST 4000
#define NEVER (-1000000)
#define ROUNDS 40

struct world {
    struct proof_item items[MOST];
    uint32_t count;
    int64_t takes[MOST]; /* how long each one is under way, ms */
    unsigned turns[MOST], wanted[MOST];
    int64_t began[MOST]; /* its last turn */
    struct turn under_way[MOST];
    int64_t ends[MOST];
    unsigned busy, most_busy;
};

static struct world world;

static void add(unsigned network, unsigned host, bool six, int64_t takes)
{
    struct proof_item *item = &world.items[world.count];

    *item = (struct proof_item){.name = "x", .port = 443, .octets = six ? 16 : 4};
    item->address[0] = six ? 0x20 : 11;
    item->address[six ? 4 : 1] = (unsigned char)(network >> 8);
    item->address[six ? 5 : 2] = (unsigned char)network;
    item->address[six ? 6 : 3] = (unsigned char)host;
    item->address[15] = six ? (unsigned char)(host >> 8) : 0;
    world.takes[world.count] = takes;
    world.wanted[world.count] = 1;
    world.began[world.count] = NEVER;
    world.count++;
}

static bool same_network(uint32_t a, uint32_t b)
{
    return world.items[a].octets == world.items[b].octets &&
           memcmp(world.items[a].address, world.items[b].address,
                  world.items[a].octets == 4 ? 3 : 6) == 0;
}

static bool same_address(uint32_t a, uint32_t b)
{
    return same_network(a, b) && memcmp(world.items[a].address, world.items[b].address, 16) == 0;
}

static void assert_polite(uint32_t item, int64_t now)
{
    unsigned network = 0;

    for (unsigned i = 0; i < world.busy; i++)
        network += same_network(world.under_way[i].item, item);
    assert_in_range(network, 0, PROOF_NETWORK_MAX - 1);
    for (uint32_t i = 0; i < world.count; i++)
        if (same_address(i, item))
            assert_true(now - world.began[i] >= PROOF_ADDRESS_GAP_MS);
}

/* Ends what is over by then. Returns when the next one will be. */
static int64_t end_some(struct turns *turns, int64_t now)
{
    int64_t next = INT64_MAX;

    for (unsigned i = 0; i < world.busy; i++) {
        if (world.ends[i] <= now) {
            uint32_t item = world.under_way[i].item;

            turns_end(turns, &world.under_way[i], ++world.turns[item] < world.wanted[item]);
            world.busy--;
            world.under_way[i] = world.under_way[world.busy];
            world.ends[i] = world.ends[world.busy];
            i--;
        } else if (world.ends[i] < next) {
            next = world.ends[i];
        }
    }
    return next;
}

static struct turns *open_world(unsigned parallel, unsigned rate)
{
    uint32_t *order = malloc((world.count + 1) * sizeof *order);
    struct turns *turns;

    assert_non_null(order);
    for (uint32_t i = 0; i < world.count; i++)
        order[i] = i;
    assert_int_equal(turns_open(&turns, world.items, order, world.count, parallel, rate), 0);
    return turns;
}

/* Runs the world to its end, each rule looked at; returns how long it took. */
static int64_t run_world(struct turns *turns, int64_t start)
{
    int64_t now = start, next = now, wait;
    struct turn turn;

    world.most_busy = 0;
    while (next != INT64_MAX) {
        now = next;
        next = end_some(turns, now);
        while (turns_next(turns, now, &turn, &wait)) {
            assert_polite(turn.item, now);
            world.began[turn.item] = now;
            world.under_way[world.busy] = turn;
            world.ends[world.busy++] = now + world.takes[turn.item];
            if (world.busy > world.most_busy)
                world.most_busy = world.busy;
            if (now + world.takes[turn.item] < next)
                next = now + world.takes[turn.item];
        }
        assert_true(wait > 0);
        if (wait != INT64_MAX && now + wait < next)
            next = now + wait;
    }
    assert_int_equal(world.busy, 0);
    for (uint32_t i = 0; i < world.count; i++)
        assert_int_equal(world.turns[i], world.wanted[i]);
    return now - start;
}

static void reset(void)
{
    memset(&world, 0, sizeof world);
}

static void test_nothing(void **state)
{
    struct turns *turns;
    struct turn turn;
    int64_t wait;

    (void)state;
    reset();
    turns = open_world(1, 1);
    assert_int_equal(turns_left_ms(turns, &(struct turns_pace){1, 100, 0, 100}), 0);
    assert_false(turns_next(turns, 0, &turn, &wait));
    assert_true(wait == INT64_MAX);
    turns_close(turns);
    turns_close(NULL);
}

static void test_one_address(void **state)
{
    struct turns *turns;

    (void)state;
    reset();
    for (int i = 0; i < 5; i++)
        add(1, 1, false, 10);
    turns = open_world(100, 0);
    assert_int_equal(run_world(turns, 12345), 4 * PROOF_ADDRESS_GAP_MS + 10);
    turns_close(turns);
}

static void test_one_network(void **state)
{
    (void)state;
    for (int six = 0; six < 2; six++) {
        struct turns *turns;

        reset();
        for (unsigned i = 0; i < 10; i++)
            add(1, i, six, 5000);
        turns = open_world(100, 0);
        assert_int_equal(turns_left_ms(turns, &(struct turns_pace){1, 5000, 0, 0}), 25000);
        assert_int_equal(run_world(turns, 0), 25000);
        assert_int_equal(world.most_busy, PROOF_NETWORK_MAX);
        turns_close(turns);
    }
}

/* Two addresses, a long run of names and a short one: nobody waits for the other. */
static void test_two_addresses(void **state)
{
    struct turns *turns;

    (void)state;
    reset();
    for (int i = 0; i < 20; i++)
        add(1, 1, false, 10);
    for (int i = 0; i < 5; i++)
        add(1, 2, false, 10);
    turns = open_world(100, 0);
    assert_int_equal(run_world(turns, 0), 19 * PROOF_ADDRESS_GAP_MS + 10);
    turns_close(turns);
}

static void test_parallel(void **state)
{
    struct turns *turns;

    (void)state;
    reset();
    for (unsigned i = 0; i < 100; i++)
        add(i, 1, false, 1000);
    turns = open_world(10, 0);
    assert_int_equal(run_world(turns, 0), 10000);
    assert_int_equal(world.most_busy, 10);
    turns_close(turns);
}

/* After a pause in which nobody looked there is no burst. */
static void test_rate(void **state)
{
    struct turns *turns;
    struct turn turn;
    int64_t wait;
    int begun = 0;

    (void)state;
    reset();
    for (unsigned i = 0; i < 1000; i++)
        add(i, 1, false, 10);
    turns = open_world(1000, 100);
    while (turns_next(turns, 1000000, &turn, &wait))
        begun++;
    assert_in_range(begun, 1, 12);
    assert_in_range(wait, 1, 20);
    for (int64_t now = 1000000; now <= 1005000; now += wait)
        while (turns_next(turns, now, &turn, &wait))
            begun++;
    assert_in_range(begun, 490, 515);
    turns_close(turns);
}

/* Each item has as many turns as it wants, a second apart, and the others theirs. */
static void test_again(void **state)
{
    struct turns *turns;

    (void)state;
    reset();
    add(1, 1, false, 5);
    add(1, 1, false, 5);
    add(1, 2, false, 5);
    add(2, 1, true, 5);
    for (int i = 0; i < 4; i++)
        world.wanted[i] = (unsigned)i + 1;
    turns = open_world(10, 0);
    assert_int_equal(run_world(turns, 0), 3 * PROOF_ADDRESS_GAP_MS + 5);
    turns_close(turns);
}

/* Worlds of all kinds, in which no rule is broken and nobody is forgotten. */
static void test_any_world(void **state)
{
    (void)state;
    srandom(14);
    for (int round = 0; round < ROUNDS; round++) {
        unsigned networks = 1 + (unsigned)random() % 30, hosts = 1 + (unsigned)random() % 20;
        unsigned count = (unsigned)random() % 400;
        struct turns *turns;

        reset();
        for (unsigned i = 0; i < count; i++) {
            add((unsigned)random() % networks, (unsigned)random() % hosts, random() % 3 == 0,
                random() % 2 == 0 ? 5000 : random() % 300);
            world.wanted[i] = 1 + (unsigned)random() % 3;
        }
        turns = open_world(1 + (unsigned)random() % 50, (unsigned)random() % 200);
        run_world(turns, random());
        turns_close(turns);
    }
}

/* Beforehand, with the time that each takes on average: the time that it takes, within 30 %. */
static void test_estimate(void **state)
{
    static const struct {
        unsigned networks, hosts, parallel, rate;
        int64_t silent; /* of 100 */
    } cases[] = {
        {3000, 1, 500, 100, 50}, {3000, 1, 500, 100, 0}, {3000, 1, 50, 0, 50},
        {10, 200, 500, 100, 50}, {1, 100, 500, 100, 20}, {400, 10, 100, 100, 10},
    };

    (void)state;
    for (unsigned c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct turns *turns;
        struct turns_pace pace = {.each = 1, .last_ms = cases[c].silent > 0 ? 5000 : 100};
        int64_t before, took;

        reset();
        srandom(c);
        for (unsigned n = 0; n < cases[c].networks; n++)
            for (unsigned h = 0; h < cases[c].hosts && world.count < MOST; h++)
                add(n, h, false, random() % 100 < cases[c].silent ? 5000 : 100);
        for (uint32_t i = 0; i < world.count; i++)
            pace.mean_ms += (double)world.takes[i] / world.count;
        turns = open_world(cases[c].parallel, cases[c].rate);
        before = turns_left_ms(turns, &pace);
        took = run_world(turns, 0);
        print_message("%lld ms said, %lld ms taken\n", (long long)before, (long long)took);
        assert_in_range(before, took * 7 / 10, took * 13 / 10);
        turns_close(turns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),     cmocka_unit_test(test_one_address),
        cmocka_unit_test(test_one_network), cmocka_unit_test(test_two_addresses),
        cmocka_unit_test(test_parallel),    cmocka_unit_test(test_rate),
        cmocka_unit_test(test_again),       cmocka_unit_test(test_any_world),
        cmocka_unit_test(test_estimate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
