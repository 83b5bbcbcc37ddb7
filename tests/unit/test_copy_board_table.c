/* The table of a board: which places an entry may have, and what is read of one that is torn. */
#include "tests/unit/board_lab.h"
#include <errno.h>

/* A hash that belongs to slot `slot`, and how many others to tell it from. */
static uint64_t hash_at(uint32_t slot, uint32_t number)
{
    return (uint64_t)number << 32 | slot;
}

static bool has_hash(uint64_t wanted)
{
    for (unsigned i = 0; i < BOARD_REACH; i++) {
        unsigned at = board_slot(wanted, i);

        if (board_get(board, at + BOARD_LOW) == (uint32_t)wanted &&
            board_get(board, at + BOARD_HIGH) == wanted >> 32 &&
            board_get(board, at + BOARD_CHECK) == board_check(wanted) &&
            board_runs(board_get(board, at + BOARD_UNTIL), NOW))
            return true;
    }
    return false;
}

/* Neighbours stand next to each other, round the end of the table too, until the reach is full. */
static void check_reach(uint32_t slot)
{
    for (uint32_t i = 1; i <= BOARD_REACH; i++)
        assert_int_equal(board_put(board, hash_at(slot, i), UNTIL), 0);
    assert_int_equal(board_put(board, hash_at(slot, 99), UNTIL), -ENOSPC);
    assert_false(has_hash(hash_at(slot, 99)));
    assert_int_equal(names(), BOARD_REACH);
    /* Those that are there are found, whichever is taken away before them. */
    board_remove(board, hash_at(slot, 1));
    assert_false(has_hash(hash_at(slot, 1)));
    for (uint32_t i = 2; i <= BOARD_REACH; i++) {
        assert_true(has_hash(hash_at(slot, i)));
        assert_int_equal(board_put(board, hash_at(slot, i), UNTIL), 0);
    }
    /* The lease was moved in place, so the free place is still there, and for one alone. */
    assert_int_equal(names(), BOARD_REACH - 1);
    assert_int_equal(board_put(board, hash_at(slot, 99), UNTIL), 0);
    assert_int_equal(board_put(board, hash_at(slot, 98), UNTIL), -ENOSPC);
    assert_true(has_hash(hash_at(slot, 99)));
    board_clear(board);
    for (uint32_t i = 1; i <= BOARD_REACH; i++)
        assert_false(has_hash(hash_at(slot, i)));
}

static void test_reach(void **state)
{
    (void)state;
    check_reach(0);
    check_reach(4711);
    check_reach(BOARD_SLOTS - 1);
    check_reach(BOARD_SLOTS - BOARD_REACH);
    check_reach(UINT32_MAX);
    check_reach(UINT32_MAX - 7);
}

/* As many names as may be out at once: next to none finds no place. */
static void test_full(void **state)
{
    static bool placed[BOARD_NAMES_MAX];
    unsigned refused = 0;
    char name[32];

    (void)state;
    for (int i = 0; i < BOARD_NAMES_MAX; i++) {
        snprintf(name, sizeof name, "%d.example.com", i);
        placed[i] = board_put(board, hash(name), UNTIL) == 0;
        refused += !placed[i];
    }
    assert_in_range(refused, 0, BOARD_NAMES_MAX / 100);
    assert_int_equal(names(), BOARD_NAMES_MAX - refused);
    for (int i = 0; i < 2 * BOARD_NAMES_MAX; i++) {
        snprintf(name, sizeof name, "%d.example.com", i);
        assert_int_equal(has(name), i < BOARD_NAMES_MAX && placed[i]);
    }
    board_clear(board);
    assert_int_equal(names(), 0);
    for (unsigned slot = 0; slot < BOARD_SLOTS; slot++)
        assert_int_equal(board_get(board, board_slot(slot, 0) + BOARD_UNTIL), 0);
}

/* Every bit of an entry counts: half of one hash and half of another is none. */
static void test_torn(void **state)
{
    unsigned at = board_slot(hash("example.com"), 0);

    (void)state;
    put("example.com");
    for (unsigned word = BOARD_LOW; word < BOARD_ENTRY_WORDS; word++)
        for (unsigned bit = 0; bit < 32; bit++) {
            uint32_t whole = board_get(board, at + word);

            /* Of the lease, what is left may well be one. */
            if (word == BOARD_UNTIL)
                continue;
            board_set(board, at + word, whole ^ UINT32_C(1) << bit);
            if (has("example.com"))
                fail_msg("out with another bit %u in word %u", bit, word);
            board_set(board, at + word, whole);
        }
    assert_true(has("example.com"));
    /* An entry in the wrong place is none, and zeros are none. */
    for (unsigned word = 0; word < BOARD_ENTRY_WORDS; word++) {
        board_set(board, board_slot(hash("example.com"), BOARD_REACH) + word,
                  board_get(board, at + word));
        board_set(board, at + word, 0);
    }
    assert_false(has("example.com"));
}

/* Two hashes, and every mixture of their words. */
static void test_mixed(void **state)
{
    uint64_t one = hash_at(5, 7), two = hash_at(5 + BOARD_SLOTS, 8);
    unsigned at = board_slot(one, 0);

    (void)state;
    assert_int_equal(board_slot(two, 0), at);
    for (unsigned mix = 1; mix < 7; mix++) {
        board_set(board, at + BOARD_LOW, (uint32_t)(mix & 1 ? one : two));
        board_set(board, at + BOARD_HIGH, (uint32_t)((mix & 2 ? one : two) >> 32));
        board_set(board, at + BOARD_CHECK, board_check(mix & 4 ? one : two));
        board_set(board, at + BOARD_UNTIL, UNTIL);
        assert_false(has_hash(one));
        assert_false(has_hash(two));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reach, set_up_board, tear_down_board),
        cmocka_unit_test_setup_teardown(test_full, set_up_board, tear_down_board),
        cmocka_unit_test_setup_teardown(test_torn, set_up_board, tear_down_board),
        cmocka_unit_test_setup_teardown(test_mixed, set_up_board, tear_down_board),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
