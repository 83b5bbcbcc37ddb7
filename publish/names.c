#include "publish/names.h"
#include "base/error.h"
#include "publish/lines.h"
#include "registry/name.h"
#include "registry/registry.h"
#include "registry/u_label.h"
#include <errno.h>
#include <string.h>

struct names {
    bool private, www;
    struct records *records;
    struct skips *skips;
};

/* Takes the line's first word that is not a rank; empty if there is none. `1, NAME` is what
 * `1,NAME` is. */
static struct word take_name(struct word *rest)
{
    const char *comment = memchr(rest->text, '#', rest->len), *end, *digits;
    struct word word;

    if (comment != NULL)
        rest->len = (size_t)(comment - rest->text);
    word_take(rest, &word);
    end = word.text + word.len;
    digits = word.text;
    while (digits < end && *digits >= '0' && *digits <= '9')
        digits++;
    if (digits == word.text || digits == end || *digits != ',')
        return word;
    word = (struct word){digits + 1, (size_t)(end - digits - 1)};
    if (word.len == 0)
        word_take(rest, &word);
    return word;
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
static int add_line(void *user, const struct line *line)
{
    struct names *names = user;
    struct word rest = {line->text, line->len}, word = take_name(&rest), second;
    char name[NAME_MAX_OCTETS + 1];
    int r;

    if (word.len == 0 && !line->cut)
        return 0;
    while (!line->cut && word_take(&rest, &second))
        skips_add(names->skips, E_ENTRY_SECOND, line->number, second.text, second.len);
    r = line->cut ? E_LINE_LONG : u_label_normalise(word.text, word.len, name);
    if (r == -ENOMEM)
        return r;
    if (r > 0) {
        skips_converted(names->skips, line->number, word.text, word.len, name);
        word = (struct word){name, (size_t)r};
        r = names->private ? 0 : name_check_public(name, word.len);
    }
    if (r < 0) {
        skips_add(names->skips, r, line->number, line->cut ? "" : word.text,
                  line->cut ? 0 : word.len);
        return 0;
    }
    r = records_name(names->records, name, word.len);
    return r < 0 || !names->www ? r : add_www(names, name, word.len);
}

int names_read(const char *path, bool private, bool www, struct records *records,
               struct skips *skips, struct problem *problem)
{
    struct names names = {.private = private, .www = www, .records = records, .skips = skips};

    return lines_read(path, add_line, &names, problem);
}
