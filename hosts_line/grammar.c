#include "hosts_line/grammar.h"
#include "base/line_reader.h"
#include <string.h>
#include <strings.h>

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

/* The next service of what stands behind `hosts:`, which starts at `text`. Returns 1, 0 at the end,
 * -1 if it is not understood. */
static int parse_service(struct words *words, const char *text, struct hosts_service *service)
{
    const char *word;
    size_t len;

    skip_blanks(words);
    len = take(words, "[", &word);
    /* The end, or a bracket that follows no service: glibc stops there without complaint. */
    if (len == 0)
        return 0;
    if (len >= HOSTS_SERVICE_MAX)
        return -1;
    memcpy(service->name, word, len);
    service->name[len] = '\0';
    for (int i = 0; i < HOSTS_STATUSES; i++)
        service->action[i] = usual(i);
    service->start = (unsigned)(word - text);
    service->end = (unsigned)(words->at - text);
    if (take_char(words, '[')) {
        if (parse_actions(words, service) < 0)
            return -1;
        service->end = (unsigned)(words->at - text);
    }
    return 1;
}

int hosts_line_parse(const char *text, size_t len, struct hosts_line *line)
{
    struct words words = {text, text + len};
    struct hosts_service service;
    int r;

    line->count = 0;
    while ((r = parse_service(&words, text, &service)) == 1) {
        if (line->count == HOSTS_SERVICES_MAX)
            return -1;
        line->service[line->count++] = service;
    }
    return r == 0 && line->count > 0 ? 0 : -1;
}

int hosts_place_parse(const char *text, size_t len, struct hosts_place *place)
{
    struct words words = {text, text + len};
    struct hosts_service service;
    bool asks = false, dns = false;
    int i, r;

    *place = (struct hosts_place){.gitdns = -1};
    for (i = 0; (r = parse_service(&words, text, &service)) == 1; i++) {
        if (i == HOSTS_SERVICES_MAX)
            return -1;
        if (strcmp(service.name, "gitdns") == 0)
            *place = (struct hosts_place){i, asks, dns};
        dns = strcmp(service.name, "dns") == 0;
        asks = asks || dns || strcmp(service.name, "resolve") == 0;
    }
    return r == 0 && i > 0 ? 0 : -1;
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

struct reading {
    int (*parse)(const char *text, size_t len, void *out); /* returns as hosts_line_parse */
    void *out;
    int found;
};

static int parse_line(const char *text, size_t len, void *out)
{
    return hosts_line_parse(text, len, out);
}

static int parse_place(const char *text, size_t len, void *out)
{
    return hosts_place_parse(text, len, out);
}

/* A last line without its LF is none for glibc, and one that was cut is not understood. */
static void take_line(void *user, const struct file_line *line)
{
    struct reading *reading = user;
    size_t value = line->ended || line->cut ? hosts_line_value(line->text, line->len) : 0;

    if (value > 0)
        reading->found =
            line->cut ? -1 : reading->parse(line->text + value, line->len - value, reading->out);
}

static int read_file(const char *path, struct reading *reading)
{
    char buffer[HOSTS_LINE_MAX];
    int r = line_reader_each(path, buffer, sizeof buffer, take_line, reading);

    return r < 0 ? r - 1 : reading->found;
}

int hosts_line_read(const char *path, struct hosts_line *line)
{
    struct reading reading = {parse_line, line, -1};

    line->count = 0;
    return read_file(path, &reading);
}

int hosts_place_read(const char *path, struct hosts_place *place)
{
    struct reading reading = {parse_place, place, -1};

    *place = (struct hosts_place){.gitdns = -1};
    return read_file(path, &reading);
}

int hosts_line_find(const struct hosts_line *line, const char *service)
{
    for (unsigned i = line->count; i-- > 0;)
        if (strcmp(line->service[i].name, service) == 0)
            return (int)i;
    return -1;
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
