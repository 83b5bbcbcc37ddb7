#include "nss_gitdns/query.h"
#include "nss_gitdns/answer.h"
#include "registry/name.h"
#include <string.h>

/* Names are asked for as they stand in the store, nearly always: what is found needs no folding and
 * no check of its syntax. `folded` has room for a name. */
static bool find(const struct stores *stores, const char *text, int64_t now, char *folded,
                 struct record_copy *copy, struct record *record)
{
    /* One octet more than a name with its trailing dot can have. */
    size_t len = strnlen(text, NAME_MAX_OCTETS + 2);
    unsigned place;
    int r;

    if (stores_find(stores, text, len, now, copy, record, &place) == 1)
        return true;
    r = name_normalise(text, len, folded);
    return r >= 0 && ((size_t)r != len || memcmp(text, folded, len) != 0) &&
           stores_find(stores, folded, (size_t)r, now, copy, record, &place) == 1;
}

static enum outcome answer(const struct stores *stores, const struct query *query, int64_t now)
{
    char folded[NAME_MAX_OCTETS + 1];
    struct record_copy copy;
    struct record record;

    if (!find(stores, query->name, now, folded, &copy, &record))
        return OUTCOME_PASS;
    if (query->tuples != NULL)
        return answer_tuples(&record, query->tuples, query->buffer, query->buflen);
    return answer_hostent(&record, query->af, query->result, query->buffer, query->buflen);
}

enum outcome query_answer(struct cache *cache, const struct query *query, int64_t now)
{
    enum outcome outcome;
    int slot;
    const struct stores *stores = cache_pin(cache, &slot);

    if (stores == NULL)
        return OUTCOME_PASS;
    outcome = answer(stores, query, now);
    cache_unpin(cache, slot);
    return outcome;
}
