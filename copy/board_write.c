#include "copy/board_write.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int write_new(int directory, const struct siphash_key *key)
{
    uint32_t *words = calloc(1, BOARD_OCTETS);
    int r;

    if (words == NULL)
        return -ENOMEM;
    words[BOARD_WORD_MAGIC] = BOARD_MAGIC;
    words[BOARD_WORD_FORMAT] = BOARD_FORMAT;
    words[BOARD_WORD_KEY] = (uint32_t)key->k0;
    words[BOARD_WORD_KEY + 1] = (uint32_t)(key->k0 >> 32);
    words[BOARD_WORD_KEY + 2] = (uint32_t)key->k1;
    words[BOARD_WORD_KEY + 3] = (uint32_t)(key->k1 >> 32);
    r = board_boot(words + BOARD_WORD_BOOT);
    /* Every octet is written: a hole that a full tmpfs cannot fill would be a SIGBUS. */
    if (r == 0)
        r = file_replace(directory, BOARD_FILE, words, BOARD_OCTETS, 0644);
    free(words);
    return r;
}

int board_create(int directory, const struct siphash_key *key, _Atomic uint32_t **board)
{
    int r = write_new(directory, key), fd;
    void *mapping;

    if (r < 0)
        return r;
    fd = openat(directory, BOARD_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    mapping = mmap(NULL, BOARD_OCTETS, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    r = mapping == MAP_FAILED ? -errno : 0;
    close(fd);
    if (r == 0)
        *board = mapping;
    return r;
}

void board_set(_Atomic uint32_t *board, unsigned word, uint32_t value)
{
    atomic_store_explicit(&board[word], value, memory_order_release);
}

void board_set_stamp(_Atomic uint32_t *board, uint64_t stamp)
{
    board_set(board, BOARD_WORD_STAMP, (uint32_t)stamp);
    board_set(board, BOARD_WORD_STAMP + 1, (uint32_t)(stamp >> 32));
}

/* The hash's place, or, where it has none, a free one (`empty`); 0: neither. */
static unsigned find(const _Atomic uint32_t *board, uint64_t hash, bool empty)
{
    unsigned found = 0;

    for (unsigned i = 0; i < BOARD_REACH; i++) {
        unsigned at = board_slot(hash, i);
        uint32_t until = board_get(board, at + BOARD_UNTIL);

        if (until == 0) {
            found = found == 0 && empty ? at : found;
            continue;
        }
        if (board_get(board, at + BOARD_LOW) == (uint32_t)hash &&
            board_get(board, at + BOARD_HIGH) == (uint32_t)(hash >> 32))
            return at;
    }
    return found;
}

static void count(_Atomic uint32_t *board, uint32_t more)
{
    board_set(board, BOARD_WORD_NAMES, board_get(board, BOARD_WORD_NAMES) + more);
}

int board_put(_Atomic uint32_t *board, uint64_t hash, uint32_t until)
{
    unsigned at = find(board, hash, true);
    bool fresh;

    if (at == 0)
        return -ENOSPC;
    fresh = board_get(board, at + BOARD_UNTIL) == 0;
    board_set(board, at + BOARD_LOW, (uint32_t)hash);
    board_set(board, at + BOARD_HIGH, (uint32_t)(hash >> 32));
    board_set(board, at + BOARD_CHECK, board_check(hash));
    board_set(board, at + BOARD_UNTIL, until);
    if (fresh)
        count(board, 1);
    return 0;
}

static void erase(_Atomic uint32_t *board, unsigned at)
{
    board_set(board, at + BOARD_UNTIL, 0);
    board_set(board, at + BOARD_CHECK, 0);
    count(board, (uint32_t)-1);
}

void board_remove(_Atomic uint32_t *board, uint64_t hash)
{
    unsigned at = find(board, hash, false);

    if (at != 0)
        erase(board, at);
}

void board_clear(_Atomic uint32_t *board)
{
    board_set(board, BOARD_WORD_EVERYTHING, 0);
    board_set(board, BOARD_WORD_DRILL, 0);
    for (unsigned i = 0; i < BOARD_SLOTS && board_get(board, BOARD_WORD_NAMES) > 0; i++) {
        unsigned at = BOARD_WORDS + i * BOARD_ENTRY_WORDS;

        if (board_get(board, at + BOARD_UNTIL) != 0)
            erase(board, at);
    }
}

void board_close(_Atomic uint32_t *board)
{
    if (board == NULL)
        return;
    board_clear(board);
    munmap(board, BOARD_OCTETS);
}
