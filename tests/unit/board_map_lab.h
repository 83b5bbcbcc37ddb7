/* For tests of the gate: a board, a resolv.conf and a store in a folder of the test's own. */
#ifndef TESTS_GATE_LAB_H
#define TESTS_GATE_LAB_H

#include "base/stamp.h"
#include "copy/store_read.h"
#include "nss_gitdns/board_map.h"
#include "tests/unit/board_lab.h"
#include <time.h>

#define RESOLV_CONF "resolv.conf"
#define LEASE 20

static char board_path[PATH_MAX], resolv_conf_path[PATH_MAX];

static inline uint32_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return (uint32_t)time.tv_sec;
}

/* A file that differs from the last of that name by more than its octets. */
static inline void put_resolv_conf(const char *text)
{
    scratch_write(&scratch, RESOLV_CONF, text, strlen(text));
}

static inline uint64_t stamp(void)
{
    struct stat st;

    assert_int_equal(stat(resolv_conf_path, &st), 0);
    return file_stamp(&st);
}

/* As a daemon that starts: nothing is out, and resolv.conf is the one that is asked. */
static inline void put_board(void)
{
    if (board != NULL)
        board_close(board);
    assert_int_equal(board_create(scratch.directory, &key, &board), 0);
    board_set_stamp(board, stamp());
}

static inline void everything_until(uint32_t until)
{
    board_set(board, BOARD_WORD_EVERYTHING, until);
}

static inline void name_until(const char *name, uint32_t until)
{
    assert_int_equal(board_put(board, hash(name), until), 0);
}

static inline void lab_open(void)
{
    scratch_open(&scratch);
    strcpy(board_path, scratch_path(&scratch, BOARD_FILE));
    strcpy(resolv_conf_path, scratch_path(&scratch, RESOLV_CONF));
    put_resolv_conf("nameserver 127.0.0.1\n");
    put_board();
}

static inline void lab_close(void)
{
    board_close(board);
    board = NULL;
    scratch_close(&scratch);
}

#endif
