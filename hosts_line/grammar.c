#include "hosts_line/grammar.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHUNK 1024
#define ACTIONS 3
/* With the longest of names and actions a service takes less. */
#define SERVICE_OCTETS                                                                             \
    (HOSTS_SERVICE_MAX + sizeof " [TRYAGAIN=continue UNAVAIL=continue NOTFOUND=continue "          \
                                "SUCCESS=continue]")
_Static_assert(HOSTS_SERVICES_MAX *SERVICE_OCTETS <= HOSTS_LINE_TEXT_OCTETS, "any line has room");

/* By status and by enum hosts_action; letter case aside. */
static const char *const statuses[HOSTS_STATUSES] = {"TRYAGAIN", "UNAVAIL", "NOTFOUND", "SUCCESS"};
static const char *const actions[ACTIONS] = {"continue", "return", "merge"};

struct words {
    const char *at;
    const char *end;
};

static void skip_blanks(struct words *words)
{
    while (words->at < words->end && hosts_is_blank(*words->at))
        words->at++;
}

/* Takes letters up to a blank or one of `stops`; returns their number. */
static size_t take(struct words *words, const char *stops, const char **word)
{
    *word = words->at;
    while (words->at < words->end && !hosts_is_blank(*words->at) && *words->at != '\0' &&
           strchr(stops, *words->at) == NULL)
        words->at++;
    return (size_t)(words->at - *word);
}

static bool take_char(struct words *words, char c)
{
    skip_blanks(words);
    if (words->at == words->end || *words->at != c)
        return false;
    words->at++;
    return true;
}

/* The index of a word among `count`, letter case aside, or -1. */
static int which(const char *word, size_t len, const char *const *all, int count)
{
    for (int i = 0; i < count; i++)
        if (strlen(all[i]) == len && strncasecmp(all[i], word, len) == 0)
            return i;
    return -1;
}

/* Behind the bracket: `[!]STATUS=ACTION ...]` */
static int parse_actions(struct words *words, struct hosts_service *service)
{
    do {
        bool others = take_char(words, '!');
        const char *word;
        size_t len = take(words, "=]", &word);
        int status = which(word, len, statuses, HOSTS_STATUSES), action;

        if (status < 0 || !take_char(words, '='))
            return -1;
        skip_blanks(words);
        len = take(words, "=]", &word);
        action = which(word, len, actions, ACTIONS);
        if (action < 0)
            return -1;
        for (int i = 0; i < HOSTS_STATUSES; i++)
            if ((i == status) != others)
                service->action[i] = (enum hosts_action)action;
    } while (!take_char(words, ']'));
    return 0;
}

/* What glibc does where the line does not say. */
static enum hosts_action usual(int status)
{
    return status == HOSTS_SUCCESS ? HOSTS_RETURN : HOSTS_CONTINUE;
}

int hosts_line_parse(const char *text, size_t len, struct hosts_line *line)
{
    struct words words = {text, text + len};

    line->count = 0;
    for (;;) {
        struct hosts_service *service = &line->service[line->count];
        const char *word;

        skip_blanks(&words);
        len = take(&words, "[", &word);
        /* The end, or a bracket that follows no service: glibc stops there without complaint. */
        if (len == 0)
            return line->count > 0 ? 0 : -1;
        if (len >= HOSTS_SERVICE_MAX || line->count == HOSTS_SERVICES_MAX)
            return -1;
        memcpy(service->name, word, len);
        service->name[len] = '\0';
        for (int i = 0; i < HOSTS_STATUSES; i++)
            service->action[i] = usual(i);
        line->count++;
        service->start = (unsigned)(word - text);
        service->end = (unsigned)(words.at - text);
        if (take_char(&words, '[')) {
            if (parse_actions(&words, service) < 0)
                return -1;
            service->end = (unsigned)(words.at - text);
        }
    }
}

size_t hosts_line_value(const char *text, size_t len)
{
    struct words words = {text, text + len};
    const char *word;

    skip_blanks(&words);
    len = take(&words, ":", &word);
    if (len != 5 || memcmp(word, "hosts", 5) != 0)
        return 0;
    while (take_char(&words, ':'))
        ;
    return (size_t)(words.at - text);
}

int hosts_line_parse_whole(const char *text, size_t len, struct hosts_line *line, size_t *value)
{
    size_t start = hosts_line_value(text, len);

    if (value != NULL)
        *value = start;
    return start == 0 ? 1 : hosts_line_parse(text + start, len - start, line);
}

/* A line of the file in the making: of one that is too long only its start is kept. */
struct pending {
    char text[HOSTS_LINE_MAX];
    size_t len;
    bool cut;
};

/* Returns as hosts_line_parse_whole; a hosts line that was cut is not understood. */
static int take_pending(struct pending *pending, struct hosts_line *line)
{
    size_t len = pending->len;
    bool cut = pending->cut;

    pending->len = 0;
    pending->cut = false;
    if (cut && hosts_line_value(pending->text, len) > 0)
        return -1;
    return hosts_line_parse_whole(pending->text, len, line, NULL);
}

static void append(struct pending *pending, const char *text, size_t len)
{
    size_t room = sizeof pending->text - pending->len;

    pending->cut = pending->cut || len > room;
    if (len > room)
        len = room;
    memcpy(pending->text + pending->len, text, len);
    pending->len += len;
}

/* read(), open() and close() are cancellation points; syscall() is none. */
static int read_lines(int fd, struct hosts_line *line)
{
    struct pending pending = {.len = 0};
    char chunk[CHUNK];
    int found = -1, r;

    /* A last line without its LF is none for glibc. */
    for (;;) {
        long n = syscall(SYS_read, fd, chunk, sizeof chunk);
        const char *at = chunk, *lf;

        if (n < 0)
            return -errno - 1;
        if (n == 0)
            return found;
        while ((lf = memchr(at, '\n', (size_t)(chunk + n - at))) != NULL) {
            append(&pending, at, (size_t)(lf - at));
            at = lf + 1;
            r = take_pending(&pending, line);
            if (r <= 0)
                found = r;
        }
        append(&pending, at, (size_t)(chunk + n - at));
    }
}

int hosts_line_read(const char *path, struct hosts_line *line)
{
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_LARGEFILE);
    int r;

    line->count = 0;
    if (fd < 0)
        return -errno - 1;
    r = read_lines((int)fd, line);
    syscall(SYS_close, (int)fd);
    return r;
}

int hosts_line_find(const struct hosts_line *line, const char *service)
{
    for (unsigned i = line->count; i-- > 0;)
        if (strcmp(line->service[i].name, service) == 0)
            return (int)i;
    return -1;
}

bool hosts_line_after_dns(const struct hosts_line *line)
{
    int gitdns = hosts_line_find(line, "gitdns");

    for (int i = 0; i < gitdns; i++)
        if (strcmp(line->service[i].name, "dns") == 0 ||
            strcmp(line->service[i].name, "resolve") == 0)
            return true;
    return false;
}

static char *format_actions(const struct hosts_service *service, char *at)
{
    const char *before = " [";

    for (int i = 0; i < HOSTS_STATUSES; i++) {
        if (service->action[i] == usual(i))
            continue;
        at = stpcpy(stpcpy(at, before), statuses[i]);
        at = stpcpy(stpcpy(at, "="), actions[service->action[i]]);
        before = " ";
    }
    return before[1] == '\0' ? stpcpy(at, "]") : at;
}

void hosts_line_format(const struct hosts_line *line, char out[HOSTS_LINE_TEXT_OCTETS])
{
    char *at = out;

    *at = '\0';
    for (unsigned i = 0; i < line->count; i++) {
        at = stpcpy(stpcpy(at, i > 0 ? " " : ""), line->service[i].name);
        at = format_actions(&line->service[i], at);
    }
}
