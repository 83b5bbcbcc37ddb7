#include "copy/delta_merge.h"
#include "base/error.h"
#include "registry/name.h"

static int advance(struct delta_merge *merge)
{
    int r = store_next(merge->base, &merge->position, &merge->copy, &merge->next);

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
