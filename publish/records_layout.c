#include "publish/records_layout.h"
#include "publish/problem.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int records_allocate(struct records *records, size_t octets, uint32_t *offset)
{
    size_t need = (octets + UNIT - 1) / UNIT * UNIT;

    if (records->used / UNIT + need / UNIT > UNITS_MAX)
        return E_RECORDS_FULL;
    if (need > records->size - records->used) {
        size_t size = records->size + records->size / 2;
        unsigned char *arena = realloc(records->arena, size);

        if (arena == NULL)
            return -ENOMEM;
        records->arena = arena;
        records->size = size;
    }
    *offset = (uint32_t)(records->used / UNIT);
    records->used += need;
    return 0;
}

int records_append(struct records *records, uint32_t item, uint32_t last, const struct node *like,
                   const unsigned char *address)
{
    struct node *node;
    uint32_t fresh;
    int r;

    records_end_names(records);
    r = records_allocate(records, sizeof *node + like->octets, &fresh);
    if (r < 0)
        return r;
    node = node_at(records, fresh);
    *node = *like;
    node->next = 0;
    memcpy(node->address, address, like->octets);
    if (last != 0)
        node_at(records, last)->next = fresh;
    else
        item_at(records, item)->addresses = fresh;
    records->addresses[like->octets == 16]++;
    return 0;
}
