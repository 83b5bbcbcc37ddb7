#include "publish/lines.h"
#include "base/error.h"
#include "publish/input.h"
#include <errno.h>
#include <string.h>

bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool word_take(struct word *text, struct word *word)
{
    const char *p = text->text, *end = p + text->len;

    while (p < end && is_blank(*p))
        p++;
    word->text = p;
    while (p < end && !is_blank(*p))
        p++;
    word->len = (size_t)(p - word->text);
    *text = (struct word){p, (size_t)(end - p)};
    return word->len > 0;
}

static int read_all(struct input *input, int (*take)(void *user, const struct line *line),
                    void *user)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct input_line raw;
    uint64_t number = 0;
    int r;

    while ((r = input_next(input, &raw)) > 0) {
        struct line line = {raw.text, raw.len, ++number, raw.cut};

        if (number == 1 && line.len >= 3 && memcmp(line.text, mark, 3) == 0) {
            line.text += 3;
            line.len -= 3;
        }
        r = take(user, &line);
        if (r < 0)
            break;
    }
    return r;
}

int lines_read(const char *path, int (*take)(void *user, const struct line *line), void *user,
               struct problem *problem)
{
    struct input *input = NULL;
    int r = input_open(&input, path);

    if (r == 0)
        r = read_all(input, take, user);
    input_close(input);
    if (r == 0)
        return 0;
    if (r == E_RECORDS_FULL)
        return problem_set(problem, r, "%s: too many names and addresses", path);
    problem_set(problem, r, "%s: %s", path, error_text(r));
    return r == E_STOPPED || r == -ENOMEM ? r : E_INPUT;
}
