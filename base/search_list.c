#include "base/search_list.h"
#include "base/line_reader.h"
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Room in front of the domains, and behind them, for the name as it is. */
static const char as_it_is[] = ". ";
#define AROUND (sizeof as_it_is - 1)

struct reading {
    struct search_list *list;
    bool ndots_0;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Whether the line starts with the word and a blank; then *rest is behind those that follow. */
static bool starts(const struct file_line *line, const char *word, struct file_line *rest)
{
    size_t at = strlen(word);

    if (line->len <= at || memcmp(line->text, word, at) != 0 || !is_blank(line->text[at]))
        return false;
    while (at < line->len && is_blank(line->text[at]))
        at++;
    *rest = (struct file_line){line->text + at, line->len - at, line->cut, line->ended};
    return true;
}

static size_t word_len(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && !is_blank(text[n]))
        n++;
    return n;
}

static void set_domains(struct search_list *list, const char *text, size_t len, bool cut)
{
    size_t max = sizeof list->domains - 2 * AROUND;

    if (len > max) {
        len = max;
        cut = true;
    }
    while (cut && len > 0 && !is_blank(text[len - 1]))
        len--;
    memcpy(list->domains + AROUND, text, len);
    list->end = AROUND + len;
}

/* As atoi(3) of what stands there. */
static bool is_zero(const char *text, size_t len)
{
    size_t at = 0;

    while (at < len && is_blank(text[at]))
        at++;
    if (at < len && (text[at] == '-' || text[at] == '+'))
        at++;
    while (at < len && text[at] == '0')
        at++;
    return at == len || text[at] < '1' || text[at] > '9';
}

static void take_options(struct reading *reading, const char *text, size_t len)
{
    static const char ndots[] = "ndots:";
    const size_t n = sizeof ndots - 1;

    while (len > 0) {
        size_t word = word_len(text, len);

        if (word >= n && memcmp(text, ndots, n) == 0)
            reading->ndots_0 = is_zero(text + n, len - n);
        while (word < len && is_blank(text[word]))
            word++;
        text += word;
        len -= word;
    }
}

/* Of several lines the last one counts. */
static void take_line(void *user, const struct file_line *line)
{
    struct reading *reading = user;
    struct file_line rest;

    if (starts(line, "domain", &rest) && rest.len > 0)
        set_domains(reading->list, rest.text, word_len(rest.text, rest.len), false);
    else if (starts(line, "search", &rest) && rest.len > 0)
        set_domains(reading->list, rest.text, rest.len, rest.cut);
    else if (starts(line, "options", &rest))
        take_options(reading, rest.text, rest.len);
}

static void take_own_domain(struct search_list *list)
{
    struct utsname host;
    const char *dot;

    if (syscall(SYS_uname, &host) != 0)
        return;
    dot = memchr(host.nodename, '.', strnlen(host.nodename, sizeof host.nodename));
    if (dot != NULL)
        set_domains(list, dot + 1,
                    strnlen(dot + 1, (size_t)(host.nodename + sizeof host.nodename - dot - 1)),
                    false);
}

void search_list_read(const char *path, struct search_list *list)
{
    struct reading reading = {list, false};
    char line[SEARCH_LIST_OCTETS];

    list->end = AROUND;
    line_reader_each(path, line, sizeof line, take_line, &reading);
    if (list->end == AROUND)
        take_own_domain(list);
    list->start = reading.ndots_0 ? 0 : AROUND;
    memcpy(list->domains, as_it_is, AROUND);
    list->domains[list->end] = ' ';
    list->domains[list->end + 1] = '.';
    list->end += reading.ndots_0 ? 0 : AROUND;
}

void search_list_none(struct search_list *list)
{
    *list = (struct search_list){.end = 1, .domains = "."};
}

/* `NAME`, or `NAME.DOMAIN`. */
static bool join(const char *name, const char *domain, size_t len, char *out, size_t size)
{
    size_t name_len = strnlen(name, size);

    if (len > 0 && domain[0] == '.') {
        domain++;
        len--;
    }
    if (name_len + 1 + len >= size)
        return false;
    memcpy(out, name, name_len);
    if (len > 0) {
        out[name_len++] = '.';
        memcpy(out + name_len, domain, len);
    }
    out[name_len + len] = '\0';
    return true;
}

bool search_list_next(const struct search_list *list, size_t *at, const char *name, char *out,
                      size_t size)
{
    bool found = false;

    if (*at < list->start)
        *at = list->start;
    while (!found && *at < list->end) {
        const char *domain = list->domains + *at;
        size_t len = word_len(domain, list->end - *at);

        found = len > 0 && join(name, domain, len, out, size);
        *at += len + 1;
    }
    return found;
}
