#include "registry/record.h"
#include "base/error.h"
#include "registry/name.h"
#include <string.h>

size_t record_encode(const struct record *record, unsigned char value[RECORD_VALUE_MAX])
{
    unsigned char *p = value;

    *p++ = (unsigned char)record->n4;
    *p++ = (unsigned char)record->n6;
    if (record->n4 > 0)
        p = mempcpy(p, record->ipv4, (size_t)record->n4 * 4);
    if (record->n6 > 0)
        p = mempcpy(p, record->ipv6, (size_t)record->n6 * 16);
    if (record->cname != NULL)
        p = mempcpy(p, record->cname, record->cname_len);
    return (size_t)(p - value);
}

int record_decode(const unsigned char *value, size_t len, struct record *record)
{
    size_t addresses;

    if (len < 2)
        return E_STORE_DAMAGED;
    record->n4 = value[0];
    record->n6 = value[1];
    if (record->n4 + record->n6 == 0 || record->n4 + record->n6 > ADDRESSES_MAX)
        return E_STORE_DAMAGED;
    addresses = (size_t)record->n4 * 4 + (size_t)record->n6 * 16;
    if (len - 2 < addresses)
        return E_STORE_DAMAGED;
    record->ipv4 = value + 2;
    record->ipv6 = record->ipv4 + (size_t)record->n4 * 4;
    record->cname = NULL;
    record->cname_len = 0;
    len -= 2 + addresses;
    if (len == 0)
        return 0;
    record->cname = (const char *)value + 2 + addresses;
    if (len > NAME_MAX_OCTETS || name_check(record->cname, len) < 0)
        return E_STORE_DAMAGED;
    record->cname_len = (unsigned)len;
    return 0;
}

bool record_same(const struct record *a, const struct record *b)
{
    return a->n4 == b->n4 && a->n6 == b->n6 && a->cname_len == b->cname_len &&
           (a->n4 == 0 || memcmp(a->ipv4, b->ipv4, (size_t)a->n4 * 4) == 0) &&
           (a->n6 == 0 || memcmp(a->ipv6, b->ipv6, (size_t)a->n6 * 16) == 0) &&
           (a->cname_len == 0 || memcmp(a->cname, b->cname, a->cname_len) == 0);
}
