/* Which mirrors a round asks, and what the state file remembers of those that failed. */
#include "copy/round_state.h"
#include "tests/unit/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW INT64_C(1800000000)
#define HOUR 3600
#define DAY 86400

#define A "https://a.example.org/names/"
#define B "http://b.example.org/"
#define C "file:///srv/names/"

static const struct config_registry three = {.urls = 3, .url = {A, B, C}};

static int64_t remaining(const struct cooldowns *cooldowns, const char *url)
{
    const struct cooldown *cooldown = cooldowns_find(cooldowns, url);
    return cooldown != NULL ? cooldown->until - NOW : -1;
}

/* Which mirrors are asked, as a number: A is 1, B 2, C 4. */
static unsigned asked(const struct cooldowns *cooldowns, bool by_hand, int64_t now)
{
    bool ask[CONFIG_URLS_MAX];
    unsigned set = 0, count = 0;

    unsigned told = cooldowns_choose(cooldowns, &three, by_hand, now, ask);
    for (unsigned i = 0; i < three.urls; i++) {
        set |= (unsigned)ask[i] << i;
        count += ask[i];
    }
    assert_int_equal(told, count);
    return set;
}

static void test_failures(void **state)
{
    struct cooldowns cooldowns = {0};

    (void)state;
    for (int64_t seconds = 60; seconds < 64 * DAY; seconds *= 2) {
        cooldowns_add(&cooldowns, A, COOLDOWN_FAILED, 0, NOW);
        assert_int_equal(remaining(&cooldowns, A), seconds < DAY ? seconds : DAY);
    }
    cooldowns.mirror[0].failures = UINT_MAX;
    cooldowns_add(&cooldowns, A, COOLDOWN_FAILED, 0, NOW);
    assert_int_equal(cooldowns.mirror[0].failures, UINT_MAX);
    assert_int_equal(remaining(&cooldowns, A), DAY);
    assert_int_equal(cooldowns.count, 1);
    cooldowns_remove(&cooldowns, A);
    cooldowns_add(&cooldowns, A, COOLDOWN_FAILED, 0, NOW);
    assert_int_equal(remaining(&cooldowns, A), 60);
}

static void test_lies(void **state)
{
    struct cooldowns cooldowns = {0};

    (void)state;
    cooldowns_add(&cooldowns, A, COOLDOWN_LIED, 0, NOW);
    assert_int_equal(remaining(&cooldowns, A), HOUR);
    cooldowns_add(&cooldowns, A, COOLDOWN_LIED, 0, NOW);
    assert_int_equal(remaining(&cooldowns, A), 2 * HOUR);
    for (int i = 0; i < 10; i++)
        cooldowns_add(&cooldowns, A, COOLDOWN_LIED, 0, NOW);
    assert_int_equal(remaining(&cooldowns, A), DAY);
}

static void test_retry_after(void **state)
{
    struct cooldowns cooldowns = {0};

    (void)state;
    cooldowns_add(&cooldowns, A, COOLDOWN_BUSY, 7200, NOW);
    assert_int_equal(remaining(&cooldowns, A), 7200);
    cooldowns_add(&cooldowns, B, COOLDOWN_BUSY, 1, NOW);
    assert_int_equal(remaining(&cooldowns, B), 60);
    cooldowns_add(&cooldowns, C, COOLDOWN_BUSY, INT64_MAX, NOW);
    assert_int_equal(remaining(&cooldowns, C), DAY);
    assert_int_equal(cooldowns_retry_after(&cooldowns, &three, NOW), 60);
    assert_int_equal(cooldowns_retry_after(&cooldowns, &three, NOW + 10), 50);
    /* One that has not asked for it may be asked sooner. */
    assert_int_equal(cooldowns_retry_after(&cooldowns, &three, NOW + 60), 0);
    cooldowns_add(&cooldowns, B, COOLDOWN_FAILED, 0, NOW);
    assert_int_equal(cooldowns_retry_after(&cooldowns, &three, NOW), 0);
    cooldowns_remove(&cooldowns, B);
    assert_int_equal(cooldowns_retry_after(&cooldowns, &three, NOW), 0);
}

static void test_choice(void **state)
{
    struct cooldowns cooldowns = {0};

    (void)state;
    assert_int_equal(asked(&cooldowns, false, NOW), 7);
    cooldowns_add(&cooldowns, A, COOLDOWN_LIED, 0, NOW);
    cooldowns_add(&cooldowns, B, COOLDOWN_FAILED, 0, NOW);
    assert_int_equal(asked(&cooldowns, false, NOW), 4);
    assert_int_equal(asked(&cooldowns, false, NOW + 59), 4);
    assert_int_equal(asked(&cooldowns, false, NOW + 60), 6);
    assert_int_equal(asked(&cooldowns, false, NOW + HOUR), 7);
    assert_int_equal(asked(&cooldowns, true, NOW), 7);
    /* Never none: the one that is due first. */
    cooldowns_add(&cooldowns, C, COOLDOWN_BUSY, 100, NOW);
    assert_int_equal(asked(&cooldowns, false, NOW), 2);
    cooldowns_add(&cooldowns, B, COOLDOWN_FAILED, 0, NOW);
    assert_int_equal(asked(&cooldowns, false, NOW), 4);
    assert_int_equal(asked(&cooldowns, true, NOW), 7);
}

/* A clock that was set back keeps no mirror away for longer than a day. */
static void test_clock(void **state)
{
    struct cooldowns cooldowns = {0};

    (void)state;
    for (int i = 0; i < 20; i++)
        cooldowns_add(&cooldowns, A, COOLDOWN_FAILED, 0, NOW);
    assert_int_equal(asked(&cooldowns, false, NOW), 6);
    assert_int_equal(asked(&cooldowns, false, NOW - 1), 7);
    assert_int_equal(asked(&cooldowns, false, NOW - 400 * DAY), 7);
    assert_false(cooldown_holds(&cooldowns.mirror[0], NOW - 1));
}

static void test_configuration(void **state)
{
    static const struct config_registry other = {.urls = 2, .url = {C, A}};
    struct cooldowns cooldowns = {0};
    struct config_registry full = {.urls = CONFIG_URLS_MAX};

    (void)state;
    cooldowns_add(&cooldowns, A, COOLDOWN_LIED, 0, NOW);
    cooldowns_add(&cooldowns, B, COOLDOWN_FAILED, 0, NOW);
    cooldowns_keep(&cooldowns, &other);
    assert_int_equal(cooldowns.count, 1);
    assert_int_equal(remaining(&cooldowns, A), HOUR);
    cooldowns_remove(&cooldowns, B);
    assert_int_equal(cooldowns.count, 1);

    for (unsigned i = 0; i < CONFIG_URLS_MAX; i++)
        snprintf(full.url[i], sizeof full.url[i], "https://%u.example.org/", i);
    cooldowns_keep(&cooldowns, &full);
    assert_int_equal(cooldowns.count, 0);
    for (unsigned i = 0; i < CONFIG_URLS_MAX; i++)
        cooldowns_add(&cooldowns, full.url[i], COOLDOWN_FAILED, 0, NOW);
    cooldowns_add(&cooldowns, A, COOLDOWN_FAILED, 0, NOW);
    assert_int_equal(cooldowns.count, CONFIG_URLS_MAX);
    assert_null(cooldowns_find(&cooldowns, A));
}

static void test_state_file(void **state)
{
    struct scratch scratch;
    struct round_state known = {.last = NOW, .next = NOW + DAY, .failures = 2, .result = "failed"};
    struct round_state again;

    (void)state;
    scratch_open(&scratch);
    for (unsigned i = 0; i < CONFIG_URLS_MAX; i++) {
        struct cooldown *mirror = &known.cooldowns.mirror[i];
        memset(mirror->url, 'a' + (int)i, sizeof mirror->url - 1);
        *mirror->url = (char)(i == 3 ? '\xff' : 'x');
        mirror->failures = UINT_MAX - i;
        mirror->cause = i % COOLDOWN_CAUSES;
        mirror->until = NOW + i;
        known.cooldowns.count = i + 1;
        assert_int_equal(round_state_write(&known, scratch.directory), 0);
        assert_true(round_state_read(&again, scratch.directory));
        assert_memory_equal(&again, &known, sizeof known);
    }
    *known.result = '\0';
    assert_int_equal(round_state_write(&known, scratch.directory), 0);
    assert_true(round_state_read(&again, scratch.directory));
    assert_memory_equal(&again.cooldowns, &known.cooldowns, sizeof known.cooldowns);
    scratch_close(&scratch);
}

/* Every damage gives a state of zeros, as if there were none. */
static void test_damaged_state(void **state)
{
    static const char good[] =
        "gitdns state 1\nlast 1\nnext 2\nfailures 0\nseed 0\nresult a\nmirror 1 lied 5 " A "\n";
    static const char *const damaged[] = {
        "mirror 0 lied 5 " A "\n",
        "mirror -1 lied 5 " A "\n",
        "mirror 1 late 5 " A "\n",
        "mirror 1 lied -5 " A "\n",
        "mirror 1 lied 5 " A,
        "mirror 1 lied 5 \n",
        "mirror 1 lied 5\n",
        "mirror 1 lied  5 " A "\n",
        "mirror 1 lied 5 " A " \n",
        "mirror 1 lied 5 " A "\n\n",
        "mirror 4294967296 lied 5 \n",
        "mirror 1 lied 253402300800 " A "\n",
        "mirror 1 lied 5 a\nresult b\n",
    };
    struct scratch scratch;
    struct round_state again;
    char text[8192];
    size_t len;

    (void)state;
    scratch_open(&scratch);
    scratch_write(&scratch, STATE_FILE, good, strlen(good));
    assert_true(round_state_read(&again, scratch.directory));
    assert_int_equal(again.cooldowns.count, 1);
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        len = (size_t)snprintf(text, sizeof text, "%s%s", good, damaged[i]);
        scratch_write(&scratch, STATE_FILE, text, len);
        memset(&again, 1, sizeof again);
        assert_false(round_state_read(&again, scratch.directory));
        assert_memory_equal(&again, &(struct round_state){0}, sizeof again);
    }
    /* More than there can be, and a URL that is too long. */
    len = strlen(strcpy(text, good));
    for (unsigned i = 0; i < CONFIG_URLS_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "mirror 1 busy 5 x%u\n", i);
    scratch_write(&scratch, STATE_FILE, text, len);
    assert_false(round_state_read(&again, scratch.directory));
    len = (size_t)snprintf(text, sizeof text, "%smirror 1 busy 5 %0200d\n", good, 0);
    scratch_write(&scratch, STATE_FILE, text, len);
    assert_false(round_state_read(&again, scratch.directory));
    scratch_close(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures),    cmocka_unit_test(test_lies),
        cmocka_unit_test(test_retry_after), cmocka_unit_test(test_choice),
        cmocka_unit_test(test_clock),       cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_state_file),  cmocka_unit_test(test_damaged_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
