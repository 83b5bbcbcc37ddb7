#include "cli/drill_copy.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/drill_names.h"
#include "cli/drill_print.h"
#include "survey/survey.h"
#include "survey/survey_judge.h"
#include "survey/survey_kept.h"
#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR 24
#define REDRAW_MS 200

struct view {
    bool terminal;
    int64_t drawn; /* ms of CLOCK_MONOTONIC */
};

static int fault(const char *why)
{
    fprintf(stderr, "gitdns: drill: %s\n", why);
    return CLI_DRILL_FAULT;
}

/* `95%`, `95`, `99.5%` to 0 to 1; a negative number: it is none. */
static double parse_share(const char *text)
{
    size_t len = strspn(text, "0123456789.");
    char *rest;
    double percent = strtod(text, &rest);

    /* strtod takes more than a person would write. */
    if (len == 0 || rest != text + len || percent > 100)
        return -1;
    return strcmp(rest, "") == 0 || strcmp(rest, "%") == 0 ? percent / 100 : -1;
}

/* A line that is drawn over again; on a terminal alone. */
static void draw(void *user, const struct survey_progress *progress)
{
    struct view *view = user;
    int64_t now = clock_ms(CLOCK_MONOTONIC);
    size_t full = progress->count > 0 ? progress->done * BAR / progress->count : 0;
    char bar[BAR + 1];

    if (!view->terminal || now - view->drawn < REDRAW_MS)
        return;
    view->drawn = now;
    memset(bar, '.', BAR);
    memset(bar, '#', full);
    bar[BAR] = '\0';
    fprintf(stderr, "\r[%s] %zu of %zu addresses", bar, progress->done, progress->count);
    if (progress->left_ms >= 0)
        fprintf(stderr, ", %" PRId64 " s left", progress->left_ms / 1000);
    fputs("\033[K", stderr);
}

static int keep(const struct cli *cli, const struct survey *survey, const struct survey_sum *sum)
{
    const struct survey_kept kept = {.made = time(NULL),
                                     .of = survey->of,
                                     .names = sum->names - sum->fate[SURVEY_UNTRIED],
                                     .work = sum->work};
    int r = kept.names > 0 ? survey_kept_write(&kept, cli->directory) : 0;

    if (r < 0)
        fprintf(stderr, "gitdns: drill: %s/" SURVEY_FILE ": %s\n", cli->directory, error_text(r));
    return r;
}

static int tell(const struct cli *cli, const struct survey *survey, double at_least)
{
    struct survey_sum sum;

    survey_sum_drawn(survey, &sum);
    if (cli->json)
        drill_print_json(survey, &sum);
    else
        drill_print(survey, &sum);
    if (cli->keep && keep(cli, survey, &sum) < 0)
        return CLI_DRILL_FAULT;
    return sum.share >= at_least ? CLI_OK : CLI_BAD;
}

int drill_copy(const struct cli *cli)
{
    double at_least = cli->at_least != NULL ? parse_share(cli->at_least) : 0;
    struct view view = {.terminal = isatty(STDERR_FILENO) == 1};
    struct survey survey = {0};
    char why[MESSAGE_OCTETS];
    int r;

    if (at_least < 0)
        return fault("--at-least takes a share such as 95%");
    if (cli->keep && (cli->count > 0 || cli->registry_name != NULL))
        return fault("--keep is of all copies");
    if (cli->all && cli->count > 0)
        return fault("--all takes no names");
    r = drill_names_take(&survey, cli, why);
    if (r == 0) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        r = survey_run(&survey, draw, &view, why);
        curl_global_cleanup();
    }
    if (view.drawn != 0)
        fputs("\r\033[K", stderr);
    r = r < 0 ? fault(why) : tell(cli, &survey, at_least);
    survey_free(&survey);
    return r;
}
