#include "registry/name.h"
#include "base/error.h"
#include "registry/registry.h"
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What an octet of a host name is, 0 if none may hold it: in the low octet the lower-case letter,
 * in the high one a weight. Two neighbours may stand together if their weights give NEIGHBOURS;
 * with a dot on both ends of the name, that is all its syntax but the lengths. A table, because
 * every look-up of every process comes through here; not ctype.h, which asks the locale. */
enum { LETTER = 7 << 8, HYPHEN = 4 << 8, DOT = 3 << 8, NEIGHBOURS = 8 << 8 };

static const uint16_t octets[UCHAR_MAX + 1] = {
    ['-'] = HYPHEN | '-', ['.'] = DOT | '.',    ['_'] = LETTER | '_', ['0'] = LETTER | '0',
    ['1'] = LETTER | '1', ['2'] = LETTER | '2', ['3'] = LETTER | '3', ['4'] = LETTER | '4',
    ['5'] = LETTER | '5', ['6'] = LETTER | '6', ['7'] = LETTER | '7', ['8'] = LETTER | '8',
    ['9'] = LETTER | '9', ['a'] = LETTER | 'a', ['b'] = LETTER | 'b', ['c'] = LETTER | 'c',
    ['d'] = LETTER | 'd', ['e'] = LETTER | 'e', ['f'] = LETTER | 'f', ['g'] = LETTER | 'g',
    ['h'] = LETTER | 'h', ['i'] = LETTER | 'i', ['j'] = LETTER | 'j', ['k'] = LETTER | 'k',
    ['l'] = LETTER | 'l', ['m'] = LETTER | 'm', ['n'] = LETTER | 'n', ['o'] = LETTER | 'o',
    ['p'] = LETTER | 'p', ['q'] = LETTER | 'q', ['r'] = LETTER | 'r', ['s'] = LETTER | 's',
    ['t'] = LETTER | 't', ['u'] = LETTER | 'u', ['v'] = LETTER | 'v', ['w'] = LETTER | 'w',
    ['x'] = LETTER | 'x', ['y'] = LETTER | 'y', ['z'] = LETTER | 'z', ['A'] = LETTER | 'a',
    ['B'] = LETTER | 'b', ['C'] = LETTER | 'c', ['D'] = LETTER | 'd', ['E'] = LETTER | 'e',
    ['F'] = LETTER | 'f', ['G'] = LETTER | 'g', ['H'] = LETTER | 'h', ['I'] = LETTER | 'i',
    ['J'] = LETTER | 'j', ['K'] = LETTER | 'k', ['L'] = LETTER | 'l', ['M'] = LETTER | 'm',
    ['N'] = LETTER | 'n', ['O'] = LETTER | 'o', ['P'] = LETTER | 'p', ['Q'] = LETTER | 'q',
    ['R'] = LETTER | 'r', ['S'] = LETTER | 's', ['T'] = LETTER | 't', ['U'] = LETTER | 'u',
    ['V'] = LETTER | 'v', ['W'] = LETTER | 'w', ['X'] = LETTER | 'x', ['Y'] = LETTER | 'y',
    ['Z'] = LETTER | 'z',
};

static bool labels_fit(const char *name, size_t len)
{
    size_t label = 0;

    for (size_t i = 0; i < len; i++) {
        if (name[i] == '.')
            label = i + 1;
        else if (i - label == LABEL_MAX_OCTETS)
            return false;
    }
    return true;
}

static bool last_label_numeric(const char *name, size_t len)
{
    while (len > 0 && name[len - 1] >= '0' && name[len - 1] <= '9')
        len--;
    return len == 0 || name[len - 1] == '.';
}

int name_normalise(const char *text, size_t len, char *name)
{
    unsigned before = DOT, fits = NEIGHBOURS, octet;

    if (len > 0 && text[len - 1] == '.')
        len--;
    if (len == 0 || len > NAME_MAX_OCTETS)
        return E_NAME_SYNTAX;
    for (size_t i = 0; i < len; i++) {
        octet = octets[(unsigned char)text[i]];
        name[i] = (char)octet;
        fits &= before + octet;
        before = octet & 0xff00;
    }
    name[len] = '\0';
    fits &= before + DOT;
    if (fits == 0 || (len > LABEL_MAX_OCTETS && !labels_fit(name, len)))
        return E_NAME_SYNTAX;
    return last_label_numeric(name, len) ? E_NAME_NUMERIC : (int)len;
}

int name_check(const char *name, size_t len)
{
    char normal[NAME_MAX_OCTETS + 1];
    int r = name_normalise(name, len, normal);

    if (r < 0)
        return r;
    return (size_t)r == len && memcmp(name, normal, len) == 0 ? 0 : E_NAME_SYNTAX;
}

static bool is_below(const char *name, size_t len, const char *domain, size_t domain_len)
{
    return len >= domain_len && memcmp(name + len - domain_len, domain, domain_len) == 0 &&
           (len == domain_len || name[len - domain_len - 1] == '.');
}

static bool is_below_one(const char *name, size_t len, const char *const *domain, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_below(name, len, domain[i], strlen(domain[i])))
            return true;
    return false;
}

int name_check_private(const char *name, size_t len)
{
    static const char *const special[] = {"localhost",     "local",   "invalid",
                                          "test",          "onion",   "alt",
                                          "ipv4only.arpa", "example", "resolver.arpa"};

    return memchr(name, '.', len) == NULL ||
                   is_below_one(name, len, special, sizeof special / sizeof *special)
               ? E_NAME_SPECIAL
               : 0;
}

int name_check_public(const char *name, size_t len)
{
    static const char *const private[] = {"internal", "home.arpa"};

    return is_below_one(name, len, private, sizeof private / sizeof *private)
               ? E_NAME_SPECIAL
               : name_check_private(name, len);
}

bool name_is_reverse(const char *name, size_t len)
{
    static const char *const reverse[] = {"in-addr.arpa", "ip6.arpa"};

    return is_below_one(name, len, reverse, sizeof reverse / sizeof *reverse);
}

/* Where the last label of the first `len` octets starts. */
static size_t last_label(const char *name, size_t len)
{
    const char *dot = memrchr(name, '.', len);

    return dot != NULL ? (size_t)(dot - name) + 1 : 0;
}

int name_compare(const char *a, size_t alen, const char *b, size_t blen)
{
    for (;;) {
        size_t astart = last_label(a, alen), bstart = last_label(b, blen);
        size_t an = alen - astart, bn = blen - bstart;
        int r = memcmp(a + astart, b + bstart, an < bn ? an : bn);

        if (r != 0)
            return r;
        if (an != bn)
            return an < bn ? -1 : 1;
        if (astart == 0 || bstart == 0)
            return (astart > 0) - (bstart > 0);
        alen = astart - 1;
        blen = bstart - 1;
    }
}

/* What may stand in a name, in the order of their octets. The end of a name comes before that of a
 * label, and that before all of them: 40 in all, and 40 to the 12th is below 2 to the 64th. */
static unsigned rank_of(char octet)
{
    if (octet >= 'a')
        return 14 + (unsigned)(octet - 'a');
    if (octet == '_')
        return 13;
    return octet == '-' ? 2 : 3 + (unsigned)(octet - '0');
}

uint64_t name_key(const char *name, size_t len, size_t skip)
{
    const size_t end = skip + NAME_KEY_OCTETS;
    uint64_t key = 0;
    size_t start = len, at = 0;

    while (at < end && start > 0) {
        start = last_label(name, len);
        for (size_t i = start; i < len && at < end; i++, at++)
            if (at >= skip)
                key = key * 40 + rank_of(name[i]);
        if (start > 0 && at < end && at++ >= skip)
            key = key * 40 + 1;
        len = start - (start > 0);
    }
    for (; at < end; at++)
        if (at >= skip)
            key *= 40;
    return key;
}

int registry_name_check(const char *name, size_t len)
{
    if (len == 0 || len > REGISTRY_NAME_MAX || name[0] == '.')
        return E_NAME_SYNTAX;
    for (size_t i = 0; i < len; i++)
        if (name[i] == '_' || name[i] == 0 || (char)octets[(unsigned char)name[i]] != name[i])
            return E_NAME_SYNTAX;
    return 0;
}
