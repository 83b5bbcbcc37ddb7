#include "publish/lines.h"
#include "base/error.h"
#include "publish/input.h"
#include "publish/names.h"
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
        if (r != 0)
            break;
    }
    return r < 0 ? r : 0;
}

static const char *text_of(int r)
{
    switch (r) {
    case E_RECORDS_FULL:
        return "too many names and addresses";
    case E_NAMES_MANY:
        return "more than " NAMES_MAX_TEXT " names; --top takes the first ones";
    case E_LIST_HTML:
        return "a page of HTML, not a list of names";
    default:
        return error_text(r);
    }
}

static int read_opened(int r, struct input *input, const char *path,
                       int (*take)(void *user, const struct line *line), void *user,
                       struct problem *problem)
{
    if (r == 0)
        r = read_all(input, take, user);
    input_close(input);
    if (r == 0)
        return 0;
    problem_set(problem, r, "%s: %s", path, text_of(r));
    return r == E_STOPPED || r == -ENOMEM || r == E_RECORDS_FULL ? r : E_INPUT;
}

int lines_read(const char *path, int (*take)(void *user, const struct line *line), void *user,
               struct problem *problem)
{
    struct input *input = NULL;
    int r = input_open(&input, path);

    return read_opened(r, input, path, take, user, problem);
}

int lines_read_fd(int fd, const char *path, int (*take)(void *user, const struct line *line),
                  void *user, struct problem *problem)
{
    struct input *input = NULL;
    int r = input_open_fd(&input, fd);

    return read_opened(r, input, path, take, user, problem);
}
