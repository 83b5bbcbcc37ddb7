#include "registry/delta.h"
#include "registry/error.h"
#include "registry/name.h"
#include <string.h>

int delta_parse(struct text_reader *reader, const char *line, size_t len, struct record *record)
{
    int r;

    if (len == 0 || line[0] != '-')
        return text_parse(reader, line, len, record);
    r = text_check_name(reader, line + 1, len - 1);
    if (r < 0)
        return r;
    text_accept_name(reader, line + 1, len - 1);
    *record = (struct record){.name = line + 1, .name_len = (unsigned)len - 1};
    return 0;
}

size_t delta_format_removal(const struct record *record, char *line)
{
    line[0] = '-';
    memcpy(line + 1, record->name, record->name_len);
    line[record->name_len + 1] = '\n';
    return record->name_len + 2;
}

static int advance(struct delta_merge *merge)
{
    int r = store_next(merge->base, &merge->position, &merge->next);

    merge->ended = r == 0;
    return r < 0 ? r : 0;
}

static int begin(struct delta_merge *merge)
{
    if (merge->begun)
        return 0;
    merge->begun = true;
    return advance(merge);
}

int delta_merge_line(struct delta_merge *merge, const struct record *record)
{
    bool removes = record->n4 + record->n6 == 0;
    int order = 1, r = begin(merge);

    while (r == 0 && !merge->ended &&
           (order = name_compare(merge->next.name, merge->next.name_len, record->name,
                                 record->name_len)) < 0) {
        r = merge->put(merge->user, &merge->next);
        if (r == 0)
            r = advance(merge);
    }
    if (r < 0)
        return r;
    if (!merge->ended && order == 0)
        r = advance(merge);
    else if (removes)
        r = E_DELTA_MISSING;
    return r < 0 || removes ? r : merge->put(merge->user, record);
}

int delta_merge_end(struct delta_merge *merge)
{
    int r = begin(merge);

    while (r == 0 && !merge->ended) {
        r = merge->put(merge->user, &merge->next);
        if (r == 0)
            r = advance(merge);
    }
    return r;
}
