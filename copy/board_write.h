/* The board's other side: the daemon's. */
#ifndef GITDNS_COPY_BOARD_WRITE_H
#define GITDNS_COPY_BOARD_WRITE_H

#include "copy/board.h"

/* Puts a new board, on which nothing is out, in place of any that is there, and maps it for
 * writing. Returns 0 and *board, which board_close gives back, or -errno. */
int board_create(int directory, const struct siphash_key *key, _Atomic uint32_t **board);

/* Clears all that says that something is out, and unmaps. NULL is fine. */
void board_close(_Atomic uint32_t *board);

void board_set(_Atomic uint32_t *board, unsigned word, uint32_t value);

/* The resolv.conf that what follows is true for. Nothing may be out while it changes. */
void board_set_stamp(_Atomic uint32_t *board, uint64_t stamp);

/* Puts the hash on the board, or moves its lease. Returns 0, or -ENOSPC: no place is left for it.
 */
int board_put(_Atomic uint32_t *board, uint64_t hash, uint32_t until);

/* Takes the hash off, if it is there. */
void board_remove(_Atomic uint32_t *board, uint64_t hash);

/* Nothing is out: neither everything nor any name. */
void board_clear(_Atomic uint32_t *board);

#endif
