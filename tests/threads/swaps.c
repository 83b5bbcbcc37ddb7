/* Eight threads look names up through the entry points while four stores are swapped 1,000 times,
 * and their order now and then.
 *
 * Every address in a store holds the store's generation, so that an answer mixed of two stores is
 * seen. The writer goes on only when each thread has answered from the new store; so a look-up in
 * flight, which may be the one that maps a store, is never older than one swap, and an answer is
 * never older than that either. Afterwards nothing is left mapped but the last stores.
 */
#include "copy/copy.h"
#include "nss_gitdns/entry.c"
#include "nss_gitdns/gitdns.c"
#include "tests/threads/footprint.h"
#include "tests/threads/readers.h"
#include "tests/unit/registries_lab.h"
#include <errno.h>
#include <stdalign.h>

enum { SWAPS = 1000, WARM_UP = 100, NAMES = 16, ADDRESSES = 3, REGISTRIES = 4 };

/* ThreadSanitizer takes two uses of one descriptor for one file: the module opens and closes by
 * syscall(), which it does not see. */
const char *__tsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void)
{
    return "race:store_writer_close\nrace:scratch_write\nrace:put_registry\nrace:open_"
           "descriptors\n";
}

static const char *const registries[REGISTRIES] = {"", "corp", "local", "top"};

static struct scratch scratch;
static _Atomic unsigned installed; /* the generation that the rename has put in place */

static struct reader {
    alignas(64) _Atomic unsigned seen[REGISTRIES]; /* the generations of its last answers */
    unsigned number;
    unsigned long answers;
    char buffer[1024 + 16];
} readers[THREADS];

static void fail(const struct reader *reader, const char *what, unsigned got, unsigned expected)
{
    errx(1, "thread %u, answer %lu: %s: %u, expected %u", reader->number, reader->answers, what,
         got, expected);
}

/* IPv4: PLACE.0.G.G, IPv6: 2606:4700::PLACE:GG */
static void make_text(unsigned registry, unsigned generation, char *text)
{
    for (unsigned name = registry; name < NAMES; name += REGISTRIES) {
        text += sprintf(text, "name-%02u.example.com", name);
        for (unsigned i = 1; i <= ADDRESSES; i++)
            text += sprintf(text, " %u.0.%u.%u", i, generation >> 8, generation & 255);
        for (unsigned i = 1; i <= ADDRESSES; i++)
            text += sprintf(text, " 2606:4700::%x:%x", i, generation);
        text += sprintf(text, " cname=g%u.example.net\n", generation);
    }
}

static void swap(unsigned generation)
{
    char text[NAMES * 256];

    for (unsigned i = 0; i < REGISTRIES; i++) {
        make_text(i, generation, text);
        put_registry(&scratch, registries[i], text, 4000000000);
    }
}

static void swap_order(unsigned generation)
{
    static struct config config;
    char list[64];
    unsigned first = generation / 10 % REGISTRIES;

    snprintf(list, sizeof list, "%s,%s,%s,%s", registries[first], registries[first ^ 1],
             registries[first ^ 2], registries[first ^ 3]);
    list_registries(&config, list);
    put_policy(&scratch, &config);
}

/* The hosts line changes as well, to one that makes no difference where TRY_AGAIN stands. */
static void swap_hosts_line(unsigned generation)
{
    const char *line = generation % 2 == 0 ? "hosts: files dns gitdns\n" : "hosts: files gitdns\n";

    replace_file(&scratch, "nsswitch.conf", line);
}

/* All that one answer holds is of one generation. */
struct sight {
    struct reader *reader;
    unsigned generation;
};

static void saw(struct sight *sight, unsigned generation)
{
    if (sight->generation == 0)
        sight->generation = generation;
    if (sight->generation != generation)
        fail(sight->reader, "two generations in one answer", generation, sight->generation);
}

static void saw_address(struct sight *sight, int family, const void *address)
{
    const unsigned char *octets = address;

    saw(sight, family == AF_INET ? (unsigned)(octets[2] << 8 | octets[3])
                                 : (unsigned)(octets[14] << 8 | octets[15]));
}

static void saw_canonical(struct sight *sight, const char *name)
{
    unsigned generation = 0;

    if (sscanf(name, "g%u.example.net", &generation) != 1)
        errx(1, "canonical name `%s'", name);
    saw(sight, generation);
}

static void check_status(struct reader *reader, enum nss_status status)
{
    if (status != NSS_STATUS_SUCCESS)
        fail(reader, "status", (unsigned)status, NSS_STATUS_SUCCESS);
}

static void check_count(struct reader *reader, unsigned count, unsigned expected)
{
    if (count != expected)
        fail(reader, "addresses", count, expected);
}

static unsigned ask_tuples(struct reader *reader, const char *name, char *buffer)
{
    struct gaih_addrtuple first, *pat = reader->answers % 3 == 0 ? NULL : &first;
    struct sight sight = {reader, 0};
    int error = 0, h_error = TRY_AGAIN;
    unsigned count = 0;

    check_status(reader,
                 _nss_gitdns_gethostbyname4_r(name, &pat, buffer, 1024, &error, &h_error, NULL));
    for (; pat != NULL; pat = pat->next, count++) {
        saw_address(&sight, pat->family, pat->addr);
        saw_canonical(&sight, pat->name);
    }
    check_count(reader, count, 2 * ADDRESSES);
    return sight.generation;
}

static unsigned ask_hostent(struct reader *reader, const char *name, char *buffer)
{
    int error = 0, h_error = TRY_AGAIN, family = reader->answers % 2 == 0 ? AF_INET : AF_INET6;
    struct sight sight = {reader, 0};
    struct hostent host;
    enum nss_status status;
    unsigned count = 0;

    if (reader->answers % 5 == 0 && family == AF_INET)
        status = _nss_gitdns_gethostbyname_r(name, &host, buffer, 1024, &error, &h_error);
    else
        status = _nss_gitdns_gethostbyname2_r(name, family, &host, buffer, 1024, &error, &h_error);
    check_status(reader, status);
    for (; host.h_addr_list[count] != NULL; count++)
        saw_address(&sight, family, host.h_addr_list[count]);
    saw_canonical(&sight, host.h_name);
    if (strcmp(host.h_aliases[0], name) != 0 || host.h_aliases[1] != NULL)
        errx(1, "aliases of `%s'", name);
    check_count(reader, count, ADDRESSES);
    return sight.generation;
}

static void ask_unknown(char *buffer)
{
    int error = 0, h_error = TRY_AGAIN;
    struct hostent host;

    if (_nss_gitdns_gethostbyname2_r("unknown.example.com", AF_INET, &host, buffer, 1024, &error,
                                     &h_error) != NSS_STATUS_TRYAGAIN ||
        h_error != TRY_AGAIN)
        errx(1, "an unknown name is answered");
}

static void *read_on(void *argument)
{
    struct reader *reader = argument;

    for (reader->answers = 0; !get(&stop); reader->answers++) {
        char *buffer = reader->buffer + reader->answers % 16;
        unsigned before = get(&installed), generation;
        char name[32];

        snprintf(name, sizeof name, "name-%02lu.example.com", reader->answers % NAMES);
        generation = reader->answers % 7 < 4 ? ask_tuples(reader, name, buffer)
                                             : ask_hostent(reader, name, buffer);
        if (generation + 1 < before)
            fail(reader, "an answer too old", generation, before);
        if (generation > get(&installed) + 1)
            fail(reader, "an answer too new", generation, before);
        set(&reader->seen[reader->answers % NAMES % REGISTRIES], generation);
        if (reader->answers % 50 == 0)
            ask_unknown(buffer);
        if (reader->answers % 8 == 0)
            sched_yield();
    }
    return NULL;
}

/* Until each thread has answered from this generation of each registry; the tick is forced again
 * and again, as a look-up that began before the swap may map the store before and so undo it, for a
 * second. */
static void wait_for_all(unsigned generation)
{
    time_t end = 0;

    for (unsigned i = 0; i < THREADS * REGISTRIES;) {
        if (get(&readers[i / REGISTRIES].seen[i % REGISTRIES]) == generation) {
            i++;
            continue;
        }
        set(&module.tick, 0);
        be_patient(&end, "an answer from the new store");
    }
}

int main(void)
{
    struct footprint before = {0}, after;
    unsigned long answers = 0;

    scratch_open(&scratch);
    swap_hosts_line(1);
    swap(1);
    swap_order(1);
    set(&installed, 1);
    cache_close(&module.cache);
    lookup_gitdns_open(&module, scratch.path, strdup(scratch_path(&scratch, "nsswitch.conf")),
                       strdup(scratch_path(&scratch, "resolv.conf")));
    for (unsigned i = 0; i < THREADS; i++)
        readers[i].number = i;
    start_readers(read_on, readers, sizeof *readers);
    for (unsigned generation = 2; generation <= SWAPS + 1; generation++) {
        swap(generation);
        if (generation % 10 == 0) {
            swap_hosts_line(generation);
            swap_order(generation);
        }
        set(&installed, generation);
        wait_for_all(generation);
        if (generation == WARM_UP)
            before = footprint(STORE_FILE);
    }
    stop_readers();
    for (unsigned i = 0; i < THREADS; i++)
        answers += readers[i].answers;
    cache_refresh(&module.cache);
    after = footprint(STORE_FILE);
    printf("%d swaps, %lu answers; mappings %u -> %u (stores %u), RssAnon %u -> %u KiB\n", SWAPS,
           answers, before.mappings, after.mappings, after.files, before.rss, after.rss);
    scratch_close(&scratch);
    return after.files != REGISTRIES || footprint_grew(&before, &after);
}
