#include "copy/copy.h"
#include "nss_gitdns/cache.h"
#include "nss_gitdns/signals.h"
#include "tests/unit/scratch.h"
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

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

static int generation_of(const struct store *store)
{
    struct record_copy copy;
    struct record record;

    assert_int_equal(store_find(store, "a.com", 5, &copy, &record), 1);
    return record.ipv4[3];
}

/* What a look-up finds now; -1: no store. */
static int generation(void)
{
    const struct store *store;
    int slot, found = -1;

    store = cache_pin(&cache, &slot);
    if (store != NULL) {
        found = generation_of(store);
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
    cache_open(&cache, path);
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
    cache_open(&cache, path);
    assert_int_equal(generation(), 99);
}

/* A pinned store stays as it was, however many come after it. */
static void test_pinned(void **state)
{
    const struct store *store;
    int slot;

    (void)state;
    put_store(1);
    cache_open(&cache, path);
    store = cache_pin(&cache, &slot);
    for (int i = 2; i < 10; i++) {
        put_store(i);
        cache_refresh(&cache);
        assert_int_equal(generation(), i);
        assert_int_equal(mappings(), 2);
        assert_int_equal(generation_of(store), 1);
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
    cache_open(&cache, path);
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
    cache_open(&cache, path);
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
    cache_open(&cache, path);
    while (slot == atomic_load(&cache.current))
        slot++;
    atomic_store(&cache.pins->slot[slot].count, UINT32_C(0x80000000));
    assert_int_equal(store_open_in(&cache.slot[slot].range, &cache.slot[slot].store, path), 0);
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
    store_range_free(&cache.slot[slot].range);
    assert_int_equal(mappings(), 1);
    assert_null(atomic_load(&cache.slot[slot].range.start));
}

static void test_bad_files(void **state)
{
    static const char not_a_store[4096];

    (void)state;
    put_store(1);
    cache_open(&cache, path);
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

static void test_open_without_store(void **state)
{
    static const char not_a_store[4096];

    (void)state;
    scratch_write(&scratch, STORE_FILE, not_a_store, sizeof not_a_store);
    cache_open(&cache, path);
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
    cache_open(&cache, path);
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
    cache_open(&cache, path);
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
        cmocka_unit_test_setup_teardown(test_open_without_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unpin_of_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signals_stay_as_they_were, set_up, tear_down),
        cmocka_unit_test(test_signals_stay_blocked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
