#include "publish/seen_line.h"
#include "registry/name.h"
#include <stdio.h>
#include <string.h>

/* A decimal number of up to 255 at the front of *text. Returns it, or -1. */
static int take_number(const char **text, const char *end)
{
    const char *p = *text;
    int number = 0;

    while (p < end && *p >= '0' && *p <= '9' && number <= UINT8_MAX)
        number = number * 10 + *p++ - '0';
    if (p == *text || number > UINT8_MAX)
        return -1;
    *text = p;
    return number;
}

/* `ADDRESS/LAST/FIRST`. */
static int parse_address(const char *word, size_t len, struct seen_address *seen)
{
    const char *slash = memchr(word, '/', len), *end = word + len, *p;
    int octets, last, first;

    if (slash == NULL)
        return -1;
    octets = address_parse(word, (size_t)(slash - word), seen->address);
    p = slash + 1;
    last = take_number(&p, end);
    if (octets < 0 || last < 0 || p == end || *p++ != '/')
        return -1;
    first = take_number(&p, end);
    if (first < last || p != end)
        return -1;
    seen->octets = (uint8_t)octets;
    seen->last = (uint8_t)last;
    seen->first = (uint8_t)first;
    return 0;
}

int seen_line_parse(const char *text, size_t len, struct seen_line *line)
{
    static const char cname[] = "cname=";
    const size_t n = sizeof cname - 1;
    const char *end = text + len, *p = memchr(text, ' ', len);

    *line = (struct seen_line){.name = text};
    if (p == NULL || name_check(text, (size_t)(p - text)) < 0)
        return -1;
    line->name_len = (unsigned)(p - text);
    while (p < end) {
        const char *word = p + 1;
        size_t octets;

        p = memchr(word, ' ', (size_t)(end - word));
        if (p == NULL)
            p = end;
        octets = (size_t)(p - word);
        if (octets > n && memcmp(word, cname, n) == 0) {
            line->cname = word + n;
            line->cname_len = (unsigned)(octets - n);
            return p == end && name_check(line->cname, line->cname_len) == 0 && line->count > 0
                       ? 0
                       : -1;
        }
        if (line->count == SEEN_ADDRESSES_MAX ||
            parse_address(word, octets, &line->address[line->count++]) < 0)
            return -1;
    }
    return line->count > 0 ? 0 : -1;
}

size_t seen_line_format(const struct seen_line *line, char out[SEEN_LINE_MAX])
{
    char *p = mempcpy(out, line->name, line->name_len);

    for (unsigned i = 0; i < line->count; i++) {
        const struct seen_address *seen = &line->address[i];

        *p++ = ' ';
        p += address_format(seen->address, seen->octets, p);
        p += sprintf(p, "/%u/%u", seen->last, seen->first);
    }
    if (line->cname_len > 0) {
        p = mempcpy(p, " cname=", 7);
        p = mempcpy(p, line->cname, line->cname_len);
    }
    *p++ = '\n';
    return (size_t)(p - out);
}
