/* Whether an outage is known: the daemon's board, mapped, and whether it is about the DNS that this
 * process uses.
 *
 * The mapping has one address for good: at first it is of zeros, which is a board that knows of no
 * outage; a board that the daemon makes is mapped over that, and a later one over the one before.
 * So nothing is ever unmapped under a reader, and a look-up has nothing to pin.
 */
#ifndef GITDNS_NSS_GITDNS_BOARD_MAP_H
#define GITDNS_NSS_GITDNS_BOARD_MAP_H

#include "copy/board.h"

struct board_map {
    const char *board_path, *resolv_conf_path;
    _Atomic uint32_t *board;
    _Atomic uint64_t seen;        /* stamp of the file that was last looked at; 0: none yet */
    _Atomic uint64_t resolv_conf; /* stamp of this process's own resolv.conf; 0: there is none */
};

/* Once, before any other thread knows of the gate. The paths must stay. */
void board_map_open(struct board_map *map, const char *board_path, const char *resolv_conf_path);

/* Two stat calls; maps the board if another one lies there now. One that is absent, cannot be
 * read, is of another boot or no board leaves what is mapped: its leases run out. Any number of
 * threads at once; errno may change. */
void board_map_refresh(struct board_map *map);

/* Whether the board says that nothing is out, as it nearly always does. */
static inline bool board_map_is_quiet(const struct board_map *map)
{
    return map->board == NULL || (board_get(map->board, BOARD_WORD_EVERYTHING) |
                                  board_get(map->board, BOARD_WORD_NAMES)) == 0;
}

/* Whether the name, as a program writes it, is known to be out. No system call. */
bool board_map_has_outage(const struct board_map *map, const char *text);

/* Whether there is a drill, in which what the copy has no answer for is not asked of DNS. No system
 * call. */
bool board_map_has_drill(const struct board_map *map);

/* Unmaps; for tests. */
void board_map_close(struct board_map *map);

#endif
