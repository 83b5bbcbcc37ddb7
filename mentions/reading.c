#include "mentions/reading.h"
#include <string.h>

/* Takes the line off `rest`. */
static struct piece take_line(struct piece *rest)
{
    const char *lf = memchr(rest->text, '\n', rest->len);
    size_t len = lf != NULL ? (size_t)(lf - rest->text) : rest->len;
    struct piece line = {rest->text, len};

    *rest = piece_behind(*rest, len + (lf != NULL));
    return line;
}

static bool is_off(struct piece line)
{
    size_t len = 0;

    while (len < line.len && line.text[len] != '=' && line.text[len] != ':')
        len++;
    return len < line.len &&
           piece_is_caseless(piece_trim((struct piece){line.text, len}), "enabled") &&
           piece_is_one_of(piece_trim(piece_behind(line, len + 1)), "0 no false off");
}

/* Whether a section begins at the line. */
static bool begins_section(const struct reading *reading, struct piece line)
{
    switch (reading->source->sections) {
    case SECTIONS_INI:
        return line.len > 0 && line.text[0] == '[';
    case SECTIONS_STANZA:
        return reading->fresh && line.len > 0;
    case SECTIONS_NONE:
        break;
    }
    return false;
}

static bool ends_section(enum mention_sections sections, struct piece line)
{
    return sections == SECTIONS_INI ? line.len > 0 && line.text[0] == '[' : line.len == 0;
}

/* Octets that follow of a section that is switched off; 0: it is not. */
static size_t octets_off(const struct reading *reading, struct piece first)
{
    struct piece rest = reading->rest;
    bool off = is_off(first);

    while (rest.len > 0) {
        struct piece ahead = rest;
        struct piece line = piece_trim(take_line(&ahead));

        if (ends_section(reading->source->sections, line))
            break;
        off = off || is_off(line);
        rest = ahead;
    }
    return off ? reading->rest.len - rest.len : 0;
}

bool reading_next(struct reading *reading, struct piece *line)
{
    while (reading->rest.len > 0) {
        struct piece words;
        size_t octets;

        *line = take_line(&reading->rest);
        reading->line++;
        while (line->len > 0 && strchr(" \t\r", line->text[line->len - 1]) != NULL &&
               line->text[line->len - 1] != '\0')
            line->len--;
        words = piece_trim(*line);
        if (begins_section(reading, words) && (octets = octets_off(reading, words)) > 0) {
            const char *end = reading->rest.text + octets;

            while (reading->rest.text < end) {
                take_line(&reading->rest);
                reading->line++;
            }
            continue;
        }
        reading->fresh = words.len == 0;
        if (words.len > 0 &&
            (words.text[0] == '\0' || strchr(reading->source->comments, words.text[0]) == NULL))
            return true;
    }
    return false;
}

void reading_take_word(struct reading *reading, struct piece word)
{
    unsigned flags = reading->source->flags;
    struct piece host;

    if (host_of_word(word, flags, &host))
        mention_list_add(reading->list, host, (flags & MENTION_WHOLE) != 0, reading->line);
}

void reading_take_urls(struct reading *reading, struct piece text)
{
    struct piece host;

    while (host_of_next_url(&text, &host))
        mention_list_add(reading->list, host, (reading->source->flags & MENTION_WHOLE) != 0,
                         reading->line);
}
