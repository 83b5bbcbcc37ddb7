#include "nss_gitdns/answer.h"
#include <arpa/inet.h>
#include <stdalign.h>
#include <stdbool.h>
#include <string.h>

/* What is left of the caller's buffer. Both fillers check once that all fits, then take. */
struct room {
    char *at;
    size_t left;
};

static bool room_fits(struct room *room, char *buffer, size_t buflen, size_t octets)
{
    size_t skip = -(uintptr_t)buffer % alignof(max_align_t);

    if (buflen < skip || buflen - skip < octets)
        return false;
    *room = (struct room){buffer + skip, buflen - skip};
    return true;
}

/* Objects are taken in the order of their alignment, so that none is lost between them. */
static void *take(struct room *room, size_t octets)
{
    char *at = room->at;

    room->at += octets;
    room->left -= octets;
    return at;
}

static char *take_string(struct room *room, const char *string, size_t len)
{
    char *copy = take(room, len + 1);

    memcpy(copy, string, len);
    copy[len] = '\0';
    return copy;
}

static char *take_canonical(struct room *room, const struct record *record)
{
    return record->cname != NULL ? take_string(room, record->cname, record->cname_len)
                                 : take_string(room, record->name, record->name_len);
}

enum outcome answer_hostent(const struct record *record, int af, struct hostent *result,
                            char *buffer, size_t buflen)
{
    bool six = af == AF_INET6;
    unsigned count = six ? record->n6 : af == AF_INET ? record->n4 : 0;
    unsigned aliases = record->cname != NULL ? 1 : 0;
    size_t octets = six ? 16 : 4;
    size_t names = record->name_len + 1u + (aliases > 0 ? record->cname_len + 1u : 0);
    struct room room;
    char *list;

    if (count == 0)
        return six || af == AF_INET ? OUTCOME_NO_FAMILY : OUTCOME_PASS;
    if (!room_fits(&room, buffer, buflen,
                   (count + 1 + aliases + 1) * sizeof(char *) + count * octets + names))
        return OUTCOME_TOO_SMALL;
    result->h_addr_list = take(&room, (count + 1) * sizeof(char *));
    result->h_aliases = take(&room, (aliases + 1) * sizeof(char *));
    list = take(&room, count * octets);
    memcpy(list, six ? record->ipv6 : record->ipv4, count * octets);
    for (unsigned i = 0; i < count; i++)
        result->h_addr_list[i] = list + i * octets;
    result->h_addr_list[count] = NULL;
    result->h_name = take_canonical(&room, record);
    if (aliases > 0)
        result->h_aliases[0] = take_string(&room, record->name, record->name_len);
    result->h_aliases[aliases] = NULL;
    result->h_addrtype = af;
    result->h_length = (int)octets;
    return OUTCOME_HIT;
}

static void fill_tuple(struct gaih_addrtuple *tuple, const struct record *record, unsigned i,
                       char *name)
{
    bool six = i >= record->n4;

    *tuple = (struct gaih_addrtuple){.name = name, .family = six ? AF_INET6 : AF_INET};
    if (six)
        memcpy(tuple->addr, record->ipv6 + (i - record->n4) * 16, 16);
    else
        memcpy(tuple->addr, record->ipv4 + i * 4, 4);
}

enum outcome answer_tuples(const struct record *record, struct gaih_addrtuple **pat, char *buffer,
                           size_t buflen)
{
    unsigned count = record->n4 + record->n6, given = *pat != NULL ? 1 : 0;
    size_t name_len = record->cname != NULL ? record->cname_len : record->name_len;
    struct gaih_addrtuple *tuples;
    struct room room;
    char *name;

    if (!room_fits(&room, buffer, buflen, (count - given) * sizeof *tuples + name_len + 1))
        return OUTCOME_TOO_SMALL;
    tuples = take(&room, (count - given) * sizeof *tuples);
    name = take_canonical(&room, record);
    /* From the last to the first, each linked to the one behind it. */
    for (unsigned i = count; i-- > given;) {
        fill_tuple(&tuples[i - given], record, i, name);
        tuples[i - given].next = i + 1 < count ? &tuples[i - given + 1] : NULL;
    }
    if (given > 0) {
        fill_tuple(*pat, record, 0, name);
        (*pat)->next = count > 1 ? tuples : NULL;
    } else {
        *pat = tuples;
    }
    return OUTCOME_HIT;
}
