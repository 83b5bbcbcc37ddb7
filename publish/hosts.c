#include "publish/hosts.h"
#include "publish/input.h"
#include "registry/address.h"
#include "registry/error.h"
#include "registry/name.h"
#include "registry/registry.h"
#include <errno.h>
#include <string.h>

struct hosts {
    bool private;
    uint64_t line;
    struct records *records;
    struct skips *skips;
};

struct word {
    const char *text;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Takes the next word off the front of the line; false if there is none. */
static bool take_word(struct word *line, struct word *word)
{
    const char *p = line->text, *end = p + line->len;

    while (p < end && is_blank(*p))
        p++;
    word->text = p;
    while (p < end && !is_blank(*p))
        p++;
    word->len = (size_t)(p - word->text);
    *line = (struct word){p, (size_t)(end - p)};
    return word->len > 0;
}

/* Returns 0 or the code with which the entry is to be skipped, or with which reading ends. */
static int add_entry(struct hosts *hosts, const struct word *word, const unsigned char *address,
                     size_t octets)
{
    char name[NAME_MAX_OCTETS + 1];
    int len = name_normalise(word->text, word->len, name), r = 0;

    if (len < 0)
        return len;
    if (!hosts->private)
        r = name_check_public(name, (size_t)len);
    if (r == 0 && !hosts->private)
        r = address_check_public(address, octets);
    return r < 0 ? r : records_add(hosts->records, name, (size_t)len, address, octets);
}

static void skip(struct hosts *hosts, int code, const struct word *word)
{
    skips_add(hosts->skips, code, hosts->line, word->text, word->len);
}

/* Takes the line's entries in. Returns 0, or what ends the reading. */
static int add_line(struct hosts *hosts, struct word line, bool cut)
{
    unsigned char address[ADDRESS_MAX_OCTETS];
    const char *comment = memchr(line.text, '#', line.len);
    struct word first, name;
    int octets;

    if (comment != NULL)
        line.len = (size_t)(comment - line.text);
    else if (cut) {
        skip(hosts, E_LINE_LONG, &(struct word){"", 0});
        return 0;
    }
    if (!take_word(&line, &first))
        return 0;
    octets = address_parse(first.text, first.len, address);
    if (octets < 0) {
        skip(hosts, octets, &first);
        return 0;
    }
    if (!take_word(&line, &name)) {
        skip(hosts, E_ENTRY_NAMELESS, &first);
        return 0;
    }
    do {
        int r = add_entry(hosts, &name, address, (size_t)octets);

        if (r == -ENOMEM || r == E_RECORDS_FULL)
            return r;
        if (r < 0)
            skip(hosts, r, r == E_ADDRESS_REFUSED || r == E_ADDRESS_COUNT ? &first : &name);
    } while (take_word(&line, &name));
    return 0;
}

static int add_lines(struct hosts *hosts, struct input *input)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct input_line line;
    int r;

    while ((r = input_next(input, &line)) > 0) {
        struct word rest = {line.text, line.len};

        if (hosts->line++ == 0 && rest.len >= 3 && memcmp(rest.text, mark, 3) == 0)
            rest = (struct word){rest.text + 3, rest.len - 3};
        r = add_line(hosts, rest, line.cut);
        if (r < 0)
            break;
    }
    return r;
}

int hosts_read(const char *path, bool private, struct records *records, struct skips *skips,
               struct problem *problem)
{
    struct hosts hosts = {.private = private, .records = records, .skips = skips};
    struct input *input = NULL;
    int r = input_open(&input, path);

    if (r == 0)
        r = add_lines(&hosts, input);
    input_close(input);
    if (r == 0)
        return 0;
    if (r == E_RECORDS_FULL)
        return problem_set(problem, r, "%s: too many names and addresses", path);
    problem_set(problem, r, "%s: %s", path, error_text(r));
    return r == E_STOPPED || r == -ENOMEM ? r : E_INPUT;
}
