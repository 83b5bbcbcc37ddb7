#include "publish/progress.h"
#include "base/clock.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "gitdns-publish"
#define EVERY_MS 10000
#define BAR 24
#define TEXT_MAX 200

void progress_start(struct progress_view *view)
{
    *view = (struct progress_view){.terminal = isatty(STDERR_FILENO) == 1};
}

/* `4 s`, `12 min`, `3 h 5 min`. */
static void format_time(int64_t seconds, char out[32])
{
    if (seconds < 120)
        snprintf(out, 32, "%" PRId64 " s", seconds);
    else if (seconds < 7200)
        snprintf(out, 32, "%" PRId64 " min", seconds / 60);
    else
        snprintf(out, 32, "%" PRId64 " h %" PRId64 " min", seconds / 3600, seconds / 60 % 60);
}

static void format(const struct progress *progress, char text[TEXT_MAX])
{
    char time_left[32];
    int n = 0;

    if (progress->samples > 1)
        n = snprintf(text, TEXT_MAX, "sample %u of %u: ", progress->sample, progress->samples);
    if (progress->waiting > 0) {
        format_time(progress->waiting, time_left);
        snprintf(text + n, TEXT_MAX - (size_t)n, "begins in %s", time_left);
        return;
    }
    if (progress->proving)
        n = snprintf(text, TEXT_MAX,
                     "proof: %" PRIu64 " of %" PRIu64 " addresses, %" PRIu64 " failed",
                     progress->done, progress->names, progress->failed);
    else
        n += snprintf(text + n, TEXT_MAX - (size_t)n,
                      "%" PRIu64 " of %" PRIu64 " names%s, %u a second, %" PRIu64 " failed",
                      progress->done, progress->names, progress->again ? " once more" : "",
                      progress->rate, progress->failed);
    if (progress->left >= 0) {
        format_time(progress->left, time_left);
        snprintf(text + n, TEXT_MAX - (size_t)n, ", %s left", time_left);
    }
}

static void draw(struct progress_view *view, const struct progress *progress, const char *text)
{
    char bar[BAR + 1];
    uint64_t full = progress->names > 0 ? progress->done * BAR / progress->names : 0;

    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)full);
    bar[BAR] = '\0';
    fprintf(stderr, "\r[%s] %s\033[K", bar, text);
    view->drawn = true;
}

void progress_show(void *context, const struct progress *progress)
{
    struct progress_view *view = context;
    char text[TEXT_MAX];

    if (progress->continued > 0 && !view->said)
        fprintf(stderr, PROGRAM ": going on with %" PRIu64 " answers of a run that was stopped\n",
                progress->continued);
    /* Lists may have been fetched before the first question. */
    if (!view->said)
        view->next = clock_ms(CLOCK_MONOTONIC) + EVERY_MS;
    view->said = true;
    if (!view->terminal && clock_ms(CLOCK_MONOTONIC) < view->next)
        return;
    format(progress, text);
    if (view->terminal) {
        draw(view, progress, text);
        return;
    }
    fprintf(stderr, PROGRAM ": %s\n", text);
    view->next = clock_ms(CLOCK_MONOTONIC) + EVERY_MS;
}

void progress_end(struct progress_view *view)
{
    if (view->drawn)
        fputs("\r\033[K", stderr);
    view->drawn = false;
}
