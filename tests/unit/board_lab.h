/* For tests of a board: one in a folder of the test's own, and names on it. */
#ifndef TESTS_BOARD_LAB_H
#define TESTS_BOARD_LAB_H

#include "copy/board_write.h"
#include "tests/unit/scratch_lab.h"

#define NOW 1000
#define UNTIL (NOW + 20)

static const struct siphash_key key = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)};
static _Atomic uint32_t *board;

static inline int set_up_board(void **state)
{
    set_up_scratch(state);
    return board_create(scratch.directory, &key, &board);
}

static inline int tear_down_board(void **state)
{
    board_close(board);
    board = NULL;
    return tear_down_scratch(state);
}

static inline uint64_t hash(const char *name)
{
    return siphash(&key, name, strlen(name));
}

static inline void put(const char *name)
{
    assert_int_equal(board_put(board, hash(name), UNTIL), 0);
}

static inline bool has(const char *name)
{
    return board_has_name(board, name, strlen(name), NOW);
}

static inline uint32_t names(void)
{
    return board_get(board, BOARD_WORD_NAMES);
}

#endif
