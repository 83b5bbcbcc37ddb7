#include "copy/board.h"
#include "registry/registry.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_OCTETS 36

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int board_boot(uint32_t boot[BOARD_BOOT_WORDS])
{
    char text[BOOT_ID_OCTETS];
    long fd = syscall(SYS_openat, AT_FDCWD, BOOT_ID, O_CLOEXEC | O_NOCTTY | O_LARGEFILE), n;
    unsigned digits = 0;

    memset(boot, 0, BOARD_BOOT_WORDS * sizeof *boot);
    if (fd < 0)
        return -errno;
    n = syscall(SYS_read, (int)fd, text, sizeof text);
    syscall(SYS_close, (int)fd);
    for (long i = 0; i < n && digits < 8 * BOARD_BOOT_WORDS; i++)
        if (hex_value(text[i]) >= 0) {
            boot[digits / 8] = boot[digits / 8] << 4 | (uint32_t)hex_value(text[i]);
            digits++;
        }
    return digits == 8 * BOARD_BOOT_WORDS ? 0 : -EIO;
}

uint32_t board_check(uint64_t hash)
{
    return (uint32_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 32) ^ BOARD_MAGIC;
}

bool board_is_of_boot(const uint32_t header[BOARD_WORDS], const uint32_t boot[BOARD_BOOT_WORDS])
{
    return header[BOARD_WORD_MAGIC] == BOARD_MAGIC && header[BOARD_WORD_FORMAT] == BOARD_FORMAT &&
           memcmp(header + BOARD_WORD_BOOT, boot, BOARD_BOOT_WORDS * sizeof *boot) == 0;
}

struct siphash_key board_key(const _Atomic uint32_t *board)
{
    return (struct siphash_key){board_get(board, BOARD_WORD_KEY) |
                                    (uint64_t)board_get(board, BOARD_WORD_KEY + 1) << 32,
                                board_get(board, BOARD_WORD_KEY + 2) |
                                    (uint64_t)board_get(board, BOARD_WORD_KEY + 3) << 32};
}

static bool has_hash(const _Atomic uint32_t *board, uint64_t hash, uint32_t now)
{
    for (unsigned i = 0; i < BOARD_REACH; i++) {
        unsigned at = board_slot(hash, i);
        uint32_t until = board_get(board, at + BOARD_UNTIL);

        if (board_get(board, at + BOARD_LOW) == (uint32_t)hash &&
            board_get(board, at + BOARD_HIGH) == (uint32_t)(hash >> 32) &&
            board_get(board, at + BOARD_CHECK) == board_check(hash) && board_runs(until, now))
            return true;
    }
    return false;
}

bool board_has_name(const _Atomic uint32_t *board, const char *name, size_t len, uint32_t now)
{
    struct siphash_key key = board_key(board);
    char domain[1 + NAME_MAX_OCTETS];
    unsigned labels = 0;

    if (len > NAME_MAX_OCTETS)
        return false;
    if (has_hash(board, siphash(&key, name, len), now))
        return true;
    domain[0] = '.';
    memcpy(domain + 1, name, len);
    for (size_t i = len; i-- > 0 && labels < BOARD_LABELS_MAX;)
        if (domain[i] == '.') {
            if (has_hash(board, siphash(&key, domain + i, 1 + len - i), now))
                return true;
            labels++;
        }
    return false;
}
