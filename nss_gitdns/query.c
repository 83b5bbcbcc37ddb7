#include "nss_gitdns/query.h"
#include "nss_gitdns/answer.h"
#include "registry/name.h"
#include <string.h>

/* Names are asked for as they stand in the store, nearly always: what is found needs no folding and
 * no check of its syntax. `folded` has room for a name. */
static bool find(const struct store *store, const char *text, char *folded,
                 struct record_copy *copy, struct record *record)
{
    /* One octet more than a name with its trailing dot can have. */
    size_t len = strnlen(text, NAME_MAX_OCTETS + 2);
    int r = store_find(store, text, len, copy, record);

    if (r != 0)
        return r == 1;
    r = name_normalise(text, len, folded);
    return r >= 0 && ((size_t)r != len || memcmp(text, folded, len) != 0) &&
           store_find(store, folded, (size_t)r, copy, record) == 1;
}

static enum outcome answer(const struct store *store, const struct query *query)
{
    char folded[NAME_MAX_OCTETS + 1];
    struct record_copy copy;
    struct record record;

    if (!find(store, query->name, folded, &copy, &record))
        return OUTCOME_PASS;
    if (query->tuples != NULL)
        return answer_tuples(&record, query->tuples, query->buffer, query->buflen);
    return answer_hostent(&record, query->af, query->result, query->buffer, query->buflen);
}

enum outcome query_answer(struct cache *cache, const struct query *query, int64_t now)
{
    enum outcome outcome = OUTCOME_PASS;
    int slot;
    const struct store *store = cache_pin(cache, &slot);

    if (store == NULL)
        return OUTCOME_PASS;
    if (now <= store->deadline)
        outcome = answer(store, query);
    cache_unpin(cache, slot);
    return outcome;
}
