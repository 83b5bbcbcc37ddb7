#include "proof/turns.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
/* What was missed while nobody looked is not made up for beyond this. */
#define CATCH_UP_US 100000
/* More are not done by one core: 1.1 ms each, measured. */
#define CORE_RATE 800.0

struct address {
    int64_t ready;      /* when the next one may begin */
    uint32_t next, end; /* its items that have not begun, in `order` */
    uint32_t after;     /* in the queue of its network */
};

struct network {
    uint32_t first, last; /* its queue of addresses that have items, the one that is ready first */
    uint32_t waiting;     /* items that have not begun */
    uint32_t under_way;
};

struct turns {
    unsigned parallel, under_way;
    int64_t gap_us; /* between two that begin */
    int64_t due_us; /* the next one */
    uint32_t *order;
    struct address *addresses;
    struct network *networks;
    uint32_t *live; /* networks that have waiting ones */
    uint32_t lives, cursor;
    uint32_t waiting;
    uint32_t address_count, network_count;
};

static size_t network_octets(const struct proof_item *item)
{
    return item->octets == 4 ? 3 : 6;
}

static int compare_addresses(const void *a, const void *b, void *user)
{
    const struct proof_item *items = user;
    const struct proof_item *left = &items[*(const uint32_t *)a];
    const struct proof_item *right = &items[*(const uint32_t *)b];

    if (left->octets != right->octets)
        return left->octets < right->octets ? -1 : 1;
    return memcmp(left->address, right->address, left->octets);
}

static bool same(const struct proof_item *a, const struct proof_item *b, size_t octets)
{
    return a->octets == b->octets && memcmp(a->address, b->address, octets) == 0;
}

static void enqueue(struct turns *turns, struct network *network, uint32_t address)
{
    turns->addresses[address].after = NONE;
    if (network->first == NONE)
        network->first = address;
    else
        turns->addresses[network->last].after = address;
    network->last = address;
}

/* Finds addresses and networks in the sorted order. */
static void divide(struct turns *turns, const struct proof_item *items, uint32_t count)
{
    const struct proof_item *before = NULL;

    for (uint32_t i = 0; i < count; i++) {
        const struct proof_item *item = &items[turns->order[i]];

        if (before == NULL || !same(before, item, network_octets(item))) {
            turns->live[turns->lives++] = turns->network_count;
            turns->networks[turns->network_count++] = (struct network){.first = NONE};
        }
        if (before == NULL || !same(before, item, item->octets)) {
            turns->addresses[turns->address_count] =
                (struct address){.ready = INT64_MIN, .next = i};
            enqueue(turns, &turns->networks[turns->network_count - 1], turns->address_count++);
        }
        turns->addresses[turns->address_count - 1].end = i + 1;
        turns->networks[turns->network_count - 1].waiting++;
        before = item;
    }
}

/* In no order, so that the first ones tell of the rest. */
static void shuffle(uint32_t *list, uint32_t count)
{
    for (uint32_t i = count; i > 1; i--) {
        uint32_t other = randombytes_uniform(i), moved = list[other];

        list[other] = list[i - 1];
        list[i - 1] = moved;
    }
}

int turns_open(struct turns **turns, const struct proof_item *items, uint32_t *order,
               uint32_t count, unsigned parallel, unsigned rate)
{
    size_t most = (size_t)count + 1; /* of 0 octets malloc may give NULL */
    struct turns *t = calloc(1, sizeof *t);

    if (t == NULL) {
        free(order);
        return -ENOMEM;
    }
    *t = (struct turns){.parallel = parallel, .order = order, .waiting = count};
    t->gap_us = rate > 0 ? 1000000 / rate : 0;
    t->due_us = INT64_MIN;
    t->addresses = malloc(most * sizeof *t->addresses);
    t->networks = malloc(most * sizeof *t->networks);
    t->live = malloc(most * sizeof *t->live);
    if (t->addresses == NULL || t->networks == NULL || t->live == NULL) {
        turns_close(t);
        return -ENOMEM;
    }
    qsort_r(order, count, sizeof *order, compare_addresses, (void *)items);
    divide(t, items, count);
    shuffle(t->live, t->lives);
    *turns = t;
    return 0;
}

void turns_close(struct turns *turns)
{
    if (turns == NULL)
        return;
    free(turns->order);
    free(turns->addresses);
    free(turns->networks);
    free(turns->live);
    free(turns);
}

/* Takes the first address's next item; what is empty then leaves its queue. */
static void take(struct turns *turns, int64_t now, struct turn *turn)
{
    uint32_t id = turns->live[turns->cursor];
    struct network *network = &turns->networks[id];
    uint32_t first = network->first;
    struct address *address = &turns->addresses[first];

    *turn = (struct turn){.item = turns->order[address->next], .address = first, .network = id};
    address->next++;
    address->ready = now + PROOF_ADDRESS_GAP_MS;
    network->first = address->after;
    if (address->next < address->end)
        enqueue(turns, network, first);
    network->waiting--;
    network->under_way++;
    turns->waiting--;
    turns->under_way++;
    if (network->first == NONE)
        turns->live[turns->cursor] = turns->live[--turns->lives];
    else
        turns->cursor++;
    if (turns->due_us < now * 1000 - CATCH_UP_US)
        turns->due_us = now * 1000 - CATCH_UP_US;
    turns->due_us += turns->gap_us;
}

bool turns_next(struct turns *turns, int64_t now, struct turn *turn, int64_t *wait_ms)
{
    *wait_ms = INT64_MAX;
    if (turns->under_way == turns->parallel)
        return false;
    if (turns->gap_us > 0 && turns->due_us > now * 1000) {
        *wait_ms = (turns->due_us - now * 1000) / 1000 + 1;
        return false;
    }
    for (uint32_t i = 0; i < turns->lives; i++, turns->cursor++) {
        const struct network *network;
        int64_t ready;

        if (turns->cursor >= turns->lives)
            turns->cursor = 0;
        network = &turns->networks[turns->live[turns->cursor]];
        if (network->under_way == PROOF_NETWORK_MAX)
            continue;
        ready = turns->addresses[network->first].ready;
        if (ready <= now) {
            take(turns, now, turn);
            return true;
        }
        if (ready - now < *wait_ms)
            *wait_ms = ready - now;
    }
    return false;
}

void turns_end(struct turns *turns, const struct turn *turn, bool again)
{
    struct network *network = &turns->networks[turn->network];
    struct address *address = &turns->addresses[turn->address];

    network->under_way--;
    turns->under_way--;
    if (!again)
        return;
    /* What has begun has left room before what has not. */
    turns->order[--address->next] = turn->item;
    if (network->first == NONE)
        turns->live[turns->lives++] = turn->network;
    if (address->end - address->next == 1)
        enqueue(turns, network, turn->address);
    network->waiting++;
    turns->waiting++;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

int64_t turns_left_ms(const struct turns *turns, const struct turns_pace *pace)
{
    double gap = larger(pace->gap_ms, larger(1000 / CORE_RATE, (double)turns->gap_us / 1000));
    double left = turns->waiting * pace->each * larger(gap, pace->mean_ms / turns->parallel);

    for (uint32_t i = 0; i < turns->lives; i++) {
        const struct network *network = &turns->networks[turns->live[i]];

        left = larger(left, network->waiting * pace->each * pace->mean_ms / PROOF_NETWORK_MAX);
        for (uint32_t a = network->first; a != NONE; a = turns->addresses[a].after)
            left = larger(left, (turns->addresses[a].end - turns->addresses[a].next) * pace->each *
                                    PROOF_ADDRESS_GAP_MS);
    }
    if (turns->waiting > 0 || turns->under_way > 0)
        left += pace->last_ms;
    return (int64_t)left;
}
