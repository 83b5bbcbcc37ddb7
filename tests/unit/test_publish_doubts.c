/* When nothing is held against addresses, and who else is in doubt. */
#include "publish/doubts.h"
#include "publish/proven.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

static const bool nothing_lost[DOUBTS_FAMILIES];

/* A pair of a name of its own at 8.8.8.`last`, or 2001:4860::`last`. */
static void add(struct pairs *pairs, uint8_t octets, unsigned char last, bool proven,
                enum proof_verdict verdict)
{
    struct pair pair = {.id = (uint32_t)pairs->count + 1,
                        .octets = octets,
                        .given = true,
                        .proven = proven ? 1 : HOURS_NEVER,
                        .tried = 1,
                        .verdict = (uint8_t)verdict,
                        .address = {8, 8, 8}};

    pair.address[octets - 1] = last;
    assert_int_equal(pairs_add(pairs, &pair), 0);
}

static void expect_lost(struct pairs *pairs, bool ipv4, bool ipv6)
{
    struct doubts_counts counts;

    assert_int_equal(doubts_lost(pairs, DOUBTS_IPV4, &counts), ipv4);
    assert_int_equal(doubts_lost(pairs, DOUBTS_IPV6, &counts), ipv6);
    pairs_free(pairs);
}

static void test_lost(void **state)
{
    struct pairs pairs = {0};

    (void)state;
    /* Nothing was proven, ever: a list of time servers. */
    add(&pairs, 4, 1, false, PROOF_SILENT);
    expect_lost(&pairs, false, false);
    /* What was is not, and nothing else is. */
    add(&pairs, 4, 1, true, PROOF_SILENT);
    add(&pairs, 16, 1, true, PROOF_PROVEN);
    expect_lost(&pairs, true, false);
    /* Nothing was tried. */
    add(&pairs, 4, 1, true, PROOF_UNTRIED);
    add(&pairs, 16, 1, true, PROOF_NO_ROUTE);
    expect_lost(&pairs, false, false);
    /* Few: it is theirs. */
    add(&pairs, 4, 1, true, PROOF_SILENT);
    add(&pairs, 4, 2, true, PROOF_REFUSED);
    add(&pairs, 4, 3, false, PROOF_PROVEN);
    expect_lost(&pairs, false, false);
    /* Many, and half of them: it is theirs. More: it is not. */
    for (unsigned more = 0; more < 2; more++) {
        for (unsigned i = 0; i < 20; i++)
            add(&pairs, 16, (unsigned char)i, true, i < 10 + more ? PROOF_OPEN : PROOF_PROVEN);
        expect_lost(&pairs, false, more > 0);
    }
}

static void test_controls(void **state)
{
    size_t due[DOUBTS_CONTROLS + 1];
    struct pairs pairs = {0};

    (void)state;
    assert_int_equal(doubts_controls(&pairs, DOUBTS_IPV4, due), 0);
    for (unsigned char i = 0; i < 9; i++)
        add(&pairs, 4, i, true, PROOF_UNTRIED);
    add(&pairs, 16, 1, true, PROOF_UNTRIED);
    /* Without a failure none is needed. */
    assert_int_equal(doubts_controls(&pairs, DOUBTS_IPV4, due), 0);
    add(&pairs, 4, 99, true, PROOF_SILENT);
    assert_int_equal(doubts_controls(&pairs, DOUBTS_IPV4, due), DOUBTS_CONTROLS);
    for (size_t i = 0; i < DOUBTS_CONTROLS; i++)
        assert_in_range(due[i], 0, 8);
    assert_int_equal(doubts_controls(&pairs, DOUBTS_IPV6, due), 0);
    pairs.pair[3].verdict = PROOF_PROVEN;
    assert_int_equal(doubts_controls(&pairs, DOUBTS_IPV4, due), 0);
    pairs_free(&pairs);
}

static void test_suspects(void **state)
{
    static const bool lost[] = {true, false};
    size_t due[16], count;
    struct pairs pairs = {0};

    (void)state;
    add(&pairs, 4, 1, true, PROOF_SILENT);
    add(&pairs, 4, 1, true, PROOF_UNTRIED);
    add(&pairs, 4, 1, false, PROOF_UNTRIED);
    add(&pairs, 4, 2, true, PROOF_UNTRIED);
    /* A reset may be meant for us, and what was never proven fails for another reason. */
    add(&pairs, 4, 3, true, PROOF_RESET);
    add(&pairs, 4, 3, true, PROOF_UNTRIED);
    add(&pairs, 4, 4, false, PROOF_OPEN);
    add(&pairs, 4, 4, true, PROOF_UNTRIED);
    add(&pairs, 16, 1, true, PROOF_OPEN);
    add(&pairs, 16, 1, true, PROOF_UNTRIED);
    assert_int_equal(doubts_suspects(&pairs, nothing_lost, due, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(due[0], 1);
    assert_int_equal(due[1], 9);
    assert_int_equal(doubts_suspects(&pairs, lost, due, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(due[0], 9);
    pairs_free(&pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_controls),
        cmocka_unit_test(test_suspects),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
