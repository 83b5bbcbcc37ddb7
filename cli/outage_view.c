#include "cli/outage_view.h"
#include "base/clock.h"
#include "base/resolv_conf.h"
#include "base/span.h"
#include "cli/daemon_socket.h"
#include "copy/control.h"
#include "registry/manifest.h"
#include "registry/name.h"
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define NAMES_PATH BOARD_DIRECTORY "/" OUTAGE_NAMES_FILE
#define NAMES_SHOWN_MAX 10
/* Room for these, the root among them, and for when each began. */
#define NAMES_OCTETS ((NAMES_SHOWN_MAX + 1) * (2 * NAME_MAX_OCTETS + 32))
#define LOOK_MS 5000

/* Twice: once it has taken the second it has done the first. Its own look at resolv.conf may be of
 * long ago. Returns whether it has looked. */
static bool have_it_look(int fd)
{
    int64_t until = clock_ms(CLOCK_MONOTONIC) + LOOK_MS;

    for (int i = 0; i < 2; i++)
        if (!daemon_send(fd, "look"))
            return false;
    return daemon_has_taken(fd, until);
}

static bool read_header(uint32_t header[BOARD_WORDS])
{
    uint32_t boot[BOARD_BOOT_WORDS];
    int fd = open(BOARD_PATH, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    ssize_t n;

    if (fd < 0)
        return false;
    n = read(fd, header, BOARD_WORDS * sizeof *header);
    close(fd);
    return n == BOARD_WORDS * (ssize_t)sizeof *header && board_boot(boot) == 0 &&
           board_is_of_boot(header, boot);
}

static bool is_elsewhere(const uint32_t header[BOARD_WORDS])
{
    uint64_t stamp = header[BOARD_WORD_STAMP] | (uint64_t)header[BOARD_WORD_STAMP + 1] << 32;
    uint64_t here = resolv_conf_stamp();

    return here == 0 || here != stamp;
}

void outage_view_read(struct outage_view *view, bool look)
{
    uint32_t header[BOARD_WORDS] = {0};
    int fd = daemon_connect();
    bool looked = look && fd >= 0 && have_it_look(fd);

    *view = (struct outage_view){.watched = fd >= 0 && read_header(header)};
    view->silent = look && view->watched && !looked;
    if (fd >= 0)
        close(fd);
    if (!view->watched)
        return;
    view->everything =
        board_runs(header[BOARD_WORD_EVERYTHING], (uint32_t)(clock_ms(CLOCK_MONOTONIC) / 1000));
    view->forced = header[BOARD_WORD_FORCED] <= BOARD_DRILL
                       ? (enum board_forced)header[BOARD_WORD_FORCED]
                       : BOARD_AUTO;
    view->denied = header[BOARD_WORD_DENIED];
    view->names = header[BOARD_WORD_NAMES] - view->denied;
    view->since = header[BOARD_WORD_SINCE];
    view->ended = header[BOARD_WORD_ENDED];
    view->drill = view->forced == BOARD_DRILL ? header[BOARD_WORD_DRILL_ENDS] : 0;
    view->reports = header[BOARD_WORD_REPORTS];
    /* Unasked the daemon looks at its resolv.conf in an outage alone. */
    view->elsewhere = (looked || view->everything || view->names > 0) && is_elsewhere(header);
}

/* `, since 2026-…, 5 minutes ago` */
static void print_moment(const char *before, int64_t moment, int64_t now)
{
    char stamp[TIMESTAMP_OCTETS], distance[SPAN_OCTETS];

    timestamp_format(moment, stamp);
    printf("%s%s, %s", before, stamp, span_distance(now, moment, distance));
}

/* The file's beginning. The daemon's user owns the folder: neither a FIFO or a link in the file's
 * place nor one without an end may hold root up. */
static FILE *open_names(char text[NAMES_OCTETS])
{
    int fd = open(NAMES_PATH, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    ssize_t n;

    if (fd < 0)
        return NULL;
    n = read(fd, text, NAMES_OCTETS);
    close(fd);
    return n > 0 ? fmemopen(text, (size_t)n, "r") : NULL;
}

/* Root alone may read which names they are. */
static void print_names(const struct outage_view *view, int64_t now)
{
    char begin[NAMES_OCTETS], text[1 + NAME_MAX_OCTETS + 1];
    FILE *file = open_names(begin);
    unsigned shown = 0;
    int64_t since;

    if (file == NULL) {
        printf("%-11s root may see which: %s\n", "", NAMES_PATH);
        return;
    }
    while (shown < NAMES_SHOWN_MAX && fscanf(file, "%" SCNd64 " %254s%*[^\n]", &since, text) == 2) {
        bool domain = text[0] == '.';

        if (since < 0 || name_check(text + domain, strlen(text + domain)) < 0)
            continue;
        printf("%-11s %s%s", "", text + domain, domain ? " and all below it" : "");
        print_moment(", since ", since, now);
        putchar('\n');
        shown++;
    }
    fclose(file);
    if (view->names > shown)
        printf("%-11s and %" PRIu32 " more\n", "", view->names - shown);
}

static void print_what(const struct outage_view *view, int64_t now)
{
    if (view->forced == BOARD_ON)
        printf("forced on by an administrator; back with: gitdns outage auto");
    else if (view->forced == BOARD_OFF)
        printf("none, forced off by an administrator; back with: gitdns outage auto");
    else if (view->forced == BOARD_DRILL)
        print_moment(
            "a drill: what the copy lacks is not asked of DNS; gitdns drill --end ends it; "
            "until ",
            view->drill, now);
    else if (view->everything)
        print_moment("everything is out, since ", view->since, now);
    else if (view->names == 1)
        print_moment("one name or domain is out, since ", view->since, now);
    else if (view->names > 0) {
        printf("%" PRIu32 " names or domains are out", view->names);
        print_moment(", the first since ", view->since, now);
    } else if (view->ended > 0)
        print_moment("none known; the last one ended ", view->ended, now);
    else
        printf("none known");
}

void outage_view_print(const struct outage_view *view, const char *label, int64_t now)
{
    if (!view->watched) {
        printf("%-11s not watched for: gitdns-syncd does not run\n", label);
        return;
    }
    printf("%-11s ", label);
    print_what(view, now);
    printf("; %" PRIu32 " look-up%s reported\n", view->reports, view->reports == 1 ? "" : "s");
    if (view->elsewhere)
        printf("%-11s not here: this resolv.conf is not the one that the daemon asks\n", "");
    if (view->denied > 0)
        printf("%-11s %" PRIu32 " name%s that DNS denies %s answered, being proven to be served\n",
               "", view->denied, view->denied == 1 ? "" : "s", view->denied == 1 ? "is" : "are");
    if (view->names > 0)
        print_names(view, now);
}

void outage_view_print_json(struct json *json, const char *label, const struct outage_view *view)
{
    json_open(json, label, '{');
    json_flag(json, "watched", view->watched);
    if (view->watched) {
        json_flag(json, "everything", view->everything);
        json_number(json, "names", view->names);
        json_number(json, "denied", view->denied);
        json_text(json, "forced", control_word(view->forced));
        json_flag(json, "here", !view->elsewhere);
        json_number(json, "reports", view->reports);
    }
    if (view->watched && view->since > 0)
        json_time(json, "since", view->since);
    if (view->watched && view->drill > 0)
        json_time(json, "drill_ends", view->drill);
    if (view->watched && view->ended > 0)
        json_time(json, "ended", view->ended);
    json_close(json, '}');
}
