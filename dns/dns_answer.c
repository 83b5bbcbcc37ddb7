#include "dns/dns_answer.h"
#include "registry/name.h"
#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>
#include <strings.h>

#define TYPE_CLASS_TTL_LENGTH 10
#define POINTER_BITS 0x3fff
/* Its labels, of which it has no more than 127, a pointer behind each, and its end. */
#define NAME_STEPS_MAX 255

/* What of the message has not been read yet. */
struct cursor {
    const unsigned char *message, *at, *end;
};

struct resource {
    char owner[NS_MAXDNAME];
    unsigned type, class;
    size_t len;
    const unsigned char *data;
};

static unsigned get_16(const unsigned char *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* Whether the name ends soon enough. dn_expand follows pointers from one to the next through the
 * whole message: all the names of one could have it do so some 50 million times. */
static bool ends(const struct cursor *cursor)
{
    size_t len = (size_t)(cursor->end - cursor->message);
    size_t at = (size_t)(cursor->at - cursor->message);

    for (int i = 0; i < NAME_STEPS_MAX && at < len; i++) {
        const unsigned char *octet = cursor->message + at;

        if (*octet == 0)
            return true;
        if ((*octet & NS_CMPRSFLGS) != NS_CMPRSFLGS)
            at += 1UL + *octet;
        else
            at = at + 1 < len ? get_16(octet) & POINTER_BITS : len;
    }
    return false;
}

static bool take_name(struct cursor *cursor, char name[NS_MAXDNAME])
{
    int n =
        ends(cursor) ? dn_expand(cursor->message, cursor->end, cursor->at, name, NS_MAXDNAME) : -1;

    if (n < 0)
        return false;
    cursor->at += n;
    return true;
}

static bool take_resource(struct cursor *cursor, struct resource *resource)
{
    if (!take_name(cursor, resource->owner) || cursor->end - cursor->at < TYPE_CLASS_TTL_LENGTH)
        return false;
    resource->type = get_16(cursor->at);
    resource->class = get_16(cursor->at + 2);
    resource->len = get_16(cursor->at + 8);
    cursor->at += TYPE_CLASS_TTL_LENGTH;
    resource->data = cursor->at;
    if ((size_t)(cursor->end - cursor->at) < resource->len)
        return false;
    cursor->at += resource->len;
    return true;
}

static void sort_in(struct answer *answer, const unsigned char *address)
{
    unsigned at = answer->count;
    int order = 1;

    while (at > 0 && (order = memcmp(answer->address[at - 1], address, answer->octets)) > 0)
        at--;
    if (at == ANSWER_ADDRESSES_MAX || (at > 0 && order == 0))
        return;
    if (answer->count < ANSWER_ADDRESSES_MAX)
        answer->count++;
    memmove(answer->address[at + 1], answer->address[at],
            (answer->count - at - 1UL) * sizeof *answer->address);
    memcpy(answer->address[at], address, answer->octets);
}

static void take_address(struct answer *answer, const unsigned char *address,
                         enum admission admission)
{
    if (admit_address(admission, address, answer->octets) == 0)
        sort_in(answer, address);
    else
        answer->refused = (uint8_t)(answer->refused + (answer->refused < UINT8_MAX));
}

/* The records of the answer section. `end`: the name at the end of the chain. False if one cannot
 * be read. */
static bool read_resources(struct answer *answer, struct cursor *cursor, unsigned count,
                           char end[NS_MAXDNAME], enum admission admission)
{
    unsigned type = answer->octets == 4 ? ns_t_a : ns_t_aaaa;
    struct resource resource;

    for (; count > 0; count--) {
        if (!take_resource(cursor, &resource))
            return false;
        if (resource.class != ns_c_in)
            continue;
        if (resource.type == ns_t_cname) {
            struct cursor target = {cursor->message, resource.data, cursor->end};

            if (!take_name(&target, end))
                return false;
        } else if (resource.type == type && resource.len == answer->octets &&
                   strcasecmp(resource.owner, end) == 0) {
            take_address(answer, resource.data, admission);
        }
    }
    return true;
}

static void take_cname(struct answer *answer, const char *name, const char *end,
                       enum admission admission)
{
    int len = name_normalise(end, strlen(end), answer->cname);

    if (len > 0 && strcmp(answer->cname, name) != 0 &&
        admit_name(admission, answer->cname, (size_t)len) == 0)
        answer->cname_len = (uint8_t)len;
}

void dns_answer_read(struct answer *answer, const unsigned char *message, size_t len,
                     const char *name, size_t octets, enum admission admission)
{
    struct cursor cursor = {message, message + NS_HFIXEDSZ, message + len};
    char end[NS_MAXDNAME];
    bool whole = false;

    *answer = (struct answer){.octets = (uint8_t)octets};
    if (len >= NS_HFIXEDSZ && get_16(message + 4) == 1 && take_name(&cursor, end) &&
        cursor.end - cursor.at >= NS_QFIXEDSZ) {
        cursor.at += NS_QFIXEDSZ;
        whole = read_resources(answer, &cursor, get_16(message + 6), end, admission);
    }
    if (!whole) {
        *answer = (struct answer){.octets = (uint8_t)octets, .why = "an answer that is broken"};
    } else if (answer->count > 0) {
        answer->finding = FINDING_FOUND;
        take_cname(answer, name, end, admission);
    } else {
        /* It may have addresses, but none that can be told: as if it had none. */
        answer->finding = FINDING_NODATA;
    }
}
