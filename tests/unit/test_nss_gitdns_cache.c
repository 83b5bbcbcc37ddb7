#include "copy/copy.h"
#include "nss_gitdns/cache.h"
#include "nss_gitdns/signals.h"
#include "tests/unit/registries_lab.h"
#include "tests/unit/scratch.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define DEADLINE 4000000000

static struct scratch scratch;
static struct cache cache;
static char path[PATH_MAX];

static int set_up(void **state)
{
    (void)state;
    scratch_open(&scratch);
    strcpy(path, scratch_path(&scratch, STORE_FILE));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cache_close(&cache);
    scratch_close(&scratch);
    return 0;
}

static void put_store(int generation)
{
    char text[64];

    snprintf(text, sizeof text, "a.com 8.8.8.%d\n", generation);
    scratch_store(&scratch, text, DEADLINE);
}

static int generation_of(const struct stores *stores)
{
    struct record_copy copy;
    struct record record;
    unsigned place;

    assert_int_equal(stores_find(stores, "a.com", 5, 1, &copy, &record, &place), 1);
    return record.ipv4[3];
}

/* What a look-up finds now; -1: no store. */
static int generation(void)
{
    const struct stores *stores;
    int slot, found = -1;

    stores = cache_pin(&cache, &slot);
    if (stores != NULL) {
        found = generation_of(stores);
        cache_unpin(&cache, slot);
    }
    return found;
}

static unsigned mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[PATH_MAX + 128];
    unsigned count = 0;

    while (fgets(line, sizeof line, maps) != NULL)
        count += strstr(line, STORE_FILE) != NULL;
    fclose(maps);
    return count;
}

static void test_replaced(void **state)
{
    (void)state;
    cache_open(&cache, scratch.path);
    assert_int_equal(generation(), -1);
    put_store(1);
    assert_int_equal(generation(), -1);
    for (int i = 1; i < 100; i++) {
        put_store(i);
        cache_refresh(&cache);
        assert_int_equal(generation(), i);
        assert_int_equal(mappings(), 1);
    }
    cache_close(&cache);
    assert_int_equal(mappings(), 0);
    cache_open(&cache, scratch.path);
    assert_int_equal(generation(), 99);
}

/* A pinned store stays as it was, however many come after it. */
static void test_pinned(void **state)
{
    const struct stores *stores;
    int slot;

    (void)state;
    put_store(1);
    cache_open(&cache, scratch.path);
    stores = cache_pin(&cache, &slot);
    for (int i = 2; i < 10; i++) {
        put_store(i);
        cache_refresh(&cache);
        assert_int_equal(generation(), i);
        assert_int_equal(mappings(), 2);
        assert_int_equal(generation_of(stores), 1);
    }
    /* It goes at the next look at the file, changed or not: until then its disk space is lost. */
    cache_unpin(&cache, slot);
    cache_refresh(&cache);
    assert_int_equal(mappings(), 1);
    assert_int_equal(generation(), 9);
}

/* Threads that never come back, by longjmp or cancellation: three of them cost a slot each. With
 * all slots gone, the last store stays. */
static void test_lost_pins(void **state)
{
    int slot;

    (void)state;
    put_store(1);
    cache_open(&cache, scratch.path);
    for (int i = 2; i < 2 + CACHE_SLOTS; i++) {
        assert_non_null(cache_pin(&cache, &slot));
        put_store(i);
        cache_refresh(&cache);
        assert_int_equal(generation(), i < 1 + CACHE_SLOTS ? i : CACHE_SLOTS);
    }
    assert_int_equal(mappings(), CACHE_SLOTS);
    cache_refresh(&cache);
    assert_int_equal(generation(), CACHE_SLOTS);
}

/* A child has none of the threads that pinned. */
static void test_fork(void **state)
{
    int slot, status;
    pid_t child;

    (void)state;
    put_store(1);
    cache_open(&cache, scratch.path);
    for (int i = 2; i < 2 + CACHE_SLOTS; i++) {
        cache_pin(&cache, &slot);
        put_store(i);
        cache_refresh(&cache);
    }
    child = fork();
    if (child == 0) {
        put_store(100);
        cache_refresh(&cache);
        _exit(generation() == 100 && mappings() == 1 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* What is no store, or is not there, leaves the one before. */
/* While another thread maps a store, or gives one back: the child has none of it for long. */
static void test_fork_in_the_middle(void **state)
{
    int slot = 0, status;
    pid_t child;

    (void)state;
    put_store(1);
    cache_open(&cache, scratch.path);
    while (slot == atomic_load(&cache.current))
        slot++;
    atomic_store(&cache.pins->slot[slot].count, UINT32_C(0x80000000));
    assert_int_equal(store_open_in(&cache.slot[slot].range[1], &cache.slot[slot].stores.store[0],
                                   AT_FDCWD, path),
                     0);
    assert_int_equal(mappings(), 2);
    child = fork();
    if (child == 0) {
        cache_refresh(&cache);
        _exit(generation() == 1 && mappings() == 1 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    cache_refresh(&cache);
    assert_int_equal(mappings(), 2);
    store_range_free(&cache.slot[slot].range[1]);
    assert_int_equal(mappings(), 1);
    assert_null(atomic_load(&cache.slot[slot].range[1].start));
}

static void test_bad_files(void **state)
{
    static const char not_a_store[4096];

    (void)state;
    put_store(1);
    cache_open(&cache, scratch.path);
    scratch_write(&scratch, STORE_FILE, "", 0);
    cache_refresh(&cache);
    assert_int_equal(generation(), 1);
    scratch_write(&scratch, STORE_FILE, not_a_store, sizeof not_a_store);
    cache_refresh(&cache);
    assert_int_equal(generation(), 1);
    assert_int_equal(unlink(path), 0);
    cache_refresh(&cache);
    assert_int_equal(generation(), 1);
    assert_int_equal(mkfifo(path, 0600), 0);
    cache_refresh(&cache);
    assert_int_equal(generation(), 1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    cache_refresh(&cache);
    assert_int_equal(generation(), 1);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(symlink(STORE_FILE, path), 0);
    cache_refresh(&cache);
    assert_int_equal(generation(), 1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mappings(), 1);
    put_store(2);
    cache_refresh(&cache);
    assert_int_equal(generation(), 2);
}

/* The last octet of the name's address; -1: it is not answered. */
static int answer(const char *name)
{
    const struct stores *stores;
    struct record_copy copy;
    struct record record;
    unsigned place;
    int slot, found = -1;

    cache_refresh(&cache);
    stores = cache_pin(&cache, &slot);
    if (stores == NULL)
        return -1;
    if (stores_find(stores, name, strlen(name), 1, &copy, &record, &place) == 1)
        found = record.ipv4[3];
    cache_unpin(&cache, slot);
    return found;
}

static void put_order(struct config *config, const char *names)
{
    list_registries(config, names);
    put_policy(&scratch, config);
}

/* The first that has the name; each is replaced, comes and goes by itself. */
static void test_several(void **state)
{
    static struct config config;

    (void)state;
    put_registry(&scratch, "", "a.com 8.8.8.1\nown.com 8.8.8.11\n", DEADLINE);
    cache_open(&cache, scratch.path);
    put_registry(&scratch, "top", "a.com 8.8.8.2\ntop.com 8.8.8.12\n", DEADLINE);
    assert_int_equal(answer("top.com"), -1);
    put_order(&config, "corp,,top");
    assert_int_equal(answer("a.com"), 1);
    assert_int_equal(answer("top.com"), 12);
    assert_int_equal(mappings(), 2);
    put_registry(&scratch, "corp", "a.com 8.8.8.3\n", DEADLINE);
    assert_int_equal(answer("a.com"), 3);
    assert_int_equal(answer("own.com"), 11);
    put_registry(&scratch, "corp", "a.com 8.8.8.4\n", DEADLINE);
    assert_int_equal(answer("a.com"), 4);
    assert_int_equal(mappings(), 3);
    put_order(&config, "top,corp");
    assert_int_equal(answer("a.com"), 2);
    assert_int_equal(answer("own.com"), -1);
    put_registry(&scratch, "top", "a.com 8.8.8.5\n", 0); /* expired */
    assert_int_equal(answer("a.com"), 4);
    assert_int_equal(mappings(), 2);
}

/* One that is damaged is left as it was, and counts as absent once anything else changes. */
static void test_several_damaged(void **state)
{
    static const char no_store[4096];
    static struct config config;
    char damaged[PATH_MAX];

    (void)state;
    put_registry(&scratch, "corp", "a.com 8.8.8.1\n", DEADLINE);
    put_registry(&scratch, "top", "a.com 8.8.8.2\n", DEADLINE);
    put_order(&config, "corp,top");
    cache_open(&cache, scratch.path);
    snprintf(damaged, sizeof damaged, "%s", REGISTRIES_FOLDER "/corp/" STORE_FILE);
    scratch_write(&scratch, damaged, no_store, sizeof no_store);
    assert_int_equal(answer("a.com"), 1);
    assert_int_equal(answer("a.com"), 1);
    put_registry(&scratch, "top", "a.com 8.8.8.3\n", DEADLINE);
    assert_int_equal(answer("a.com"), 3);
    put_registry(&scratch, "corp", "a.com 8.8.8.4\n", DEADLINE);
    assert_int_equal(answer("a.com"), 4);
    /* A policy that is none changes nothing, and at the start nothing answers beside it. */
    scratch_write(&scratch, POLICY_FILE, no_store, sizeof no_store);
    put_registry(&scratch, "", "a.com 8.8.8.9\n", DEADLINE);
    assert_int_equal(answer("a.com"), 4);
    cache_close(&cache);
    cache_open(&cache, scratch.path);
    assert_int_equal(answer("a.com"), -1);
    put_policy(&scratch, &config);
    assert_int_equal(answer("a.com"), 4);
}

/* Makes a store longer, by a hole in front of its last hash table. */
static void make_large(const char *file, off_t octets)
{
    int fd = open(scratch_path(&scratch, file), O_RDWR | O_CLOEXEC);
    unsigned char head[8], *table;
    unsigned len;

    assert_int_equal(pread(fd, head, sizeof head, 2040), sizeof head);
    len = cdb_unpack(head + 4) * 8;
    table = malloc(len + 1);
    assert_non_null(table);
    assert_int_equal(pread(fd, table, len, cdb_unpack(head)), len);
    cdb_pack((unsigned)octets, head);
    assert_int_equal(pwrite(fd, head, sizeof head, 2040), sizeof head);
    assert_int_equal(ftruncate(fd, octets), 0);
    assert_int_equal(pwrite(fd, table, len, octets), len);
    free(table);
    close(fd);
}

/* So many octets more than are mapped now. */
static void limit_memory(rlim_t more)
{
    struct rlimit limit = {.rlim_max = RLIM_INFINITY};
    FILE *statm = fopen("/proc/self/statm", "re");
    unsigned long pages;

    assert_int_equal(fscanf(statm, "%lu", &pages), 1);
    fclose(statm);
    limit.rlim_cur = more != RLIM_INFINITY ? pages * (rlim_t)sysconf(_SC_PAGESIZE) + more : more;
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
}

/* One for which a process has no room keeps none of the others from it. */
static void test_no_room(void **state)
{
    static struct config config;
    const rlim_t room = 64 << 20;

    (void)state;
    put_registry(&scratch, "corp", "a.com 8.8.8.1\n", DEADLINE);
    put_registry(&scratch, "top", "a.com 8.8.8.2\nb.com 8.8.8.2\n", DEADLINE);
    make_large(REGISTRIES_FOLDER "/top/" STORE_FILE, 1 << 30);
    put_order(&config, "corp,top");
    limit_memory(room);
    cache_open(&cache, scratch.path);
    assert_int_equal(answer("a.com"), 1);
    assert_int_equal(answer("b.com"), -1);
    put_registry(&scratch, "corp", "a.com 8.8.8.3\n", DEADLINE);
    assert_int_equal(answer("a.com"), 3);
    /* As soon as there is room. */
    limit_memory(RLIM_INFINITY);
    assert_int_equal(answer("b.com"), 2);
    assert_int_equal(answer("a.com"), 3);
    /* And what it has is not given up. */
    put_registry(&scratch, "top", "b.com 8.8.8.4\n", DEADLINE);
    assert_int_equal(answer("b.com"), 4);
    put_registry(&scratch, "top", "b.com 8.8.8.5\n", DEADLINE);
    make_large(REGISTRIES_FOLDER "/top/" STORE_FILE, 1 << 30);
    limit_memory(room);
    assert_int_equal(answer("b.com"), 4);
    limit_memory(RLIM_INFINITY);
    assert_int_equal(answer("b.com"), 5);
}

/* Below a domain one registry answers, or none; and of no registry what is never to be answered. */
static void test_rules(void **state)
{
    static struct config config;
    const char *fault;
    size_t len;

    (void)state;
    put_registry(&scratch, "top", "wiki.corp.net 8.8.8.1\nx.corp.net 8.8.8.2\ny.net 8.8.8.3\n",
                 DEADLINE);
    put_registry(&scratch, "corp", "wiki.corp.net 8.8.8.4\n", DEADLINE);
    list_registries(&config, "top,corp");
    config_names_add(&config.registry[1].domains, "corp.net", false, &fault, &len);
    put_policy(&scratch, &config);
    cache_open(&cache, scratch.path);
    assert_int_equal(answer("wiki.corp.net"), 4);
    assert_int_equal(answer("x.corp.net"), -1);
    assert_int_equal(answer("y.net"), 3);
    put_registry(&scratch, "corp", "wiki.corp.net 8.8.8.4\n", 0);
    assert_int_equal(answer("wiki.corp.net"), -1);
    config_names_add(&config.never, "y.net", true, &fault, &len);
    put_policy(&scratch, &config);
    assert_int_equal(answer("y.net"), -1);
}

static void test_open_without_store(void **state)
{
    static const char not_a_store[4096];

    (void)state;
    scratch_write(&scratch, STORE_FILE, not_a_store, sizeof not_a_store);
    cache_open(&cache, scratch.path);
    assert_int_equal(generation(), -1);
    cache_refresh(&cache);
    put_store(1);
    cache_refresh(&cache);
    assert_int_equal(generation(), 1);
}

/* Nothing pinned can be taken off: a child that a signal handler forked in a look-up does so. */
static void test_unpin_of_nothing(void **state)
{
    (void)state;
    put_store(1);
    cache_open(&cache, scratch.path);
    for (int i = 0; i < CACHE_SLOTS; i++)
        cache_unpin(&cache, i);
    put_store(2);
    cache_refresh(&cache);
    assert_int_equal(generation(), 2);
    put_store(3);
    cache_refresh(&cache);
    assert_int_equal(generation(), 3);
    assert_int_equal(mappings(), 1);
}

static void test_signals_stay_as_they_were(void **state)
{
    sigset_t mask, after;

    (void)state;
    put_store(1);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    assert_int_equal(sigprocmask(SIG_SETMASK, &mask, NULL), 0);
    cache_open(&cache, scratch.path);
    put_store(2);
    cache_refresh(&cache);
    assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &after), 0);
    for (int signal = 1; signal < NSIG; signal++)
        assert_int_equal(sigismember(&after, signal), sigismember(&mask, signal));
    sigemptyset(&mask);
    sigprocmask(SIG_SETMASK, &mask, NULL);
}

/* What a host has blocked, and what is pending, must not come through in a look-up. */
static void test_signals_stay_blocked(void **state)
{
    sigset_t all, before, within;

    (void)state;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    signals_block(&within);
    pthread_sigmask(SIG_SETMASK, NULL, &all);
    assert_true(sigismember(&all, SIGTRAP));
    assert_true(sigismember(&within, SIGTRAP));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    signals_block(&within);
    pthread_sigmask(SIG_SETMASK, NULL, &all);
    assert_false(sigismember(&all, SIGSYS));
    assert_true(sigismember(&all, SIGALRM));
    pthread_sigmask(SIG_SETMASK, &within, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pinned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lost_pins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fork, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fork_in_the_middle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_several, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_several_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rules, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_open_without_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unpin_of_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signals_stay_as_they_were, set_up, tear_down),
        cmocka_unit_test(test_signals_stay_blocked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
