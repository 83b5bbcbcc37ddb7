#include "push/push_bar.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR 24

void push_bar_start(struct push_bar *bar, unsigned remotes)
{
    *bar = (struct push_bar){.terminal = isatty(STDERR_FILENO) == 1, .remotes = remotes};
}

void push_bar_show(void *context, const struct worker_state *state, unsigned running)
{
    struct push_bar *bar = context;
    uint64_t done = 0, all = 0;
    char line[BAR + 1];

    if (!bar->terminal)
        return;
    for (unsigned i = 0; i < bar->remotes; i++) {
        done += atomic_load(&state[i].progress.done);
        all += atomic_load(&state[i].progress.all);
    }
    if (done > all)
        done = all; /* something was put once more */
    memset(line, '.', BAR);
    memset(line, '#', all > 0 ? (size_t)(done * BAR / all) : 0);
    line[BAR] = '\0';
    fprintf(stderr, "\r[%s] %.1f of %.1f MB, %u of %u remotes under way\033[K", line,
            (double)done / 1e6, (double)all / 1e6, running, bar->remotes);
    bar->drawn = true;
}

void push_bar_end(struct push_bar *bar)
{
    if (bar->drawn)
        fputs("\r\033[K", stderr);
    bar->drawn = false;
}
