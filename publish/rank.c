#include "publish/rank.h"
#include "publish/records_layout.h"
#include <stdbool.h>
#include <string.h>

/* By place, then newest seen first, then in the order of the addresses' octets: the same whatever
 * order they came in. */
static int compare(const struct node *a, const struct node *like, const unsigned char *address)
{
    if (a->place != like->place)
        return a->place < like->place ? -1 : 1;
    if (a->last != like->last)
        return a->last < like->last ? -1 : 1;
    return memcmp(a->address, address, a->octets);
}

/* What is known of an address twice: it was last seen at the later time, and came in at the
 * earlier. */
static void merge(struct node *node, const struct node *like)
{
    if (like->last < node->last)
        node->last = like->last;
    if (like->first > node->first)
        node->first = like->first;
}

int rank_add(struct records *records, uint32_t item, const struct node *like,
             const unsigned char *address)
{
    struct node *worst = NULL;
    uint32_t last = 0;
    unsigned count = 0;

    for (uint32_t at = item_at(records, item)->addresses; at != 0;
         at = node_at(records, at)->next) {
        struct node *node = node_at(records, at);

        last = at;
        if (node->octets != like->octets)
            continue;
        if (memcmp(node->address, address, like->octets) == 0) {
            merge(node, like);
            return 0;
        }
        if (worst == NULL || compare(worst, node, node->address) < 0)
            worst = node;
        count++;
    }
    if (count < RANKED_MAX)
        return records_append(records, item, last, like, address);
    if (compare(worst, like, address) > 0) {
        worst->place = like->place;
        worst->last = like->last;
        worst->first = like->first;
        memcpy(worst->address, address, like->octets);
    }
    return 0;
}

static bool comes_before(const struct node *a, const struct node *b)
{
    if (a->octets != b->octets)
        return a->octets < b->octets;
    return compare(a, b, b->address) < 0;
}

/* Insertion into a sorted list: there are few. */
void rank_sort(struct records *records, uint32_t item)
{
    uint32_t rest = item_at(records, item)->addresses, sorted = 0;

    while (rest != 0) {
        struct node *node = node_at(records, rest);
        uint32_t this = rest, *link = &sorted;

        rest = node->next;
        while (*link != 0 && comes_before(node_at(records, *link), node))
            link = &node_at(records, *link)->next;
        node->next = *link;
        *link = this;
    }
    item_at(records, item)->addresses = sorted;
}
