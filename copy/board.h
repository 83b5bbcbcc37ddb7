/* The board: what the daemon lets every process know of an outage. A file of fixed size, written
 * by the daemon alone and mapped read-only by everyone else.
 *
 * It is an array of 32-bit words in the machine's own order, since a word of that size can be read
 * whole on every processor, by 32-bit programs too. Nobody waits: readers take each word
 * atomically and believe it only if it makes sense. A header, then a table of entries: the hash of
 * what is out, a name or (with a dot in front) a domain, which is a name and all below it, and
 * until when.
 *
 * Times of the outage are leases in seconds of CLOCK_MONOTONIC, at most BOARD_LEASE_MAX ahead: when
 * the daemon dies they run out, and what is longer (another boot, a time namespace, damage) is
 * none. The hash is keyed, so that nobody elsewhere can make a name that collides with another.
 */
#ifndef GITDNS_COPY_BOARD_H
#define GITDNS_COPY_BOARD_H

#include "copy/siphash.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the daemon and every process meet. */
#define BOARD_DIRECTORY "/run/gitdns"
#define BOARD_FILE "outage"
#define BOARD_PATH BOARD_DIRECTORY "/" BOARD_FILE
/* For root and the daemon alone: a line `SINCE NAME` for each name that is out; for a domain `SINCE
 * .DOMAIN NAME`, with the name that brought it about; for everything `SINCE .` */
#define OUTAGE_NAMES_FILE "names"
#define REPORT_FILE "report"
#define REPORT_PATH BOARD_DIRECTORY "/" REPORT_FILE
/* In front of what an administrator tells the daemon over the same socket: no name begins so. */
#define REPORT_CONTROL '\0'
/* What everyone may tell it so: that the board's stamp is to be of resolv.conf as it is now. When
 * it has taken the next datagram it has done that. */
#define REPORT_LOOK "look"
/* In front of a name that DNS has not failed for, but denied ([answer] denied). */
#define REPORT_DENIED '?'

#define BOARD_MAGIC UINT32_C(0x67646e62)
#define BOARD_FORMAT 1
#define BOARD_LEASE_MAX 30
/* At once; the table has room for twice as many, so that a place is found. */
#define BOARD_NAMES_MAX 4096
#define BOARD_SLOTS 8192
/* How far from where its hash says an entry may stand. */
#define BOARD_REACH 16
/* No domain of more labels is out as such. */
#define BOARD_LABELS_MAX 8

/* The words of the header. */
enum board_word {
    BOARD_WORD_MAGIC,
    BOARD_WORD_FORMAT,
    BOARD_WORD_BOOT,            /* board_boot() */
    BOARD_WORD_STAMP = 6,       /* file_stamp of the resolv.conf that was asked: low, high */
    BOARD_WORD_KEY = 8,         /* of the hash */
    BOARD_WORD_EVERYTHING = 12, /* the lease on everything; 0: none */
    BOARD_WORD_NAMES,           /* how many entries there are */
    BOARD_WORD_FORCED,          /* enum board_forced */
    BOARD_WORD_SINCE,           /* Unix time, unsigned: of the outage that is; 0: there is none */
    BOARD_WORD_ENDED,           /* the same, of the end of the last one; 0: there was none */
    BOARD_WORD_REPORTS,         /* look-ups reported since the daemon started */
    BOARD_WORD_DRILL,           /* the lease on a drill: DNS is not to be asked; 0: none */
    BOARD_WORD_DRILL_ENDS,      /* Unix time, unsigned; 0: there is none */
    BOARD_WORD_DENIED,          /* of the entries, those of names that DNS denies */
    BOARD_WORDS = 64,
};

/* The words of an entry. The last makes one that is half of one hash and half of another, or
 * damaged, none; a lease that is moved on is one word. */
enum board_entry { BOARD_LOW, BOARD_HIGH, BOARD_UNTIL, BOARD_CHECK, BOARD_ENTRY_WORDS };

#define BOARD_OCTETS ((BOARD_WORDS + BOARD_SLOTS * BOARD_ENTRY_WORDS) * sizeof(uint32_t))

/* In a drill everything is out, and what the copy lacks is answered by nobody. */
enum board_forced { BOARD_AUTO, BOARD_ON, BOARD_OFF, BOARD_DRILL };

#define BOARD_BOOT_WORDS 4

/* Reads what tells this boot from all others. Returns 0 or -errno; no cancellation point, nothing
 * allocated. */
int board_boot(uint32_t boot[BOARD_BOOT_WORDS]);

/* The last word of an entry that holds the hash. */
uint32_t board_check(uint64_t hash);

/* Whether a lease runs at `now`, seconds of CLOCK_MONOTONIC. */
static inline bool board_runs(uint32_t until, uint32_t now)
{
    return until != 0 && until - now <= BOARD_LEASE_MAX;
}

/* One word of it. */
static inline uint32_t board_get(const _Atomic uint32_t *board, unsigned word)
{
    return atomic_load_explicit(&board[word], memory_order_acquire);
}

/* Whether a file that begins so is a board, made in that boot. */
bool board_is_of_boot(const uint32_t header[BOARD_WORDS], const uint32_t boot[BOARD_BOOT_WORDS]);

/* Whether the name, in normal form, or a domain that it lies in or is, stands on the board with a
 * lease that runs at `now`. */
bool board_has_name(const _Atomic uint32_t *board, const char *name, size_t len, uint32_t now);

/* The key that the board's hashes are made with. */
struct siphash_key board_key(const _Atomic uint32_t *board);

/* The entries' places: that of the hash, and BOARD_REACH - 1 more. */
static inline unsigned board_slot(uint64_t hash, unsigned i)
{
    return BOARD_WORDS + ((unsigned)hash + i) % BOARD_SLOTS * BOARD_ENTRY_WORDS;
}

#endif
