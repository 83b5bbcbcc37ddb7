#include "nss_gitdns/board_map.h"
#include "base/stamp.h"
#include "copy/store_read.h"
#include "nss_gitdns/root.h"
#include "nss_gitdns/signals.h"
#include "registry/name.h"
#include "registry/registry.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Elsewhere first, and then over the board that is there: what cannot be mapped must leave no hole
 * under those who read that one. */
static int map_over(struct board_map *map, int fd)
{
    void *board = mmap(NULL, BOARD_OCTETS, PROT_READ, MAP_SHARED, fd, 0);

    if (board == MAP_FAILED)
        return -1;
    if (mremap(board, BOARD_OCTETS, BOARD_OCTETS, MREMAP_MAYMOVE | MREMAP_FIXED, map->board) !=
        MAP_FAILED)
        return 0;
    munmap(board, BOARD_OCTETS);
    return -1;
}

/* Maps the board over the one that is there, if it is one. Returns 0, or -1 if what it is cannot be
 * told now. */
static int map_board(struct board_map *map, int fd)
{
    uint32_t header[BOARD_WORDS], boot[BOARD_BOOT_WORDS];
    struct stat st;

    if (fstat(fd, &st) < 0 || board_boot(boot) < 0)
        return -1;
    if (!S_ISREG(st.st_mode) || st.st_size != BOARD_OCTETS ||
        syscall(SYS_read, fd, header, sizeof header) != sizeof header ||
        !board_is_of_boot(header, boot))
        return 0;
    return map_over(map, fd);
}

static void look(struct board_map *map, uint64_t before, uint64_t stamp)
{
    sigset_t saved;
    long fd;

    signals_block(&saved);
    fd = syscall(SYS_openat, AT_FDCWD, map->board_path,
                 O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_LARGEFILE);
    if (fd >= 0) {
        /* Where two do this at once, which of the boards is mapped is not known: look again. */
        if (map_board(map, (int)fd) == 0 &&
            !atomic_compare_exchange_strong(&map->seen, &before, stamp))
            atomic_store(&map->seen, 0);
        syscall(SYS_close, (int)fd);
    }
    pthread_sigmask(SIG_SETMASK, &saved, NULL);
}

void board_map_refresh(struct board_map *map)
{
    uint64_t before = atomic_load_explicit(&map->seen, memory_order_relaxed), stamp;
    struct stat st;

    if (map->board == NULL)
        return;
    if (stat(map->board_path, &st) == 0 && file_stamp(&st) != before && !root_has_changed())
        look(map, before, file_stamp(&st));
    stamp = stat(map->resolv_conf_path, &st) == 0 ? file_stamp(&st) : 0;
    atomic_store_explicit(&map->resolv_conf, stamp, memory_order_relaxed);
}

void board_map_open(struct board_map *map, const char *board_path, const char *resolv_conf_path)
{
    /* Shared, as the board will be: so that it has an address that this can be put at, where caches
     * make a difference (SHMLBA). */
    void *zeros =
        mmap(NULL, BOARD_OCTETS, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    *map = (struct board_map){.board_path = board_path, .resolv_conf_path = resolv_conf_path};
    map->board = zeros != MAP_FAILED ? zeros : NULL;
    board_map_refresh(map);
}

/* Whether what the daemon asked is what this process would ask. */
static bool is_ours(const struct board_map *map)
{
    uint64_t stamp = board_get(map->board, BOARD_WORD_STAMP) |
                     (uint64_t)board_get(map->board, BOARD_WORD_STAMP + 1) << 32;

    return stamp != 0 && stamp == atomic_load_explicit(&map->resolv_conf, memory_order_relaxed);
}

bool board_map_has_outage(const struct board_map *map, const char *text)
{
    char name[NAME_MAX_OCTETS + 1];
    uint32_t everything;
    struct timespec now;
    int len;

    if (board_map_is_quiet(map) || !is_ours(map))
        return false;
    everything = board_get(map->board, BOARD_WORD_EVERYTHING);
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (board_runs(everything, (uint32_t)now.tv_sec))
        return true;
    if (board_get(map->board, BOARD_WORD_NAMES) == 0)
        return false;
    len = name_normalise(text, strnlen(text, NAME_MAX_OCTETS + 2), name);
    return len > 0 && board_has_name(map->board, name, (size_t)len, (uint32_t)now.tv_sec);
}

bool board_map_has_drill(const struct board_map *map)
{
    uint32_t until = map->board != NULL ? board_get(map->board, BOARD_WORD_DRILL) : 0;
    struct timespec now;

    if (until == 0 || !is_ours(map))
        return false;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return board_runs(until, (uint32_t)now.tv_sec);
}

void board_map_close(struct board_map *map)
{
    if (map->board != NULL)
        munmap(map->board, BOARD_OCTETS);
}
