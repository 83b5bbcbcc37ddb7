#include "publish/names.h"
#include "publish/input.h"
#include "registry/error.h"
#include "registry/name.h"
#include "registry/registry.h"
#include <errno.h>
#include <string.h>

struct names {
    bool private, www;
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

/* The first word of the line that is not a rank; empty if the line is. */
static struct word find_word(const char *text, size_t len)
{
    const char *end = text + len, *from, *to, *digits;

    from = text;
    while (from < end && is_blank(*from))
        from++;
    to = from;
    while (to < end && !is_blank(*to) && *to != '#')
        to++;
    digits = from;
    while (digits < to && *digits >= '0' && *digits <= '9')
        digits++;
    if (digits > from && digits < to && *digits == ',')
        from = digits + 1;
    return (struct word){from, (size_t)(to - from)};
}

static int add_www(struct names *names, const char *name, size_t len)
{
    static const char prefix[] = "www.";
    const size_t n = sizeof prefix - 1;
    char www[NAME_MAX_OCTETS + 1];
    int r;

    if (len + n > NAME_MAX_OCTETS || strncmp(name, prefix, n) == 0)
        return 0;
    memcpy(www, prefix, n);
    memcpy(www + n, name, len);
    r = records_name(names->records, www, len + n);
    return r < 0 ? r : 0;
}

/* Returns 0, or what ends the reading. */
static int add_line(struct names *names, const char *text, size_t len, bool cut)
{
    struct word word = find_word(text, len);
    char name[NAME_MAX_OCTETS + 1];
    int r;

    if (word.len == 0 && !cut)
        return 0;
    r = cut ? E_LINE_LONG : name_normalise(word.text, word.len, name);
    if (r > 0) {
        word = (struct word){name, (size_t)r};
        r = names->private ? 0 : name_check_public(name, word.len);
    }
    if (r < 0) {
        skips_add(names->skips, r, names->line, cut ? "" : word.text, cut ? 0 : word.len);
        return 0;
    }
    r = records_name(names->records, name, word.len);
    return r < 0 || !names->www ? r : add_www(names, name, word.len);
}

static int add_lines(struct names *names, struct input *input)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct input_line line;
    int r;

    while ((r = input_next(input, &line)) > 0) {
        size_t skip = 0;

        if (names->line++ == 0 && line.len >= 3 && memcmp(line.text, mark, 3) == 0)
            skip = 3;
        r = add_line(names, line.text + skip, line.len - skip, line.cut);
        if (r < 0)
            break;
    }
    return r;
}

int names_read(const char *path, bool private, bool www, struct records *records,
               struct skips *skips, struct problem *problem)
{
    struct names names = {.private = private, .www = www, .records = records, .skips = skips};
    struct input *input = NULL;
    int r = input_open(&input, path);

    if (r == 0)
        r = add_lines(&names, input);
    input_close(input);
    if (r == 0)
        return 0;
    if (r == E_RECORDS_FULL)
        return problem_set(problem, r, "%s: too many names", path);
    problem_set(problem, r, "%s: %s", path, error_text(r));
    return r == E_STOPPED || r == -ENOMEM ? r : E_INPUT;
}
