#include "publish/records_order.h"
#include "publish/records_layout.h"
#include "registry/name.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* The arena has names wherever they came in: a comparison that went there would wait for memory
 * twice, and of the more names the longer. So each goes there once for a dozen of characters. */
struct entry {
    uint64_t key; /* name_key */
    uint32_t id;
    bool same; /* so far, as the one before it */
};

static int compare(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;

    return (left->key > right->key) - (left->key < right->key);
}

/* Names that are the same in their first `skip` characters. Returns whether some still are. */
static bool sort_run(const struct records *records, struct entry *run, size_t n, size_t skip)
{
    bool same = false;

    for (size_t i = 0; i < n; i++) {
        const struct item *item = item_at(records, run[i].id);

        run[i].key = name_key(item->name, item->len, skip);
    }
    qsort(run, n, sizeof *run, compare);
    for (size_t i = 0; i < n; i++) {
        run[i].same = i > 0 && run[i].key == run[i - 1].key;
        same = same || run[i].same;
    }
    return same;
}

/* No two names are the same in all, and so it comes to an end. */
static void sort(const struct records *records, struct entry *entry, size_t n)
{
    bool more = true;

    for (size_t i = 0; i < n; i++)
        entry[i].same = i > 0;
    for (size_t skip = 0; more; skip += NAME_KEY_OCTETS) {
        size_t end;

        more = false;
        for (size_t start = 0; start < n; start = end) {
            for (end = start + 1; end < n && entry[end].same; end++)
                ;
            if (end - start > 1 && sort_run(records, entry + start, end - start, skip))
                more = true;
        }
    }
}

int records_order(const struct records *records, uint32_t *id, size_t n)
{
    struct entry *entry = calloc(n + 1, sizeof *entry);

    if (entry == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        entry[i].id = id[i];
    sort(records, entry, n);
    for (size_t i = 0; i < n; i++)
        id[i] = entry[i].id;
    free(entry);
    return 0;
}
