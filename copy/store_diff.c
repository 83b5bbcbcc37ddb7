#include "copy/store_diff.h"
#include "registry/name.h"

/* One of the two walks. */
struct walk {
    const struct store *store;
    unsigned position;
    bool ended;
    struct record record;
    struct record_copy copy;
};

static int advance(struct walk *walk)
{
    int r = store_next(walk->store, &walk->position, &walk->copy, &walk->record);

    walk->ended = r == 0;
    return r < 0 ? r : 0;
}

/* Which of the two stands first: <0 the old one, >0 the new one, 0 both have the name. */
static int compare(const struct walk *old, const struct walk *new)
{
    if (old->ended || new->ended)
        return old->ended ? 1 : -1;
    return name_compare(old->record.name, old->record.name_len, new->record.name,
                        new->record.name_len);
}

int store_diff_walk(const struct store *old, const struct store *new,
                    int (*visit)(void *user, const struct record *before,
                                 const struct record *after),
                    void *user)
{
    struct walk before = {.store = old}, after = {.store = new};
    int r = advance(&before);

    if (r == 0)
        r = advance(&after);
    while (r == 0 && !(before.ended && after.ended)) {
        int order = compare(&before, &after);

        if (order != 0 || !record_same(&before.record, &after.record))
            r = visit(user, order <= 0 ? &before.record : NULL, order >= 0 ? &after.record : NULL);
        if (r == 0 && order <= 0)
            r = advance(&before);
        if (r == 0 && order >= 0)
            r = advance(&after);
    }
    return r;
}

static int count(void *user, const struct record *before, const struct record *after)
{
    struct store_diff_counts *counts = user;

    if (before == NULL)
        counts->added++;
    else if (after == NULL)
        counts->removed++;
    else
        counts->changed++;
    return 0;
}

int store_diff_count(const struct store *old, const struct store *new,
                     struct store_diff_counts *counts)
{
    *counts = (struct store_diff_counts){0};
    return store_diff_walk(old, new, count, counts);
}
