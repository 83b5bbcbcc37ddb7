#include "publish/records_place.h"
#include "publish/rank.h"
#include "publish/records_layout.h"
#include <string.h>

bool records_address_next(const struct records *records, uint32_t id, uint32_t *at,
                          struct records_address *address)
{
    const struct node *node;

    *at = *at == 0 ? item_at(records, id)->addresses : node_at(records, *at)->next;
    if (*at == 0)
        return false;
    node = node_at(records, *at);
    *address = (struct records_address){.octets = node->octets, .last = node->last};
    memcpy(address->address, node->address, node->octets);
    return true;
}

/* The link that leads to the address; its value is 0 if the name has it not. */
static uint32_t *find_link(struct records *records, uint32_t id, const unsigned char *address,
                           size_t octets)
{
    uint32_t *link = &item_at(records, id)->addresses;

    while (*link != 0) {
        struct node *node = node_at(records, *link);

        if (node->octets == octets && memcmp(node->address, address, octets) == 0)
            break;
        link = &node->next;
    }
    return link;
}

int records_address_place(struct records *records, uint32_t id, const unsigned char *address,
                          size_t octets, unsigned place)
{
    const struct node like = {.octets = (uint8_t)octets,
                              .last = SEEN_NEVER,
                              .first = SEEN_NEVER,
                              .place = (uint8_t)place};
    uint32_t at = *find_link(records, id, address, octets);

    if (at == 0)
        return rank_add(records, id, &like, address);
    node_at(records, at)->place = like.place;
    return 0;
}

void records_address_drop(struct records *records, uint32_t id, const unsigned char *address,
                          size_t octets)
{
    uint32_t *link = find_link(records, id, address, octets);

    if (*link == 0)
        return;
    *link = node_at(records, *link)->next;
    records->addresses[octets == 16]--;
}
