/* Eight threads look names up through the entry points of gitdns_outage while the board changes
 * under them, as the daemon changes it and as it does when it is killed and starts again.
 *
 * One domain is out all the time: its names are a hit each time, whatever happens to its neighbours
 * on the board. One never is: it is answered only while everything is out. Only while a new board
 * or another resolv.conf takes the place of the last may the first be missed; and then the writer
 * waits until each thread has answered from the new one. Afterwards nothing is mapped but the last
 * board.
 */
#define SERVICE gitdns_outage
#include "base/stamp.h"
#include "copy/board_write.h"
#include "copy/copy.h"
#include "copy/store_read.h"
#include "nss_gitdns/entry.c"
#include "nss_gitdns/gitdns_outage.c"
#include "tests/threads/footprint.h"
#include "tests/threads/readers.h"
#include <errno.h>
#include <stdalign.h>
#include <sys/mman.h>

enum { BOARDS = 300, WARM_UP = 50, STEPS = 100, LEASE = 20 };
/* Names whose entries stand within reach of the one that is out all the time. */
enum { NEIGHBOURS = 12 };

#define ALWAYS "always.example.com"
#define DOMAIN "." ALWAYS
#define BELOW "www.always.example.com"
#define NEVER "never.example.net"
#define ADDRESSES " 8.8.8.8 2606:4700::8\n"
#define RESOLV_CONF "resolv.conf"

/* ThreadSanitizer takes two uses of one descriptor for one file: the module opens and closes by
 * syscall(), which it does not see. */
const char *__tsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void)
{
    return "race:scratch_write\nrace:file_replace\nrace:board_create\nrace:open_descriptors\n";
}

static struct scratch scratch;
static _Atomic uint32_t *_Atomic board;
/* Boards take turns with two keys. */
static struct series {
    struct siphash_key key;
    char neighbours[NEIGHBOURS][32];
} series[2], *current = &series[0];
/* Odd: a new board or resolv.conf is about to take the place of the last. */
static _Atomic unsigned replaced = 1;
/* Counts up by 4: and which of these it is. */
enum { CHANGING, CLOSED, OPEN };
static _Atomic unsigned everything = CLOSED;

static struct reader {
    alignas(64) _Atomic unsigned answers;
    _Atomic unsigned hits; /* of the domain that is out all the time */
    unsigned number;
    char buffer[1024 + 16];
} readers[THREADS];

static uint32_t until(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec + LEASE;
}

/* What orders the test's own words with the board's: who has seen the later has seen the former. */
static unsigned see(_Atomic unsigned *word)
{
    return atomic_load(word);
}

static void check_address(const void *address, int family)
{
    static const unsigned char four[4] = {8, 8, 8, 8}, six[16] = {0x26, 0x06, 0x47, 0, [15] = 8};

    if (memcmp(address, family == AF_INET ? four : six, family == AF_INET ? 4 : 16) != 0)
        errx(1, "another address than that in the store");
}

static enum nss_status look_up(struct reader *reader, unsigned turn, const char *name)
{
    struct gaih_addrtuple first, *pat = &first;
    char *buffer = reader->buffer + turn % 16;
    int error = 4711, h_error = -1, family = turn % 2 == 0 ? AF_INET : AF_INET6;
    struct hostent host;
    enum nss_status status;

    if (turn % 3 == 0) {
        status =
            _nss_gitdns_outage_gethostbyname4_r(name, &pat, buffer, 1024, &error, &h_error, NULL);
        for (; status == NSS_STATUS_SUCCESS && pat != NULL; pat = pat->next)
            check_address(pat->addr, pat->family);
    } else {
        status = _nss_gitdns_outage_gethostbyname2_r(name, family, &host, buffer, 1024, &error,
                                                     &h_error);
        if (status == NSS_STATUS_SUCCESS)
            check_address(host.h_addr_list[0], family);
    }
    if (h_error != (status == NSS_STATUS_SUCCESS ? NETDB_SUCCESS : HOST_NOT_FOUND) ||
        error != 4711 || (status != NSS_STATUS_SUCCESS && status != NSS_STATUS_UNAVAIL))
        errx(1, "status %d, errno %d, h_errno %d", (int)status, error, h_error);
    return status;
}

static void check(const struct reader *reader, const char *name, enum nss_status status,
                  enum nss_status expected)
{
    if (status != expected)
        errx(1, "thread %u: %s: status %d, expected %d", reader->number, name, (int)status,
             (int)expected);
}

static void look_up_always(struct reader *reader, unsigned turn)
{
    const char *name = turn % 8 < 4 ? ALWAYS : BELOW;
    unsigned before = see(&replaced);
    enum nss_status status = look_up(reader, turn, name);

    if (before % 2 == 0 && see(&replaced) == before)
        check(reader, name, status, NSS_STATUS_SUCCESS);
    if (status == NSS_STATUS_SUCCESS)
        set(&reader->hits, get(&reader->hits) + 1);
}

static void look_up_never(struct reader *reader, unsigned turn)
{
    unsigned before = see(&everything), boards = see(&replaced);
    enum nss_status status = look_up(reader, turn, NEVER);

    if (see(&everything) != before)
        return;
    if (before % 4 == CLOSED)
        check(reader, NEVER, status, NSS_STATUS_UNAVAIL);
    else if (before % 4 == OPEN && boards % 2 == 0 && see(&replaced) == boards)
        check(reader, NEVER, status, NSS_STATUS_SUCCESS);
}

/* Through the writer's own mapping, where ThreadSanitizer sees that both use the same words. */
static void read_the_writers(struct reader *reader)
{
    unsigned before = see(&replaced);

    if (before % 2 == 0 &&
        !board_has_name(atomic_load(&board), BELOW, strlen(BELOW), until() - LEASE) &&
        see(&replaced) == before)
        errx(1, "thread %u: " BELOW " is not on the board", reader->number);
}

static void *read_on(void *argument)
{
    struct reader *reader = argument;

    for (unsigned turn = 0; !get(&stop); turn++) {
        if (turn % 4 < 2)
            look_up_always(reader, turn / 2);
        else if (turn % 4 == 2)
            look_up_never(reader, turn);
        else
            look_up(reader, turn, series[turn / 4 % 2].neighbours[turn / 8 % NEIGHBOURS]);
        set(&reader->answers, turn + 1);
        if (turn % 8 == 0) {
            read_the_writers(reader);
            sched_yield();
        }
    }
    return NULL;
}

/* Until each thread's word has counted up by two: what was in flight has ended. */
static void wait_for_all(size_t word, const char *what)
{
    unsigned before[THREADS];
    time_t end = 0;

    for (unsigned i = 0; i < THREADS; i++)
        before[i] = get((_Atomic unsigned *)(void *)((char *)&readers[i] + word));
    for (unsigned i = 0; i < THREADS;) {
        if (get((_Atomic unsigned *)(void *)((char *)&readers[i] + word)) - before[i] >= 2)
            i++;
        else
            be_patient(&end, what);
    }
}

static void drain(void)
{
    wait_for_all(offsetof(struct reader, answers), "an answer");
}

/* Whether the last look at the files has found those that are there. */
static bool is_settled(void)
{
    struct stat file, conf;

    if (stat(outage.map.board_path, &file) < 0 || stat(outage.map.resolv_conf_path, &conf) < 0)
        err(1, "the test's own files");
    return atomic_load(&outage.map.seen) == file_stamp(&file) &&
           atomic_load(&outage.map.resolv_conf) == file_stamp(&conf);
}

/* Until every thread goes by the files that are there now. */
static void settle(void)
{
    time_t end = 0;

    drain();
    while (!is_settled()) {
        atomic_store(&outage.tick, 0);
        be_patient(&end, "a look at the files");
    }
    drain();
}

static uint64_t hash(const char *name)
{
    return siphash(&current->key, name, strlen(name));
}

static void put(const char *name)
{
    if (board_put(board, hash(name), until()) < 0)
        errx(1, "no place for %s", name);
}

static uint64_t stamp(void)
{
    struct stat st;

    if (stat(outage.map.resolv_conf_path, &st) < 0)
        err(1, RESOLV_CONF);
    return file_stamp(&st);
}

static void wait_for_hits(void)
{
    wait_for_all(offsetof(struct reader, hits), "a hit");
    atomic_fetch_add(&replaced, 1);
}

static bool stands_within_reach(const char *name, unsigned slot)
{
    for (unsigned i = 0; i < BOARD_REACH; i++)
        if (board_slot(hash(name), i) == slot)
            return true;
    return false;
}

/* A key, and names whose entries share what is within reach with that of DOMAIN. */
static void make_series(struct series *made)
{
    unsigned slot, found = 0;

    current = made;
    randombytes_buf(&made->key, sizeof made->key);
    slot = board_slot(hash(DOMAIN), 0);
    for (unsigned i = 0; found < NEIGHBOURS; i++) {
        snprintf(made->neighbours[found], sizeof *made->neighbours, "n%u.example.org", i);
        found += stands_within_reach(made->neighbours[found], slot);
    }
}

/* As a daemon that starts after one that ended, or one that was killed. */
static void new_board(unsigned number)
{
    _Atomic uint32_t *old = board, *made;

    atomic_fetch_or(&replaced, 1);
    if (number % 3 != 0 && old != NULL)
        board_clear(old);
    current = &series[number % 2];
    if (board_create(scratch.directory, &current->key, &made) < 0)
        errx(1, "board_create");
    atomic_store(&board, made);
    put(DOMAIN);
    board_set_stamp(board, stamp());
    settle();
    if (old != NULL)
        munmap(old, BOARD_OCTETS);
    wait_for_hits();
}

static void put_resolv_conf(unsigned number)
{
    char text[64];

    snprintf(text, sizeof text, "nameserver 127.0.0.%u\n", number % 250 + 1);
    replace_file(&scratch, RESOLV_CONF, text);
}

/* Nothing is out for a resolv.conf that the daemon has not asked. */
static void another_resolv_conf(unsigned number)
{
    unsigned hits[THREADS];

    atomic_fetch_or(&replaced, 1);
    put_resolv_conf(number);
    settle();
    for (unsigned i = 0; i < THREADS; i++)
        hits[i] = get(&readers[i].hits);
    drain();
    for (unsigned i = 0; i < THREADS; i++)
        if (get(&readers[i].hits) != hits[i])
            errx(1, "a hit for another resolv.conf");
    board_set_stamp(board, stamp());
    wait_for_hits();
}

static void set_everything(unsigned state)
{
    unsigned now = see(&everything);

    atomic_store(&everything, (now & ~3U) + 4 + CHANGING);
    board_set(board, BOARD_WORD_EVERYTHING, state == OPEN ? until() : 0);
    atomic_store(&everything, (now & ~3U) + 8 + state);
}

static void step(unsigned number)
{
    const char *name = current->neighbours[number * 7 % NEIGHBOURS];

    if (number / NEIGHBOURS % 2 == 0)
        put(name);
    else
        board_remove(board, hash(name));
    for (unsigned i = 0; number % 20 == 19 && i < 20; i++)
        put(DOMAIN);
    if (number % 10 == 3)
        set_everything(OPEN);
    else if (number % 10 == 8)
        set_everything(CLOSED);
    if (number % 4 == 0)
        sched_yield();
}

static void open_all(void)
{
    static char paths[3][PATH_MAX];

    scratch_open(&scratch);
    strcpy(paths[0], scratch.path);
    strcpy(paths[1], scratch_path(&scratch, BOARD_FILE));
    strcpy(paths[2], scratch_path(&scratch, RESOLV_CONF));
    scratch_store(&scratch, ALWAYS ADDRESSES BELOW ADDRESSES NEVER ADDRESSES, 4000000000);
    put_resolv_conf(0);
    make_series(&series[0]);
    make_series(&series[1]);
    cache_close(&outage.cache);
    board_map_close(&outage.map);
    lookup_outage_open(&outage, paths[0], paths[1], paths[2]);
}

int main(void)
{
    struct footprint before = {0}, after;
    unsigned long answers = 0;

    open_all();
    for (unsigned i = 0; i < THREADS; i++)
        readers[i].number = i;
    start_readers(read_on, readers, sizeof *readers);
    for (unsigned number = 1; number <= BOARDS; number++) {
        new_board(number);
        for (unsigned i = 0; i < STEPS; i++)
            step(i);
        another_resolv_conf(number);
        if (number == WARM_UP)
            before = footprint(BOARD_FILE);
    }
    stop_readers();
    for (unsigned i = 0; i < THREADS; i++)
        answers += readers[i].answers;
    after = footprint(BOARD_FILE);
    printf(
        "%d boards, %d changes, %lu answers; mappings %u -> %u (boards %u), RssAnon %u -> %u KiB\n",
        BOARDS, BOARDS * STEPS, answers, before.mappings, after.mappings, after.files, before.rss,
        after.rss);
    scratch_close(&scratch);
    return after.files != 2 || footprint_grew(&before, &after);
}
