/* When samples begin: by a clock that nobody sets, and never later than told. */
#include "base/error.h"
#include "publish/samples.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#define YESTERDAY (-86400)

static time_t set_by; /* how far the wall clock has been set */

/* In the place of the C library's. */
time_t time(time_t *out)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += set_by;
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}

struct world {
    struct resolve_options options;
    struct samples samples;
    int64_t longest; /* that it said it waits, s */
    bool stop;       /* as soon as it has said so */
    unsigned ticks, most;
};

static int tick(void *context)
{
    struct world *w = context;

    set_by = YESTERDAY;
    if (w->samples.progress.waiting > w->longest)
        w->longest = w->samples.progress.waiting;
    return w->stop || ++w->ticks > w->most ? E_STOPPED : 0;
}

static void open_world(struct world *w, unsigned samples, int64_t every)
{
    struct resolvers resolvers = {.count = 0};

    *w = (struct world){.options = {.samples = samples, .every = every, .parallel = 1}, .most = 60};
    w->samples = (struct samples){.options = &w->options, .context = w, .tick = tick};
    set_by = 0;
    assert_int_equal(resolvers_add(&resolvers, "127.0.0.1:9"), 0);
    assert_int_equal(dns_open(&w->samples.dns, &resolvers, 1), 0);
    assert_int_equal(records_new(&w->samples.records), 0);
}

static void close_world(struct world *w)
{
    dns_close(w->samples.dns);
    records_free(w->samples.records);
}

/* Set back by a day while the second sample is waited for. */
static void test_set_back(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, 2, 1);
    samples_resume(&w.samples, 0);
    assert_int_equal(samples_run(&w.samples), 0);
    assert_int_equal(w.samples.present, 2);
    assert_int_equal(w.longest, 1);
    assert_true(w.ticks > 0);
    close_world(&w);
}

/* Between two runs: what the journal says of the beginning is of another time. */
static void test_resumed(void **state)
{
    static const struct {
        unsigned present;
        int64_t ago, waits;
    } cases[] = {{0, 0, 0},  {1, 3, 7},  {1, 0, 10}, {3, 0, 10},
                 {3, 5, 10}, {3, 24, 6}, {3, 30, 0}, {3, 86400, 0}};
    struct world w;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_world(&w, cases[i].present + 1, 10);
        w.samples.present = cases[i].present;
        w.stop = true;
        samples_resume(&w.samples, cases[i].ago);
        assert_int_equal(samples_run(&w.samples), cases[i].waits > 0 ? E_STOPPED : 0);
        assert_int_equal(w.longest, cases[i].waits);
        close_world(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_back),
        cmocka_unit_test(test_resumed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
