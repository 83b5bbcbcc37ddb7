#include "cli/outage_view.h"
#include "base/stamp.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "copy/control.h"
#include "registry/manifest.h"
#include "registry/name.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <resolv.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define NAMES_PATH BOARD_DIRECTORY "/" OUTAGE_NAMES_FILE
#define NAMES_SHOWN_MAX 10
/* Room for these, the root among them, and for when each began. */
#define NAMES_OCTETS ((NAMES_SHOWN_MAX + 1) * (2 * NAME_MAX_OCTETS + 32))
/* The queue may be full of others' reports; the daemon takes a batch ten times a second. */
#define SEND_SECONDS 5
#define LOOK_SECONDS 5
#define LOOK_STEP_NS 2000000L
#define CONFIRM_TRIES 50
#define CONFIRM_STEP_NS 50000000L

/* Connected to the daemon; -1: there is none. */
static int connect_daemon(void)
{
    static const struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = REPORT_PATH};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

static bool send_patiently(int fd, const char *message, size_t len)
{
    static const struct timeval patience = {.tv_sec = SEND_SECONDS};

    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
           send(fd, message, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Whether it has taken all that was sent, by `end`. */
static bool is_taken(int fd, const struct timespec *end)
{
    static const struct timespec step = {.tv_nsec = LOOK_STEP_NS};
    struct timespec now;
    int left = 1;

    while (ioctl(fd, SIOCOUTQ, &left) == 0 && left > 0 &&
           clock_gettime(CLOCK_MONOTONIC, &now) == 0 && now.tv_sec < end->tv_sec)
        nanosleep(&step, NULL);
    return left == 0;
}

/* Twice: once it has taken the second it has done the first. Its own look at resolv.conf may be of
 * long ago. Returns whether it has looked. */
static bool have_it_look(int fd)
{
    static const char message[] = {REPORT_CONTROL, 'l', 'o', 'o', 'k'};
    struct timespec end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += LOOK_SECONDS;
    for (int i = 0; i < 2; i++)
        if (!send_patiently(fd, message, sizeof message))
            return false;
    return is_taken(fd, &end);
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
    struct stat st;

    return stat(_PATH_RESCONF, &st) < 0 || file_stamp(&st) != stamp;
}

/* `fd`: connected to the daemon, or -1; closes it. `looked`: the daemon has just looked at its
 * resolv.conf, as it else does in an outage alone. */
static void read_view(int fd, bool looked, struct outage_view *view)
{
    uint32_t header[BOARD_WORDS];
    struct timespec now;

    *view = (struct outage_view){.watched = fd >= 0 && read_header(header)};
    if (fd >= 0)
        close(fd);
    if (!view->watched)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    view->everything = board_runs(header[BOARD_WORD_EVERYTHING], (uint32_t)now.tv_sec);
    view->forced = header[BOARD_WORD_FORCED] <= BOARD_OFF
                       ? (enum board_forced)header[BOARD_WORD_FORCED]
                       : BOARD_AUTO;
    view->names = header[BOARD_WORD_NAMES];
    view->since = header[BOARD_WORD_SINCE];
    view->ended = header[BOARD_WORD_ENDED];
    view->reports = header[BOARD_WORD_REPORTS];
    view->elsewhere = (looked || view->everything || view->names > 0) && is_elsewhere(header);
}

void outage_read(struct outage_view *view)
{
    int fd = connect_daemon();

    read_view(fd, fd >= 0 && have_it_look(fd), view);
}

/* `, since 2026-…, 5 minutes ago` */
static void print_moment(const char *before, int64_t moment, int64_t now)
{
    char stamp[TIMESTAMP_OCTETS], distance[FORMAT_OCTETS];

    timestamp_format(moment, stamp);
    printf("%s%s, %s", before, stamp, format_distance(now, moment, distance));
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

        if (name_check(text + domain, strlen(text + domain)) < 0)
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

void outage_print(const struct outage_view *view, const char *label, int64_t now)
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
    if (view->names > 0)
        print_names(view, now);
}

void outage_print_json(FILE *file, const struct outage_view *view)
{
    char stamp[TIMESTAMP_OCTETS];

    if (!view->watched) {
        fputs("{\"watched\": false}", file);
        return;
    }
    fprintf(file,
            "{\"watched\": true, \"everything\": %s, \"names\": %" PRIu32
            ", \"forced\": \"%s\", \"here\": %s, \"reports\": %" PRIu32,
            view->everything ? "true" : "false", view->names, control_word(view->forced),
            view->elsewhere ? "false" : "true", view->reports);
    if (view->since > 0) {
        timestamp_format(view->since, stamp);
        fprintf(file, ", \"since\": \"%s\"", stamp);
    }
    if (view->ended > 0) {
        timestamp_format(view->ended, stamp);
        fprintf(file, ", \"ended\": \"%s\"", stamp);
    }
    fputc('}', file);
}

static bool send_word(const char *word)
{
    char message[16];
    int fd = connect_daemon(), len;
    bool sent;

    if (fd < 0)
        return false;
    message[0] = REPORT_CONTROL;
    len = 1 + snprintf(message + 1, sizeof message - 1, "%s", word);
    sent = send_patiently(fd, message, (size_t)len);
    close(fd);
    return sent;
}

static bool is_confirmed(enum board_forced forced)
{
    const struct timespec step = {.tv_nsec = CONFIRM_STEP_NS};
    struct outage_view view;

    for (int i = 0; i < CONFIRM_TRIES; i++) {
        read_view(connect_daemon(), false, &view);
        if (view.watched && view.forced == forced &&
            (forced == BOARD_AUTO || view.everything == (forced == BOARD_ON)))
            return true;
        nanosleep(&step, NULL);
    }
    return false;
}

static int force(enum board_forced forced)
{
    if (geteuid() != 0) {
        fprintf(stderr, "gitdns: outage %s: only root may decide that\n", control_word(forced));
        return CLI_BAD;
    }
    if (!send_word(control_word(forced))) {
        fprintf(stderr, "gitdns: " REPORT_PATH ": %s; does gitdns-syncd run?\n", strerror(errno));
        return CLI_BAD;
    }
    if (!is_confirmed(forced)) {
        fprintf(stderr, "gitdns: gitdns-syncd was told, but " BOARD_PATH " does not show it\n");
        return CLI_BAD;
    }
    return CLI_OK;
}

int cli_outage(const struct cli *cli)
{
    struct outage_view view = {.watched = false};
    int status = CLI_OK;

    if (cli->count > 0) {
        enum board_forced forced = BOARD_AUTO;

        while (forced <= BOARD_OFF && strcmp(cli->arguments[0], control_word(forced)) != 0)
            forced++;
        if (forced > BOARD_OFF) {
            fprintf(stderr, "gitdns: outage takes on, off or auto\n");
            return CLI_USAGE;
        }
        status = force(forced);
    }
    if (status == CLI_OK) {
        outage_read(&view);
        outage_print(&view, "outage", time(NULL));
    }
    return status == CLI_OK && view.watched ? CLI_OK : CLI_BAD;
}
