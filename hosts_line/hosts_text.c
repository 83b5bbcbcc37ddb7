#include "hosts_line/hosts_text.h"
#include <string.h>

bool hosts_text_set(struct hosts_text *text, const char *octets, size_t len)
{
    if (len > sizeof text->octets)
        return false;
    memcpy(text->octets, octets, len);
    text->len = len;
    return true;
}

bool hosts_text_same(const struct hosts_text *a, const struct hosts_text *b)
{
    return a->len == b->len && memcmp(a->octets, b->octets, a->len) == 0;
}

const char *hosts_text_take_line(const char **rest, const char *end, size_t *len)
{
    const char *line = *rest, *lf = memchr(line, '\n', (size_t)(end - line));

    if (lf == NULL)
        return NULL;
    *rest = lf + 1;
    *len = (size_t)(lf - line);
    return line;
}

size_t hosts_text_find(const char *text, size_t len, size_t *offset, size_t *line_len)
{
    const char *rest = text, *line;
    size_t number = 0, found = 0, octets;

    while ((line = hosts_text_take_line(&rest, text + len, &octets)) != NULL) {
        number++;
        if (hosts_line_value(line, octets) == 0)
            continue;
        found = number;
        *offset = (size_t)(line - text);
        *line_len = octets;
    }
    return found;
}
