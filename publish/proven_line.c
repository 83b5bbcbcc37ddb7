#include "publish/proven_line.h"
#include "proof/proof.h"
#include "registry/name.h"
#include <stdio.h>
#include <string.h>

/* `/NUMBER`, or `/-`, at the front of *text. Returns 0 or -1. */
static int take_hours(const char **text, const char *end, uint16_t *hours)
{
    const char *p = *text, *digits;
    unsigned number = 0;

    if (p == end || *p++ != '/')
        return -1;
    if (p < end && *p == '-') {
        *hours = HOURS_NEVER;
        *text = p + 1;
        return 0;
    }
    for (digits = p; p < end && *p >= '0' && *p <= '9' && number <= HOURS_MAX; p++)
        number = number * 10 + (unsigned)(*p - '0');
    if (p == digits || number > HOURS_MAX)
        return -1;
    *hours = (uint16_t)number;
    *text = p;
    return 0;
}

/* `ADDRESS/PROVEN/TRIED/KNOWN/FAILS`. */
static int parse_pair(const char *word, size_t len, struct pair *pair)
{
    const char *end = word + len, *p = memchr(word, '/', len);
    int octets;

    *pair = (struct pair){.verdict = PROOF_UNTRIED};
    if (p == NULL)
        return -1;
    octets = address_parse(word, (size_t)(p - word), pair->address);
    if (octets < 0 || take_hours(&p, end, &pair->proven) < 0 ||
        take_hours(&p, end, &pair->tried) < 0 || take_hours(&p, end, &pair->known) < 0)
        return -1;
    if (end - p != 2 || p[0] != '/' || p[1] < '0' || p[1] > '0' + FAILS_MAX)
        return -1;
    pair->octets = (uint8_t)octets;
    pair->fails = (uint8_t)(p[1] - '0');
    return 0;
}

int proven_line_parse(const char *text, size_t len, struct proven_line *line)
{
    const char *end = text + len, *p = memchr(text, ' ', len);

    line->name = text;
    line->count = 0;
    if (p == NULL || name_check(text, (size_t)(p - text)) < 0)
        return -1;
    line->name_len = (size_t)(p - text);
    while (p < end) {
        const char *word = p + 1;

        p = memchr(word, ' ', (size_t)(end - word));
        if (p == NULL)
            p = end;
        if (line->count == PROVEN_PAIRS_MAX ||
            parse_pair(word, (size_t)(p - word), &line->pair[line->count++]) < 0)
            return -1;
    }
    return line->count > 0 ? 0 : -1;
}

static char *format_hours(char *p, uint16_t hours)
{
    return p + (hours == HOURS_NEVER ? sprintf(p, "/-") : sprintf(p, "/%u", hours));
}

size_t proven_line_format(const struct proven_line *line, char out[PROVEN_LINE_MAX])
{
    char *p = mempcpy(out, line->name, line->name_len);

    for (size_t i = 0; i < line->count; i++) {
        const struct pair *pair = &line->pair[i];

        *p++ = ' ';
        p += address_format(pair->address, pair->octets, p);
        p = format_hours(p, pair->proven);
        p = format_hours(p, pair->tried);
        p = format_hours(p, pair->known);
        p += sprintf(p, "/%u", pair->fails);
    }
    *p++ = '\n';
    return (size_t)(p - out);
}
